/// The law of the ratio of two mean gaps between uniform nodeIds, k of them over n: F(2k, 2n).
///
/// P[F(2k, 2n) <= g] is the regularised incomplete beta function I_x(k, n) with
/// x = k g / (k g + n), which for whole k and n is P[at least k of k + n - 1 trials of probability
/// x succeed].
struct RatioLaw {
  let rootGaps: Int
  let localGaps: Int
  let form: BoundForm

  /// P[the ratio is at most g].
  func atMost(_ g: Rational) -> BoundValue { trials(g).atLeast(rootGaps, form: form) }

  /// P[the ratio is above g].
  func above(_ g: Rational) -> BoundValue { trials(g).atMost(rootGaps - 1, form: form) }

  private func trials(_ g: Rational) -> CountLaw {
    CountLaw(
      trials: rootGaps + localGaps - 1, odds: g.numerator * BigInteger(rootGaps),
      to: g.denominator * BigInteger(localGaps))
  }
}

/// The routing failure test.
extension Bound {
  /// gamma as the test holds it: the nearest multiple of 2^-20, a half rounded up.
  static func implementedThreshold(_ gamma: Rational) -> Rational {
    let scale = Rational(.powerOfTwo(20))
    return Rational((gamma * scale + Rational(1, 2)).floor) / scale
  }

  private static let testSource = "[Castro02], routing failure test"
  private static let tailDerivation =
    "incomplete beta function of whole k and n, a binomial tail: exact up to k + n of some "
    + "thousand, beyond that enclosed; gamma is first rounded to a multiple of 2^-20, as the test "
    + "does"
  private static let rootDerivation =
    "the root is approached by secants, with both errors exact or enclosed, until they differ by "
    + "less than 2^-110; the error lies between the two; gamma is not rounded"

  static let failureTest: [Bound] = [
    Bound(
      name: "failure-test-alpha",
      summary: "P[F(2k, 2n) > gamma]: an honest root set is refused.",
      derivation: tailDerivation, source: testSource,
      parameters: [samples, rootSamples, densityThreshold],
      evaluate: { (arguments) throws(BoundError) in
        arguments.ratioLaw.above(arguments.gamma)
      }),
    Bound(
      name: "failure-test-alpha-hidden",
      summary: "P[F(2k, 2n) > gamma (1 - c)]: the same while the coalition hides around the key.",
      derivation: tailDerivation, source: testSource,
      parameters: [samples, rootSamples, densityThreshold, coalitionFraction],
      evaluate: { (arguments) throws(BoundError) in
        arguments.ratioLaw.above(arguments.gamma * (1 - arguments["coalitionFraction"]))
      }),
    Bound(
      name: "failure-test-beta",
      summary: "P[F(2k, 2n) < c gamma]: a forged root set is accepted.",
      derivation: tailDerivation, source: testSource,
      parameters: [samples, rootSamples, densityThreshold, coalitionFraction],
      evaluate: { (arguments) throws(BoundError) in
        arguments.ratioLaw.atMost(arguments.gamma * arguments["coalitionFraction"])
      }),
    Bound(
      name: "failure-test-beta-hidden",
      summary: "P[F(2k, 2n) < c gamma / (1 - c)]: the same while it hides around the sender.",
      derivation: tailDerivation, source: testSource,
      parameters: [samples, rootSamples, densityThreshold, coalitionFraction],
      evaluate: { (arguments) throws(BoundError) in
        let c = arguments["coalitionFraction"]
        return arguments.ratioLaw.atMost(arguments.gamma * c / (1 - c))
      }),
    Bound(
      name: "failure-test-minimum-error",
      summary: "alpha = beta at the best gamma, nobody hiding.",
      derivation: rootDerivation, source: testSource,
      parameters: [samples, rootSamples, someCoalition],
      evaluate: { (arguments) throws(BoundError) in
        arguments.ratioLaw.equalError(honest: 1, forged: arguments["coalitionFraction"])
      }),
    Bound(
      name: "failure-test-minimum-error-hidden",
      summary: "alpha = beta at the best gamma, the coalition hiding where it helps.",
      derivation: rootDerivation, source: testSource,
      parameters: [samples, rootSamples, someCoalition],
      evaluate: { (arguments) throws(BoundError) in
        let c = arguments["coalitionFraction"]
        return arguments.ratioLaw.equalError(honest: 1 - c, forged: c / (1 - c))
      }),
    Bound(
      name: "failure-test-threshold",
      summary: "gamma that keeps beta at the target against a coalition hiding at the sender.",
      derivation:
        "the quantile of F(2k, 2n) at the target, between two points on either side of it, times "
        + "(1 - c) / c; gamma is not rounded",
      source: testSource,
      parameters: [
        samples, rootSamples,
        BoundParameter(
          name: "designFraction", summary: "c, the coalition that the threshold is made for",
          domain: .properFraction),
        BoundParameter(
          name: "targetError", summary: "beta, the chance that a forged root set is accepted",
          domain: .properFraction),
      ],
      evaluate: { (arguments) throws(BoundError) in
        let c = arguments["designFraction"]
        let quantile = try arguments.ratioLaw.quantile(arguments["targetError"])
        return .enclosed(quantile * Enclosure((1 - c) / c))
      }),
    Bound(
      name: "failure-test-limit",
      summary: "The c from which on no number of samples tells honest from forged root sets: 1, "
        + "1/2 when it hides on one side, (3 - sqrt 5) / 2 on both.",
      derivation: "both errors vanish iff a < 1/b, a = 1/(1 - c) when it hides at the key and 1 "
        + "otherwise, b = c/(1 - c) when it hides at the sender and c otherwise; on both sides "
        + "c < (1 - c)^2, whose root is enclosed",
      source: testSource,
      parameters: [
        BoundParameter(
          name: "hidingAtKey", summary: "1 when the coalition hides around the key, 0 when not",
          domain: .whole(0...1)),
        BoundParameter(
          name: "hidingAtSender",
          summary: "1 when the coalition hides around the sender, 0 when not",
          domain: .whole(0...1)),
      ],
      evaluate: { (arguments) throws(BoundError) in
        switch arguments.whole("hidingAtKey") + arguments.whole("hidingAtSender") {
        case 0: .exact(1)
        case 1: .exact(Rational(1, 2))
        default: .enclosed((Enclosure(3) - Enclosure(5).squareRoot) / Enclosure(2))
        }
      }),
  ]

