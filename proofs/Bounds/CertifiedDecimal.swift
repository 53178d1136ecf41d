/// Decimal digits of a number, each of which is right.
///
/// They are cut off, not rounded, so an ellipsis means that the number goes on from there; where
/// the digits end by themselves the decimal is the number. A size below a millionth, or of 10^15
/// and more, has its power of ten behind an `e`.
public struct CertifiedDecimal: Hashable, Sendable, CustomStringConvertible {
  /// The digits, with a point, a sign, and an ellipsis where they go on.
  public let description: String
  /// How many significant digits they are.
  public let digitCount: Int
  /// Whether the decimal is the number.
  public let isExact: Bool

  /// The leading digits of an exact number, at most `digits` significant ones.
  public init(_ number: Rational, digits: Int = 20) {
    precondition(digits >= 1, "no digits wanted")
    guard number.sign != 0 else {
      self.init("0", place: 0, isNegative: false, goesOn: false)
      return
    }
    let size = number.magnitude
    let place = Self.leadingPlace(size)
    let scaled = size * Self.powerOfTen(digits - 1 - place)
    self.init(
      "\(scaled.floor)", place: place, isNegative: number.sign < 0, goesOn: !scaled.isInteger)
  }

  /// The digits that all numbers of an enclosure share, at most `digits` significant ones.
  /// - Returns: nil when its ends do not share their first digit.
  public init?(_ enclosure: Enclosure, digits: Int = 20) {
    precondition(digits >= 1, "no digits wanted")
    let (low, high) = (enclosure.low.rational, enclosure.high.rational)
    if low == high {
      self.init(low, digits: digits)
      return
    }
    guard low.sign == high.sign, low.sign != 0 else { return nil }
    let (small, large) = low.sign > 0 ? (low, high) : (-high, -low)
    let place = Self.leadingPlace(small)
    guard Self.leadingPlace(large) == place else { return nil }
    // No more than the width allows; then one less until both ends agree.
    let certain = place - Self.leadingPlace(large - small)
    for count in stride(from: min(digits, certain), through: 1, by: -1) {
      let scale = Self.powerOfTen(count - 1 - place)
      let (a, b) = ((small * scale).floor, (large * scale).floor)
      if a == b {
        self.init("\(a)", place: place, isNegative: low.sign < 0, goesOn: true)
        return
      }
    }
    return nil
  }

  private init(_ digits: String, place: Int, isNegative: Bool, goesOn: Bool) {
    var kept = Substring(digits)
    if !goesOn { while kept.count > 1, kept.last == "0" { kept.removeLast() } }
    let end = goesOn ? "…" : ""
    let number: String
    // Digits that are cut off before the point may not be filled in: name the power instead.
    if !(-6..<15).contains(place) || (goesOn && kept.count <= place) {
      number = Self.pointed(kept, after: 1) + end + "e\(place)"
    } else if place < 0 {
      number = "0." + String(repeating: "0", count: -place - 1) + kept + end
    } else if kept.count <= place + 1 {
      let zeros = String(repeating: "0", count: place + 1 - kept.count)
      number = kept + zeros + (goesOn ? "." + end : "")
    } else {
      number = Self.pointed(kept, after: place + 1) + end
    }
    description = (isNegative ? "-" : "") + number
    digitCount = kept.count
    isExact = !goesOn
  }

  private static func pointed(_ digits: Substring, after count: Int) -> String {
    digits.count > count ? "\(digits.prefix(count)).\(digits.dropFirst(count))" : String(digits)
  }

  private static func powerOfTen(_ exponent: Int) -> Rational { Rational(10).power(exponent) }

  /// The p with 10^p <= number < 10^(p + 1).
  /// - Precondition: the number is above zero.
  public static func leadingPlace(_ number: Rational) -> Int {
    precondition(number.sign > 0, "no digit leads \(number)")
    // log10(2) to within a billionth, then corrected by comparison.
    let bits = number.numerator.bitWidth - number.denominator.bitWidth
    var place = Int((Double(bits) * 0.301_029_995_7).rounded(.down)) - 1
    while powerOfTen(place + 1) <= number { place += 1 }
    while powerOfTen(place) > number { place -= 1 }
    return place
  }
}
