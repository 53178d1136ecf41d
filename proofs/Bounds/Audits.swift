/// Audits of neighbours and of stored files.
extension Bound {
  private static let eclipseSource = "[Singh06], auditing"
  private static let challenges = BoundParameter(
    name: "challenges", summary: "n, the challenges of one audit", domain: .whole(1...1 << 20))
  private static let passingAnswers = BoundParameter(
    name: "passingAnswers", summary: "k, the correct answers with which a node passes; at most n",
    domain: .whole(1...1 << 20))
  private static let overload = BoundParameter(
    name: "overload",
    summary: "r, the links of the audited node over those that are allowed: 1/r of its answers "
      + "name the auditor",
    domain: .number(1...1_000_000))
  private static let auditedFraction = BoundParameter(
    name: "faultyFraction",
    summary: "f, the fraction of nodes, and so of anonymizers, that are "
      + "faulty", domain: .fractionBelowOne)
  private static let passesDerivation =
    "(p + q)^n P[at least k of n succeed at odds p : q] with p = f + (1 - f) c / r and "
    + "q = (1 - f) (1 - c): exact where short, otherwise enclosed"

  static let audits: [Bound] =
    [
      Bound(
        name: "audit-blamed",
        summary:
          "P[fewer than k of n challenges reach a correct node through a correct anonymizer]: "
          + "a correct node fails its audit.",
        derivation: "binomial tail at 1 - f: exact up to some thousand challenges, beyond enclosed",
        source: eclipseSource, parameters: [challenges, passingAnswers, faultyFraction],
        evaluate: { (arguments) throws(BoundError) in
          let audit = try Audit(arguments, overload: 1)
          return CountLaw(trials: audit.challenges, probability: 1 - audit.faultyFraction)
            .atMost(audit.passing - 1, form: arguments.form)
        }),
      Bound(
        name: "audit-passes",
        summary: "sum over i >= k of C(n, i) (f + (1 - f) c / r)^i ((1 - f) (1 - c))^(n - i): an "
          + "overloaded node that answers with probability c passes.",
        derivation: passesDerivation, source: eclipseSource,
        parameters: [
          challenges, passingAnswers, auditedFraction, overload,
          BoundParameter(
            name: "answerChance", summary: "c, the probability that it answers a challenge",
            domain: .fraction),
        ],
        evaluate: { (arguments) throws(BoundError) in
          try Audit(arguments, overload: arguments["overload"])
            .passes(answering: arguments["answerChance"], form: arguments.form)
        }),
      Bound(
        name: "audit-passes-worst",
        summary: "The largest audit-passes over all c: the node keeps silent as often as suits it.",
        derivation: "it rises with c while r P[X >= k] < P[X >= k - 1], X of n - 1 trials at odds "
          + "p : q, and falls from there on; that c is approached by secants, the value between "
          + "those at both ends and that with the larger p + q and the larger odds",
        source: eclipseSource,
        parameters: [challenges, passingAnswers, auditedFraction, overload],
        evaluate: { (arguments) throws(BoundError) in
          try Audit(arguments, overload: arguments["overload"]).worst(form: arguments.form).value
        }),
      Bound(
        name: "audit-worst-answer",
        summary: "The c at which audit-passes is largest.",
        derivation: "the point to which audit-passes-worst is taken, between two on either side",
        source: eclipseSource,
        parameters: [challenges, passingAnswers, auditedFraction, overload],
        evaluate: { (arguments) throws(BoundError) in
          try Audit(arguments, overload: arguments["overload"]).worst(form: arguments.form).answer
        }),
      Bound(
        name: "audit-escape",
        summary: "((n - 2) / (n - 1))^(c periods): nobody audits the one who holds a chain of c "
          + "conspirators.",
        derivation: "exact where the fraction is short; otherwise e^(log) in enclosures",
        source: "[Ngan03], random audits",
        parameters: [
          BoundParameter(
            name: "nodes", summary: "n, the nodes of the overlay", domain: .whole(2...1 << 53)),
          BoundParameter(
            name: "conspirators",
            summary: "c, the audits of one period that would uncover the chain; at most n",
            domain: .whole(1...1 << 53)),
          BoundParameter(
            name: "periods", summary: "the audit periods", domain: .whole(1...1_000_000)),
        ],
        evaluate: { (arguments) throws(BoundError) in
          let (n, c) = (arguments["nodes"], arguments["conspirators"])
          guard c <= n else {
            throw BoundError(.outOfDomain, "conspirators must be at most nodes, got \(c) of \(n)")
          }
          return BoundValue.exact((n - 2) / (n - 1)).power(.exact(c * arguments["periods"]))
        }),
    ] + anonymizers

  private static let setSize = BoundParameter(
    name: "setSize", summary: "n, the nodes among which an anonymizer is drawn; odd",
    domain: .whole(1...1 << 24))
  private static let minority = BoundParameter(
    name: "faultyFraction", summary: "f, the fraction of nodes that are faulty; below 1/2",
    domain: .fractionBelowOne)

