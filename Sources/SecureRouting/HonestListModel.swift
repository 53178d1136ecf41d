import Statistics

/// How far the ids around one key lie from it when nobody has placed any there on purpose.
///
/// Let x_1 < ... < x_k be the distances of the k closest ids as fractions of the key space, times
/// the estimate n of the network size. With uniform ids and a perfect estimate they are the first
/// points of a Poisson process of rate 1: x_i is Gamma(i, 1) distributed [Maymounkov02]. This model
/// keeps the two statistics that are sufficient for a power law process of unknown rate and
/// exponent [Crow74] and lets a real network deviate in both:
/// - *level*: e^u x_k is Gamma(k, 1), u normal with `logDensityMean` and `logDensityDeviation`: the
///   error of the size estimate and the unevenness of the network, as one list sees them;
/// - *shape*: `nearExponent` times the sum over i < k of log(x_k / x_i) is Gamma(k - 1, 1), free of
///   any size estimate (the reciprocal of Hill's estimator, [Hill75]); an exponent above 1 says
///   that honest lists are thinner right at the key;
/// - `scoreCorrelation`: between the normal scores of the two.
public struct HonestListModel: Hashable, Sendable {
  /// Exponent of the number of ids within a distance; 1 for uniform ids. Positive.
  public let nearExponent: Double
  /// Mean of the log of the density at one key over the density that the size estimate says.
  public let logDensityMean: Double
  /// Standard deviation of that log, at least 0.
  public let logDensityDeviation: Double
  /// Correlation of the normal scores of shape and level on honest lists, above -1 and below 1.
  public let scoreCorrelation: Double

  /// A model with given constants.
  /// - Precondition: the domains of the properties; all finite, the deviation at most 3.
  public init(
    nearExponent: Double, logDensityMean: Double, logDensityDeviation: Double,
    scoreCorrelation: Double
  ) {
    precondition(
      nearExponent > 0 && nearExponent.isFinite,
      "nearExponent must be positive, got \(nearExponent)")
    precondition(logDensityMean.isFinite, "logDensityMean must be finite, got \(logDensityMean)")
    precondition(
      (0...3).contains(logDensityDeviation),
      "logDensityDeviation must be in 0...3, got \(logDensityDeviation)")
    precondition(
      scoreCorrelation > -1 && scoreCorrelation < 1,
      "scoreCorrelation must be above -1 and below 1, got \(scoreCorrelation)")
    self.nearExponent = nearExponent
    self.logDensityMean = logDensityMean
    self.logDensityDeviation = logDensityDeviation
    self.scoreCorrelation = scoreCorrelation
  }

  /// The length of the lists that `ipfs2023` was calibrated on. Longer lists must be cut to their
  /// closest ids: the exponent holds near the key only, and beyond 50 ids false alarms grow.
  public static let ipfsListSize = 20

  /// Uniform ids and a size estimate whose log is off by a normal error of mean 0.
  /// - Parameter sizeLogError: its standard deviation, in 0...3.
  public static func uniform(sizeLogError: Double) -> HonestListModel {
    HonestListModel(
      nearExponent: 1, logDensityMean: 0, logDensityDeviation: sizeLogError, scoreCorrelation: 0)
  }

  /// The live IPFS network of 2023, from the trials without Sybils of [Sridhar24].
  ///
  /// 150 lists of 20 peers around random targets, seen by three clients;
  /// `experiments/ipfs-sybil-2023` records the command that computes these numbers. No trial with
  /// Sybils took part.
  public static let ipfs2023 = HonestListModel(
    nearExponent: 1.114952, logDensityMean: 0.0872, logDensityDeviation: 0.371354,
    scoreCorrelation: -0.28017)
}

/// Shape and level of one list, and how unusual each is on its own.
public struct ListScores: Hashable, Sendable {
  /// The distance of the farthest listed id, in mean honest gaps: x_k.
  public let span: Double
  /// Sum over i < k of log(x_k / x_i); large when ids crowd at the key.
  public let crowding: Double
  /// The normal score of the shape: standard normal on honest lists, large when ids crowd.
  public let shapeScore: Double
  /// The normal score of the level: standard normal on honest lists, large when the list is dense.
  public let levelScore: Double
}

extension HonestListModel {
  /// Scores larger than this are cut off: the tail beyond is not representable.
  static let scoreMax = 37.0

  /// Scores one list.
  /// - Parameter scaledDistances: at least 2, ascending, positive and finite: the fraction of the
  ///   key space within the i-th closest id, times the estimate of the network size.
  /// - Precondition: the domain above.
  /// - Complexity: O(k), and at most 400 incomplete gamma functions.
  public func scores(scaledDistances: [Double]) -> ListScores {
    let statistics = ListStatistics(scaledDistances: scaledDistances)
    let shape = GammaDistribution(shape: Double(statistics.count - 1))
    let crowding = nearExponent * statistics.crowding
    return ListScores(
      span: statistics.span, crowding: statistics.crowding,
      shapeScore: Self.normalScore(
        Tails(lower: shape.cdf(crowding), upper: shape.survival(crowding))),
      levelScore: -Self.normalScore(levelTails(span: statistics.span, count: statistics.count)))
  }

  /// The law of x_k: a Gamma law whose log rate is normal, by the trapezoidal rule.
  ///
  /// The lower tail is like x^k e^(k u), which moves its weight from u = 0 to k deviations; the
  /// range covers both with nine deviations to spare, as far as the normal density reaches.
  func levelTails(span: Double, count k: Int) -> Tails {
    func tails(_ u: Double) -> Tails {
      regularizedGamma(
        shape: Double(k), span * exponential(logDensityMean + logDensityDeviation * u))
    }
    if logDensityDeviation == 0 { return tails(0) }
    let step = 0.125
    let last = Int((min(9 + Double(k) * logDensityDeviation, 39) / step).rounded(.up))
    let first = Int((-9 / step).rounded())
    var lower = 0.0
    var upper = 0.0
    for index in first...last {
      let u = Double(index) * step
      let weight = step * NormalDistribution().density(u)
      let values = tails(u)
      lower += weight * values.lower
      upper += weight * values.upper
    }
    return Tails(lower: min(lower, 1), upper: min(upper, 1))
  }

  /// The standard normal point with the same tails, taken from the smaller tail.
  private static func normalScore(_ tails: Tails) -> Double {
    let score =
      tails.upper < tails.lower
      ? NormalDistribution().upperQuantile(tails.upper)
      : NormalDistribution().quantile(tails.lower)
    return min(max(score, -scoreMax), scoreMax)
  }
}

/// The two sufficient statistics of a list.
struct ListStatistics {
  let count: Int
  /// x_k.
  let span: Double
  /// Sum over i < k of log(x_k / x_i).
  let crowding: Double

  init(scaledDistances: [Double]) {
    count = scaledDistances.count
    guard count >= 2, let last = scaledDistances.last else {
      preconditionFailure("a list needs at least two distances, got \(count)")
    }
    var previous = 0.0
    var sum = 0.0
    for distance in scaledDistances {
      precondition(
        distance > 0 && distance >= previous && distance.isFinite,
        "distances must be positive and ascending, got \(distance) after \(previous)")
      previous = distance
      sum += naturalLog(last / distance)
    }
    span = last
    crowding = sum
  }
}
