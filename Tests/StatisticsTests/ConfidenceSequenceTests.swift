import Randomness
import Statistics
import Testing

/// The common face of the two sequences.
protocol MeanSequence {
  var count: Int { get }
  var interval: Interval { get }
  init(confidence: Double, betCap: Double)
  mutating func add(_ x: Double)
}

extension ConfidenceSequence: MeanSequence {}
extension EmpiricalBernsteinSequence: MeanSequence {}

/// Laws on 0...1 with a known mean.
enum BoundedLaw: String, CaseIterable, Sendable {
  case fairCoin, rareSuccess, rareFailure, secondOfSix, batchMean, nearlyConstant

  var mean: Double {
    switch self {
    case .fairCoin: 0.5
    case .rareSuccess: 0.02
    case .rareFailure: 0.9
    case .secondOfSix: 2.0 / 7
    case .batchMean: 0.9375
    case .nearlyConstant: 0.7
    }
  }

  func draw(from stream: inout RandomStream) -> Double {
    switch self {
    case .fairCoin: return stream.unit() < 0.5 ? 1 : 0
    case .rareSuccess: return stream.unit() < 0.02 ? 1 : 0
    // 0.945 but for one time in 21, when it is 0.
    case .rareFailure: return stream.unit() < 1.0 / 21 ? 0 : 0.945
    // Beta(2, 5): the second smallest of six uniform numbers.
    case .secondOfSix: return (0..<6).map { _ in stream.unit() }.sorted()[1]
    // 64 trials of success probability 15/16 that share one batch.
    case .batchMean:
      let mask = BernoulliMask(probability: mean).next(from: &stream)
      return Double(mask.nonzeroBitCount) / 64
    case .nearlyConstant: return 0.69 + 0.02 * stream.unit()
    }
  }
}

@Suite struct ConfidenceSequenceTests {
  static let confidence = 0.95

  /// How many of `runs` sequences exclude the true mean at any of their steps.
  private func everWrong(
    _ law: BoundedLaw, runs: Int, steps: Int, interval: (inout RandomStream) -> [Interval]
  ) -> Int {
    var wrong = 0
    for run in 0..<runs {
      var stream = RandomStream(StreamKey(seed: 20)["sequence"][law.rawValue][run])
      if interval(&stream).contains(where: { !$0.contains(law.mean) }) { wrong += 1 }
    }
    return wrong
  }

  private func everWrong<Sequence: MeanSequence>(
    _ law: BoundedLaw, runs: Int, steps: Int, of kind: Sequence.Type
  ) -> Int {
    everWrong(law, runs: runs, steps: steps) { stream in
      var sequence = Sequence(confidence: Self.confidence, betCap: 0.75)
      return (0..<steps).map { _ in
        sequence.add(law.draw(from: &stream))
        return sequence.interval
      }
    }
  }

  /// The most exclusions that a sequence with the promised coverage shows, but for one case in a
  /// million.
  private func mostAllowed(runs: Int) -> Int {
    BinomialDistribution(trials: runs, probability: 1 - Self.confidence).upperQuantile(1e-6)
  }

  @Test(arguments: BoundedLaw.allCases)
  func empiricalBernsteinHoldsAtEveryStep(law: BoundedLaw) {
    let wrong = everWrong(law, runs: 2000, steps: 400, of: EmpiricalBernsteinSequence.self)
    #expect(wrong <= mostAllowed(runs: 2000))
  }

  @Test(arguments: BoundedLaw.allCases)
  func bettingHoldsAtEveryStep(law: BoundedLaw) {
    let wrong = everWrong(law, runs: 500, steps: 150, of: ConfidenceSequence.self)
    #expect(wrong <= mostAllowed(runs: 500))
  }

  /// t(0.975) by degrees of freedom.
  static let quantiles = (1...400).map {
    StudentDistribution(degreesOfFreedom: Double($0)).quantile((1 + confidence) / 2)
  }

  /// The undefended twin: looking at the t interval after each observation from the 30th on.
  @Test(arguments: BoundedLaw.allCases)
  func peekingAtTheStudentIntervalFails(law: BoundedLaw) {
    let wrong = everWrong(law, runs: 500, steps: 400) { stream in
      var running = RunningMean()
      var intervals: [Interval] = []
      for step in 1...400 {
        running.add(law.draw(from: &stream))
        if step >= 30, let standardError = running.standardError {
          let halfWidth = Self.quantiles[step - 2] * standardError
          intervals.append(
            Interval(low: running.mean - halfWidth, high: running.mean + halfWidth))
        }
      }
      return intervals
    }
    #expect(wrong > 2 * mostAllowed(runs: 500))
  }

