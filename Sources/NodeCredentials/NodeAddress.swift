/// An IP address, version 4 or 6.
public enum IPAddress: Hashable, Sendable, CustomStringConvertible {
  /// Version 4, as one number in network order.
  case v4(UInt32)
  /// Version 6, as two numbers in network order.
  case v6(high: UInt64, low: UInt64)

  /// The 4 or 16 octets of a certificate's iPAddress; nil for another count.
  public init?(octets: [UInt8]) {
    switch octets.count {
    case 4: self = .v4(octets.reduce(0) { $0 << 8 | UInt32($1) })
    case 16:
      self = .v6(
        high: octets[..<8].reduce(0) { $0 << 8 | UInt64($1) },
        low: octets[8...].reduce(0) { $0 << 8 | UInt64($1) })
    default: return nil
    }
  }

  /// Reads dotted-quad or RFC 4291 text (no zone, no embedded IPv4); nil for anything else.
  public init?(_ text: String) {
    if text.utf8.contains(0x3A) {
      guard let groups = IPAddress.groups(text) else { return nil }
      let octets = groups.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
      self.init(octets: octets)
    } else {
      let parts = text.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 4 else { return nil }
      var octets: [UInt8] = []
      for part in parts {
        guard let value = IPAddress.decimal(part, limit: 255), part.utf8.count <= 3,
          part.utf8.count == 1 || part.utf8.first != 0x30
        else { return nil }
        octets.append(UInt8(value))
      }
      self.init(octets: octets)
    }
  }

  /// The octets in network order: 4 or 16.
  public var octets: [UInt8] {
    switch self {
    case .v4(let value):
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) }
    case .v6(let high, let low):
      [high, low].flatMap { half in
        (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) }
      }
    }
  }

  /// Dotted quad, or the shortest text of RFC 5952.
  public var description: String {
    switch self {
    case .v4: return octets.map(String.init).joined(separator: ".")
    case .v6: return IPAddress.text(groups: octets)
    }
  }

  /// The address `offset` places later; nil past the last address of its version.
  public func advanced(by offset: UInt64) -> IPAddress? {
    switch self {
    case .v4(let value):
      guard let step = UInt32(exactly: offset) else { return nil }
      let (sum, overflow) = value.addingReportingOverflow(step)
      return overflow ? nil : .v4(sum)
    case .v6(let high, let low):
      let (sum, carry) = low.addingReportingOverflow(offset)
      let (top, overflow) = high.addingReportingOverflow(carry ? 1 : 0)
      return overflow ? nil : .v6(high: top, low: sum)
    }
  }

  /// How many places after `base` this address comes; nil before it, for another version, or from
  /// 2^64 places on.
  package func distance(from base: IPAddress) -> UInt64? {
    switch (self, base) {
    case (.v4(let value), .v4(let start)): return value >= start ? UInt64(value - start) : nil
    case (.v6(let high, let low), .v6(let startHigh, let startLow)):
      let (difference, borrow) = low.subtractingReportingOverflow(startLow)
      let (top, overflow) = high.subtractingReportingOverflow(startHigh)
      return !overflow && top == (borrow ? 1 : 0) ? difference : nil
    case (.v4, .v6), (.v6, .v4): return nil
    }
  }

  static func decimal(_ text: Substring, limit: Int) -> Int? {
    guard !text.isEmpty, text.utf8.count <= 5 else { return nil }
    var value = 0
    for byte in text.utf8 {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      value = value * 10 + Int(byte - 0x30)
    }
    return value <= limit ? value : nil
  }

  /// The eight groups of IPv6 text.
  private static func groups(_ text: String) -> [UInt16]? {
    guard text.utf8.count <= 39 else { return nil }
    let halves = text.split(separator: "::", omittingEmptySubsequences: false)
    guard halves.count <= 2, let head = groupList(halves[0]) else { return nil }
    guard halves.count == 2 else { return head.count == 8 ? head : nil }
    guard let tail = groupList(halves[1]), head.count + tail.count <= 7 else { return nil }
    return head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
  }

  /// Colon-separated groups of 1 to 4 hex digits; an empty text has none.
  private static func groupList(_ text: Substring) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    var groups: [UInt16] = []
    for part in text.split(separator: ":", omittingEmptySubsequences: false) {
      guard (1...4).contains(part.utf8.count) else { return nil }
      var group: UInt16 = 0
      for digit in part.utf8 {
        guard let value = Hexadecimal.value(digit) else { return nil }
        group = group << 4 | UInt16(value)
      }
      groups.append(group)
    }
    return groups
  }

  private static func text(groups octets: [UInt8]) -> String {
    let groups = (0..<8).map { UInt16(octets[2 * $0]) << 8 | UInt16(octets[2 * $0 + 1]) }
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start > best.count, end - start > 1 { best = start..<end }
      start = max(end, start + 1)
    }
    let words = groups.map { String($0, radix: 16) }
    guard !best.isEmpty else { return words.joined(separator: ":") }
    let head = words[..<best.lowerBound].joined(separator: ":")
    return head + "::" + words[best.upperBound...].joined(separator: ":")
  }
}

/// Where a node is reached: an IP address and a port.
public struct NodeAddress: Hashable, Sendable, CustomStringConvertible {
  /// The IP address.
  public let ip: IPAddress
  /// The port, 1...65535.
  public let port: UInt16

  /// An address from its parts; nil for port 0.
  public init?(ip: IPAddress, port: UInt16) {
    guard port > 0 else { return nil }
    self.ip = ip
    self.port = port
  }

  /// Reads `192.0.2.1:4000` or `[2001:db8::1]:4000`; nil for anything else.
  public init?(_ text: String) {
    guard text.utf8.count <= 47, let colon = text.lastIndex(of: ":") else { return nil }
    var host = text[..<colon]
    let isBracketed = host.first == "[" && host.last == "]"
    if isBracketed { host = host.dropFirst().dropLast() }
    guard let ip = IPAddress(String(host)),
      let port = IPAddress.decimal(text[text.index(after: colon)...], limit: 65_535)
    else { return nil }
    if case .v6 = ip { guard isBracketed else { return nil } } else if isBracketed { return nil }
    self.init(ip: ip, port: UInt16(port))
  }

  /// `192.0.2.1:4000` or `[2001:db8::1]:4000`.
  public var description: String {
    if case .v6 = ip { return "[\(ip)]:\(port)" }
    return "\(ip):\(port)"
  }

  /// The address `offset` places later on the same port; nil past the last one.
  public func advanced(by offset: UInt64) -> NodeAddress? {
    ip.advanced(by: offset).flatMap { NodeAddress(ip: $0, port: port) }
  }
}
