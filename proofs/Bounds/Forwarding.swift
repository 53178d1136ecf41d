/// Delivery without defence.
extension Bound {
  static let forwarding: [Bound] = [
    Bound(
      name: "forwarding",
      summary: "(1 - f)^(log N / log 2^b): one path of expected length, independent faults.",
      derivation: "exact where N is a power of 2^b; otherwise e^(h log(1 - f)) in enclosures",
      source: "[Castro02], message forwarding",
      parameters: [nodes, digitBits, faultyFraction],
      evaluate: { (arguments) throws(BoundError) in
        singleRoute(hops: pastryHops(arguments), arguments["faultyFraction"])
      })
  ]

  /// log N / log 2^b.
  static func pastryHops(_ arguments: Arguments) -> BoundValue {
    let (nodes, b) = (arguments.whole("nodes"), arguments.whole("digitBits"))
    // N = 2^e: e / b is exact.
    if nodes & (nodes - 1) == 0 { return .exact(Rational(nodes.trailingZeroBitCount, b)) }
    let logarithm = Enclosure(Rational(nodes)).logarithm / Enclosure.logarithmOfTwo()
    return .enclosed(logarithm / Enclosure(Rational(b)))
  }

  /// (1 - f)^h.
  static func singleRoute(hops: BoundValue, _ f: Rational) -> BoundValue {
    power(1 - f, hops)
  }

  /// x^y of x in 0...1 and y >= 0; exact for a whole y of at most 4,096.
  static func power(_ base: Rational, _ exponent: BoundValue) -> BoundValue {
    if case .exact(let y) = exponent, y.isInteger, let whole = y.numerator.int, whole <= 4096 {
      return .exact(base.power(whole))
    }
    if base.sign == 0 { return .exact(0) }
    if base == 1 { return .exact(1) }
    return .enclosed(Enclosure(base).power(exponent.enclosure()).asProbability)
  }
}
