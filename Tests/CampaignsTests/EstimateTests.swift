import RouteSampling
import Statistics
import Testing

@testable import Campaigns

@Suite struct EstimateTests {
  private let precision = Precision(
    stop: .routes(4000), confidence: 0.95, minBatches: 30, routesPerBatch: 100)

  private func estimate(
    _ means: [Double], evaluation: Evaluation, routes: Int = 4000, faultSets: Int = 0
  ) -> CellEstimate {
    CellEstimate(
      batchMeans: means, routes: routes, faultSets: faultSets, evaluation: evaluation,
      precision: precision)
  }

  @Test func theIntervalIsStudentsOverBatches() {
    let means = (0..<40).map { 0.5 + 0.01 * Double($0 % 5) }
    let result = estimate(means, evaluation: .exact)
    let mean = RunningMean(means)
    let interval = mean.studentInterval(confidence: 0.95)
    #expect(result.mean == mean.mean)
    #expect(result.low == interval?.low)
    #expect(result.high == interval?.high)
  }

  /// Oracle: 0 of 100 has the exact two-sided upper bound 0.036217.
  @Test func noFailureIsBoundedByIndependentTrials() {
    let masks = estimate(
      Array(repeating: 1, count: 40), evaluation: .masks, routes: 6400, faultSets: 100)
    #expect(masks.mean == 1)
    #expect(abs(masks.low - (1 - 0.036217)) < 1e-6)
    #expect(masks.high == 1)
    let never = estimate(
      Array(repeating: 0, count: 40), evaluation: .masks, routes: 6400, faultSets: 100)
    #expect(never.low == 0)
    #expect(abs(never.high - 0.036217) < 1e-6)
    // Without fault sets the routes are the independent trials.
    let exact = estimate(Array(repeating: 1, count: 40), evaluation: .exact, routes: 100)
    #expect(exact.low == masks.low)
  }

  @Test func anIntervalStaysAProbabilityAndHoldsTheEstimate() {
    let result = estimate([Double](repeating: 1, count: 39) + [0.2], evaluation: .exact)
    #expect(result.high == 1)
    #expect(result.low > 0.9)
    #expect(result.low <= result.mean)
  }

  @Test func fewFailuresAreNotMoreCertainThanNone() {
    let few = [Double](repeating: 1, count: 39) + [0.9999]
    let none = estimate(
      [Double](repeating: 1, count: 40), evaluation: .masks, routes: 6400, faultSets: 1000)
    let one = estimate(few, evaluation: .masks, routes: 6400, faultSets: 1000)
    #expect(one.low <= none.low)
    let rare = estimate(few.map { 1 - $0 }, evaluation: .masks, routes: 6400, faultSets: 1000)
    #expect(abs(rare.high - (1 - none.low)) < 1e-15)
    // With enough batches that differ, Student's t alone decides.
    let many = (0..<40).map { 0.9999 - 0.00001 * Double($0 % 3) }
    #expect(
      estimate(many, evaluation: .masks, routes: 6400, faultSets: 1000).low
        == RunningMean(many).studentInterval(confidence: 0.95)?.low)
  }

  @Test func lookupsOfTheirOwnFaultSetGiveTheExactBinomialInterval() {
    // 3 failures in 2,000 lookups, in three batches of 40.
    let means = (0..<40).map { $0 % 15 == 7 ? 0.98 : 1 }
    let result = estimate(means, evaluation: .trials, routes: 2000, faultSets: 2000)
    let exact = clopperPearsonInterval(successes: 1997, trials: 2000, confidence: 0.95)
    #expect(result.low == exact.low)
    #expect(result.high == exact.high)
    let none = estimate([Double](repeating: 1, count: 40), evaluation: .trials, routes: 2000)
    #expect(none.high == 1)
    #expect(abs(none.low - (1 - zeroFailureUpperBound(trials: 2000, confidence: 0.95))) < 1e-12)
  }

  @Test func otherQuantitiesHaveTheIntervalOverBatches() {
    let means = (0..<40).map { 100 + Double($0 % 5) }
    let result = CellEstimate(means: means, confidence: 0.95)
    #expect(result.mean == RunningMean(means).mean)
    #expect(result.low < result.mean && result.mean < result.high)
    #expect(result.high - result.low < 2)
  }

  @Test func aHalfWidthGivesTheConfidenceSequence() throws {
    let means = (0..<200).map { 0.7 + 0.02 * Double($0 % 7 - 3) / 3 }
    let precision = Precision(
      stop: .halfWidth(0.05, maxRoutes: 100_000), confidence: 0.9, minBatches: 30,
      routesPerBatch: 10)
    let result = CellEstimate(
      batchMeans: means, routes: 2000, faultSets: 0, evaluation: .exact, precision: precision)
    var sequence = ConfidenceSequence(confidence: 0.9)
    sequence.add(contentsOf: means)
    #expect(result.low == sequence.interval.low)
    #expect(result.high == sequence.interval.high)
    let narrower = RunningMean(means).studentInterval(confidence: 0.9)
    #expect(try #require(narrower).width < result.high - result.low)
  }

  @Test func aCellStopsAtFixedCountsOnly() {
    let precision = Precision(
      stop: .halfWidth(0.03, maxRoutes: 3000), confidence: 0.95, minBatches: 40,
      routesPerBatch: 10)
    func count(_ value: (Int) -> Double) -> (Int, CellAccumulator.End?) {
      var cell = CellAccumulator(precision: precision, evaluation: .exact)
      for batch in 0..<1000 where cell.end == nil {
        let lane = LaneOutcome(
          deliveredMean: value(batch), hopsMean: 1, messagesMean: 1, faultyFraction: 0)
        cell.add(BatchOutcome(routes: 10, faultSets: 0, lanes: [lane]), lane: 0)
      }
      return (cell.batchMeans.count, cell.end)
    }
    let quiet = count { _ in 0.9 }
    #expect(quiet.1 == .halfWidth)
    // 40, then a quarter more each time.
    #expect([40, 50, 62, 77, 96, 120, 150, 187, 233, 291].contains(quiet.0))
    let loud = count { $0 % 2 == 0 ? 0 : 1 }
    #expect(loud == (300, .maxRoutes))
  }

  @Test func noIntervalRestsOnFewBatches() {
    let few = Precision(stop: .routes(10), confidence: 0.95, minBatches: 30, routesPerBatch: 64)
    #expect(few.maxBatches == 30)
    let uneven = Precision(
      stop: .routes(2000), confidence: 0.95, minBatches: 30, routesPerBatch: 64)
    #expect(uneven.maxBatches == 32)
  }
}
