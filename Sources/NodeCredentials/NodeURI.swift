import RingIdentifiers

/// The overlay URI of a node: `reload://` + Destination List + `@` + overlay + `/`.
///
/// The Destination List of RFC 6940 section 6.3.2.2 is written in hex: type 1 (node), length 0x14,
/// then the 20 octets of the nodeId, so `0114` and 40 digits. A bare nodeId of 40 digits, as
/// another implementation writes it, is accepted too. Anything else is refused: upper case,
/// percent escapes, a second destination, user-info tricks, ports, paths.
enum NodeURI {
  static let scheme = Array("reload://".utf8)
  static let destinationPrefix = Array("0114".utf8)

  static func text(_ nodeId: NodeId, overlay: OverlayName) -> String {
    "reload://0114\(nodeId.hex)@\(overlay.value)/"
  }

  /// The nodeId that a URI names inside this overlay.
  /// - Throws: `.profile(.uriForm)`, or `.foreignOverlay` when only the overlay differs.
  static func nodeId(
    in uri: ArraySlice<UInt8>, overlay: OverlayName
  ) throws(CertificateRejection) -> NodeId {
    guard uri.starts(with: scheme), uri.last == 0x2F else { throw .profile(.uriForm) }
    let rest = uri.dropFirst(scheme.count).dropLast()
    guard let at = rest.firstIndex(of: 0x40) else { throw .profile(.uriForm) }
    var digits = rest[..<at]
    if digits.count == 44 {
      guard digits.starts(with: destinationPrefix) else { throw .profile(.uriForm) }
      digits = digits.dropFirst(4)
    }
    guard digits.count == 40, digits.allSatisfy(isLowerHexDigit),
      let nodeId = try? NodeId(hex: String(decoding: digits, as: UTF8.self))
    else { throw .profile(.uriForm) }
    let host = rest[rest.index(after: at)...]
    if host.elementsEqual(overlay.value.utf8) { return nodeId }
    guard let found = try? OverlayName(String(decoding: host, as: UTF8.self)) else {
      throw .profile(.uriForm)
    }
    throw .foreignOverlay(expected: overlay.value, found: found.value)
  }

  private static func isLowerHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x61...0x66: true
    default: false
    }
  }
}
