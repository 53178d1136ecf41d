/// How the leading 64 bits of an id divide into digits of b bits.
///
/// When b does not divide 64 the engine does not use the digits beyond the last whole one: nodes
/// that agree in all whole digits know each other through their leaf sets or the nearest slot.
struct DigitGeometry: Sendable {
  /// Bits per digit, b.
  let bits: UInt64

  /// Number of values of a digit, 2^b.
  var base: Int { 1 << Int(bits) }
  /// Number of whole digits in 64 bits.
  var wholeDigits: Int { 64 / Int(bits) }

  /// Left end of `row`'s digit: how far to shift it down.
  @inline(__always)
  func shift(row: Int) -> UInt64 {
    64 &- bits &* UInt64(truncatingIfNeeded: row &+ 1)
  }

  /// The digit of `value` in `row`.
  @inline(__always)
  func digit(_ value: UInt64, row: Int) -> Int {
    Int(truncatingIfNeeded: (value &>> shift(row: row)) & ((1 &<< bits) &- 1))
  }

  /// Number of leading whole digits on which two ids agree; `wholeDigits` at most.
  @inline(__always)
  func sharedPrefixLength(_ a: UInt64, _ b: UInt64) -> Int {
    let equalBits = UInt64(truncatingIfNeeded: (a ^ b).leadingZeroBitCount)
    return Int(truncatingIfNeeded: min(equalBits, 63) / bits)
  }

  /// Ones below `row`'s digit: the bits that the row leaves free.
  @inline(__always)
  func lowMask(row: Int) -> UInt64 {
    (1 &<< shift(row: row)) &- 1
  }

  /// The constrained point of slot (`row`, `digit`) of the node with this id: the id with its digit
  /// in `row` replaced. [Castro02], routing table maintenance
  @inline(__always)
  func constrainedPoint(_ identifier: UInt64, row: Int, digit: Int) -> UInt64 {
    let field = ((1 &<< bits) &- 1) &<< shift(row: row)
    return (identifier & ~field) | (UInt64(truncatingIfNeeded: digit) &<< shift(row: row))
  }
}

/// No node: an empty slot.
let emptySlot = UInt32.max
