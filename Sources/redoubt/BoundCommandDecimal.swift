import Bounds

/// The digits of a value.
struct BoundDecimal: Hashable, Sendable {
  /// How the digits stand to the number.
  enum Reading: String, Hashable, Sendable {
    /// They are it.
    case equal
    /// It begins with them.
    case begins
    /// It rounds to them; its ends lie on both sides of a round number.
    case rounds
    /// It is from these upward; the ends agree in no digit.
    case atLeast
    /// It is from zero to these.
    case atMost
  }

  /// The digits, without an ellipsis.
  let text: String
  let reading: Reading

  init(_ value: BoundValue, digits: Int) {
    let decimal = value.decimal(digits: digits)
    let count = decimal?.digitCount ?? 0
    if let decimal, decimal.isExact || count >= min(digits, 16) {
      self.init(decimal)
      return
    }
    let (low, high) = value.ends
    if low.sign <= 0 && high.sign >= 0 {
      self.init(text: Self.bare(Self.above(high)), reading: .atMost)
      return
    }
    // Few digits of a narrow enclosure: its ends are on both sides of a round number. Ends that
    // are further apart than a unit do not round to the same.
    let (below, above) = (Self.place(low), Self.place(high))
    let allowed = max(below, above) - Self.place(high - low)
    for places in stride(from: min(digits, allowed), to: count, by: -1) {
      let a = Self.rounded(low, below - places + 1)
      let b = Self.rounded(high, above - places + 1)
      if a == b {
        self.init(text: Self.bare(CertifiedDecimal(a, digits: digits)), reading: .rounds)
        return
      }
    }
    if let decimal {
      self.init(decimal)
    } else {
      self.init(text: Self.bare(CertifiedDecimal(low, digits: 3)), reading: .atLeast)
    }
  }

  private init(_ decimal: CertifiedDecimal) {
    self.init(text: Self.bare(decimal), reading: decimal.isExact ? .equal : .begins)
  }

  private init(text: String, reading: Reading) {
    self.text = text
    self.reading = reading
  }

  private static func bare(_ decimal: CertifiedDecimal) -> String {
    decimal.isExact ? decimal.description : decimal.description.filter { $0 != "…" }
  }

  /// A number to that place, a half rounded up.
  private static func rounded(_ number: Rational, _ place: Int) -> Rational {
    let unit = Rational(10).power(place)
    return Rational((number / unit + Rational(1, 2)).floor) * unit
  }

  /// A number that is not negative, rounded up to three digits.
  private static func above(_ number: Rational) -> CertifiedDecimal {
    guard number.sign > 0 else { return CertifiedDecimal(number) }
    let unit = Rational(10).power(place(number) - 2)
    // The floor of the negative one is the ceiling.
    return CertifiedDecimal(Rational(-(-(number / unit)).floor) * unit)
  }

  /// The place of the leading digit.
  /// - Precondition: the number is not zero.
  private static func place(_ number: Rational) -> Int {
    CertifiedDecimal.leadingPlace(number.magnitude)
  }
}

extension BoundValue {
  /// The fraction, where it is exact and has at most 60 digits.
  var shortFraction: String? {
    guard case .exact(let number) = self,
      number.numerator.bitWidth + number.denominator.bitWidth <= 210
    else { return nil }
    let text = number.description
    return text.utf8.filter { $0 != UInt8(ascii: "/") }.count <= 60 ? text : nil
  }

  /// How well the number is known, in words.
  var precision: String {
    switch self {
    case .exact(let number):
      return shortFraction != nil
        ? "exact"
        : "exact, a fraction of \(number.numerator.bitWidth) over \(number.denominator.bitWidth) "
          + "bits"
    case .enclosed:
      let (low, high) = ends
      if high.sign == 0 || low.sign <= 0 { return "enclosed, and not told from zero" }
      // Below 2^(bits above - bits below + 1).
      let ratio = (high - low) / high
      let bits = ratio.denominator.bitWidth - ratio.numerator.bitWidth - 1
      return "enclosed, within 1e-\(max(0, bits * 301 / 1000)) of the value"
    }
  }
}
