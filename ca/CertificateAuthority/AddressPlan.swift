public import NodeCredentials

/// Which addresses the nodes of a bulk issue get.
public enum AddressPlan: Hashable, Sendable {
  /// Consecutive addresses on one port, from this one on; node i gets base + i.
  case consecutive(from: NodeAddress)
  /// Node i gets the i-th of these.
  case list([NodeAddress])

  /// 10.0.0.1:4000, where the block of a bulk issue without addresses begins.
  ///
  /// The block 10.0.0.0/8 is private (RFC 1918) and has room for 16 million nodes.
  public static let defaultBase = NodeAddress(ip: .v4(0x0A00_0001), port: 4000)

  /// Reads a file of addresses: one `ip:port` per line; empty lines and `#` comments are skipped.
  /// - Throws: `AuthorityError.invalid` with path and line.
  public init(text: String, path: String) throws(AuthorityError) {
    var addresses: [NodeAddress] = []
    var line = 0
    // A line that ends with CR LF ends with one Character, which is a newline too.
    for part in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      line += 1
      var content = part
      while let last = content.last, last == " " || last == "\t" { content = content.dropLast() }
      if content.isEmpty || content.first == "#" { continue }
      guard let address = NodeAddress(String(content)) else {
        throw .invalid(
          path: path, line: line,
          detail: "\"\(content.prefix(60))\" is not an address; "
            + "write 192.0.2.1:4000 or [2001:db8::1]:4000")
      }
      addresses.append(address)
    }
    self = .list(addresses)
  }

  /// Checks that there are enough addresses.
  func require(_ count: Int) throws(AuthorityError) {
    switch self {
    case .consecutive(let base):
      guard count == 0 || base.advanced(by: UInt64(count - 1)) != nil else {
        throw .addressesExhausted(
          detail: "\(count) consecutive addresses from \(base) run past the last address; "
            + "choose a lower --address-base")
      }
    case .list(let addresses):
      guard addresses.count >= count else {
        throw .addressesExhausted(
          detail: "\(addresses.count) addresses do not suffice for \(count) nodes; "
            + "add lines to the address file")
      }
    }
  }

  /// The address of node `index`; nil past the end.
  func address(_ index: Int) -> NodeAddress? {
    switch self {
    case .consecutive(let base): base.advanced(by: UInt64(index))
    case .list(let addresses): addresses.indices.contains(index) ? addresses[index] : nil
    }
  }
}
