import Admission
import Randomness
import Statistics

/// A mean over repetitions with its interval; without spread the interval is the mean.
struct RepeatedMean: Sendable {
  let mean: Double
  let low: Double
  let high: Double

  init(_ values: [Double], confidence: Double) {
    let running = RunningMean(values)
    let interval = running.studentInterval(confidence: confidence)
    mean = running.mean
    low = max(0, interval?.low ?? running.mean)
    high = interval?.high ?? running.mean
  }
}

/// One measured point: a policy, a supply of addresses, a horizon, and an aim.
struct EconomicsPoint: Sendable {
  /// What the adversary aims at.
  enum Aim: Sendable {
    /// This fraction of the overlay.
    case fraction(Double)
    /// As much as this many USD buy.
    case budget(Double)
  }

  let policy: Int
  let supply: Int
  let days: Int
  let aim: Aim
  /// One per repetition, or one where nothing is random; nil where the policy lets no plan reach
  /// the aim.
  let outcomes: [SybilOutcome]?
  /// Where the aim is out of reach: the most identities at any price.
  let most: Int
  let confidence: Double

  /// Over repetitions.
  func mean(_ value: (SybilOutcome) -> Double) -> RepeatedMean? {
    outcomes.map { RepeatedMean($0.map(value), confidence: confidence) }
  }

  var usd: RepeatedMean? { mean(\.usd) }
  var identities: RepeatedMean? { mean { Double($0.identities) } }

  /// f over all repetitions.
  func fraction(honest: Int) -> Double {
    let count = identities?.mean ?? Double(most)
    return count / (Double(honest) + count)
  }

  /// What most of the money goes to.
  var largestCost: String {
    let parts: [(String, (SybilOutcome) -> Double)] = [
      ("credits", \.creditsUSD), ("accounts", \.accountsUSD), ("addresses", \.addressesUSD),
      ("hashes", \.triesUSD),
    ]
    var best = (name: "nothing", usd: 0.0)
    for (name, part) in parts {
      let usd = mean(part)?.mean ?? 0
      if usd > best.usd { best = (name, usd) }
    }
    return best.name
  }
}

/// All that a study measured.
struct EconomicsResult: Sendable {
  let study: EconomicsStudy
  let curves: [DeliveryCurve]
  /// Every combination of policy, horizon, supply and fraction, in that order.
  let points: [EconomicsPoint]
  /// Every combination of policy, supply and budget at the table's horizon.
  let budgets: [EconomicsPoint]
  /// By policy, then by file.
  let honest: [[HonestReplay]]

  /// The cheapest way to a fraction; nil when no supply reaches it.
  func cheapest(policy: Int, days: Int, fraction: Double) -> EconomicsPoint? {
    var best: EconomicsPoint?
    for point in points where point.policy == policy && point.days == days {
      guard case .fraction(fraction) = point.aim, let usd = point.usd?.mean else { continue }
      if usd < best?.usd?.mean ?? .infinity { best = point }
    }
    return best
  }

  /// The most f at any price within so many days, over all supplies.
  func mostFraction(policy: Int, days: Int) -> Double {
    let own = points.filter { $0.policy == policy && $0.days == days }
    let most = own.map(\.most).max() ?? 0
    return Double(most) / Double(study.honestNodes + most)
  }

  /// The best that a budget buys.
  func bestBuy(policy: Int, budget: Double) -> EconomicsPoint? {
    var best: EconomicsPoint?
    for point in budgets where point.policy == policy {
      guard case .budget(budget) = point.aim else { continue }
      if point.identities?.mean ?? 0 > best?.identities?.mean ?? -1 { best = point }
    }
    return best
  }

  /// All fractions aimed at, ascending: those of the study and those where a router falls below the
  /// level.
  static func fractions(_ study: EconomicsStudy, curves: [DeliveryCurve]) -> [Double] {
    var all = study.fractions
    for f in study.tableFractions + curves.compactMap(\.crossing) where !all.contains(f) {
      all.append(f)
    }
    return all.sorted()
  }
}

/// Measures a study's points, each a pure function of the study.
struct EconomicsRun: Sendable {
  let study: EconomicsStudy
  let files: [String: PrefixFile]
  /// By supply, then by repetition; one where nothing is drawn.
  let pools: [[AddressPool]]

  /// Reads the prefix files and draws the addresses.
  /// - Throws: `CampaignError.Code.badData`.
  init(_ study: EconomicsStudy) throws(CampaignError) {
    var paths = study.honestFiles.map(\.path)
    for supply in study.supplies {
      switch supply.kind {
      case .drawn(let path), .hosted(let path, _): paths.append(path)
      case .block: break
      }
    }
    var files: [String: PrefixFile] = [:]
    for path in paths where files[path] == nil { files[path] = try PrefixFile(path: path) }
    self.study = study
    self.files = files
    let key = StreamKey(seed: study.seed)["economics"]["addresses"]
    pools = study.supplies.map { supply in
      var repetitions = 1
      if case .drawn = supply.kind { repetitions = study.repetitions }
      return (0..<repetitions).map {
        AddressPool(supply, files: files, stream: key[supply.name][$0])
      }
    }
  }

