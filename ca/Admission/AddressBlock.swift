public import NodeCredentials

/// All addresses that share their first bits, such as 192.0.2.0/24.
public struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
  /// The first address of the block, never an IPv4 address in IPv6 clothes.
  public let base: IPAddress
  /// How many leading bits the addresses share: 0...32 or 0...128.
  public let bits: Int

  /// The block of `bits` leading bits that holds `address`; ::ffff:a.b.c.d counts as a.b.c.d.
  /// - Parameters:
  ///   - bits: for IPv4, clamped to 0...32.
  ///   - bits6: for IPv6, clamped to 0...128.
  public init(_ address: IPAddress, bits: Int, bits6: Int) {
    switch address.unmapped {
    case .v4(let value):
      let kept = min(max(bits, 0), 32)
      base = .v4(kept == 0 ? 0 : value & (UInt32.max << UInt32(32 - kept)))
      self.bits = kept
    case .v6(let high, let low):
      let kept = min(max(bits6, 0), 128)
      let top: UInt64 = kept == 0 ? 0 : UInt64.max << UInt64(64 - min(kept, 64))
      let bottom: UInt64 = kept <= 64 ? 0 : UInt64.max << UInt64(128 - kept)
      base = .v6(high: high & top, low: low & bottom)
      self.bits = kept
    }
  }

  /// What one host has: the IPv4 address itself, or the IPv6 /64 in which it may choose any.
  public static func host(_ address: IPAddress) -> AddressBlock {
    AddressBlock(address, bits: 32, bits6: 64)
  }

  /// What one site has: a /24 or a /48.
  public static func site(_ address: IPAddress) -> AddressBlock {
    AddressBlock(address, bits: 24, bits6: 48)
  }

  /// `192.0.2.0/24`.
  public var description: String { "\(base)/\(bits)" }
}

extension IPAddress {
  /// The IPv4 address that ::ffff:a.b.c.d stands for; any other address itself.
  public var unmapped: IPAddress {
    if case .v6(let high, let low) = self, high == 0, low >> 32 == 0xFFFF {
      return .v4(UInt32(truncatingIfNeeded: low))
    }
    return self
  }

  /// Whether this is 127.0.0.0/8 or ::1.
  public var isLoopback: Bool {
    switch unmapped {
    case .v4(let value): value >> 24 == 127
    case .v6(let high, let low): high == 0 && low == 1
    }
  }
}
