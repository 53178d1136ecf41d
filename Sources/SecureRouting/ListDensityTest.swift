import Statistics

/// Decides whether the ids closest to a key are denser than an honest network makes them.
///
/// Whoever puts Sybils around a key leaves two traces: the list ends too soon, and ids crowd
/// towards the key. The level sees the first but depends on the size estimate; the shape sees the
/// second and needs none. Both are turned into normal scores (`HonestListModel`) and added,
/// shape + 3/2 level; the sum is normal on honest lists with variance 1 + 9/4 + 3 correlation.
/// This is the weighted inverse normal combination [Liptak58], with the correlation of the two as
/// [Strube85] does it.
/// - Deviation: the failure test of [Castro02] compares densities of two regions of a ring and
///   fears a *thin* set; this one asks whether a set is too *dense*, on any metric.
public struct ListDensityTest: Hashable, Sendable {
  /// The weight of the level against the shape.
  ///
  /// Chosen on 20,000 lists each from the null model with 15 or 20 ids added below the nearest
  /// honest one: .989 and .994 are found at 2 % false alarms; weight 1 finds .991 and .986, weight
  /// 2 finds .985 and .996. On the recorded attacks 1.25, 1.5 and 2 miss 8, 6 and 9 of 1,034.
  public static let levelWeight = 1.5

  /// What honest lists look like.
  public let model: HonestListModel

  /// A test against the given null model.
  public init(model: HonestListModel) {
    self.model = model
  }

  /// Judges one list.
  /// - Parameter scaledDistances: at least 2, ascending, positive and finite: the fraction of the
  ///   key space within the i-th closest id, times the estimate of the network size.
  /// - Precondition: the domain above.
  /// - Complexity: that of `HonestListModel.scores`.
  public func verdict(scaledDistances: [Double]) -> ListDensityVerdict {
    let scores = model.scores(scaledDistances: scaledDistances)
    let weight = Self.levelWeight
    let variance = 1 + weight * weight + 2 * weight * model.scoreCorrelation
    let score = (scores.shapeScore + weight * scores.levelScore) / variance.squareRoot()
    return ListDensityVerdict(
      scores: scores, score: score, pValue: NormalDistribution().survival(score),
      densityRatio: Double(scaledDistances.count) / scores.span)
  }

  /// The probability of a list at least as crowded on an honest network, by the shape alone: for
  /// lists without an estimate of the network size.
  /// - Parameter distances: as for `verdict`, in any unit.
  /// - Precondition: the domain of `verdict`.
  public func shapePValue(distances: [Double]) -> Double {
    // The shape does not depend on the scale; the farthest id is put where it does no harm.
    let scale = Double(distances.count) / (distances.last ?? 1)
    let scores = model.scores(scaledDistances: distances.map { $0 * scale })
    return NormalDistribution().survival(scores.shapeScore)
  }
}

/// What the test found on one list.
public struct ListDensityVerdict: Hashable, Sendable {
  /// The parts.
  public let scores: ListScores
  /// The combined score, standard normal on honest lists.
  public let score: Double
  /// The probability of a list at least as suspicious on an honest network.
  public let pValue: Double
  /// Density of the list over the density that the size estimate says: k / x_k.
  public let densityRatio: Double

  /// Whether the list is rejected when a share `rate` of the honest lists may be.
  public func fires(falseAlarmRate rate: Double) -> Bool { pValue <= rate }
}
