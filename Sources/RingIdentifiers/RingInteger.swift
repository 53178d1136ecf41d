/// A fixed-width unsigned integer read as a point on a ring of `2^bitWidth` points.
///
/// The overlay uses `UInt160`. `UInt8` and `UInt16` conform so that the very same ring operations
/// run exhaustively on rings small enough to enumerate.
/// Clockwise is the direction of increasing values; the largest value is followed by zero.
/// Bit offsets count from the most significant bit, as digits do in the papers.
public protocol RingInteger: Comparable, Hashable, Sendable {
  /// The number of bits of a point; the ring has `2^bitWidth` points.
  static var bitWidth: Int { get }

  /// The point 0.
  static var zero: Self { get }

  /// The number of zero bits before the first one bit; `bitWidth` for `zero`.
  var leadingZeroBitCount: Int { get }

  /// The sum modulo `2^bitWidth`.
  static func &+ (lhs: Self, rhs: Self) -> Self

  /// The difference modulo `2^bitWidth`.
  static func &- (lhs: Self, rhs: Self) -> Self

  /// The bitwise and.
  static func & (lhs: Self, rhs: Self) -> Self

  /// The bitwise or.
  static func | (lhs: Self, rhs: Self) -> Self

  /// The bitwise exclusive or.
  static func ^ (lhs: Self, rhs: Self) -> Self

  /// The bitwise complement.
  static prefix func ~ (operand: Self) -> Self

  /// A value whose first `count` bits are ones and whose other bits are zeros.
  /// - Precondition: `0 <= count <= bitWidth`.
  static func leadingMask(_ count: Int) -> Self

  /// The `count` bits that start `offset` bits after the most significant end, as a number.
  /// - Precondition: `0 <= count <= 8`, `0 <= offset`, `offset + count <= bitWidth`.
  func bits(at offset: Int, count: Int) -> Int

  /// A value that is zero except for the `count` bits at `offset`, which hold `field`.
  /// - Precondition: as for `bits(at:count:)`, and `0 <= field < 2^count`.
  static func field(_ field: Int, at offset: Int, count: Int) -> Self

  /// The next uniformly random point of `generator`.
  static func random(from generator: inout some RandomNumberGenerator) -> Self
}

extension RingInteger where Self: FixedWidthInteger & UnsignedInteger {
  /// A value whose first `count` bits are ones and whose other bits are zeros.
  /// - Precondition: `0 <= count <= bitWidth`.
  @inlinable
  public static func leadingMask(_ count: Int) -> Self {
    assert(count >= 0 && count <= bitWidth, "a mask of \(count) bits in \(bitWidth)")
    return Self.max << (bitWidth &- count)
  }

  /// The `count` bits that start `offset` bits after the most significant end, as a number.
  /// - Precondition: `0 <= count <= 8`, `0 <= offset`, `offset + count <= bitWidth`.
  @inlinable
  public func bits(at offset: Int, count: Int) -> Int {
    assert(count >= 0 && count <= 8 && offset >= 0 && offset + count <= Self.bitWidth)
    return Int(truncatingIfNeeded: (self << offset) >> (Self.bitWidth &- count))
  }

  /// A value that is zero except for the `count` bits at `offset`, which hold `field`.
  /// - Precondition: as for `bits(at:count:)`, and `0 <= field < 2^count`.
  @inlinable
  public static func field(_ field: Int, at offset: Int, count: Int) -> Self {
    assert(count >= 0 && count <= 8 && offset >= 0 && offset + count <= Self.bitWidth)
    assert(field >= 0 && field < 1 << count, "\(field) does not fit \(count) bits")
    return Self(truncatingIfNeeded: field) << (Self.bitWidth &- offset &- count)
  }

  /// The next uniformly random point: the leading bits of one word of `generator`.
  @inlinable
  public static func random(from generator: inout some RandomNumberGenerator) -> Self {
    Self(truncatingIfNeeded: generator.next() >> UInt64(64 &- bitWidth))
  }
}

/// The 8-bit ring: small enough to check every triple of points.
extension UInt8: RingInteger {}

/// The 16-bit ring: small enough to check every point, wide enough for uneven digits.
extension UInt16: RingInteger {}