  /// The points of all fractions, in order.
  func points(_ fractions: [Double]) -> [(policy: Int, supply: Int, days: Int, f: Double)] {
    study.policies.indices.flatMap { policy in
      study.days.flatMap { days in
        study.supplies.indices.flatMap { supply in
          fractions.map { (policy, supply, days, $0) }
        }
      }
    }
  }

  /// Measures one point.
  /// - Throws: `CampaignError.Code.inconsistent` when the engine cannot decide.
  func measure(
    policy index: Int, supply number: Int, days: Int, aim: EconomicsPoint.Aim
  ) throws(CampaignError) -> EconomicsPoint {
    let policy = study.policies[index]
    let isRandom = pools[number].count > 1 || policy.policy.puzzle.difficultyBits > 0
    let repetitions = isRandom ? study.repetitions : 1
    let key = StreamKey(seed: study.seed)["economics"]["work"][policy.name][days]
    var outcomes: [SybilOutcome] = []
    var most = 0
    for repetition in 0..<repetitions {
      let attempt = EconomicsAttempt(
        study: study, policy: policy, supply: study.supplies[number],
        pool: pools[number][min(repetition, pools[number].count - 1)], days: days,
        stream: key[repetition])
      most = max(most, attempt.possible)
      switch aim {
      case .budget(let usd): outcomes.append(try attempt.spending(usd))
      case .fraction(let f):
        // A plan that looks possible and is not does not count as the aim reached.
        let wanted = study.identities(for: f)
        guard let outcome = try attempt.getting(wanted) else { break }
        outcomes.append(outcome)
      }
      if outcomes.count <= repetition { break }
    }
    let isReached = outcomes.count == repetitions
    return EconomicsPoint(
      policy: index, supply: number, days: days, aim: aim,
      outcomes: isReached ? outcomes : nil, most: most,
      confidence: study.confidence)
  }
}

/// One adversary before one policy.
private struct EconomicsAttempt {
  /// How much less than a policy allows a plan may count on; more is never needed here.
  private static let slackMax = 3
  /// No adversary aims at more of the overlay: no router delivers anything worth having there.
  private static let fractionMax = 0.7

  let study: EconomicsStudy
  let policy: EconomicsStudy.Policy
  let supply: AddressSupply
  let pool: AddressPool
  let days: Int
  let stream: StreamKey

  /// An upper bound on the identities at any price, by the policy's own numbers.
  var possible: Int {
    SybilPlan.most(
      limit: study.identities(for: Self.fractionMax) - 1, study: study, policy: policy,
      capacity: capacity(0), pool: pool, days: days)
  }

  private func capacity(_ slack: Int) -> PolicyCapacity {
    PolicyCapacity(policy.policy, days: days, slack: slack)
  }

  private func outcome(of wanted: Int, slack: Int) throws(CampaignError) -> SybilOutcome? {
    let plan = SybilPlan(
      identities: wanted, study: study, policy: policy, capacity: capacity(slack), pool: pool,
      days: days)
    guard let plan else { return nil }
    return try SybilRun.outcome(
      of: plan, study: study, policy: policy, supply: supply, pool: pool, days: days,
      stream: stream)
  }

  /// Carries out plans with more and more slack until one gets what is wanted; nil when none does.
  ///
  /// The first counts on every address up to the last second of the horizon. Where limits stand in
  /// each other's way that is too much, and more addresses and accounts make up for it.
  func getting(_ wanted: Int) throws(CampaignError) -> SybilOutcome? {
    for slack in 0...Self.slackMax {
      guard let outcome = try outcome(of: wanted, slack: slack) else { return nil }
      if outcome.identities >= wanted { return outcome }
    }
    return nil
  }

  /// The most identities that a plan of at most this price gets.
  func spending(_ budget: Double) throws(CampaignError) -> SybilOutcome {
    var best = SybilOutcome()
    for slack in 0...1 {
      let wanted = SybilPlan.most(
        limit: possible, budget: budget, study: study, policy: policy, capacity: capacity(slack),
        pool: pool, days: days, supply: supply)
      if let outcome = try outcome(of: wanted, slack: slack),
        outcome.identities > best.identities
      {
        best = outcome
      }
      if best.identities >= wanted { break }
    }
    return best
  }
}

extension EconomicsStudy {
  /// Identities that make this fraction of the overlay, rounded up.
  func identities(for f: Double) -> Int {
    Int((Double(honestNodes) * f / (1 - f) - 1e-9).rounded(.up))
  }
}