  private static let hopThreshold = BoundParameter(
    name: "hopThreshold",
    summary: "x, the distance in mean honest distances above which a hop is refused; rounded to "
      + "2^-20",
    domain: .number(0...4096))
  private static let hopSource = "[Castro02], checked iterative routing"
  private static let hopDerivation =
    "the failure test with k = 1: (n / (n + x))^n for the honest hop, a binomial tail; x is first "
    + "rounded to a multiple of 2^-20, as the test does"

  static let hopTest: [Bound] = [
    Bound(
      name: "hop-test-alpha", summary: "About e^-x: the node closest to a point is refused.",
      derivation: hopDerivation, source: hopSource, parameters: [samples, hopThreshold],
      evaluate: { (arguments) throws(BoundError) in arguments.hopLaw.above(arguments.distance) }),
    Bound(
      name: "hop-test-beta",
      summary: "About 1 - e^-xc: the coalition member closest to it is accepted.",
      derivation: hopDerivation, source: hopSource,
      parameters: [samples, hopThreshold, coalitionFraction],
      evaluate: { (arguments) throws(BoundError) in
        arguments.hopLaw.atMost(arguments.distance * arguments["coalitionFraction"])
      }),
    Bound(
      name: "hop-test-beta-hidden",
      summary: "About 1 - e^(-xc / (1 - c)): the same while the coalition hides from the sender.",
      derivation: hopDerivation, source: hopSource,
      parameters: [samples, hopThreshold, coalitionFraction],
      evaluate: { (arguments) throws(BoundError) in
        let c = arguments["coalitionFraction"]
        return arguments.hopLaw.atMost(arguments.distance * c / (1 - c))
      }),
    Bound(
      name: "hop-test-minimum-error",
      summary: "alpha = beta at the best threshold, nobody hiding.",
      derivation: rootDerivation, source: hopSource, parameters: [samples, someCoalition],
      evaluate: { (arguments) throws(BoundError) in
        arguments.hopLaw.equalError(honest: 1, forged: arguments["coalitionFraction"])
      }),
    Bound(
      name: "hop-test-minimum-error-hidden",
      summary: "alpha = beta at the best threshold, the coalition hiding from the sender.",
      derivation: rootDerivation, source: hopSource, parameters: [samples, someCoalition],
      evaluate: { (arguments) throws(BoundError) in
        let c = arguments["coalitionFraction"]
        return arguments.hopLaw.equalError(honest: 1, forged: c / (1 - c))
      }),
  ]
}

extension Bound.Arguments {
  fileprivate var ratioLaw: RatioLaw {
    RatioLaw(rootGaps: whole("rootSamples"), localGaps: whole("samples"), form: form)
  }

  fileprivate var hopLaw: RatioLaw {
    RatioLaw(rootGaps: 1, localGaps: whole("samples"), form: form)
  }

  fileprivate var gamma: Rational { Bound.implementedThreshold(self["densityThreshold"]) }

  fileprivate var distance: Rational { Bound.implementedThreshold(self["hopThreshold"]) }
}
