import ArgumentParser
import Campaigns
import EventSimulation
import Foundation
import Glibc
import Statistics

/// `redoubt simulate growth`.
struct SimulateGrowth: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "growth", abstract: "Measure how hops, joins, memory and speed grow with N.",
    discussion: """
      One run for each size, smallest first, each in a process of its own: its memory and its \
      processor time are those of that size alone. The run of a size is that of 'simulate run' \
      with the same options, and has its digest. A row is printed as soon as its size is finished.

      Finished sizes are kept in --output. The same command goes on where it was stopped, and \
      sizes can be added; other settings need another folder.

      Standard output is a function of the options. What depends on this machine goes to standard \
      error and into 'machine', 'bytesPerNode' and 'eventsPerSecond' of --json: memory is the peak \
      resident memory less what the process had before the overlay; speed is events for each \
      second of processor time, with all that happens in the run.

      Intervals: Wilson for the share delivered, Student for the mean of hops over the lookups of \
      the one overlay, both 95 %.

      Examples:
        redoubt simulate growth --nodes 1000,3162,10000
        redoubt simulate growth --nodes 1000,10000,100000 --json growth.json --figure growth.svg
        redoubt simulate growth --nodes 1000,10000,1000000 --output out/growth-million
        redoubt simulate growth --nodes 1000,10000 --build constructed --network plane:100ms

      100,000 nodes that join need 1.2 GiB and about two minutes of an idle core; a million need \
      12 GiB and three quarters of an hour.

      Exit codes: 0 measured, 64 wrong use or a folder of other settings, 65 bad data in a file, \
      66 a file cannot be read, 74 a file cannot be written, 130 or 143 stopped by a signal \
      (finished sizes are kept).
      """)

  @Option(
    help: ArgumentHelp(
      "Sizes of overlays, separated by commas, 2 to \(SimulateOptions.nodesMax), each once.",
      valueName: "n,n,..."))
  var nodes: NodeCountsArgument

  @OptionGroup var options: SimulateGrowthOptions

  @Option(
    help: ArgumentHelp(
      "The folder that keeps finished sizes. (default: out/growth-joined or "
        + "out/growth-constructed)", valueName: "folder"))
  var output: String?

  @OptionGroup var outputs: SimulateStudyOutputs

  func run() async throws {
    try await SimulateConsole.run { () async throws(SimulateError) in
      let inputs = try SimulateInputs(
        try SimulateOptions.parsed(options.settings(nodes: nodes.counts[0])))
      let settings =
        [TraceSetting("program", "redoubt \(CampaignVersion.current)")] + options.settings
        + inputs.digests
      let store = try SimulateGrowthStore(
        output ?? "out/growth-\(options.overlay.build.rawValue)", settings: settings)
      let file = try outputs.openJSON()
      let stop = StopRequest()
      defer { withExtendedLifetime(stop) {} }
      let report = SimulateGrowthReport(options)
      Self.say(report.heading)
      var sizes: [SimulateGrowthSize] = []
      for count in nodes.counts {
        guard let size = try await result(of: count, store, stop.flag) else {
          StandardError.note("stopped: the same command goes on with \(count) nodes")
          return stop.flag.exitCode
        }
        sizes.append(size)
        Self.say(report.row(size))
        StandardError.note(report.machineRow(size))
      }
      for line in report.fits(sizes) { Self.say(line) }
      try outputs.write(
        SimulateGrowthRecord(sizes, settings, options), to: file,
        { SimulateGrowthFigure(sizes, options).figure }, drawnBy: "redoubt simulate growth")
      return .success
    }
  }

  /// The kept result of a size, or a new one; nil after a request to stop.
  private func result(
    of count: Int, _ store: SimulateGrowthStore, _ flag: StopRequest.Flag
  ) async throws(SimulateError) -> SimulateGrowthSize? {
    if let size = try store.result(nodes: count) { return size }
    if flag.isSet { return nil }
    let ending = try await SimulateGrowthChild.run(
      options.settings(nodes: count), result: store.path(nodes: count), flag)
    switch ending {
    case .stopped: return try store.result(nodes: count)
    case .failed(let status):
      throw SimulateError(
        .inputOutput,
        "the run of \(count) nodes ended with status \(status)"
          + (status == 137 ? ": was there memory enough? Leave out the largest sizes" : ""))
    case .finished:
      guard let size = try store.result(nodes: count) else {
        throw SimulateError(.inputOutput, "\(store.path(nodes: count)): was not written")
      }
      return size
    }
  }

  /// One line that is seen at once, also in a file.
  private static func say(_ line: String) {
    CampaignConsole.say(line)
    fflush(nil)
  }
}

/// What `--json` writes.
struct SimulateGrowthRecord: Encodable {
  struct Derived: Encodable {
    let nodes: Int
    let meanHops: SimulateRecord.Share?
    let deliveredShare: SimulateRecord.Share?
    let bytesPerNode: Double?
    let eventsPerSecond: Double?
  }

  let schema = SimulateGrowthStore.schema
  let version = SimulateGrowthStore.version
  let confidence = 0.95
  let settings: [String: String]
  /// What was counted; the part `machine` of each differs from run to run.
  let sizes: [SimulateGrowthSize]
  let hopsFit: SimulateGrowthFit?
  let messagesPerJoinFit: SimulateGrowthFit?
  let derived: [Derived]

  private enum CodingKeys: String, CodingKey {
    case schema, version, confidence, settings, sizes, hopsFit, messagesPerJoinFit, derived
  }

  init(
    _ sizes: [SimulateGrowthSize], _ settings: [TraceSetting], _ options: SimulateGrowthOptions
  ) {
    self.settings = settings.byName
    self.sizes = sizes
    let report = SimulateGrowthReport(options)
    hopsFit = report.hopsFit(sizes)
    messagesPerJoinFit = report.joinFit(sizes)
    derived = sizes.map { size in
      Derived(
        nodes: size.nodes,
        meanHops: size.meanHops.map {
          SimulateRecord.Share(
            $0.value, $0.interval ?? .init(low: $0.value, high: $0.value))
        },
        deliveredShare: size.deliveredShare.map {
          SimulateRecord.Share(Double(size.delivered) / Double(size.lookups), $0)
        },
        bytesPerNode: size.bytesPerNode, eventsPerSecond: size.eventsPerSecond)
    }
  }
}
