/// Delivery without defence, and over several routes taken as independent.
extension Bound {
  static let forwarding: [Bound] = [
    Bound(
      name: "forwarding",
      summary: "(1 - f)^(log N / log 2^b): one path of expected length, independent faults.",
      derivation: "exact where log N / log 2^b is whole; otherwise e^(h log(1 - f)) in enclosures",
      source: "[Castro02], message forwarding",
      parameters: [nodes, digitBits, faultyFraction],
      evaluate: { (arguments) throws(BoundError) in
        singleRoute(hops: pastryHops(arguments), arguments["faultyFraction"])
      }),
    Bound(
      name: "forwarding-chord",
      summary: "(1 - f)^(log2(N) / 2): the same over Chord fingers.",
      derivation: "exact where N is a power of 4; otherwise e^(h log(1 - f)) in enclosures",
      source: "[Castro02], message forwarding",
      parameters: [nodes, faultyFraction],
      evaluate: { (arguments) throws(BoundError) in
        singleRoute(
          hops: binaryLogarithm(arguments.whole("nodes")) * .exact(Rational(1, 2)),
          arguments["faultyFraction"])
      }),
    Bound(
      name: "forwarding-can",
      summary: "(1 - f)^(d N^(1/d) / 4): the same over a CAN of d dimensions.",
      derivation: "exact where the root and d N^(1/d) / 4 are whole; otherwise in enclosures",
      source: "[Castro02], message forwarding",
      parameters: [
        nodes,
        BoundParameter(
          name: "dimensions", summary: "d, the dimensions of the CAN", domain: .whole(1...64)),
        faultyFraction,
      ],
      evaluate: { (arguments) throws(BoundError) in
        let d = arguments.whole("dimensions")
        return singleRoute(
          hops: root(arguments.whole("nodes"), d) * .exact(Rational(d, 4)),
          arguments["faultyFraction"])
      }),
    Bound(
      name: "forwarding-finite",
      summary: "C(N - F, h) / C(N, h): h different nodes drawn from N, of which F are faulty, are "
        + "all correct.",
      derivation: "exact hypergeometric law up to some thousand hops; beyond, enclosed by "
        + "logarithms of factorials",
      source: "[Castro02], message forwarding, without replacement",
      parameters: [
        nodes, faultyNodes,
        BoundParameter(
          name: "hops", summary: "h, the nodes that forward or answer",
          domain: .whole(0...1 << 30)),
      ],
      evaluate: { (arguments) throws(BoundError) in
        let (nodes, faulty) = try arguments.population()
        let hops = arguments.whole("hops")
        guard hops <= nodes else {
          throw BoundError(.outOfDomain, "hops must be at most nodes, got \(hops) of \(nodes)")
        }
        return CountLaw(drawn: hops, successes: faulty, failures: nodes - faulty)
          .atMost(0, form: arguments.form)
      }),
    Bound(
      name: "anycast-independent",
      summary: "1 - (1 - (1 - f)^(h + extraHops))^copies, h = log N / log 2^b: routes taken as "
        + "independent.",
      derivation: "exact where the exponent is whole and the fraction short; otherwise in "
        + "enclosures",
      source: "[Castro02], redundant routing",
      parameters: [nodes, digitBits, copies, extraHops, faultyFraction],
      evaluate: { (arguments) throws(BoundError) in redundantDelivery(arguments) }),
    Bound(
      name: "secure-routing-independent",
      summary: "sigma (1 - alpha) + (sigma alpha + (1 - sigma) (1 - beta)) rho with independent "
        + "routes, alpha without and beta with suppression at the sender.",
      derivation: "sigma as forwarding, rho as anycast-independent, alpha and beta as "
        + "failure-test-alpha and failure-test-beta-hidden with k = leafSetSize and c = f",
      source: "[Castro02], secure routing",
      parameters: [
        nodes, digitBits,
        BoundParameter(
          name: "leafSetSize", summary: "k, the gaps of the root set that is tested",
          domain: .whole(1...1 << 20)),
        samples, densityThreshold, copies, extraHops,
        BoundParameter(
          name: "faultyFraction", summary: "f, the fraction of nodes that are faulty",
          domain: .fractionBelowOne),
      ],
      evaluate: { (arguments) throws(BoundError) in composedDelivery(arguments) }),
  ]

