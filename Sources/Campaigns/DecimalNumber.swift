/// A number as it is written in decimal, so that sweeps step without rounding drift.
///
/// `0.1`, `0.025` and `5e-2` are exact here; their nearest `Double` is taken once, at the end.
struct DecimalNumber: Equatable {
  /// The number is `units * 10^-decimals`.
  let units: Int
  /// 0...15.
  let decimals: Int

  /// Reads `[+-]digits[.digits][e[+-]digits]` with at most 15 significant digits.
  init?(_ text: String) {
    var rest = Substring(text)
    let negative = rest.first == "-"
    if negative || rest.first == "+" { rest = rest.dropFirst() }
    var exponent = 0
    if let mark = rest.firstIndex(where: { $0 == "e" || $0 == "E" }) {
      guard let value = Int(rest[rest.index(after: mark)...]), value.magnitude <= 30 else {
        return nil
      }
      exponent = value
      rest = rest[..<mark]
    }
    let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, !parts[0].isEmpty || parts.count == 2 else { return nil }
    let fraction = parts.count == 2 ? parts[1] : ""
    let digits = parts[0] + fraction
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
      digits.drop(while: { $0 == "0" }).count <= 15, var value = Int(digits)
    else { return nil }
    var scale = fraction.count - exponent
    while scale < 0 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      value = product
      scale += 1
    }
    while scale > 0 && value % 10 == 0 {
      value /= 10
      scale -= 1
    }
    guard scale <= 15 else { return nil }
    units = negative ? -value : value
    decimals = scale
  }

  private init(units: Int, decimals: Int) {
    self.units = units
    self.decimals = decimals
  }

  /// The nearest `Double`.
  var value: Double {
    // Both operands are exact (below 2^53 and 10^22), so the quotient is the correctly rounded one.
    Double(units) / Self.power(decimals)
  }

  /// `from, from + step, ...` up to and including `to`.
  /// - Returns: nil when the step is not positive, `to < from`, or there are over `limit` values.
  static func sweep(from: DecimalNumber, to: DecimalNumber, step: DecimalNumber, limit: Int)
    -> [Double]?
  {
    let decimals = max(from.decimals, to.decimals, step.decimals)
    guard let first = from.scaled(to: decimals), let last = to.scaled(to: decimals),
      let pace = step.scaled(to: decimals), pace > 0, last >= first,
      (last - first) / pace < limit
    else { return nil }
    return Swift.stride(from: first, through: last, by: pace).map {
      DecimalNumber(units: $0, decimals: decimals).value
    }
  }

  private func scaled(to decimals: Int) -> Int? {
    var result = units
    for _ in self.decimals..<decimals {
      let (product, overflow) = result.multipliedReportingOverflow(by: 10)
      guard !overflow, product.magnitude < 1 << 53 else { return nil }
      result = product
    }
    return result
  }

  private static func power(_ exponent: Int) -> Double {
    (0..<exponent).reduce(1.0) { product, _ in product * 10 }
  }
}
