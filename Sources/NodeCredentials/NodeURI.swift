import RingIdentifiers

/// The overlay URI of a node: `reload://` + Destination List + `@` + overlay + `/`.
///
/// The Destination List of RFC 6940 section 6.3.2.2 is written in hex: type 1 (node), length 0x14,
/// then the 20 octets of the nodeId, so `0114` and 40 digits. A bare nodeId of 40 digits, as
/// another implementation writes it, is accepted too. Anything else is refused: upper case,
/// percent escapes, a second destination, user-info tricks, ports, paths; each by its own rule.
enum NodeURI {
  static let scheme = Array("reload://".utf8)

  static func text(_ nodeId: NodeId, overlay: OverlayName) -> String {
    "reload://0114\(nodeId.hex)@\(overlay.value)/"
  }

  /// The nodeId that a URI names inside this overlay.
  ///
  /// Nothing is unescaped, split or normalised: the octets are compared as they are, from left to
  /// right, and the first octet that does not fit decides.
  /// - Throws: `.profile` with a rule of the URI, or `.foreignOverlay` when only the overlay
  ///   differs.
  static func nodeId(
    in uri: ArraySlice<UInt8>, overlay: OverlayName
  ) throws(CertificateRejection) -> NodeId {
    guard uri.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .profile(.uriOctets) }
    guard uri.starts(with: scheme) else { throw .profile(.uriScheme) }
    guard !uri.contains(0x25) else { throw .profile(.uriEscape) }
    let rest = uri.dropFirst(scheme.count)
    guard let at = rest.firstIndex(of: 0x40), rest.lastIndex(of: 0x40) == at else {
      throw .profile(.uriAt)
    }
    let nodeId = try destination(rest[..<at])
    let host = rest[rest.index(after: at)...]
    // The slash belongs to the form; `found` says which overlay it is when it is not ours.
    let name = host.prefix { $0 != 0x2F && $0 != 0x3A && $0 != 0x3F && $0 != 0x23 }
    if host.dropFirst(name.count).first == 0x3A { throw .profile(.uriPort) }
    guard host.dropFirst(name.count).elementsEqual([0x2F]) else { throw .profile(.uriPath) }
    if name.elementsEqual(overlay.value.utf8) { return nodeId }
    guard let found = try? OverlayName(String(decoding: name, as: UTF8.self)) else {
      throw .profile(.uriOverlay)
    }
    throw .foreignOverlay(expected: overlay.value, found: found.value)
  }

  /// The one node that stands before the `@`.
  private static func destination(
    _ text: ArraySlice<UInt8>
  ) throws(CertificateRejection) -> NodeId {
    guard !text.contains(where: { [0x2C, 0x2F, 0x3A, 0x3B].contains($0) }) else {
      throw .profile(.uriDestination)
    }
    guard text.allSatisfy({ Hexadecimal.value($0) != nil }) else { throw .profile(.uriDigits) }
    guard !text.contains(where: { (0x41...0x46).contains($0) }) else { throw .profile(.uriCase) }
    let digits = text.count == 40 ? text : try listed(text)
    guard let nodeId = try? NodeId(hex: String(decoding: digits, as: UTF8.self)) else {
      throw .profile(.destinationForm)
    }
    return nodeId
  }

  /// The digits of the nodeId in a Destination List of exactly one node.
  private static func listed(
    _ list: ArraySlice<UInt8>
  ) throws(CertificateRejection) -> ArraySlice<UInt8> {
    func octet(_ place: Int) -> UInt8? {
      let digits = list.dropFirst(place).prefix(2)
      guard let first = digits.first, let last = digits.last, digits.count == 2,
        let high = Hexadecimal.value(first), let low = Hexadecimal.value(last)
      else { return nil }
      return high << 4 | low
    }
    switch octet(0) {
    case 0x01: break
    case 0x02, 0x03: throw .profile(.destinationType)
    default: throw .profile(.destinationForm)
    }
    guard octet(2) == 0x14 else { throw .profile(.destinationLength) }
    let digits = list.dropFirst(4).prefix(40)
    guard digits.count == 40 else { throw .profile(.destinationForm) }
    guard list.count > 44 else { return digits }
    // What follows is a second destination when it has a type, a length and that many octets.
    if let next = octet(46), octet(44) != nil, list.count == 48 + 2 * Int(next) {
      throw .profile(.destinationCount)
    }
    throw .profile(.destinationEnd)
  }
}
