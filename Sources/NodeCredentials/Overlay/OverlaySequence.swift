/// The sequence number of an overlay document: 0...65534, counted around.
///
/// Source: RFC 6940 sections 6.3.2.1 and 11.1. 65535 is a special value of the messages and no
/// document has it; 65534 is followed by 0, and of two numbers the one is newer that is reached
/// from the other in fewer steps upwards.
///
/// The authority keeps it monotonic by taking it from the number of its revocation list, which its
/// ledger raises by one with each list and never forgets: see `init(listNumber:)`.
public struct OverlaySequence: Hashable, Sendable, CustomStringConvertible {
  /// 0...65534.
  public let value: UInt16

  /// How many different numbers there are.
  static let modulus: UInt16 = 65_535

  /// A number as the document carries it; nil for 65535.
  public init?(_ value: UInt16) {
    guard value < OverlaySequence.modulus else { return nil }
    self.value = value
  }

  /// The number of the document that goes with a revocation list: the list's, modulo 65535.
  public init(listNumber: UInt64) {
    value = UInt16(truncatingIfNeeded: listNumber % UInt64(OverlaySequence.modulus))
  }

  /// Whether this number comes 1...32767 steps after `other`.
  ///
  /// So no more than 32767 documents may be made within the lifetime of one: then an old document
  /// has expired before it could pass for a newer one.
  public func isNewer(than other: OverlaySequence) -> Bool {
    let steps =
      (UInt32(value) + UInt32(OverlaySequence.modulus) - UInt32(other.value))
      % UInt32(OverlaySequence.modulus)
    return steps > 0 && steps <= UInt32(OverlaySequence.modulus) / 2
  }

  /// In decimal, as the document carries it.
  public var description: String { String(value) }
}
