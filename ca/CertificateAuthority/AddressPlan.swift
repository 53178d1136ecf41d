public import NodeCredentials

/// Which addresses the nodes of a bulk issue get.
public enum AddressPlan: Hashable, Sendable {
  /// Consecutive addresses on one port, from this one on; node i gets base + i.
  case consecutive(from: NodeAddress)
  /// Node i gets the i-th of these.
  case list([NodeAddress])

  /// The address of a bulk node without one of its own: 10.0.0.0 plus its place in the ledger, on
  /// port 4000; nil outside 1...16,777,214, the room of the private block 10.0.0.0/8 (RFC 1918).
  ///
  /// A place belongs to one reservation for ever, so no two processes can come to the same address.
  public static func defaultAddress(sequence: Int64) -> NodeAddress? {
    guard (1...lastDefaultPlace).contains(sequence) else { return nil }
    return NodeAddress(ip: .v4(defaultBlock + UInt32(sequence)), port: defaultPort)
  }

  static let lastDefaultPlace: Int64 = 0xFF_FFFE
  private static let defaultBlock: UInt32 = 0x0A00_0000
  private static let defaultPort: UInt16 = 4000

  /// The inverse of `defaultAddress`.
  static func defaultPlace(_ address: NodeAddress) -> Int64? {
    guard case .v4(let value) = address.ip, address.port == defaultPort, value > defaultBlock,
      Int64(value - defaultBlock) <= lastDefaultPlace
    else { return nil }
    return Int64(value - defaultBlock)
  }

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

  /// Whether one of the first `count` nodes gets this address, and no address is given twice.
  func membership(_ count: Int) throws(AuthorityError) -> @Sendable (NodeAddress) -> Bool {
    switch self {
    case .consecutive(let base):
      return { address in
        guard address.port == base.port, let place = address.ip.distance(from: base.ip) else {
          return false
        }
        return place < UInt64(count)
      }
    case .list(let addresses):
      var seen: Set<NodeAddress> = []
      for address in addresses.prefix(count) {
        guard seen.insert(address).inserted else { throw .addressTaken(address) }
      }
      return { [seen] in seen.contains($0) }
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

/// Where the addresses of one bulk issue come from.
struct BulkAddresses: Sendable {
  /// The caller's plan; nil for the default address of every place in the ledger.
  let plan: AddressPlan?
  /// Default addresses of places to come that somebody was given by name.
  let taken: Set<Int64>

  /// The address of node `index`, whose place in the ledger is `sequence`.
  func address(_ index: Int, sequence: Int64) throws(AuthorityError) -> NodeAddress {
    let address = plan.map { $0.address(index) } ?? AddressPlan.defaultAddress(sequence: sequence)
    guard let address else { throw .addressesExhausted(detail: "the addresses ran out") }
    guard plan != nil || !taken.contains(sequence) else { throw .addressTaken(address) }
    return address
  }
}
