import ArgumentParser
import Campaigns
import EventSimulation
import Foundation
import ProtocolTime
import Glibc
import Synchronization

/// `redoubt simulate run`.
struct SimulateRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the protocol and print what was measured.",
    discussion: """
      Spans have a unit: ns, us, ms, s, min, h, d. Intervals of shares are Wilson's over all \
      lookups; '+-' is a Student interval over independent runs (--runs).

      Exit codes: 0 measured, 64 wrong use, 65 bad data in a file, 66 a file cannot be read, \
      74 a file cannot be written, 130 or 143 stopped by a signal (what was measured is printed).
      """)

  @OptionGroup var options: SimulateOptions

  @Option(help: ArgumentHelp("Independent runs, with seeds from --seed on.", valueName: "r"))
  var runs = 1

  @Option(help: "Take so many runs at a time; results do not depend on it.")
  var threads = ThreadCount.all

  @Option(
    help: ArgumentHelp("Write every event of the one run, as JSON lines.", valueName: "file"))
  var trace: String?

  @Option(help: ArgumentHelp("Write all measures as JSON.", valueName: "file"))
  var json: String?

  func validate() throws {
    guard (1...10_000).contains(runs) else { throw ValidationError("--runs must be 1 to 10000") }
    if trace != nil && runs != 1 {
      throw ValidationError("--trace writes one run: leave out --runs")
    }
    guard options.seed <= .max - UInt64(runs) else {
      throw ValidationError("--seed must leave room for \(runs) seeds below 2^64")
    }
  }

  func run() async throws {
    try await SimulateConsole.run { () async throws(SimulateError) in
      let inputs = try SimulateInputs(options)
      let report = try json.map { path throws(SimulateError) in
        try SimulateOutputFile(path, isStream: false)
      }
      let stop = StopRequest()
      defer { withExtendedLifetime(stop) {} }
      let progress = SimulateProgressLine(runs: runs)
      let start = ContinuousClock.now
      var results: [SimulateResult]
      if let trace {
        results = [try traced(inputs, to: trace, stop.flag, progress)]
      } else {
        results = try await all(inputs, stop.flag, progress)
      }
      let wall = (ContinuousClock.now - start) / .seconds(1)
      progress.close()
      // A run that was cut short is kept only when there is no whole one.
      if results.contains(where: \.isComplete) { results.removeAll { !$0.isComplete } }
      CampaignConsole.say(SimulateReport(results).text(options))
      if let report {
        try report.write(json: SimulateRecord(results, options))
        try report.finish()
      }
      progress.sum(events: results.reduce(0) { $0 + $1.total.events }, seconds: wall)
      return stop.flag.isSet ? stop.flag.exitCode : .success
    }
  }

  private func traced(
    _ inputs: SimulateInputs, to path: String, _ flag: StopRequest.Flag,
    _ progress: SimulateProgressLine
  ) throws(SimulateError) -> SimulateResult {
    let file = try SimulateOutputFile(path, isStream: true)
    let scenario = try SimulateScenario(options, inputs, seed: options.seed)
    let header = SimulateTrace.header(scenario, inputs)
    let driver = SimulateDriver(
      scenario, observer: SimulateTrace.writer(header, scenario),
      tick: { writer, now throws(SimulateError) in
        try file.write(writer.drain())
        progress.show(now, events: now.events)
        return !flag.isSet
      })
    return try driver.run { writer, simulation, isComplete throws(SimulateError) in
      writer.end(
        at: simulation.now, isComplete: isComplete, counters: simulation.counters,
        digest: simulation.digest)
      try file.write(writer.drain())
      try file.finish()
    }
  }

  /// Runs on some threads, in the order of their seeds.
  private func all(
    _ inputs: SimulateInputs, _ flag: StopRequest.Flag, _ progress: SimulateProgressLine
  ) async throws(SimulateError) -> [SimulateResult] {
    let options = options
    let runs = runs
    let threads = min(threads.value, runs)
    let outcomes = await withTaskGroup(of: (Int, Result<SimulateResult, SimulateError>?).self) {
      group in
      var next = 0
      var outcomes = [Result<SimulateResult, SimulateError>?](repeating: nil, count: runs)
      func add() {
        guard next < runs else { return }
        let run = next
        next += 1
        group.addTask {
          if flag.isSet && run > 0 { return (run, nil) }
          return (run, Self.one(options, inputs, options.seed + UInt64(run), flag, progress))
        }
      }
      for _ in 0..<threads { add() }
      while let (run, outcome) = await group.next() {
        outcomes[run] = outcome
        progress.finish()
        add()
      }
      return outcomes
    }
    var results: [SimulateResult] = []
    for outcome in outcomes {
      if let outcome { results.append(try outcome.get()) }
    }
    return results
  }

  private static func one(
    _ options: SimulateOptions, _ inputs: SimulateInputs, _ seed: UInt64,
    _ flag: StopRequest.Flag, _ progress: SimulateProgressLine
  ) -> Result<SimulateResult, SimulateError> {
    do throws(SimulateError) {
      let scenario = try SimulateScenario(options, inputs, seed: seed)
      let driver = SimulateDriver(
        scenario, observer: NoObserver(),
        tick: { _, now in
          progress.show(now, events: now.events)
          return !flag.isSet
        })
      return .success(try driver.run { _, _, _ in })
    } catch {
      return .failure(error)
    }
  }
}

/// Says on standard error how far the runs are: one line that changes on a terminal, else a line
/// every half minute.
final class SimulateProgressLine: Sendable {
  private struct State {
    var shown: ContinuousClock.Instant
    var finished = 0
    var isOpen = false
  }

  private let state: Mutex<State>
  private let runs: Int
  private let isTerminal: Bool

  init(runs: Int) {
    self.runs = runs
    isTerminal =
      isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    state = Mutex(State(shown: .now))
  }

  /// Shows where one of the runs is, unless something was shown a moment ago.
  func show(_ progress: SimulateProgress, events: UInt64) {
    let now = ContinuousClock.now
    state.withLock { state in
      guard now - state.shown >= (isTerminal ? .milliseconds(100) : .seconds(30)) else { return }
      state.shown = now
      var line = runs > 1 ? "\(state.finished)/\(runs) runs  " : ""
      line += "\(progress.phase) \(Int(progress.fraction * 100)) %"
      line += "  simulated \(SimulateReport.number(progress.now.seconds)) s"
      line += "  \(CampaignProgressBar.short(Double(events))) events"
      StandardError.write(isTerminal ? "\r\(line)\u{1B}[K" : line + "\n")
      state.isOpen = isTerminal
    }
  }

  /// Counts a run that is done.
  func finish() {
    state.withLock { $0.finished += 1 }
  }

  /// Ends the line.
  func close() {
    state.withLock { state in
      if state.isOpen { StandardError.write("\r\u{1B}[K") }
      state.isOpen = false
    }
  }

  /// Says how fast it was.
  func sum(events: UInt64, seconds: Double) {
    let rate = seconds > 0 ? Double(events) / seconds : 0
    StandardError.note(
      "\(events) events in \(SimulateReport.number(seconds)) s: "
        + "\(CampaignProgressBar.short(rate)) events/s")
  }
}
