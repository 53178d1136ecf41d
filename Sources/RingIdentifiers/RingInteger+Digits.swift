/// The digit widths that identifiers can be read in: b bits per digit, so base 2 to base 256.
///
/// Source: [Rowstron01], "a sequence of digits with base 2^b"; 4 is the usual choice.
public let digitBitsRange = 1...8

/// Points read as sequences of digits, most significant first.
///
/// `digitBits` is the papers' b. When b does not divide the width, every digit but the last has b
/// bits and the last one is narrower: it holds the `bitWidth % b` bits that remain (160 = 53*3 + 1,
/// 26*6 + 4, 22*7 + 6), so its row of a routing table has correspondingly fewer columns.
/// No bit is dropped and none is padded: two points with all digits equal are equal.
/// Rows count from 0; a point in row r of a table shares exactly r leading digits with the owner.
extension RingInteger {
  /// The number of digits of a point, the narrower last one included.
  /// - Precondition: `digitBitsRange` contains `digitBits`.
  @inlinable
  public static func digitCount(digitBits: Int) -> Int {
    precondition(
      digitBitsRange.contains(digitBits), "digitBits must be in 1...8, got \(digitBits)")
    return wholeDigits(in: bitWidth &+ digitBits &- 1, digitBits: digitBits)
  }

  /// `bits / digitBits`, rounded down, by a multiplication: a division takes longer than all else
  /// that a hop asks of a digit.
  ///
  /// Exact because `floor(4096 / digitBits) + 1` is too large by at most one, and `bits` ones of
  /// 4,096 are less than the 8th that the next whole number is away.
  /// - Precondition: `bits` is in 0...255, and `digitBitsRange` contains `digitBits`.
  @inlinable
  static func wholeDigits(in bits: Int, digitBits: Int) -> Int {
    assert(bits >= 0 && bits < 256, "\(bits) bits")
    let factor =
      switch digitBits {
      case 1: 4_097
      case 2: 2_049
      case 3: 1_366
      case 4: 1_025
      case 5: 820
      case 6: 683
      case 7: 586
      default: 513
      }
    return (bits &* factor) &>> 12
  }

  /// The number of bits of the digit at `row`: `digitBits`, or what remains for the last digit.
  /// - Precondition: `0 <= row < digitCount(digitBits:)`.
  @inlinable
  public static func digitWidth(at row: Int, digitBits: Int) -> Int {
    // The row by itself, too, so that the product does not wrap.
    precondition(
      digitBitsRange.contains(digitBits) && row >= 0 && row < bitWidth
        && row &* digitBits < bitWidth,
      "row \(row) is outside 0..<\(digitCount(digitBits: digitBits)) (digitBits = \(digitBits))")
    return min(digitBits, bitWidth &- row &* digitBits)
  }

  /// The digit at `row`, row 0 being the most significant.
  /// - Precondition: `0 <= row < digitCount(digitBits:)`.
  @inlinable
  public func digit(at row: Int, digitBits: Int) -> Int {
    bits(at: row &* digitBits, count: Self.digitWidth(at: row, digitBits: digitBits))
  }

  /// The number of leading digits that this point shares with `other`.
  ///
  /// `digitCount(digitBits:)` when the points are equal.
  /// - Precondition: `digitBitsRange` contains `digitBits`.
  @inlinable
  public func sharedPrefixLength(with other: Self, digitBits: Int) -> Int {
    precondition(
      digitBitsRange.contains(digitBits), "digitBits must be in 1...8, got \(digitBits)")
    let sharedBits = (self ^ other).leadingZeroBitCount
    return sharedBits == Self.bitWidth
      ? Self.digitCount(digitBits: digitBits)
      : Self.wholeDigits(in: sharedBits, digitBits: digitBits)
  }

  /// The point p(row, column) that constrains a routing-table slot of the node at this point.
  ///
  /// It shares the first `row` digits with this point, has `column` as the digit at `row`, and has
  /// this point's remaining digits. For node 26AE9, slot (2, 5), that is 265E9.
  /// Source: [Castro02], constrained routing table, via [Urdaneta11].
  /// - Precondition: `0 <= row < digitCount(digitBits:)`; `column` fits the digit at `row`.
  @inlinable
  public func constrainedPoint(row: Int, column: Int, digitBits: Int) -> Self {
    let width = Self.checkedWidth(row: row, column: column, digitBits: digitBits)
    let offset = row &* digitBits
    let hole = Self.leadingMask(offset) | ~Self.leadingMask(offset &+ width)
    return (self & hole) | Self.field(column, at: offset, count: width)
  }

  /// All points that may fill the slot (row, column) of the node at this point.
  ///
  /// They share the first `row` digits with it and have `column` as the digit at `row`. An entry
  /// outside this range would not make progress, so a slot whose range holds no node is empty.
  /// - Precondition: `0 <= row < digitCount(digitBits:)`; `column` fits the digit at `row`.
  @inlinable
  public func slotRange(row: Int, column: Int, digitBits: Int) -> ClosedRange<Self> {
    let width = Self.checkedWidth(row: row, column: column, digitBits: digitBits)
    let point = constrainedPoint(row: row, column: column, digitBits: digitBits)
    let prefix = Self.leadingMask(row &* digitBits &+ width)
    return (point & prefix)...(point | ~prefix)
  }

  @inlinable
  static func checkedWidth(row: Int, column: Int, digitBits: Int) -> Int {
    let width = digitWidth(at: row, digitBits: digitBits)
    precondition(
      column >= 0 && column < 1 &<< width,
      "column \(column) is outside 0..<\(1 &<< width) in row \(row) (digitBits = \(digitBits))")
    return width
  }
}
