import ArgumentParser
import Campaigns
import EventSimulation
import NetworkModels
import ProtocolTime
import Randomness

/// `redoubt simulate convergence`.
struct SimulateConvergence: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convergence", abstract: "Measure where routes of nearby sources meet.",
    discussion: """
      Two nodes look up the same random key at the same moment, by the protocol, message by \
      message. Measured are the share of pairs whose routes share a node before the root, and hops \
      and delay from the sources to the first shared node, beside those to the root. Pairs are \
      binned by the delay between the two sources: deciles of that between two random nodes, with \
      the nearest tenth in three parts. A constant network has no near and far, and near nodes of \
      a constructed overlay have not near tables.

      The same pairs and keys follow on an overlay of the same nodes whose tables hold random \
      nodes instead of near ones: what is different is due to proximity.

      Delay of a route is the sum over its hops. Each pair counts once; of its two routes the mean \
      is taken. Intervals are Wilson's for the share and Student's for means, 95 %, over pairs on \
      one overlay.

      Examples:
        redoubt simulate convergence
        redoubt simulate convergence --nodes 10000 --build joined --network transit-stub
        redoubt simulate convergence --network plane:100ms --json out.json --figure out.svg

      Exit codes: 0 measured, 64 wrong use, 65 bad data in a file, 66 a file cannot be read, \
      74 a file cannot be written, 130 or 143 stopped by a signal.
      """)

  @OptionGroup var options: SimulateConvergenceOptions

  @OptionGroup var outputs: SimulateStudyOutputs

  func run() async throws {
    try await SimulateConsole.run { () async throws(SimulateError) in
      let file = try outputs.openJSON()
      let stop = StopRequest()
      defer { withExtendedLifetime(stop) {} }
      guard let record = try measured(stop.flag) else { return stop.flag.exitCode }
      CampaignConsole.say(SimulateConvergenceReport(record, options).text)
      try outputs.write(
        record, to: file, { SimulateConvergenceFigure(record, options).figure },
        drawnBy: "redoubt simulate convergence")
      return .success
    }
  }

  /// Both overlays, one after the other; nil after a request to stop.
  private func measured(
    _ flag: StopRequest.Flag
  ) throws(SimulateError) -> SimulateConvergenceRecord? {
    let overlay = try SimulateOptions.parsed(options.settings)
    let inputs = try SimulateInputs(overlay)
    let scenario = try SimulateScenario(overlay, inputs, seed: overlay.seed)
    let pairs = SourcePairs(
      scenario.settings.network, nodes: UInt32(options.nodes), wanted: options.pairs,
      stream: StreamKey(seed: overlay.seed)["simulate"]["convergence"])
    guard pairs.bins.count > 1 else {
      throw SimulateError(
        .usage, "--network \(options.overlay.network.text): nodes are all equally far apart")
    }
    let progress = TenthsProgress()
    guard
      let byProximity = study(
        try built(scenario, flag), "by proximity", pairs, progress, flag)
    else { return nil }
    var random = Simulation(settings: scenario.settings, nodeIds: scenario.nodeIds)
    random.construct(candidates: 1)
    guard let withoutProximity = study(random, "random tables", pairs, progress, flag) else {
      return nil
    }
    return SimulateConvergenceRecord(
      options.settings + inputs.digests, options.pairs, pairs, byProximity, withoutProximity)
  }

  /// The overlay of the options, or a part of it after a request to stop.
  private func built(
    _ scenario: SimulateScenario, _ flag: StopRequest.Flag
  ) throws(SimulateError) -> Simulation {
    let line = SimulateProgressLine(runs: 1)
    defer { line.close() }
    return try SimulateDriver(
      scenario, observer: NoObserver(),
      tick: { _, now in
        line.show(now, events: now.events)
        return !flag.isSet
      }
    ).built()
  }

  private func study(
    _ simulation: consuming Simulation, _ name: String, _ pairs: SourcePairs,
    _ progress: TenthsProgress, _ flag: StopRequest.Flag
  ) -> [ConvergenceBin]? {
    if flag.isSet { return nil }
    var simulation = simulation
    return ConvergenceStudy.run(&simulation, pairs) { fraction in
      progress.show(name, fraction)
      return !flag.isSet
    }
  }
}
