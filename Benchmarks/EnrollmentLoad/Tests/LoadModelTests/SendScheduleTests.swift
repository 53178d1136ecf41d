import LoadModel
import Randomness
import Testing

@Suite struct SendScheduleTests {
  private func moments(_ schedule: SendSchedule?) -> [UInt64] {
    guard var schedule else { return [] }
    var all: [UInt64] = []
    while let moment = schedule.next() { all.append(moment) }
    return all
  }

  @Test func evenArrivalsAreExact() {
    let all = moments(SendSchedule(ratePerSecond: 3, seconds: 2, arrivals: .even))
    #expect(all == [0, 333_333_333, 666_666_666, 1_000_000_000, 1_333_333_333, 1_666_666_666])
  }

  @Test func evenArrivalsDoNotDrift() {
    let all = moments(SendSchedule(ratePerSecond: 701, seconds: 60, arrivals: .even))
    #expect(all.count == 701 * 60)
    #expect(all.last == UInt64(701 * 60 - 1) * 1_000_000_000 / 701)
  }

  @Test func randomArrivalsHaveTheirRateAndComeAgainWithTheirSeed() throws {
    let key = StreamKey(seed: 5)["arrivals"]
    let schedule = SendSchedule(ratePerSecond: 400, seconds: 100, arrivals: .poisson(key))
    let all = moments(schedule)
    // 40,000 arrivals expected, standard deviation 200: within five of them.
    #expect(abs(all.count - 40_000) < 1_000)
    #expect(all == all.sorted())
    #expect(all == moments(schedule))
    let gaps = zip(all, all.dropFirst()).map { Double($1 - $0) }
    let mean = gaps.reduce(0, +) / Double(gaps.count)
    let square = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
    // The deviation of exponential gaps equals their mean.
    #expect(abs(square.squareRoot() / mean - 1) < 0.05)
    #expect(try #require(schedule).isPoisson)
  }

  @Test func impossibleSchedulesAreRefused() {
    let pairs: [(UInt64, UInt64)] = [(0, 1), (1, 0), (.max, 2), (1_000_000, 101), (1, 86_401)]
    for (rate, seconds) in pairs {
      #expect(SendSchedule(ratePerSecond: rate, seconds: seconds, arrivals: .even) == nil)
    }
  }

  @Test func killMomentsFillTheirRangeAndComeAgainWithTheirSeed() {
    let schedule = KillSchedule(seed: 9, milliseconds: 20...400)
    let delays = (0..<2_000).map { schedule.delayNanoseconds(round: $0) }
    #expect(delays.allSatisfy { (20_000_000...400_000_000).contains($0) })
    #expect(delays.contains { $0 < 30_000_000 } && delays.contains { $0 > 390_000_000 })
    #expect(Set(delays).count > 1_950)
    #expect(delays == (0..<2_000).map { schedule.delayNanoseconds(round: $0) })
    let other = KillSchedule(seed: 10, milliseconds: 20...400)
    #expect(delays != (0..<2_000).map { other.delayNanoseconds(round: $0) })
    #expect(KillSchedule(seed: 1, milliseconds: 7...7).delayNanoseconds(round: 3) == 7_000_000)
  }
}
