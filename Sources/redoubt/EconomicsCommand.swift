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
      let progress = EconomicsProgress()
      defer { withExtendedLifetime(stop) {} }
      let outcome = try await study.run(
        in: directory, threads: threads.value,
        isStopRequested: { [flag = stop.flag] in flag.isSet }, report: { progress.show($0, $1) })
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

/// Says on standard error how far a study is, a line per tenth of each part.
private final class EconomicsProgress: Sendable {
  private let said = Mutex<(part: String, tenth: Int)>(("", -1))

  func show(_ part: String, _ fraction: Double) {
    let name = part.hasPrefix("delivery") ? "delivery" : part
    let tenth = Int(fraction * 10)
    let isNews = said.withLock { said in
      guard said.part != name || said.tenth < tenth else { return false }
      said = (name, tenth)
      return true
    }
    if isNews { StandardError.note("\(name) \(tenth * 10) %") }
  }
}