  @Test func narrowsAsTheFormulaSays() {
    var betting = ConfidenceSequence(confidence: 0.95)
    var bernstein = EmpiricalBernsteinSequence(confidence: 0.95)
    var stream = RandomStream(StreamKey(seed: 21)["narrow"])
    var widths: [Double] = []
    for _ in 0..<2000 {
      let x = BoundedLaw.nearlyConstant.draw(from: &stream)
      betting.add(x)
      bernstein.add(x)
      widths.append(betting.interval.width)
    }
    #expect(zip(widths, widths.dropFirst()).allSatisfy { $0 >= $1 })
    #expect(betting.interval.contains(0.7))
    #expect(widths[999] / 2 < 0.003)
    #expect(betting.interval.halfWidth < 0.6 * bernstein.interval.halfWidth)
  }

  /// The first step by hand: m_0 = 1/2, lambda_1 = min(sqrt(8 log 40 / log 2), 3/4) = 3/4.
  @Test func firstStepOfEmpiricalBernstein() {
    var sequence = EmpiricalBernsteinSequence(confidence: 0.95)
    #expect(sequence.interval == .unit)
    sequence.add(0.5)
    #expect(sequence.interval == .unit)
    var sharp = EmpiricalBernsteinSequence(confidence: 0.1)
    sharp.add(0.5)
    // log(2 / 0.9) / (3/4) each side, cut at 0 and 1.
    #expect(sharp.interval == .unit)
    for _ in 0..<3 { sharp.add(0.5) }
    #expect(abs(sharp.interval.halfWidth - 0.79850769621777 / 3) < 1e-12)
  }

  @Test(arguments: [0.0, 1.0])
  func constantExtremesCloseInFromOneSide(value: Double) {
    var sequence = ConfidenceSequence(confidence: 0.95)
    for _ in 0..<1000 { sequence.add(value) }
    #expect(sequence.interval.contains(value))
    // Not narrower than the exact bound at a fixed count, not wider than twice.
    let exact = zeroFailureUpperBound(trials: 1000, confidence: 0.95)
    #expect(sequence.interval.width > exact)
    #expect(sequence.interval.width < 2 * exact)
  }

  @Test func mirroredObservationsMirrorTheInterval() {
    var stream = RandomStream(StreamKey(seed: 22)["mirror"])
    var left = ConfidenceSequence(confidence: 0.9)
    var right = ConfidenceSequence(confidence: 0.9)
    for _ in 0..<200 {
      let x = BoundedLaw.secondOfSix.draw(from: &stream)
      left.add(x)
      right.add(1 - x)
    }
    #expect(abs(left.interval.low + right.interval.high - 1) < 1e-9)
    #expect(abs(left.interval.high + right.interval.low - 1) < 1e-9)
  }

  /// A stream whose mean moves refutes every candidate: the ends meet and stay.
  @Test func driftingMeanLeavesAPoint() {
    var sequence = ConfidenceSequence(confidence: 0.95)
    var bernstein = EmpiricalBernsteinSequence(confidence: 0.95)
    for _ in 0..<500 {
      sequence.add(0.1)
      bernstein.add(0.1)
    }
    for _ in 0..<5000 {
      sequence.add(0.9)
      bernstein.add(0.9)
    }
    #expect(sequence.interval.width == 0)
    #expect(bernstein.interval.width == 0)
  }

  @Test func observationsOutsideTheRangeTrap() async {
    await #expect(processExitsWith: .failure) {
      var sequence = ConfidenceSequence(confidence: 0.95)
      sequence.add(1.0001)
    }
    await #expect(processExitsWith: .failure) {
      var sequence = EmpiricalBernsteinSequence(confidence: 0.95)
      sequence.add(.nan)
    }
    await #expect(processExitsWith: .failure) { _ = ConfidenceSequence(confidence: 1.5) }
    await #expect(processExitsWith: .failure) {
      _ = EmpiricalBernsteinSequence(confidence: 0.9, betCap: 1)
    }
  }
}
