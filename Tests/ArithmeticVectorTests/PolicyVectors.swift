import Admission
import Randomness
import SecureRouting

/// Facts about the rate limit and the failure test, as SMT-LIB terms.
func policyClaims() -> [(String, [String])] {
  [
    ("verdict", verdicts()), ("refund", refunds()), ("left", remainders()),
    ("accepts", comparisons()),
  ]
}

private let settings = [
  (1, 1, 1), (1, 7, 3), (5, 10, 60), (20, 1_000_000, 1), (8, 16, 86_400), (4, 3, 7),
  (100_000, 1, 31_622_400),
]

/// One question to a limit.
private struct Question {
  let limit: RateLimit
  let amount: Int
  let stored: Int64
  let now: AdmissionTime

  /// Binds what the model takes: the interval, the cost and the tolerance.
  func term(_ fact: String) -> String {
    "(let ((gap (interval \(limit.count) \(limit.periodSeconds))))"
      + " (let ((cost (* \(amount) gap)) (tolerance (* \(limit.burst) gap))"
      + " (stored \(literal(stored))) (now \(literal(now.microseconds)))) \(fact)))"
  }
}

/// Instants on and around the boundaries of each limit, and far away.
private func questions() -> [Question] {
  var stream = RandomStream(StreamKey(seed: 6)["ArithmeticVectorTests"]["rate-limit"])
  var found: [Question] = []
  for (burst, count, period) in settings {
    guard let limit = RateLimit(burst: burst, count: count, periodSeconds: period) else { continue }
    let tolerance = Int64(burst) * limit.intervalMicroseconds
    for now in [0, 1_767_268_800_000_000, -(1 << 58), 1 << 58] as [Int64] {
      let amount = 1 + Int(stream.index(below: UInt32(burst)))
      let cost = Int64(amount) * limit.intervalMicroseconds
      for ahead in [
        -1, 0, 1, tolerance - cost, tolerance - cost + 1, 2 * tolerance, 2 * tolerance + 1,
      ] {
        let time = AdmissionTime(microseconds: now)
        found.append(Question(limit: limit, amount: amount, stored: now + ahead, now: time))
      }
    }
  }
  return found
}

private func verdicts() -> [String] {
  questions().map { question in
    switch question.limit.verdict(question.amount, stored: question.stored, at: question.now) {
    case .conforming(let arrival):
      question.term(
        "(and (conforms cost stored now tolerance)"
          + " (= (arrival cost stored now tolerance) \(literal(arrival))))")
    case .early(let wait):
      question.term(
        "(and (not (conforms cost stored now tolerance))"
          + " (= (wait cost stored now tolerance) \(literal(wait))))")
    case .never: "false"
    }
  }
}

private func refunds() -> [String] {
  questions().map { question in
    let answer = question.limit.refunded(
      question.amount, stored: question.stored, at: question.now)
    return question.term(
      "(= (refunded cost stored now tolerance) \(literal(answer ?? question.now.microseconds)))")
  }
}

/// What is left: the count and the wait for one more, or that nothing is owed.
private func remainders() -> [String] {
  questions().map { question in
    let burst = question.limit.burst
    let (count, next) = question.limit.left(stored: question.stored, at: question.now)
    let counted = "(= (left-count \(burst) gap stored now) \(count))"
    let rest =
      next.map { "(= (left-next \(burst) gap stored now) \(literal($0)))" }
      ?? "(= (debt stored now tolerance) 0)"
    return question.term("(and \(counted) \(rest))")
  }
}

/// Sums at the threshold, one off it, and at the ends of their range.
private func comparisons() -> [String] {
  var facts: [String] = []
  for (rootGaps, localGaps, gamma) in [
    (1, 1, 1.0), (32, 256, 1.23), (16, 128, 0.5), (1 << 20, 1 << 20, 4096), (7, 1 << 20, 0),
    (1 << 20, 3, 3.999),
  ] {
    let test = RoutingFailureTest(
      rootGaps: rootGaps, localGaps: localGaps, densityThreshold: gamma)
    let threshold = UInt64(test.densityThreshold * 0x1p20)
    for local in [0, 1, 1 << 20, 1 << 40, .max] as [UInt64] {
      let allowed = UInt128(local) * UInt128(rootGaps) * UInt128(threshold)
      let edge = UInt64(clamping: allowed / (UInt128(localGaps) << 20))
      for root in [edge, edge &+ 1, edge &- 1, .max] {
        facts.append(
          "(= (accepts \(root) \(local) \(rootGaps) \(localGaps) \(threshold))"
            + " \(test.accepts(rootGapSum: root, localGapSum: local)))")
      }
    }
  }
  return facts
}

/// A numeral; SMT-LIB has no negative ones.
private func literal(_ value: Int64) -> String {
  value < 0 ? "(- \(value.magnitude))" : "\(value)"
}
