/// Entries of routing tables under attack.
extension Bound {
  private static let tableSource = "[Castro02], secure routing table maintenance"
  private static let updates = BoundParameter(
    name: "updates", summary: "t, the updates of a slot", domain: .whole(0...1 << 16))

  static let routingTables: [Bound] = [
    Bound(
      name: "good-entries",
      summary: "(1 - f)^(2t + 1): entries of a proximity table that are correct after t updates.",
      derivation: "exact where the fraction is short; otherwise e^(h log(1 - f)) in enclosures",
      source: tableSource, parameters: [updates, faultyFraction],
      evaluate: { (arguments) throws(BoundError) in
        singleRoute(
          hops: .exact(Rational(2 * arguments.whole("updates") + 1)), arguments["faultyFraction"])
      }),
    Bound(
      name: "good-entries-spreading",
      summary: "(1 - f)^(2^(t + 1) - 1): the same when poisoned tables pass entries on.",
      derivation: "exact where the fraction is short; otherwise e^(h log(1 - f)) in enclosures",
      source: tableSource, parameters: [updates, faultyFraction],
      evaluate: { (arguments) throws(BoundError) in
        let hops = BigInteger.powerOfTwo(arguments.whole("updates") + 1) - 1
        return singleRoute(hops: .exact(Rational(hops)), arguments["faultyFraction"])
      }),
    Bound(
      name: "good-entries-constrained",
      summary: "1 - f: entries of a constrained table that are correct, whatever the updates.",
      derivation: "exact", source: tableSource, parameters: [faultyFraction],
      evaluate: { (arguments) throws(BoundError) in .exact(1 - arguments["faultyFraction"]) }),
  ]
}
