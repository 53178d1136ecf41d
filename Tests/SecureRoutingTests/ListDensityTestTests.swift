import Randomness
import SecureRouting
import Statistics
import Testing

/// Lists drawn from a null model, with or without ids added on top.
private struct ListSource {
  var stream: RandomStream
  let model: HonestListModel

  init(_ name: String, model: HonestListModel) {
    stream = RandomStream(StreamKey(seed: 7)[name][0])
    self.model = model
  }

  /// A standard normal number by inversion.
  private mutating func normal() -> Double {
    NormalDistribution().quantile(stream.unit() * (1 - 0x1p-50) + 0x1p-52)
  }

  /// A gap of mean 1.
  private mutating func gap() -> Double { -naturalLog(1 - stream.unit()) }

  /// `count` points of a Poisson process whose log rate is normal; uniform ids only.
  mutating func list(_ count: Int, added: Int = 0) -> [Double] {
    let u = model.logDensityMean + model.logDensityDeviation * normal()
    let rate = Statistics.exponential(u)
    var points: [Double] = []
    var last = 0.0
    for _ in 0..<count {
      last += gap() / rate
      points.append(last)
    }
    let nearest = points[0]
    for _ in 0..<added { points.append(nearest * (stream.unit() + 0x1p-53)) }
    return Array(points.sorted().prefix(count))
  }
}

@Suite struct ListDensityTestTests {
  static let uniform = HonestListModel.uniform(sizeLogError: 0.3)

  @Test func pValuesAreUniformOnTheNullModel() {
    var source = ListSource("null", model: Self.uniform)
    let test = ListDensityTest(model: Self.uniform)
    let trials = 400
    var below = [0.02: 0, 0.1: 0, 0.5: 0]
    for _ in 0..<trials {
      let p = test.verdict(scaledDistances: source.list(20)).pValue
      for rate in below.keys.sorted() where p <= rate { below[rate, default: 0] += 1 }
    }
    for (rate, count) in below.sorted(by: { $0.key < $1.key }) {
      let interval = clopperPearsonInterval(successes: count, trials: trials, confidence: 0.999)
      #expect(interval.contains(rate), "\(count) of \(trials) p-values at or below \(rate)")
    }
  }

  @Test func sybilsBelowTheNearestHonestIdAreFound() {
    var source = ListSource("attack", model: Self.uniform)
    let test = ListDensityTest(model: Self.uniform)
    let found = (0..<200).count { _ in
      test.verdict(scaledDistances: source.list(20, added: 20)).fires(falseAlarmRate: 0.02)
    }
    #expect(clopperPearsonInterval(successes: found, trials: 200, confidence: 0.95).low > 0.97)
  }

  @Test func theShapeAloneDoesNotDependOnTheSizeEstimate() {
    var source = ListSource("scale", model: Self.uniform)
    let list = source.list(20)
    let one = Self.uniform.scores(scaledDistances: list)
    let two = Self.uniform.scores(scaledDistances: list.map { $0 * 3 })
    #expect((one.shapeScore - two.shapeScore).magnitude < 1e-9)
    #expect(two.levelScore < one.levelScore - 1)
  }

  /// Without size error the level is a plain Gamma tail.
  @Test func withoutSizeErrorTheLevelIsAGammaTail() {
    let model = HonestListModel.uniform(sizeLogError: 0)
    let nearly = HonestListModel.uniform(sizeLogError: 1e-6)
    let list = (1...20).map { Double($0) * 0.4 }
    let p = GammaDistribution(shape: 20).cdf(8)
    let expected = NormalDistribution().upperQuantile(p)
    #expect((model.scores(scaledDistances: list).levelScore - expected).magnitude < 1e-9)
    #expect((nearly.scores(scaledDistances: list).levelScore - expected).magnitude < 1e-4)
  }

  @Test func extremeListsKeepFiniteScores() {
    let test = ListDensityTest(model: .ipfs2023)
    let tiny = test.verdict(scaledDistances: (1...20).map { Double($0) * 1e-40 })
    #expect(tiny.pValue < 1e-100 && tiny.pValue >= 0)
    #expect(tiny.score.isFinite && tiny.fires(falseAlarmRate: 1e-9))
    let huge = test.verdict(scaledDistances: (1...20).map { Double($0) * 1e12 })
    #expect(huge.pValue > 0.99 && huge.pValue <= 1)
    let two = test.verdict(scaledDistances: [0.5, 2.5])
    #expect((0.05...0.95).contains(two.pValue))
    let long = test.verdict(scaledDistances: (1...1000).map { Double($0) })
    #expect((0.01...0.99).contains(long.pValue))
  }

  @Test func theFitFindsTheModelThatMadeTheLists() throws {
    let truth = HonestListModel(
      nearExponent: 1, logDensityMean: 0.2, logDensityDeviation: 0.4, scoreCorrelation: 0)
    var source = ListSource("fit", model: truth)
    let fit = try #require(HonestListModel(fitting: (0..<150).map { _ in source.list(20) }))
    // The same list again and again says nothing about how honest lists differ.
    #expect(HonestListModel(fitting: Array(repeating: source.list(20), count: 30)) == nil)
    // Four standard errors: 1 / sqrt(150 * 19), sqrt((.4^2 + 1 / 20) / 150) and so on.
    #expect((fit.nearExponent - 1).magnitude < 0.075)
    #expect((fit.logDensityMean - 0.2).magnitude < 0.15)
    #expect((fit.logDensityDeviation - 0.4).magnitude < 0.12)
    #expect(fit.scoreCorrelation.magnitude < 0.33)
  }

  @Test func comparisonsAreTheGammaTails() {
    let list = [0.1, 0.5, 4]
    let tails = [1, 2, 3].map { GammaDistribution(shape: Double($0)).cdf(list[$0 - 1]) }
    func tail(_ test: ComparisonDensityTest) -> Double {
      exponential(-test.suspicion(scaledDistances: list))
    }
    #expect((tail(.farthestDistance) - tails[2]).magnitude < 1e-12)
    #expect((tail(.minimumOverRanks) - (tails.min() ?? 1)).magnitude < 1e-12)
  }

  /// A recorded trial of [Sridhar24]: 8, 7, 4 and 1 peers at 8, 9, 10 and 14 shared bits.
  @Test func divergenceIsTheRecordedOne() {
    var counts = [Int](repeating: 0, count: 256)
    (counts[8], counts[9], counts[10], counts[14]) = (8, 7, 4, 1)
    let value = prefixLengthDivergence(counts: counts, networkSize: 9087.17889069521)
    #expect((value - 0.21532348765916903).magnitude < 1e-12)
    #expect(prefixLengthDivergence(counts: [], networkSize: 100) == 0)
  }
}
