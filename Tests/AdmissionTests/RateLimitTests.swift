import Admission
import Randomness
import Testing

@Suite struct RateLimitTests {
  /// All conforming requests, one entry each: a request conforms if no span that ends with it holds
  /// more than the burst plus what comes back in that span.
  private struct Oracle {
    let limit: RateLimit
    var accepted: [Int64] = []

    mutating func accepts(_ amount: Int, at now: Int64) -> Bool {
      let trial = accepted + Array(repeating: now, count: amount)
      for (index, start) in trial.enumerated() {
        let back = (now - start) / limit.intervalMicroseconds
        if Int64(trial.count - index) > Int64(limit.burst) + back { return false }
      }
      accepted = trial
      return true
    }
  }

  @Test(arguments: [(1, 1, 1), (1, 7, 3), (5, 10, 60), (3, 1, 10), (20, 1_000_000, 1), (4, 3, 7)])
  func agreesWithAListOfTimes(_ burst: Int, _ count: Int, _ period: Int) throws {
    let limit = try RateLimit.of(burst, count, period)
    for run in 0..<40 {
      var stream = RandomStream(StreamKey(seed: 41)["gcra"][burst][count][run])
      var oracle = Oracle(limit: limit)
      var stored: Int64?
      var now = noon.microseconds
      for step in 0..<120 {
        // Often exactly on a boundary, one microsecond around it, or at random.
        let interval = limit.intervalMicroseconds
        switch stream.index(below: 5) {
        case 0: break
        case 1: now += interval
        case 2: now += max(0, interval - 1)
        case 3: now += interval * Int64(stream.index(below: 4)) + 1
        default: now += Int64(stream.index(below: UInt32(clamping: 2 * interval + 1)))
        }
        let amount = 1 + Int(stream.index(below: UInt32(burst)))
        let expected = oracle.accepts(amount, at: now)
        switch limit.verdict(amount, stored: stored, at: AdmissionTime(microseconds: now)) {
        case .conforming(let arrival):
          #expect(expected, "run \(run) step \(step): accepted too early")
          stored = arrival
        case .early(let wait):
          #expect(!expected, "run \(run) step \(step): refused without need")
          var later = oracle
          let passesEarlier = later.accepts(amount, at: now + wait - 1)
          let passesThen = later.accepts(amount, at: now + wait)
          #expect(!passesEarlier, "the wait is too long")
          #expect(passesThen, "the wait is too short")
        case .never: Issue.record("the amount is within the burst")
        }
      }
    }
  }

