import Randomness

/// What a run of a study left.
public struct EconomicsOutcome: Sendable {
  /// The tables, as in `table.md`.
  public let table: String
  /// Files written, relative to the output directory.
  public let files: [String]
  /// Trouble that spoils no result, such as a missing gnuplot.
  public let warnings: [String]
  /// Claims that do not hold.
  public let failures: [String]
}

extension EconomicsStudy {
  /// Measures delivery, then prices, and writes tables and figures into `path`.
  ///
  /// The delivery campaign runs in `path`/delivery and goes on there when it was stopped. The same
  /// study gives the same bytes at any number of threads.
  /// - Parameter report: told now and then what is done, and how much of it, in 0...1.
  /// - Returns: nil when a stop was requested.
  /// - Throws: `CampaignError`.
  public func run(
    in path: String, threads: Int, isStopRequested: @escaping @Sendable () -> Bool = { false },
    report: @escaping @Sendable (String, Double) -> Void = { _, _ in }
  ) async throws(CampaignError) -> EconomicsOutcome? {
    precondition(threads >= 1, "a run needs at least one thread")
    let campaign = try await Campaign(specPath: deliveryPath)
    let directory = path + "/delivery"
    let delivery = try await campaign.run(
      in: directory,
      options: CampaignOptions(
        threads: threads, isStopRequested: isStopRequested,
        report: { report("delivery: \($0.title)", $0.fraction) }))
    guard !delivery.wasInterrupted else { return nil }
    let table = ResultTable(
      plan: campaign.plan, shards: try RunDirectory(path: directory).shards(campaign.plan))
    let curves = DeliveryCurve.all(table, level: level)
    guard
      let result = try await measure(
        curves: curves, threads: threads, isStopRequested: isStopRequested,
        report: { report("prices", $0) })
    else { return nil }
    var outcome = try EconomicsReport(result: result).write(to: path)
    outcome = EconomicsOutcome(
      table: outcome.table, files: outcome.files,
      warnings: delivery.warnings + outcome.warnings, failures: result.failures)
    return outcome
  }

  /// Measures all prices.
  /// - Returns: nil when a stop was requested.
  func measure(
    curves: [DeliveryCurve], threads: Int, isStopRequested: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (Double) -> Void
  ) async throws(CampaignError) -> EconomicsResult? {
    let run = try EconomicsRun(self)
    let fractions = EconomicsResult.fractions(self, curves: curves)
    let aims = run.points(fractions)
    let bought = policies.indices.flatMap { policy in
      supplies.indices.flatMap { supply in budgets.map { (policy, supply, $0) } }
    }
    let total = aims.count + bought.count
    let measured = try await Self.inOrder(
      total, threads: threads, isStopRequested: isStopRequested, report: report
    ) { number throws(CampaignError) in
      guard number < aims.count else {
        let (policy, supply, budget) = bought[number - aims.count]
        return try run.measure(
          policy: policy, supply: supply, days: tableDays, aim: .budget(budget))
      }
      let aim = aims[number]
      return try run.measure(
        policy: aim.policy, supply: aim.supply, days: aim.days, aim: .fraction(aim.f))
    }
    guard let measured else { return nil }
    let files = honestFiles
    let honest = try await Self.inOrder(
      policies.count * files.count, threads: threads, isStopRequested: isStopRequested,
      report: { _ in }
    ) { number throws(CampaignError) in
      let file = files[number % files.count]
      guard let prefixes = run.files[file.path] else {
        throw CampaignError(.inconsistent, "no prefixes for \(file.name)")
      }
      return try HonestReplay(
        prefixes, policy: policies[number / files.count], days: honestDays,
        stream: StreamKey(seed: seed)["economics"]["honest"][file.name])
    }
    guard let honest else { return nil }
    return EconomicsResult(
      study: self, curves: curves, points: Array(measured[..<aims.count]),
      budgets: Array(measured[aims.count...]),
      honest: policies.indices.map { Array(honest[$0 * files.count..<($0 + 1) * files.count]) })
  }

  /// Runs `work` for 0..<count on several threads; results in order, nil after a stop.
  private static func inOrder<Value: Sendable>(
    _ count: Int, threads: Int, isStopRequested: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (Double) -> Void,
    work: @escaping @Sendable (Int) throws(CampaignError) -> Value
  ) async throws(CampaignError) -> [Value]? {
    typealias Item = (number: Int, result: Result<Value, CampaignError>)
    let items = await withTaskGroup(of: Item.self) { group in
      var items: [Item] = []
      var started = 0
      func start() {
        let number = started
        started += 1
        group.addTask {
          do throws(CampaignError) {
            return (number, .success(try work(number)))
          } catch {
            return (number, .failure(error))
          }
        }
      }
      while started < min(threads, count) { start() }
      while let item = await group.next() {
        items.append(item)
        report(Double(items.count) / Double(max(1, count)))
        if started < count, !isStopRequested() { start() }
      }
      return items
    }
    guard items.count == count else { return nil }
    var values: [Value] = []
    for item in items.sorted(by: { $0.number < $1.number }) {
      values.append(try item.result.get())
    }
    return values
  }
}

extension EconomicsResult {
  /// Claims of the study that do not hold, by the ends of the intervals that are against them.
  var failures: [String] {
    study.claims.compactMap { claim in
      guard let policy = study.policies.firstIndex(where: { $0.name == claim.policy }) else {
        return "no policy \(claim.policy)"
      }
      let point = cheapest(policy: policy, days: claim.days, fraction: claim.fraction)
      let usd = point?.usd
      let holds =
        switch claim.relation {
        case .atMost: usd.map { $0.high <= claim.usd } ?? false
        // Out of reach is dearer than any price.
        case .atLeast: usd.map { $0.low >= claim.usd } ?? true
        }
      if holds { return nil }
      let price = usd.map { "\(significant($0.mean)) USD" } ?? "no price"
      return "\(claim.policy): f = \(claim.fraction) within \(claim.days) days costs \(price), "
        + "claimed \(claim.relation.rawValue) \(significant(claim.usd)) USD"
    }
  }
}
