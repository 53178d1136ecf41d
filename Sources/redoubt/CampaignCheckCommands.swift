import ArgumentParser
import Campaigns
import Foundation

/// `redoubt campaign validate`.
struct CampaignValidate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Check a campaign file and the nodeIds that it names.")

  @Argument(help: "The campaign file.") var file: String

  func run() async throws {
    try await CampaignConsole.run { () async throws(CampaignError) in
      let campaign = try await Campaign(specPath: file)
      CampaignConsole.say(
        "\(file): valid, \(campaign.plan.cells.count) cells, specification "
          + campaign.plan.specHash.prefix(16))
      if let identifiers = campaign.plan.identifiers {
        CampaignConsole.say("\(identifiers.origin): \(identifiers.countText)")
      }
      return .success
    }
  }
}

/// `redoubt campaign plan`.
struct CampaignPlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Say how many cells a campaign has and what it will cost.")

  @Argument(help: "The campaign file.") var file: String

  @Option(help: "Estimate the time on this many threads.")
  var threads = ThreadCount.all

  @Option(help: "Print as table, json or csv.")
  var format = RecordFormat.table

  func run() async throws {
    try await CampaignConsole.run { () async throws(CampaignError) in
      let plan = try await Campaign(specPath: file).plan
      let estimate = plan.estimate
      let seconds = estimate.coreSeconds / Double(threads.value)
      CampaignConsole.show(
        [
          ("campaign", .text(plan.spec.name)), ("specification", .text(plan.specHash)),
          ("seed", .integer(Int64(Int(plan.spec.seed)))),
          ("cells", .integer(Int64(estimate.cells))),
          ("passes", .integer(Int64(estimate.passes))),
          ("overlays", .integer(Int64(estimate.overlays))),
          ("routes", .integer(Int64(estimate.routes))), ("threads", .integer(Int64(threads.value))),
          ("seconds", .integer(Int64(seconds.rounded(.up)))),
        ], as: format)
      return .success
    }
  }
}

/// `redoubt campaign status`.
struct CampaignStatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say how many cells of a run are finished.",
    discussion: "Exit code 0 when all are, 2 when some are missing.")

  @Argument(help: "The run directory.") var directory: String

  @Option(help: "Print as table, json or csv.")
  var format = RecordFormat.table

  func run() async throws {
    try await CampaignConsole.run { () async throws(CampaignError) in
      let status = try Campaign(runDirectory: directory).status(in: directory)
      CampaignConsole.show(
        [
          ("campaign", .text(status.campaign)), ("finished", .integer(Int64(status.finished))),
          ("cells", .integer(Int64(status.total))), ("routes", .integer(Int64(status.routes))),
          ("starts", .integer(Int64(status.starts))), ("running", .flag(status.isRunning)),
        ], as: format)
      return status.finished == status.total ? .success : ExitCode(2)
    }
  }
}

/// `redoubt campaign verify`.
struct CampaignVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check hashes, intervals and outputs of a run against its measured cells.",
    discussion: "Exit code 0 when all holds, 1 when something does not, 2 when cells are missing.")

  @Argument(help: "The run directory.") var directory: String

  @Option(help: "Measure this many cells again and compare.")
  var recompute = 0

  @Option(help: "Measure on this many threads.")
  var threads = ThreadCount.all

  @Option(help: "Print as table, json or csv.")
  var format = RecordFormat.table

  func validate() throws {
    guard recompute >= 0 else { throw ValidationError("--recompute must not be negative") }
  }

  func run() async throws {
    try await CampaignConsole.run { () async throws(CampaignError) in
      let result = try await Campaign(runDirectory: directory).verify(
        in: directory, recompute: recompute, threads: threads.value)
      for mismatch in result.mismatches { StandardError.note("mismatch: \(mismatch)") }
      CampaignConsole.show(
        [
          ("checked", .integer(Int64(result.checked))),
          ("recomputed", .integer(Int64(result.recomputed))),
          ("missing", .integer(Int64(result.missing))),
          ("mismatches", .integer(Int64(result.mismatches.count))),
        ], as: format)
      if !result.mismatches.isEmpty { return ExitCode(1) }
      return result.missing == 0 ? .success : ExitCode(2)
    }
  }
}

/// `redoubt campaign reproduction`.
struct CampaignReproduction: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduction",
    abstract: "Set finished runs beside what was published: one Markdown document.",
    discussion: """
      A directory that is no run but holds a file reproduction.md gives that file as a section. \
      Same runs, same bytes. Exit code 1 when a required reference is missed, 2 when cells are \
      missing.
      """)

  @Argument(help: "Run directories, in the order of the document.")
  var directories: [String]

  @Option(help: "The document to write.")
  var output: String

  @Option(help: "Print the summary as table, json or csv.")
  var format = RecordFormat.table

  func run() async throws {
    try await CampaignConsole.run { () async throws(CampaignError) in
      let document = try Reproduction(directories: directories)
      try document.write(to: output)
      let tally = document.tally
      CampaignConsole.show(
        [
          ("compared", .integer(Int64(tally.total))),
          ("agree", .integer(Int64(tally.agreeing))),
          ("explained", .integer(Int64(tally.explained))),
          ("differ", .integer(Int64(tally.unexplained))), ("file", .text(output)),
        ], as: format)
      return tally.failing == 0 ? .success : ExitCode(1)
    }
  }
}
