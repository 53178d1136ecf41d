import Admission

/// The tables that a reader can act on.
extension EconomicsReport {
  var tables: String {
    """
    # \(study.title)

    \(study.honestNodes) honest nodes; the adversary gets s identities and f = s / (N + s). Prices \
    in USD within \(study.tableDays) days, by the cheapest supply of addresses; \
    \(Int((study.confidence * 100).rounded())) % intervals where chance has a part.

    ## What a fraction of the overlay costs

    \(priceTable)

    Columns with a router: where its delivery falls below \(CanonicalJSON.format(study.level)), \
    at that f.

    ## What it costs the honest

    \(honestTable)

    ## What one unit of each resource buys

    \(unitTable)

    ## With more time

    \(timeTable)

    ## What a budget buys in \(study.tableDays) days

    \(budgetTable)

    """
  }

  private func markdown(_ header: [String], _ rows: [[String]]) -> String {
    let rule = header.indices.map { $0 == 0 ? "---" : "---:" }
    return ([header, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |" }
      .joined(separator: "\n")
  }

  /// The columns of prices: fractions with their heading.
  private var priceColumns: [(heading: String, fraction: Double)] {
    let fixed = study.tableFractions.map {
      (heading: "f = \(percent($0))", fraction: $0)
    }
    return fixed
      + result.curves.compactMap { curve in
        curve.crossing.map { ("\(curve.router), f = \(percent($0))", $0) }
      }
  }

  private var priceTable: String {
    let columns = priceColumns
    let rows = study.policies.indices.map { policy -> [String] in
      let prices = columns.map { column in
        priceText(policy: policy, days: study.tableDays, fraction: column.fraction)
      }
      let point = study.tableFractions.reversed().lazy.compactMap {
        result.cheapest(policy: policy, days: study.tableDays, fraction: $0)
      }.first
      let supply = point.map { study.supplies[$0.supply].name } ?? "none"
      return [study.policies[policy].name] + prices + [point?.largestCost ?? "-", supply]
    }
    return markdown(
      ["policy"] + columns.map(\.heading) + ["money goes to", "addresses from"], rows)
  }

  private func priceText(policy: Int, days: Int, fraction: Double) -> String {
    guard let usd = result.cheapest(policy: policy, days: days, fraction: fraction)?.usd else {
      let most = result.mostFraction(policy: policy, days: days)
      return most < fraction ? "out of reach (f <= \(percent(most)))" : "not reached"
    }
    let spread = usd.high - usd.low > 0.005 * usd.mean
    return grouped(usd.mean) + (spread ? " (\(grouped(usd.low)) - \(grouped(usd.high)))" : "")
  }

  private var honestTable: String {
    let rows = zip(study.policies, result.honest).map { policy, replays -> [String] in
      [policy.name, grouped(honestUSD(policy)), duration(honestSeconds(policy))]
        + replays.flatMap { replay -> [String] in
          let share = Double(replay.keptOut) / Double(max(1, replay.nodes))
          let delayed = Double(replay.delayed) / Double(max(1, replay.nodes))
          return [percent(share), percent(delayed)]
        }
    }
    return markdown(
      ["policy", "USD per node", "work per node"]
        + study.honestFiles.flatMap { ["\($0.name): kept out", "delayed over a day"] }, rows)
  }

  private var unitTable: String {
    let rows = study.policies.map { policy -> [String] in
      let capacity = PolicyCapacity(policy.policy, days: study.tableDays)
      let price = Double(policy.policy.priceCredits) * study.prices.creditUSD
      let bits = policy.policy.puzzle.difficultyBits
      let tries = Double(UInt64(1) << UInt64(bits))
      return [
        policy.name, price > 0 ? significant(1 / price, digits: 2) : "all",
        bits > 0 ? significant(1e12 / tries, digits: 3) : "all",
        count(capacity.account), count(capacity.address), count(capacity.prefix),
        count(capacity.system), count(capacity.overall),
      ]
    }
    return markdown(
      [
        "policy", "1 USD of credits", "10^12 tries", "an account", "an address", "a /24 or /48",
        "an AS", "everyone",
      ], rows)
  }

  private var timeTable: String {
    let fractions = study.tableFractions
    let rows = study.policies.indices.map { policy -> [String] in
      [study.policies[policy].name]
        + fractions.flatMap { f in
          study.days.map { priceText(policy: policy, days: $0, fraction: f) }
        }
    }
    return markdown(
      ["policy"]
        + fractions.flatMap { f in
          study.days.map { "f = \(percent(f)) in \($0) \($0 == 1 ? "day" : "days")" }
        }, rows)
  }

  private var budgetTable: String {
    let rows = study.policies.indices.map { policy -> [String] in
      [study.policies[policy].name]
        + study.budgets.map { budget in
          guard let point = result.bestBuy(policy: policy, budget: budget) else { return "-" }
          let f = point.fraction(honest: study.honestNodes)
          let deliveries = result.curves.map { curve in
            curve.delivery(at: f).map { probability($0.mean) } ?? "?"
          }
          return "\(percent(f)): " + deliveries.joined(separator: ", ")
        }
    }
    let routers = result.curves.map(\.router).joined(separator: ", ")
    return "f, then delivery by \(routers); `?` beyond the measured f.\n\n"
      + markdown(["policy"] + study.budgets.map { "\(grouped($0)) USD" }, rows)
  }

  // MARK: texts

  private func count(_ capacity: Int) -> String {
    guard capacity < PolicyCapacity.unlimited else { return "any number" }
    return capacity < 1_000 ? "\(capacity)" : grouped(Double(capacity))
  }

  /// `12.5 %`, two significant digits or more.
  func percent(_ share: Double) -> String {
    if share == 0 { return "0 %" }
    let value = share * 100
    var text = significant(value, digits: value >= 10 ? 3 : 2)
    if text.contains(".") {
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    return text + " %"
  }

  /// Shows the nines.
  private func probability(_ value: Double) -> String {
    value > 0.99 ? decimalText(value, decimals: 4) : decimalText(value, decimals: 2)
  }

  /// Three significant digits, thousands apart: `26,700`.
  func grouped(_ value: Double) -> String {
    guard value >= 1_000 else { return value == 0 ? "0" : significant(value, digits: 3) }
    var step = 1.0
    while value / step >= 1_000 { step *= 10 }
    var digits = Array(decimalText((value / step).rounded() * step, decimals: 0))
    var place = digits.count - 3
    while place > 0 {
      digits.insert(",", at: place)
      place -= 3
    }
    return String(digits)
  }

  private func duration(_ seconds: Double) -> String {
    switch seconds {
    case 0: "none"
    case ..<120: significant(seconds, digits: 2) + " s"
    case ..<7_200: significant(seconds / 60, digits: 2) + " min"
    case ..<172_800: significant(seconds / 3_600, digits: 2) + " h"
    default: significant(seconds / 86_400, digits: 2) + " days"
    }
  }
}
