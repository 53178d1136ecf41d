/// What identities cost.
extension Bound {
  private static let identitySource = "[Castro02], secure nodeId assignment"
  private static let price = BoundParameter(
    name: "price", summary: "the price of one certificate, in any currency; 1 counts certificates",
    domain: .number(0...1_000_000_000_000))
  private static let bought = BoundParameter(
    name: "fraction", summary: "the fraction of the identities that is bought", domain: .fraction)

  static let identities: [Bound] = [
    Bound(
      name: "certificate-price",
      summary: "price N fraction: what that share of the identities costs.",
      derivation: "exact", source: identitySource, parameters: [nodes, bought, price],
      evaluate: { (arguments) throws(BoundError) in
        .exact(arguments["price"] * arguments["nodes"] * arguments["fraction"])
      }),
    Bound(
      name: "certificate-price-targeted",
      summary: "price N: the price of the nodeId closest to one chosen point with probability 1/2; "
        + "the paper calls it expected, but the mean is infinite.",
      derivation: "exact", source: identitySource, parameters: [nodes, price],
      evaluate: { (arguments) throws(BoundError) in
        .exact(arguments["price"] * arguments["nodes"])
      }),
    Bound(
      name: "capture-price",
      summary: "price times the fewest m with m / (N + m) of at least the fraction: that share of "
        + "an overlay of N others.",
      derivation: "exact: m is N q / (1 - q), rounded up", source: identitySource,
      parameters: [
        others,
        BoundParameter(
          name: "fraction", summary: "q, the fraction that is to be owned",
          domain: .fractionBelowOne), price,
      ],
      evaluate: { (arguments) throws(BoundError) in
        .exact(arguments["price"] * certificates(arguments, share: arguments["fraction"]))
      }),
    Bound(
      name: "capture-price-targeted",
      summary:
        "price times the fewest m with m / (N + m) of at least the chance: the closest nodeId "
        + "to a chosen point among N others.",
      derivation: "exact: m is N q / (1 - q), rounded up, as all N + m ids are equally likely to "
        + "be closest",
      source: identitySource,
      parameters: [
        others,
        BoundParameter(
          name: "chance", summary: "q, the probability of success that is wanted",
          domain: .fractionBelowOne), price,
      ],
      evaluate: { (arguments) throws(BoundError) in
        .exact(arguments["price"] * certificates(arguments, share: arguments["chance"]))
      }),
    Bound(
      name: "closest-id-chance",
      summary: "m / (N + m): one of m certificates is the closest id to a chosen point.",
      derivation: "exact", source: identitySource,
      parameters: [
        BoundParameter(
          name: "certificates", summary: "m, the certificates that are bought",
          domain: .whole(0...1 << 53)), others,
      ],
      evaluate: { (arguments) throws(BoundError) in
        let m = arguments["certificates"]
        return .exact(m / (arguments["nodes"] + m))
      }),
    Bound(
      name: "puzzle-operations",
      summary: "2^p f N: hash operations for a fraction of the ids with p-bit puzzles.",
      derivation: "exact", source: identitySource,
      parameters: [
        BoundParameter(
          name: "zeroBits", summary: "p, the leading zero bits of a hash that a puzzle asks for",
          domain: .whole(0...512)), bought, nodes,
      ],
      evaluate: { (arguments) throws(BoundError) in
        .exact(
          Rational(.powerOfTwo(arguments.whole("zeroBits"))) * arguments["fraction"]
            * arguments["nodes"])
      }),
  ]

  private static let others = BoundParameter(
    name: "nodes", summary: "N, the nodes of others", domain: .whole(1...1 << 53))

  /// The fewest m with m / (N + m) >= q.
  private static func certificates(_ arguments: Arguments, share q: Rational) -> Rational {
    let exact = arguments["nodes"] * q / (1 - q)
    return -Rational((-exact).floor)
  }
}
