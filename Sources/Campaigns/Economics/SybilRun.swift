import Admission
import Glibc
import NodeCredentials
import Randomness

/// What an adversary got and what it spent.
struct SybilOutcome: Sendable {
  /// Identities that the policy engine granted.
  var identities = 0
  /// Tries of the puzzle that they took.
  var tries = 0.0
  var creditsUSD = 0.0
  var accountsUSD = 0.0
  var addressesUSD = 0.0
  var triesUSD = 0.0
  var accounts = 0
  var addresses = 0
  /// Requests that the engine refused.
  var refusals = 0

  var usd: Double { creditsUSD + accountsUSD + addressesUSD + triesUSD }
}

/// Carries out a plan against the real policy engine in virtual time.
///
/// Every identity is one that `AdmissionEngine.admit` granted. The adversary asks as early as it
/// may, waits exactly as long as a refusal says, and buys nothing beyond its plan. With a puzzle
/// the engine runs at one bit, truly solved, and the tries charged are drawn from the geometric
/// distribution of the policy's own difficulty: the rules for epochs and replays apply as they are,
/// and no study has to hash for a year.
struct SybilRun {
  private static let start = AdmissionTime(microseconds: 1_767_225_600_000_000)

  private let engine: AdmissionEngine
  private let policy: AdmissionPolicy
  private let pool: AddressPool
  private let prices: EconomicsStudy.Prices
  private let end: AdmissionTime
  private var state = InMemoryAdmissionState(capacity: 4_000_000)
  private var stream: RandomStream
  private var outcome = SybilOutcome()
  private var now = SybilRun.start
  /// When the adversary's machines have solved the last puzzle.
  private var solvedAt = SybilRun.start
  private var addresses = ReadyQueue()
  private var accounts = ReadyQueue()
  private var names: [AccountName] = []

  /// - Throws: `CampaignError.Code.inconsistent` when the engine refuses the policy.
  private init(
    _ plan: SybilPlan, policy: EconomicsStudy.Policy, prices: EconomicsStudy.Prices,
    pool: AddressPool, days: Int, stream: StreamKey
  ) throws(CampaignError) {
    self.policy = policy.policy
    self.prices = prices
    self.pool = pool
    self.stream = RandomStream(stream)
    end = SybilRun.start.adding(seconds: Int64(days) * 86_400)
    var running = policy.policy
    running.puzzle.difficultyBits = min(1, running.puzzle.difficultyBits)
    do {
      engine = try AdmissionEngine(
        policy: running, puzzleSecret: Array("a secret of this study".utf8))
      for (index, identities) in plan.accounts.enumerated() {
        guard let name = AccountName("account-\(index)") else { continue }
        names.append(name)
        let credits = max(running.creditsPerAccount, identities * running.priceCredits)
        try state.setStanding(AccountStanding(credits: Int64(credits)), of: name)
        accounts.add(index, at: SybilRun.start, left: identities)
      }
    } catch {
      throw CampaignError(.inconsistent, "the policy engine cannot run: \(error)")
    }
    for (index, identities) in plan.addresses {
      addresses.add(index, at: SybilRun.start, left: identities)
    }
  }

  /// Carries out a plan.
  /// - Throws: `CampaignError.Code.inconsistent` when the engine cannot decide.
  static func outcome(
    of plan: SybilPlan, study: EconomicsStudy, policy: EconomicsStudy.Policy,
    supply: AddressSupply, pool: AddressPool, days: Int, stream: StreamKey
  ) throws(CampaignError) -> SybilOutcome {
    var run = try SybilRun(
      plan, policy: policy, prices: study.prices, pool: pool, days: days, stream: stream)
    while try run.step() {}
    var outcome = run.outcome
    outcome.accounts = plan.accounts.count
    outcome.addresses = plan.addresses.count
    outcome.creditsUSD = Double(plan.credits) * study.prices.creditUSD
    outcome.accountsUSD = Double(plan.accounts.count) * policy.accountUSD
    outcome.addressesUSD = supply.price(of: plan.addresses.count, days: days)
    outcome.triesUSD = outcome.tries / study.prices.triesPerUSD
    return outcome
  }

