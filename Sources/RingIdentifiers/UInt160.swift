/// A 160-bit unsigned integer, the width of the overlay's identifiers.
///
/// Three words, most significant first; 20 bytes of content in a stride of 24.
/// The width of a SHA-1 digest and of the keys of [Dabek03]; [Rowstron01] has 128 bits.
@frozen
public struct UInt160: RingInteger {
  /// The most significant 64 bits.
  public var high: UInt64
  /// The 64 bits after `high`.
  public var middle: UInt64
  /// The least significant 32 bits.
  public var low: UInt32

  /// Joins the three words, most significant first.
  @inlinable
  public init(high: UInt64, middle: UInt64, low: UInt32) {
    self.high = high
    self.middle = middle
    self.low = low
  }

  /// The integer `value`, in the least significant bits.
  @inlinable
  public init(_ value: UInt64) {
    high = 0
    middle = value &>> 32
    low = UInt32(truncatingIfNeeded: value)
  }

  /// The width, 160.
  @inlinable
  public static var bitWidth: Int { 160 }

  /// The point 0.
  @inlinable
  public static var zero: UInt160 { UInt160(high: 0, middle: 0, low: 0) }

  /// The largest point, `2^160 - 1`.
  @inlinable
  public static var max: UInt160 { UInt160(high: .max, middle: .max, low: .max) }

  /// The number of zero bits before the first one bit; 160 for `zero`.
  @inlinable
  public var leadingZeroBitCount: Int {
    if high != 0 { return high.leadingZeroBitCount }
    if middle != 0 { return 64 &+ middle.leadingZeroBitCount }
    return 128 &+ low.leadingZeroBitCount
  }

  /// Whether `lhs` is the smaller number.
  @inlinable
  public static func < (lhs: UInt160, rhs: UInt160) -> Bool {
    if lhs.high != rhs.high { return lhs.high < rhs.high }
    if lhs.middle != rhs.middle { return lhs.middle < rhs.middle }
    return lhs.low < rhs.low
  }

  /// The sum modulo 2^160.
  @inlinable
  public static func &+ (lhs: UInt160, rhs: UInt160) -> UInt160 {
    let (low, lowCarry) = lhs.low.addingReportingOverflow(rhs.low)
    let (partial, firstCarry) = lhs.middle.addingReportingOverflow(rhs.middle)
    let (middle, secondCarry) = partial.addingReportingOverflow(lowCarry ? 1 : 0)
    let carry: UInt64 = firstCarry || secondCarry ? 1 : 0
    return UInt160(high: lhs.high &+ rhs.high &+ carry, middle: middle, low: low)
  }

  /// The difference modulo 2^160.
  @inlinable
  public static func &- (lhs: UInt160, rhs: UInt160) -> UInt160 {
    let (low, lowBorrow) = lhs.low.subtractingReportingOverflow(rhs.low)
    let (partial, firstBorrow) = lhs.middle.subtractingReportingOverflow(rhs.middle)
    let (middle, secondBorrow) = partial.subtractingReportingOverflow(lowBorrow ? 1 : 0)
    let borrow: UInt64 = firstBorrow || secondBorrow ? 1 : 0
    return UInt160(high: lhs.high &- rhs.high &- borrow, middle: middle, low: low)
  }

  /// The bitwise and.
  @inlinable
  public static func & (lhs: UInt160, rhs: UInt160) -> UInt160 {
    UInt160(high: lhs.high & rhs.high, middle: lhs.middle & rhs.middle, low: lhs.low & rhs.low)
  }

  /// The bitwise or.
  @inlinable
  public static func | (lhs: UInt160, rhs: UInt160) -> UInt160 {
    UInt160(high: lhs.high | rhs.high, middle: lhs.middle | rhs.middle, low: lhs.low | rhs.low)
  }

  /// The bitwise exclusive or.
  @inlinable
  public static func ^ (lhs: UInt160, rhs: UInt160) -> UInt160 {
    UInt160(high: lhs.high ^ rhs.high, middle: lhs.middle ^ rhs.middle, low: lhs.low ^ rhs.low)
  }

  /// The bitwise complement.
  @inlinable
  public static prefix func ~ (operand: UInt160) -> UInt160 {
    UInt160(high: ~operand.high, middle: ~operand.middle, low: ~operand.low)
  }

  /// A value whose first `count` bits are ones and whose other bits are zeros.
  /// - Precondition: `0 <= count <= 160`.
  @inlinable
  public static func leadingMask(_ count: Int) -> UInt160 {
    assert(count >= 0 && count <= 160, "a mask of \(count) bits in 160")
    // Smart shifts: a distance of a word or more gives zero, a negative one shifts the other way.
    return UInt160(
      high: count >= 64 ? .max : .max << (64 &- count),
      middle: count <= 64 ? 0 : count >= 128 ? .max : .max << (128 &- count),
      low: count <= 128 ? 0 : .max << (160 &- count))
  }

  /// The `count` bits that start `offset` bits after the most significant end, as a number.
  /// - Precondition: `0 <= count <= 8`, `0 <= offset`, `offset + count <= 160`.
  @inlinable
  public func bits(at offset: Int, count: Int) -> Int {
    assert(count >= 0 && count <= 8 && offset >= 0 && offset + count <= 160)
    // The word in which the field starts, and the next one.
    let (first, second) =
      offset < 64
      ? (high, middle) : (offset < 128 ? (middle, UInt64(low) &<< 32) : (UInt64(low) &<< 32, 0))
    // Masked shifts go up to 63: the second word's 64 - offset % 64, which may be 64, is made of
    // one step and the rest, which `~start` is when it is masked.
    let start = UInt64(truncatingIfNeeded: offset)
    let window = (first &<< start) | ((second &>> 1) &>> ~start)
    return Int(truncatingIfNeeded: (window &>> 1) &>> UInt64(truncatingIfNeeded: 63 &- count))
  }

  /// A value that is zero except for the `count` bits at `offset`, which hold `field`.
  /// - Precondition: as for `bits(at:count:)`, and `0 <= field < 2^count`.
  @inlinable
  public static func field(_ field: Int, at offset: Int, count: Int) -> UInt160 {
    assert(count >= 0 && count <= 8 && offset >= 0 && offset + count <= 160)
    assert(field >= 0 && field < 1 << count, "\(field) does not fit \(count) bits")
    let top = UInt64(truncatingIfNeeded: field) << (64 &- count)
    // Smart shifts: a negative distance shifts the other way, an excessive one gives zero.
    let tail = top << (128 &- offset)
    return UInt160(
      high: top >> offset, middle: top << (64 &- offset),
      low: UInt32(truncatingIfNeeded: tail &>> 32))
  }

  /// The next uniformly random point.
  ///
  /// Takes exactly three words of the generator; the last one gives its leading 32 bits.
  @inlinable
  public static func random(from generator: inout some RandomNumberGenerator) -> UInt160 {
    let high = generator.next()
    let middle = generator.next()
    return UInt160(
      high: high, middle: middle, low: UInt32(truncatingIfNeeded: generator.next() &>> 32))
  }
}