  private static let copies = BoundParameter(
    name: "copies", summary: "r, the copies of the message", domain: .whole(1...1 << 30))
  private static let extraHops = BoundParameter(
    name: "extraHops",
    summary: "hops that each copy takes beyond h: 1 counts the node that starts it, 0 does not",
    domain: .number(0...1_000_000))

  /// log N / log 2^b.
  static func pastryHops(_ arguments: Arguments) -> BoundValue {
    binaryLogarithm(arguments.whole("nodes"))
      * .exact(Rational(1, arguments.whole("digitBits")))
  }

  /// log2 N.
  private static func binaryLogarithm(_ n: Int) -> BoundValue {
    if n & (n - 1) == 0 { return .exact(Rational(n.trailingZeroBitCount)) }
    return .enclosed(Enclosure(Rational(n)).logarithm / Enclosure.logarithmOfTwo())
  }

  /// n^(1/d).
  private static func root(_ n: Int, _ d: Int) -> BoundValue {
    let enclosure = (Enclosure(Rational(n)).logarithm / Enclosure(Rational(d))).exponential
    // The one integer that may be the root, if any.
    let whole = enclosure.high.rational.floor
    return whole.power(d) == BigInteger(n)
      ? .exact(Rational(whole)) : .enclosed(enclosure)
  }

  /// (1 - f)^h.
  static func singleRoute(hops: BoundValue, _ f: Rational) -> BoundValue {
    BoundValue.exact(1 - f).power(hops)
  }

  /// 1 - (1 - q)^r, q the probability of one copy.
  private static func redundantDelivery(_ arguments: Arguments) -> BoundValue {
    let f = arguments["faultyFraction"]
    let exponent = pastryHops(arguments) + .exact(arguments["extraHops"])
    let copies = BoundValue.exact(arguments["copies"])
    let one = singleRoute(hops: exponent, f)
    if case .exact(let q) = one, q.bits * arguments.whole("copies") <= BoundValue.exactBits {
      return one.complement.power(copies).complement
    }
    let q = one.enclosure()
    // r q (1 - r q) <= P <= r q; where q is that small, a difference from 1 has no digits.
    if q.high.magnitudeExponent < -512 {
      let sum = q * copies.enclosure()
      return .enclosed(
        Enclosure((sum * (Enclosure(1) - sum)).low, sum.high, bits: sum.bits).asProbability)
    }
    let bits = Enclosure.defaultBits + min(1024, max(0, -q.low.magnitudeExponent))
    let wide = Enclosure(q.low, q.high, bits: bits)
    let none = (Enclosure(1, bits: bits) - wide).asProbability
    // By squaring, much faster than by logarithms; it may be far below 2^-65,536, which the
    // difference from 1 does not mind.
    let all = none.power(arguments.whole("copies")).asProbability
    let some = (Enclosure(1, bits: bits) - all).asProbability
    return .enclosed(Enclosure(some.low, some.high, bits: Enclosure.defaultBits))
  }

  /// One path, the failure test on its answer, and redundant routing where it fires.
  private static func composedDelivery(_ arguments: Arguments) -> BoundValue {
    let f = arguments["faultyFraction"]
    let test = RatioLaw(
      rootGaps: arguments.whole("leafSetSize"), localGaps: arguments.whole("samples"),
      form: arguments.form)
    let gamma = implementedThreshold(arguments["densityThreshold"])
    let (sigma, rho) = (singleRoute(hops: pastryHops(arguments), f), redundantDelivery(arguments))
    let forged = gamma * f / (1 - f)
    let honest = sigma * test.atMost(gamma)
    let fired = sigma * test.above(gamma) + sigma.complement * test.above(forged)
    return (honest + fired * rho).atMostOne
  }
}
