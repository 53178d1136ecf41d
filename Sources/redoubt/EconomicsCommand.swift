import ArgumentParser
import Campaigns
import Synchronization

/// `redoubt economics`.
struct EconomicsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "economics",
    abstract: "What identities cost an adversary under admission policies, and what that buys.",
    subcommands: [EconomicsRunCommand.self])
}

/// `redoubt economics run`.
struct EconomicsRunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run the sybil attacker against the policies of a study.",
    discussion: """
      Measures delivery against the faulty fraction (a campaign, which goes on where it was \
      stopped), lets the attacker buy identities from the policy engine in virtual time, writes \
      tables (table.md, *.csv) and figures. The same study gives the same bytes at any number \
      of threads. A claim of the study that does not hold is exit code 1.
      """)

  @Argument(help: "The study, such as experiments/sybil-economics/study.yaml.")
  var file: String

  @Option(help: "The output directory; runs/NAME unless given.")
  var output: String?

  @Option(help: "Measure on this many threads; results do not depend on it.")
  var threads = ThreadCount.all

  func run() async throws {
    try await CampaignConsole.run { () async throws(CampaignError) in
      let study = try EconomicsStudy(path: file)
      let directory = output ?? "runs/" + study.name
      let stop = StopRequest()
      let progress = TenthsProgress()
      defer { withExtendedLifetime(stop) {} }
      let outcome = try await study.run(
        in: directory, threads: threads.value,
        isStopRequested: { [flag = stop.flag] in flag.isSet },
        report: { part, fraction in
          progress.show(part.hasPrefix("delivery") ? "delivery" : part, fraction)
        })
      guard let outcome else {
        StandardError.note("stopped; finished delivery cells are kept: run it again to go on")
        return stop.flag.exitCode
      }
      CampaignConsole.say(outcome.table)
      StandardError.note("\(directory): \(outcome.files.joined(separator: " "))")
      for warning in outcome.warnings { StandardError.note("warning: \(warning)") }
      for failure in outcome.failures { StandardError.note("claim missed: \(failure)") }
      return outcome.failures.isEmpty ? .success : ExitCode(1)
    }
  }
}
