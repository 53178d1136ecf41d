public import Bounds
public import RouteSampling
public import Statistics

/// One sender, one key and one router: exact and sampled.
public struct RouteComparison: Sendable {
  /// The router.
  public let router: Router
  /// The pair's number in the study, from 0.
  public let number: Int
  /// The sender, by the rank of its id.
  public let source: Int
  /// The leading 64 bits of the key.
  public let key: UInt64
  /// The routes and their polynomial.
  public let delivery: RouteDelivery
  /// By f, in the order of the settings.
  public let points: [Point]

  /// One faulty fraction.
  public struct Point: Hashable, Sendable {
    /// f.
    public let faultyFraction: Rational
    /// The polynomial at 1 - f.
    public let exact: Rational
    /// The same where exactly round(f (N - 1)) of the nodes other than the sender are faulty.
    public let withoutReplacement: Rational
    /// What it would be if no two copies shared a node.
    public let independent: Rational
    /// Fault sets in which the engine delivered.
    public let delivered: Int
    /// All fault sets.
    public let trials: Int
    /// For the sampled probability: Clopper-Pearson, at an error of .001 for all comparisons of the
    /// study together (Bonferroni), which holds however they depend on each other.
    public let interval: Interval

    /// The part of the fault sets in which the engine delivered.
    public var sampled: Double { Double(delivered) / Double(trials) }
    /// Whether the exact value is in the interval.
    public var isInside: Bool { contains(exact) }
    /// Where the exact value is in the interval: 0 at the sampled one, -1 and 1 at the ends.
    public var position: Double {
      let value = exact.double
      let side = value < sampled ? sampled - interval.low : interval.high - sampled
      return value == sampled ? 0 : (value - sampled) / side
    }

    /// Whether a value that somebody claims is in the interval.
    public func contains(_ claimed: Rational) -> Bool { interval.contains(claimed.double) }
  }

  init(
    router: Router, number: Int, source: Int, key: UInt64, delivery: RouteDelivery,
    delivered: [Int], study: RouteStudy
  ) {
    self.router = router
    self.number = number
    self.source = source
    self.key = key
    self.delivery = delivery
    let settings = study.settings
    let independent = RouteFamily(delivery.routes).deliveryIfIndependent()
    points = settings.faultyFractions.enumerated().map { lane, f in
      let faulty = Rational((f * Rational(settings.nodes - 1) + Rational(1, 2)).floor)
      return Point(
        faultyFraction: f, exact: delivery.polynomial(1 - f),
        withoutReplacement: delivery.probability(
          faulty: faulty.numerator.int ?? 0, of: settings.nodes),
        independent: independent(1 - f), delivered: delivered[lane], trials: study.trials,
        interval: clopperPearsonInterval(
          successes: delivered[lane], trials: study.trials,
          confidence: 1 - Self.error / Double(study.comparisons)))
    }
  }

  /// The error of all intervals of a study together.
  public static let error = 0.001
}
