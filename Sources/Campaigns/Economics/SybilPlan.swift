import Admission

/// How many identities each resource can give within a horizon, by the policy's own numbers.
struct PolicyCapacity: Sendable {
  /// More than any study asks for.
  static let unlimited = 1 << 40

  let account: Int
  let address: Int
  let prefix: Int
  let system: Int
  let overall: Int

  /// - Parameter slack: by how much less than the policy allows an address and an account are
  ///   counted on.
  init(_ policy: AdmissionPolicy, days: Int, slack: Int = 0) {
    func capacity(_ scope: LimitScope) -> Int {
      guard let limit = policy.limits[scope] else { return Self.unlimited }
      let span = Int64(days) * 86_400_000_000
      return limit.burst + Int(span / limit.intervalMicroseconds)
    }
    let cap = policy.identitiesPerAccount
    let perAccount = policy.accounts == .open ? Self.unlimited : capacity(.account)
    account = min(cap > 0 ? cap : Self.unlimited, max(1, perAccount - slack))
    address = max(1, capacity(.address) - slack)
    prefix = capacity(.prefix)
    system = capacity(.autonomousSystem)
    overall = capacity(.overall)
  }
}

/// What an adversary buys to get so many identities within a horizon.
///
/// Accounts are alike, and so are addresses of one supply but for the prefix and the autonomous
/// system that they share. So the best is: as few accounts as the caps allow (or as many as give
/// enough free credits, when that is cheaper), and as few addresses, taking first those that are
/// good for as many identities as an address can be. That the policy grants what is planned is not
/// assumed: `SybilRun` asks it.
struct SybilPlan: Sendable {
  /// Identities planned for each account.
  let accounts: [Int]
  /// Which addresses of the pool, and identities planned for each.
  let addresses: [(index: Int, identities: Int)]
  /// Credits to buy.
  let credits: Int

  /// A plan for exactly so many identities; nil when the policy does not let any plan reach them
  /// with this pool.
  init?(
    identities: Int, study: EconomicsStudy, policy: EconomicsStudy.Policy,
    capacity: PolicyCapacity, pool: AddressPool, days: Int
  ) {
    guard
      identities >= 1,
      identities <= Self.timeBound(study: study, policy: policy, capacity: capacity, days: days),
      capacity.account >= 1
    else { return nil }
    let (addresses, covered) = Self.cover(identities, capacity: capacity, pool: pool)
    guard covered == identities else { return nil }
    self.addresses = addresses
    guard policy.policy.accounts == .required else {
      accounts = []
      credits = 0
      return
    }
    let price = policy.policy.priceCredits
    let free = policy.policy.creditsPerAccount
    var count = (identities + capacity.account - 1) / capacity.account
    if free > 0,
      Double(min(free, price * capacity.account)) * study.prices.creditUSD
        > policy.accountUSD
    {
      count = max(count, (identities * price + free - 1) / free)
    }
    count = min(count, identities)
    accounts = (0..<count).map { identities / count + ($0 < identities % count ? 1 : 0) }
    credits = accounts.reduce(0) { $0 + max(0, $1 * price - free) }
  }

  /// The most identities that the overall limit and the speed of hashing allow.
  private static func timeBound(
    study: EconomicsStudy, policy: EconomicsStudy.Policy, capacity: PolicyCapacity, days: Int
  ) -> Int {
    let bits = policy.policy.puzzle.difficultyBits
    guard bits > 0 else { return capacity.overall }
    let tries = study.prices.triesPerSecond * Double(days) * 86_400
    let solved = tries / Double(UInt64(1) << UInt64(bits))
    return min(capacity.overall, Int(min(solved, Double(PolicyCapacity.unlimited))))
  }

  /// The most identities at any price, up to `limit`.
  static func most(
    limit: Int, study: EconomicsStudy, policy: EconomicsStudy.Policy, capacity: PolicyCapacity,
    pool: AddressPool, days: Int
  ) -> Int {
    let bound = timeBound(study: study, policy: policy, capacity: capacity, days: days)
    return cover(min(limit, bound), capacity: capacity, pool: pool).covered
  }

  /// The most identities that `budget` buys, up to `limit`.
  static func most(
    limit: Int, budget: Double, study: EconomicsStudy, policy: EconomicsStudy.Policy,
    capacity: PolicyCapacity, pool: AddressPool, days: Int, supply: AddressSupply
  ) -> Int {
    var (low, high) = (0, limit)
    while low < high {
      let middle = (low + high + 1) / 2
      let plan = SybilPlan(
        identities: middle, study: study, policy: policy, capacity: capacity, pool: pool,
        days: days)
      let usd = plan?.expectedUSD(study: study, policy: policy, supply: supply, days: days)
      if let usd, usd <= budget { low = middle } else { high = middle - 1 }
    }
    return low
  }

  /// What it costs, with the expected number of tries.
  func expectedUSD(
    study: EconomicsStudy, policy: EconomicsStudy.Policy, supply: AddressSupply, days: Int
  ) -> Double {
    let bits = policy.policy.puzzle.difficultyBits
    let identities = addresses.reduce(0) { $0 + $1.identities }
    let tries = bits > 0 ? Double(identities) * Double(UInt64(1) << UInt64(bits)) : 0
    return Double(credits) * study.prices.creditUSD + Double(accounts.count) * policy.accountUSD
      + supply.price(of: addresses.count, days: days) + tries / study.prices.triesPerUSD
  }

  /// Addresses that are good for `identities` in all, or for as many as the pool is.
  private static func cover(
    _ identities: Int, capacity: PolicyCapacity, pool: AddressPool
  ) -> (addresses: [(index: Int, identities: Int)], covered: Int) {
    var left = identities
    var sites = [Int](repeating: capacity.prefix, count: pool.siteCount)
    var systems = [Int](repeating: capacity.system, count: pool.systemCount)
    var taken = [Bool](repeating: false, count: pool.addresses.count)
    var found: [(index: Int, identities: Int)] = []
    // First the addresses that are good for as many as an address can be, then the others.
    for needed in [min(capacity.address, capacity.prefix, capacity.system), 1] {
      for (index, address) in pool.addresses.enumerated() where !taken[index] {
        if left == 0 { break }
        let room = min(capacity.address, sites[address.site], systems[address.systemIndex])
        guard room >= needed else { continue }
        let share = min(room, left)
        sites[address.site] -= share
        systems[address.systemIndex] -= share
        taken[index] = true
        found.append((index, share))
        left -= share
      }
    }
    return (found, identities - left)
  }
}
