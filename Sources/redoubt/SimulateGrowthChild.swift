import ArgumentParser
import Campaigns
import EventSimulation
import Foundation
import ProtocolTime

/// `redoubt simulate growth-size`: one size of a study, in a process of its own, so that its memory
/// and its processor time are those of this size alone. Started by `simulate growth`.
struct SimulateGrowthChild: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "growth-size", abstract: "Run one size for 'simulate growth'.",
    shouldDisplay: false)

  @OptionGroup var options: SimulateOptions

  @Option(help: ArgumentHelp("Where the result goes.", valueName: "file"))
  var result: String

  func run() async throws {
    try await SimulateConsole.run { () async throws(SimulateError) in
      let inputs = try SimulateInputs(options)
      let stop = StopRequest()
      defer { withExtendedLifetime(stop) {} }
      let progress = SimulateProgressLine(runs: 1)
      let before = (bytes: ProcessUsage.peakBytes, processor: ProcessUsage.processorSeconds)
      let start = ContinuousClock.now
      let scenario = try SimulateScenario(options, inputs, seed: options.seed)
      let driver = SimulateDriver(
        scenario, observer: NoObserver(),
        tick: { _, now in
          progress.show(now, events: now.events)
          return !stop.flag.isSet
        })
      let outcome = try driver.run { _, _, _ in }
      progress.close()
      // A part of a size is not comparable with the others.
      guard outcome.isComplete else { return stop.flag.exitCode }
      let machine = SimulateGrowthSize.Machine(
        peakBytes: ProcessUsage.peakBytes, bytesBefore: before.bytes,
        processorSeconds: ProcessUsage.processorSeconds - before.processor,
        wallSeconds: (ContinuousClock.now - start) / .seconds(1))
      try SimulateGrowthStore.write(SimulateGrowthSize(outcome, machine), to: result)
      return .success
    }
  }

  /// How a size in a process of its own ended.
  enum Ending {
    case finished
    case stopped
    case failed(Int32)
  }

  /// Runs a size in a child process and waits for it; a request to stop is handed on.
  /// - Throws: `SimulateError` when the process cannot be started.
  static func run(
    _ settings: [TraceSetting], result: String, _ flag: StopRequest.Flag
  ) async throws(SimulateError) -> Ending {
    guard let program = Bundle.main.executablePath else {
      throw SimulateError(.noInput, "this program's own file cannot be found")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["simulate", "growth-size", "--result", result] + settings.map(\.argument)
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw SimulateError(.noInput, "\(program): cannot be started: \(error.localizedDescription)")
    }
    var isAsked = false
    while process.isRunning {
      if flag.isSet && !isAsked {
        process.terminate()
        isAsked = true
      }
      try? await Task.sleep(for: .milliseconds(20))
    }
    if flag.isSet { return .stopped }
    guard process.terminationReason == .exit else {
      return .failed(128 + process.terminationStatus)
    }
    return process.terminationStatus == 0 ? .finished : .failed(process.terminationStatus)
  }
}
