import ArgumentParser
import Campaigns
import EventSimulation
import ProtocolTime

/// `redoubt simulate replay`.
struct SimulateReplay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Repeat the run of a trace and compare event by event.",
    discussion: """
      The header of the trace names everything that the run depended on; files are read again \
      from the paths that it was given, and must be the same. After a change of the protocol or \
      of the engine this finds the first event that is another one.

      Exit codes: 0 all events and the digest agree, 1 they differ (the first line where they do \
      is printed), 65 the file is not a whole trace or the run's input files have changed, 66 a \
      file cannot be read.
      """)

  @Argument(help: "The trace.") var file: String

  func run() async throws {
    try await SimulateConsole.run { () async throws(SimulateError) in
      let (header, trailer) = try SimulateTrace.read(file) { _, _ in }
      let scenario = try SimulateTrace.scenario(header, file)
      let stop = StopRequest()
      defer { withExtendedLifetime(stop) {} }
      let difference = try Self.firstDifference(scenario, header, trailer, file, stop.flag)
      if stop.flag.isSet { return stop.flag.exitCode }
      if let difference {
        CampaignConsole.say("line \(difference.line) differs")
        CampaignConsole.say("  recorded  \(difference.recorded)")
        CampaignConsole.say("  repeated  \(difference.repeated)")
        return ExitCode(1)
      }
      CampaignConsole.say(
        "all \(trailer.lines) events and the digest \(trailer.digest) agree")
      return .success
    }
  }

  private static func firstDifference(
    _ scenario: SimulateScenario, _ header: TraceHeader, _ trailer: TraceTrailer, _ path: String,
    _ flag: StopRequest.Flag
  ) throws(SimulateError) -> TraceDifference? {
    let comparison = try TraceComparison(path)
    let progress = SimulateProgressLine(runs: 1)
    defer { progress.close() }
    // A run that was stopped is stopped at the same moment.
    let end = trailer.isComplete ? Instant.never : Instant(nanoseconds: trailer.nanoseconds)
    let driver = SimulateDriver(
      scenario, observer: SimulateTrace.writer(header, scenario),
      tick: { writer, now throws(SimulateError) in
        try comparison.take(writer.drain())
        progress.show(now, events: now.events)
        return comparison.difference == nil && now.now < end && !flag.isSet
      })
    _ = try driver.run { writer, simulation, isComplete throws(SimulateError) in
      writer.end(
        at: simulation.now, isComplete: isComplete, counters: simulation.counters,
        digest: simulation.digest)
      try comparison.take(writer.drain())
    }
    return comparison.difference
  }
}
