import Statistics

extension HonestListModel {
  /// Fewer lists than this say too little about four constants.
  public static let fitListsMin = 20

  /// Estimates the model from lists that are known to be honest.
  ///
  /// `nearExponent` and the two constants of the level by maximum likelihood (the latter by
  /// expectation maximisation over the unknown log density of each list), then the correlation of
  /// the resulting scores about 0.
  /// - Parameter lists: at least `fitListsMin`, each as for `scores(scaledDistances:)`.
  /// - Returns: nil when the lists are too alike to tell the four constants apart.
  /// - Precondition: the domain above.
  /// - Complexity: at most 500 passes over the lists.
  public init?(fitting lists: [[Double]]) {
    precondition(
      lists.count >= Self.fitListsMin,
      "a fit needs at least \(Self.fitListsMin) lists, got \(lists.count)")
    let statistics = lists.map(ListStatistics.init(scaledDistances:))
    let gaps = statistics.reduce(0) { $0 + $1.count - 1 }
    let crowding = statistics.reduce(0) { $0 + $1.crowding }
    guard crowding > 0 else { return nil }
    let (mean, deviation) = Self.fitLevel(statistics)
    guard mean.isFinite, deviation.isFinite else { return nil }
    let independent = HonestListModel(
      nearExponent: Double(gaps) / crowding, logDensityMean: mean,
      logDensityDeviation: deviation, scoreCorrelation: 0)
    var products = (shape: 0.0, level: 0.0, both: 0.0)
    for list in lists {
      let scores = independent.scores(scaledDistances: list)
      products.shape += scores.shapeScore * scores.shapeScore
      products.level += scores.levelScore * scores.levelScore
      products.both += scores.shapeScore * scores.levelScore
    }
    let correlation = products.both / (products.shape * products.level).squareRoot()
    guard correlation > -1, correlation < 1 else { return nil }
    self.init(
      nearExponent: independent.nearExponent, logDensityMean: mean,
      logDensityDeviation: deviation, scoreCorrelation: correlation)
  }

  /// Mean and standard deviation of the log density over the lists.
  private static func fitLevel(_ lists: [ListStatistics]) -> (mean: Double, deviation: Double) {
    let rough = RunningMean(lists.map { naturalLog(Double($0.count) / $0.span) })
    var mean = rough.mean
    var deviation = max((rough.sumOfSquares / Double(rough.count)).squareRoot(), 1e-3)
    for _ in 0..<500 {
      var first = 0.0
      var second = 0.0
      for list in lists {
        let posterior = posteriorMoments(list, mean: mean, deviation: deviation)
        first += posterior.first
        second += posterior.second
      }
      let nextMean = first / Double(lists.count)
      let variance = second / Double(lists.count) - nextMean * nextMean
      let next = min(max(variance, 0).squareRoot(), 3)
      let change = max((nextMean - mean).magnitude, (next - deviation).magnitude)
      mean = nextMean
      deviation = next
      if change < 1e-9 || deviation < 1e-6 { break }
    }
    return (mean, deviation)
  }

  /// First and second moment of the log density v of one list, given its span: the posterior is
  /// proportional to e^(k v - span e^v) times the normal density of v.
  private static func posteriorMoments(
    _ list: ListStatistics, mean: Double, deviation: Double
  ) -> (first: Double, second: Double) {
    let shape = Double(list.count)
    let centre = naturalLog(shape / list.span)
    var sums = (weight: 0.0, first: 0.0, second: 0.0)
    for index in -48...48 {
      let v = mean + deviation * Double(index) * 0.125
      let z = Double(index) * 0.125
      let offset = v - centre
      // Relative to the peak of the Gamma part, so that nothing overflows.
      let weight = exponential(shape * (offset - exponentialMinusOne(offset)) - z * z / 2)
      sums.weight += weight
      sums.first += weight * v
      sums.second += weight * v * v
    }
    if sums.weight == 0 { return (mean, mean * mean) }
    return (sums.first / sums.weight, sums.second / sums.weight)
  }
}