  @Test func theBurstIsExact() throws {
    let limit = try RateLimit.of(3, 1, 10)
    var stored: Int64?
    for _ in 0..<3 {
      guard case .conforming(let arrival) = limit.verdict(1, stored: stored, at: noon) else {
        Issue.record("the burst was cut short")
        return
      }
      stored = arrival
    }
    #expect(limit.verdict(1, stored: stored, at: noon) == .early(microseconds: 10 * second))
    let edge = noon.adding(seconds: 10)
    #expect(
      limit.verdict(1, stored: stored, at: edge.adding(microseconds: -1))
        == .early(microseconds: 1))
    #expect(
      limit.verdict(1, stored: stored, at: edge)
        == .conforming(noon.microseconds + 40 * second))
    #expect(limit.verdict(4, stored: nil, at: noon) == .never)
    #expect(limit.verdict(3, stored: nil, at: noon) == .conforming(noon.microseconds + 30 * second))
  }

  @Test func aFullPeriodNeverHoldsMoreThanItsCount() throws {
    // 7 per second: the interval is rounded up, never down.
    let limit = try RateLimit.of(1, 7, 1)
    #expect(limit.intervalMicroseconds == 142_858)
    var stored: Int64?
    var passed = 0
    for step in 0..<(100 * 1_000) {
      let now = noon.adding(microseconds: Int64(step) * 1_000)
      if case .conforming(let arrival) = limit.verdict(1, stored: stored, at: now) {
        stored = arrival
        passed += 1
      }
    }
    #expect((690...700).contains(passed))
  }

  @Test func aClockThatJumpsNeitherTrapsNorGivesMoreThanTheBurst() throws {
    let limit = try RateLimit.of(5, 5, 3_600)
    let years = [
      AdmissionTime(microseconds: .min), AdmissionTime(microseconds: 0), noon,
      AdmissionTime(microseconds: .max),
    ]
    for before in years {
      for after in years {
        var stored: Int64?
        for _ in 0..<10 {
          if case .conforming(let arrival) = limit.verdict(1, stored: stored, at: before) {
            stored = arrival
          }
        }
        var passed = 0
        for _ in 0..<10 {
          if case .conforming(let arrival) = limit.verdict(1, stored: stored, at: after) {
            stored = arrival
            passed += 1
          }
        }
        #expect(passed == (after == before ? 0 : 5), "from \(before) to \(after)")
        // Nobody waits for a wrong year.
        guard case .early(let wait) = limit.verdict(1, stored: stored, at: after) else {
          Issue.record("more than the burst")
          continue
        }
        #expect(wait <= limit.intervalMicroseconds)
      }
    }
  }

  @Test func aClockThatStepsBackGivesNothing() throws {
    let limit = try RateLimit.of(5, 5, 3_600)
    guard case .conforming(let stored) = limit.verdict(5, stored: nil, at: noon) else {
      Issue.record("within the burst")
      return
    }
    for step in [Int64(1), second, 600 * second, 3_600 * second] {
      let back = noon.adding(microseconds: -step)
      let wait = 720 * second + step
      #expect(limit.verdict(1, stored: stored, at: back) == .early(microseconds: wait))
      #expect(limit.left(stored: stored, at: back) == (0, wait))
      let then = back.adding(microseconds: wait)
      #expect(
        limit.verdict(1, stored: stored, at: then) == .conforming(stored + 720 * second))
    }
    // Further back than a burst takes to return: the old time is taken for wrong.
    let far = noon.adding(microseconds: -3_600 * second - 1)
    #expect(limit.left(stored: stored, at: far) == (5, nil))
  }

  @Test func garbageInTheStoreIsBounded() throws {
    let limits = [
      try RateLimit.of(1, 1, 1), try RateLimit.of(100_000, 1, 31_622_400),
      try RateLimit.of(100_000, 1_000_000, 1),
    ]
    for limit in limits {
      for stored in [Int64.min, -1, 0, 1, Int64.max] {
        for now in [Int64.min, -1, 0, noon.microseconds, Int64.max] {
          let time = AdmissionTime(microseconds: now)
          _ = limit.verdict(1, stored: stored, at: time)
          _ = limit.verdict(limit.burst, stored: stored, at: time)
          _ = limit.refunded(.max, stored: stored, at: time)
          #expect((0...limit.burst).contains(limit.left(stored: stored, at: time).count))
        }
      }
    }
  }

  @Test func whatIsLeftIsWhatConforms() throws {
    let limit = try RateLimit.of(6, 11, 13)
    var stream = RandomStream(StreamKey(seed: 5)["left"])
    for _ in 0..<2_000 {
      let ahead = Int64(stream.index(below: UInt32(7 * limit.intervalMicroseconds)))
      let stored = noon.microseconds + ahead
      let (left, next) = limit.left(stored: stored, at: noon)
      for amount in 1...6 {
        let conforms: Bool
        if case .conforming = limit.verdict(amount, stored: stored, at: noon) {
          conforms = true
        } else {
          conforms = false
        }
        #expect(conforms == (amount <= left))
      }
      if let next {
        #expect(limit.left(stored: stored, at: noon.adding(microseconds: next)).count == left + 1)
        #expect(limit.left(stored: stored, at: noon.adding(microseconds: next - 1)).count == left)
      }
    }
    #expect(limit.left(stored: nil, at: noon) == (6, nil))
  }

  @Test func aRefundGivesBackWhatWasTaken() throws {
    let limit = try RateLimit.of(4, 1, 60)
    guard case .conforming(let first) = limit.verdict(2, stored: nil, at: noon),
      case .conforming(let second) = limit.verdict(1, stored: first, at: noon)
    else {
      Issue.record("within the burst")
      return
    }
    #expect(limit.refunded(1, stored: second, at: noon) == first)
    #expect(limit.refunded(3, stored: second, at: noon) == nil)
    #expect(limit.refunded(1, stored: nil, at: noon) == nil)
  }

  @Test func limitsOutOfRangeAreNone() {
    for (burst, count, period) in [
      (0, 1, 1), (1, 0, 1), (1, 1, 0), (100_001, 1, 1), (1, 1_000_001, 1), (1, 1, 31_622_401),
      (-1, 1, 1), (.max, .max, .max),
    ] {
      #expect(RateLimit(burst: burst, count: count, periodSeconds: period) == nil)
    }
  }
}
