import ArgumentParser
import Campaigns
import Foundation

/// Options of `run` and `resume`.
struct CampaignRunOptions: ParsableArguments {
  @Option(help: "Measure on this many threads; results do not depend on it.")
  var threads = ThreadCount.all

  @Option(help: ArgumentHelp("Measure only this part of the campaign.", valueName: "k/n"))
  var slice: SliceArgument?

  @Flag(help: "Keep shards that another version of redoubt made.")
  var allowMixed = false

  @Option(help: "Print the summary as table, json or csv.")
  var format = RecordFormat.table
}

/// `redoubt campaign run`.
struct CampaignRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Measure every cell of a campaign and draw the figures.",
    discussion: """
      Running into a directory that holds an earlier run of the same file goes on where it stopped.
      """)

  @Argument(help: "The campaign file.") var file: String

  @Option(help: "The run directory; runs/NAME unless given.")
  var output: String?

  @OptionGroup var options: CampaignRunOptions

  func run() async throws {
    try await CampaignConsole.run { () async throws(CampaignError) in
      let campaign = try await Campaign(specPath: file)
      return try await options.start(
        campaign, in: output ?? "runs/" + campaign.plan.spec.name)
    }
  }
}

/// `redoubt campaign resume`.
struct CampaignResume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Go on with a run that was stopped, however it was stopped.")

  @Argument(help: "The run directory.") var directory: String

  @OptionGroup var options: CampaignRunOptions

  func run() async throws {
    try await CampaignConsole.run { () async throws(CampaignError) in
      try await options.start(try Campaign(runDirectory: directory), in: directory)
    }
  }
}

extension CampaignRunOptions {
  /// Runs, shows progress, prints the summary and gives the exit code.
  func start(_ campaign: Campaign, in directory: String) async throws(CampaignError) -> ExitCode {
    let stop = StopRequest()
    let bar = CampaignProgressBar()
    defer {
      bar.close()
      withExtendedLifetime(stop) {}
    }
    let outcome = try await campaign.run(
      in: directory,
      options: CampaignOptions(
        threads: threads.value, slice: slice?.value, allowsMixedVersions: allowMixed,
        isStopRequested: { [flag = stop.flag] in flag.isSet }, report: { bar.show($0) }))
    bar.close()
    CampaignConsole.show(outcome, in: directory, as: format)
    if outcome.wasInterrupted {
      StandardError.note(
        "stopped; finished cells are kept. Go on with: redoubt campaign resume \(directory)")
      return stop.flag.exitCode
    }
    if outcome.missing > 0 {
      StandardError.note(
        "\(outcome.missing) cells belong to other slices. When they are done: "
          + "redoubt campaign merge DIR... --output DIR")
    }
    return CampaignConsole.verdict(outcome)
  }
}

extension CampaignConsole {
  /// Prints what a run did.
  static func show(_ outcome: CampaignOutcome, in directory: String, as format: RecordFormat) {
    show(
      [
        ("computed", .integer(Int64(outcome.computed))),
        ("reused", .integer(Int64(outcome.reused))),
        ("missing", .integer(Int64(outcome.missing))), ("directory", .text(directory)),
        ("files", .text(outcome.files.joined(separator: " "))),
      ], as: format)
  }

  /// Names warnings and failed references; exit code 1 when a required reference is missed.
  static func verdict(_ outcome: CampaignOutcome) -> ExitCode {
    for warning in outcome.warnings { StandardError.note("warning: \(warning)") }
    for failure in outcome.failures { StandardError.note("reference missed: \(failure)") }
    return outcome.failures.isEmpty ? .success : ExitCode(1)
  }
}

/// `redoubt campaign merge`.
struct CampaignMerge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Put the slices of a campaign together.")

  @Argument(help: "Run directories of the same campaign file, in any order.")
  var directories: [String]

  @Option(help: "The directory of the whole run.")
  var output: String

  @Option(help: "Print the summary as table, json or csv.")
  var format = RecordFormat.table

  func run() async throws {
    try await CampaignConsole.run { () async throws(CampaignError) in
      guard let first = directories.first else { return ExitCode(64) }
      let campaign = try Campaign(runDirectory: first)
      let outcome = try campaign.merge(directories, into: output)
      CampaignConsole.show(outcome, in: output, as: format)
      guard outcome.missing == 0 else {
        StandardError.note("\(outcome.missing) cells are still missing")
        return ExitCode(2)
      }
      return CampaignConsole.verdict(outcome)
    }
  }
}

/// `redoubt campaign report`.
struct CampaignReport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write results, figures and report again from the measured cells.")

  @Argument(help: "The run directory.") var directory: String

  @Option(help: "Print the summary as table, json or csv.")
  var format = RecordFormat.table

  func run() async throws {
    try await CampaignConsole.run { () async throws(CampaignError) in
      let outcome = try Campaign(runDirectory: directory).report(in: directory)
      CampaignConsole.show(outcome, in: directory, as: format)
      guard outcome.missing == 0 else {
        StandardError.note(
          "\(outcome.missing) cells are missing, so there is no report yet: "
            + "redoubt campaign resume \(directory)")
        return ExitCode(2)
      }
      return CampaignConsole.verdict(outcome)
    }
  }
}
