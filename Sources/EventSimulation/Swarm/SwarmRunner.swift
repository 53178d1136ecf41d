/// Runs scenarios; a pure function of seeds, so that callers may run parts of a range in parallel
/// and append the reports in the order of the parts.
public struct SwarmRunner: Sendable {
  /// The most runs that shrinking one failure may take.
  public var shrinkingRunsMax = 200

  /// Ready to run.
  public init() {}

  /// Runs the scenarios of a range of seeds and shrinks those that fail.
  /// - Parameter progress: called with each outcome before it is shrunk.
  public func run(
    seeds: Range<UInt64>, progress: (SwarmOutcome) -> Void = { _ in }
  ) -> SwarmReport {
    var report = SwarmReport()
    for seed in seeds {
      let outcome = run(SwarmScenario(seed: seed))
      progress(outcome)
      report.totals.add(outcome.totals)
      guard !outcome.violations.isEmpty else { continue }
      report.findings.append(SwarmFinding(outcome: outcome, shrunk: shrink(outcome)))
    }
    return report
  }

  /// Runs one scenario as it is; what fails is not shrunk.
  public func report(of scenario: SwarmScenario) -> SwarmReport {
    let outcome = run(scenario)
    var report = SwarmReport()
    report.totals = outcome.totals
    if !outcome.violations.isEmpty {
      report.findings = [SwarmFinding(outcome: outcome, shrunk: outcome)]
    }
    return report
  }

  /// Runs one scenario.
  public func run(_ scenario: SwarmScenario) -> SwarmOutcome {
    run(scenario, tamper: nil)
  }

  /// Runs one scenario with a planted bug.
  func run(_ scenario: SwarmScenario, tamper: SwarmDriver.Tamper?) -> SwarmOutcome {
    var driver = SwarmDriver(scenario, tamper: tamper)
    return driver.run()
  }

  /// Makes a failing scenario smaller, one reduction at a time, as long as the first checker that
  /// fired still fires.
  public func shrink(_ outcome: SwarmOutcome) -> SwarmOutcome {
    guard let checker = outcome.violations.first?.checker else { return outcome }
    var best = outcome
    var runs = 0
    var goesOn = true
    while goesOn {
      goesOn = false
      for candidate in best.scenario.reductions {
        guard runs < shrinkingRunsMax else { return best }
        runs += 1
        let result = run(candidate)
        guard result.violations.contains(where: { $0.checker == checker }) else { continue }
        best = result
        goesOn = true
        break
      }
    }
    return best
  }
}

extension SwarmScenario {
  /// Scenarios with one thing less, the largest steps first.
  var reductions: [SwarmScenario] {
    var all: [SwarmScenario] = []
    func add(_ change: (inout SwarmScenario) -> Void) {
      var copy = self
      change(&copy)
      copy.nodes = max(2, copy.nodes)
      copy.restarts = min(copy.restarts, copy.crashes)
      copy.chaosSeconds = max(1, copy.chaosSeconds)
      if copy.partitions == 0 { copy.partitionSeconds = 0 }
      if copy != self, !all.contains(copy) { all.append(copy) }
    }
    let amounts: [WritableKeyPath<SwarmScenario, Int>] = [
      \.partitions, \.loss, \.departures, \.crashes, \.restarts, \.jitterMilliseconds,
      \.skewSeconds, \.drift, \.lookups,
    ]
    for path in amounts { add { $0[keyPath: path] = 0 } }
    for path in [\SwarmScenario.nodes, \.chaosSeconds] + amounts {
      add { $0[keyPath: path] /= 2 }
    }
    for path in [\SwarmScenario.nodes, \.chaosSeconds] {
      add { $0[keyPath: path] = $0[keyPath: path] * 3 / 4 }
    }
    add { $0.network = .constant }
    add { $0.arrivals = .once }
    add { $0.pendingMax = 1_024 }
    add { $0.heldMax = 64 }
    for path in [\SwarmScenario.nodes, \.crashes, \.restarts, \.departures, \.partitions] {
      add { $0[keyPath: path] = max(0, $0[keyPath: path] - 1) }
    }
    add { $0.delayMilliseconds = max(1, $0.delayMilliseconds / 2) }
    return all
  }
}
