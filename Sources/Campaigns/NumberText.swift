import Glibc

/// `value` with a fixed number of decimals and '.', whatever the locale.
func decimalText(_ value: Double, decimals: Int) -> String {
  let scale = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
  let scaled = (value.magnitude * scale).rounded()
  guard scaled < 0x1p62 else { return "\(value)" }
  let units = Int64(scaled)
  let whole = units / Int64(scale)
  let fraction = "\(units % Int64(scale))"
  let sign = value < 0 && units != 0 ? "-" : ""
  guard decimals > 0 else { return "\(sign)\(whole)" }
  return "\(sign)\(whole)." + String(repeating: "0", count: decimals - fraction.count) + fraction
}

/// `value` with about `digits` significant digits, without an exponent between 1e-4 and 1e15.
func significant(_ value: Double, digits: Int = 4) -> String {
  guard value != 0, value.isFinite else { return "\(value == 0 ? "0" : "\(value)")" }
  let exponent = Int(floor(log10(value.magnitude)))
  guard exponent >= -5 else {
    let scale = pow(10, Double(-exponent))
    return decimalText(value * scale, decimals: max(0, digits - 2)) + "e\(exponent)"
  }
  return decimalText(value, decimals: max(0, digits - 1 - exponent))
}