  private static let anonymizers: [Bound] = [
    Bound(
      name: "anonymizer-bad-sets",
      summary: "N P[more than half of n are faulty], n odd: the expected anonymizer sets with a "
        + "faulty majority.",
      derivation: "binomial tail: exact up to some thousand, beyond enclosed",
      source: eclipseSource, parameters: [nodes, setSize, faultyFraction],
      evaluate: { (arguments) throws(BoundError) in
        let size = arguments.whole("setSize")
        guard size % 2 == 1 else {
          throw BoundError(.outOfDomain, "setSize must be odd, got \(size)")
        }
        return badSets(
          arguments["nodes"], size, arguments["faultyFraction"], form: arguments.form)
      }),
    Bound(
      name: "anonymizer-set-size",
      summary: "The least odd n with N P[more than half of n are faulty] below 1.",
      derivation: "exact: bisected over odd n, for which the expectation falls, each exact or "
        + "enclosed",
      source: eclipseSource, parameters: [nodes, minority],
      evaluate: { (arguments) throws(BoundError) in
        let f = arguments["faultyFraction"]
        guard f + f < 1 else {
          throw BoundError(
            .outOfDomain, "faultyFraction must be below 1/2: a larger set is no better, got \(f)")
        }
        let half = try WholeSearch.first(in: 0...(1 << 23) - 1) { (half) throws(BoundError) in
          badSets(arguments["nodes"], 2 * half + 1, f, form: .fraction).isBelow(1)
        }
        guard let half else {
          throw BoundError(
            .outOfDomain, "no set of fewer than 2^24 nodes is large enough: lower faultyFraction")
        }
        return .exact(Rational(2 * half + 1))
      }),
  ]

  /// N P[more than half of n are faulty].
  private static func badSets(
    _ nodes: Rational, _ size: Int, _ f: Rational, form: BoundForm
  ) -> BoundValue {
    CountLaw(trials: size, probability: f).atLeast(size / 2 + 1, form: form) * .exact(nodes)
  }
}

/// One audit of an overloaded node.
private struct Audit {
  let challenges: Int
  let passing: Int
  let faultyFraction: Rational
  let overload: Rational

  init(_ arguments: Bound.Arguments, overload: Rational) throws(BoundError) {
    challenges = arguments.whole("challenges")
    passing = arguments.whole("passingAnswers")
    faultyFraction = arguments["faultyFraction"]
    self.overload = overload
    guard passing <= challenges else {
      throw BoundError(
        .outOfDomain,
        "passingAnswers must be at most challenges, got \(passing) of \(challenges)")
    }
  }

  /// p: a faulty anonymizer warns the node, or it answers and the auditor is on its list.
  private func named(_ c: Rational) -> Rational {
    faultyFraction + (1 - faultyFraction) * c / overload
  }

  /// q: a correct anonymizer asks, and the node keeps silent.
  private func silent(_ c: Rational) -> Rational { (1 - faultyFraction) * (1 - c) }

  /// (p + q)^n: no answer proves the overload.
  private func undetected(_ c: Rational) -> BoundValue {
    BoundValue.exact(named(c) + silent(c)).power(.exact(Rational(challenges)))
  }

  private func law(_ trials: Int, _ p: Rational, _ q: Rational) -> CountLaw {
    CountLaw(
      trials: trials, odds: p.numerator * q.denominator, to: q.numerator * p.denominator)
  }

  /// The probability that it passes: sum over i >= k of C(n, i) p^i q^(n - i).
  func passes(answering c: Rational, form: BoundForm) -> BoundValue {
    law(challenges, named(c), silent(c)).atLeast(passing, form: form) * undetected(c)
  }

  /// The c at which it passes most often, and how often.
  func worst(form: BoundForm) -> (answer: BoundValue, value: BoundValue) {
    func end(_ c: Rational) -> (BoundValue, BoundValue) {
      (.exact(c), passes(answering: c, form: form))
    }
    // Answering never hurts without overload, or where every answer counts.
    if overload == 1 || passing == challenges { return end(1) }
    if faultyFraction.sign > 0, gap(0).isBefore == false { return end(0) }
    // At c = 1 the gap is about half of r - 1, however far the crossing is.
    let near = min(Crossing.closeEnough, (overload - 1).double * Crossing.closeEnough)
    let best = Crossing.enclosure(around: Crossing.approach(within: near, gap)) { isBefore($0) }
    let low = best?.low.rational ?? 0
    let high = min(best?.high.rational ?? 1, 1)
    let (left, right) = (
      passes(answering: low, form: .digits).enclosure(),
      passes(answering: high, form: .digits).enclosure()
    )
    // p + q falls with c, and the odds rise.
    let tail = law(challenges, named(high), silent(high)).atLeast(passing, form: .digits)
    let above = (tail * undetected(low)).enclosure()
    let least = max(left.low, right.low)
    return (
      .enclosed(Enclosure(from: low, to: high)),
      .enclosed(Enclosure(least, max(least, min(above.high, .one)), bits: above.bits))
    )
  }

  /// Whether the crossing is at a larger c. From c = 1 on it is not: both tails are 1 there, and
  /// the overload is above 1, though an enclosure may not tell it from 1.
  private func isBefore(_ c: Rational) -> Bool? { c >= 1 ? false : gap(c).isBefore }

  /// Before the crossing it passes more often with a larger c.
  /// - Precondition: c is at most 1.
  private func gap(_ c: Rational) -> Crossing.Gap {
    let law = law(challenges - 1, named(c), silent(c))
    let more = law.atLeast(passing, form: .digits) * .exact(overload)
    return Crossing.Gap(
      more.enclosure(), law.atLeast(passing - 1, form: .digits).enclosure())
  }
}
