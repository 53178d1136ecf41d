import Admission

/// The files of a study: spend.csv, budgets.csv, honest.csv, table.md, figures.
struct EconomicsReport {
  let result: EconomicsResult
  var study: EconomicsStudy { result.study }

  /// Writes everything.
  /// - Throws: `CampaignError` when a file cannot be written.
  func write(to path: String) throws(CampaignError) -> EconomicsOutcome {
    try AtomicFile.createDirectory(path)
    let table = tables
    var files = ["table.md", "spend.csv", "budgets.csv", "honest.csv"]
    try AtomicFile.write(table, to: path + "/table.md")
    try AtomicFile.write(csv(result.points, aim: "fraction"), to: path + "/spend.csv")
    try AtomicFile.write(csv(result.budgets, aim: "budget_usd"), to: path + "/budgets.csv")
    try AtomicFile.write(honestCSV, to: path + "/honest.csv")
    var warnings: [String] = []
    let figures = path + "/figures"
    try AtomicFile.createDirectory(figures)
    for figure in EconomicsFigure.all(result) {
      try AtomicFile.write(figure.data, to: "\(figures)/\(figure.name).dat")
      try AtomicFile.write(figure.script, to: "\(figures)/\(figure.name).gp")
      do throws(CampaignError) {
        try Gnuplot.run(figure.command, in: figures)
        files.append("figures/\(figure.name).svg")
      } catch {
        guard error.code == .toolMissing else { throw error }
        if warnings.isEmpty { warnings.append(error.description) }
      }
    }
    return EconomicsOutcome(table: table, files: files, warnings: warnings, failures: [])
  }

  // MARK: CSV

  private func csv(_ points: [EconomicsPoint], aim: String) -> String {
    let header =
      [
        "policy", "supply", "days", aim, "reached", "identities", "identities_low",
        "identities_high", "faulty_fraction", "usd", "usd_low", "usd_high", "credits_usd",
        "accounts_usd", "addresses_usd", "hashes_usd", "accounts", "addresses", "tries",
        "refusals", "repetitions", "cheapest", "largest_cost", "most_identities",
      ]
      + result.curves.flatMap {
        ["\($0.router)_delivery", "\($0.router)_low", "\($0.router)_high"]
      }
    let lines = points.map { line($0) }
    return ([header] + lines).map { $0.map(ResultTable.quote).joined(separator: ",") }
      .joined(separator: "\n") + "\n"
  }

  private func line(_ point: EconomicsPoint) -> [String] {
    let number = { (value: Double?) in value.map { "\($0)" } ?? "" }
    let parts: [(SybilOutcome) -> Double] = [
      \.creditsUSD, \.accountsUSD, \.addressesUSD, \.triesUSD, { Double($0.accounts) },
      { Double($0.addresses) }, \.tries, { Double($0.refusals) },
    ]
    let f = point.fraction(honest: study.honestNodes)
    let isReached = point.outcomes != nil
    return [
      study.policies[point.policy].name, study.supplies[point.supply].name, "\(point.days)",
      point.aimText, "\(isReached)", number(point.identities?.mean),
      number(point.identities?.low), number(point.identities?.high), isReached ? "\(f)" : "",
      number(point.usd?.mean), number(point.usd?.low), number(point.usd?.high),
    ] + parts.map { number(point.mean($0)?.mean) } + [
      "\(point.outcomes?.count ?? 0)", "\(isCheapest(point))",
      isReached ? point.largestCost : "", "\(point.most)",
    ]
      + result.curves.flatMap { curve -> [String] in
        guard isReached, let delivery = curve.delivery(at: f) else { return ["", "", ""] }
        return ["\(delivery.mean)", "\(delivery.low)", "\(delivery.high)"]
      }
  }

  private func isCheapest(_ point: EconomicsPoint) -> Bool {
    switch point.aim {
    case .fraction(let f):
      result.cheapest(policy: point.policy, days: point.days, fraction: f)?.supply == point.supply
    case .budget(let usd):
      result.bestBuy(policy: point.policy, budget: usd)?.supply == point.supply
    }
  }

  private var honestCSV: String {
    var lines = ["policy,network,nodes,kept_out,delayed_over_a_day,usd,tries_seconds"]
    for (policy, replays) in zip(study.policies, result.honest) {
      for (file, replay) in zip(study.honestFiles, replays) {
        lines.append(
          "\(policy.name),\(file.name),\(replay.nodes),\(replay.keptOut),\(replay.delayed),"
            + "\(honestUSD(policy)),\(honestSeconds(policy))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What one honest node pays: an account and one identity.
  func honestUSD(_ policy: EconomicsStudy.Policy) -> Double {
    guard policy.policy.accounts == .required else { return 0 }
    let credits = max(0, policy.policy.priceCredits - policy.policy.creditsPerAccount)
    return policy.accountUSD + Double(credits) * study.prices.creditUSD
  }

  /// How long one honest node works on the puzzle, expected.
  func honestSeconds(_ policy: EconomicsStudy.Policy) -> Double {
    let bits = policy.policy.puzzle.difficultyBits
    return bits == 0
      ? 0 : Double(UInt64(1) << UInt64(bits)) / study.prices.honestTriesPerSecond
  }
}

extension EconomicsPoint {
  var aimText: String {
    switch aim {
    case .fraction(let f): "\(f)"
    case .budget(let usd): "\(usd)"
    }
  }
}