  /// One request; false when nothing can be asked any more before the end.
  private mutating func step() throws(CampaignError) -> Bool {
    guard let address = addresses.first else { return false }
    now = max(now, address.ready)
    var account: ReadyQueue.Entry?
    if policy.accounts == .required {
      guard let next = accounts.first else { return false }
      now = max(now, next.ready)
      account = next
    }
    let count = min(policy.nodeIdsPerRequest, address.left, account?.left ?? .max)
    var request = AdmissionRequest(
      kind: .newIdentity(count: count), account: account.map { names[$0.index] },
      peer: pool.addresses[address.index].ip, autonomousSystem: pool.addresses[address.index].system
    )
    try solve(&request)
    guard now <= end else { return false }
    let decision: AdmissionDecision
    do {
      decision = try engine.admit(request, at: now, state: &state)
    } catch {
      throw CampaignError(.inconsistent, "the policy engine failed: \(error)")
    }
    switch decision {
    case .admitted(let grant):
      outcome.identities += grant.newNodeIds
      addresses.take(grant.newNodeIds)
      if account != nil { accounts.take(grant.newNodeIds) }
    case .refused(let refusal):
      outcome.refusals += 1
      guard case .rateLimited(let scope, _, let wait) = refusal.reason else {
        // Nothing that this address or account can do about it.
        if case .identityCap = refusal.reason { accounts.drop() } else { addresses.drop() }
        return true
      }
      let ready = now.adding(microseconds: wait)
      switch scope {
      case .account, .reroll: accounts.delay(to: ready)
      // It holds for everyone alike: nobody else need ask before.
      case .overall: now = ready
      default: addresses.delay(to: ready)
      }
    }
    return true
  }

  /// Solves the puzzle at one bit and charges the tries of the policy's difficulty.
  private mutating func solve(_ request: inout AdmissionRequest) throws(CampaignError) {
    let bits = policy.puzzle.difficultyBits
    guard bits > 0, let puzzle = engine.puzzle else { return }
    // A rate limit is named before the puzzle: ask first, solve when it is time.
    do {
      let (probe, _) = try engine.evaluate(request, at: now, state: state)
      guard case .refused(let refusal) = probe, refusal.word == "puzzleMissing" else { return }
      let chance = exp2(-Double(bits))
      let uniform = 1 - stream.unit()
      let tries = max(1, (log(uniform) / log1p(-chance)).rounded(.up))
      outcome.tries += tries
      let seconds = tries / prices.triesPerSecond
      solvedAt = max(solvedAt, now).adding(microseconds: Int64(seconds * 1e6))
      now = max(now, solvedAt)
      request.subjectPublicKeyInfo = Array("\(outcome.identities)".utf8)
      request.solution = try puzzle.challenge(at: now).solve(
        ip: request.peer, subjectPublicKeyInfo: request.subjectPublicKeyInfo)
    } catch {
      throw CampaignError(.inconsistent, "the puzzle failed: \(error)")
    }
  }
}

/// Things that become ready at certain times, the earliest first, in a binary heap.
struct ReadyQueue {
  struct Entry {
    let index: Int
    var ready: AdmissionTime
    /// Identities still planned for it.
    var left: Int

    /// Earlier first, then the lower index: a total order, whatever was added when.
    func precedes(_ other: Entry) -> Bool {
      (ready, index) < (other.ready, other.index)
    }
  }

  private var heap: [Entry] = []

  var first: Entry? { heap.first }

  mutating func add(_ index: Int, at ready: AdmissionTime, left: Int) {
    guard left > 0 else { return }
    heap.append(Entry(index: index, ready: ready, left: left))
    var child = heap.count - 1
    while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// The first has got so many.
  mutating func take(_ count: Int) {
    heap[0].left -= count
    if heap[0].left <= 0 { drop() }
  }

  /// The first is ready only later.
  mutating func delay(to ready: AdmissionTime) {
    heap[0].ready = ready
    sink()
  }

  /// The first is of no use any more.
  mutating func drop() {
    let last = heap.removeLast()
    if heap.isEmpty { return }
    heap[0] = last
    sink()
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].precedes(heap[least]) {
        least = child
      }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
