import ArgumentParser
import Campaigns
import EventSimulation
import Synchronization

/// `redoubt simulate swarm`.
struct SimulateSwarm: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swarm",
    abstract: "Run random scenarios under checkers that see everything.",
    discussion: """
      Every seed is a scenario: size, network, loss, partitions, clocks, joins, crashes, restarts, \
      departures, lookups. First anything may go wrong and only safety is checked; then all is \
      healed, and every node must be active with exact leaf sets and right deliveries within ten \
      heartbeats. A scenario that fails is made smaller as long as it still fails, and printed as \
      one command that shows it again.

      Exit codes: 0 nothing found, 1 a checker fired, 64 wrong use, 130 or 143 stopped.
      """)

  @Option(help: ArgumentHelp("Scenarios.", valueName: "n"))
  var seeds: UInt64 = 100

  @Option(help: ArgumentHelp("The first seed.", valueName: "s"))
  var firstSeed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Run this one scenario, as a failure prints it; what it leaves out its seed decides.",
      valueName: "words"))
  var scenario: String?

  @Option(help: "Run on so many threads; results do not depend on it.")
  var threads = ThreadCount.all

  /// Seeds that one thread takes at a time.
  private static let portion: UInt64 = 5

  func validate() throws {
    guard (1...1_000_000).contains(seeds), firstSeed <= .max - seeds else {
      throw ValidationError("--seeds must be 1 to 1000000, and leave room above --first-seed")
    }
    if let scenario { _ = try parsed(scenario) }
  }

  private func parsed(_ text: String) throws -> SwarmScenario {
    do {
      return try SwarmScenario(text)
    } catch {
      throw ValidationError(
        "--scenario: \(error.description); take the text that a failure has printed")
    }
  }

  func run() async throws {
    let stop = StopRequest()
    defer { withExtendedLifetime(stop) {} }
    var report = SwarmReport()
    if let scenario {
      report = SwarmRunner().report(of: try parsed(scenario))
    } else {
      report = await all(stop.flag)
    }
    CampaignConsole.say(Self.text(report))
    if stop.flag.isSet { throw stop.flag.exitCode }
    if !report.findings.isEmpty { throw ExitCode(1) }
  }

  /// Runs portions on some threads and appends their reports in the order of their seeds.
  private func all(_ flag: StopRequest.Flag) async -> SwarmReport {
    let end = firstSeed + seeds
    let starts = Array(stride(from: firstSeed, to: end, by: Int(Self.portion)))
    let said = Mutex(0)
    let reports = await withTaskGroup(of: (Int, SwarmReport).self) { group in
      var next = 0
      var reports = [SwarmReport?](repeating: nil, count: starts.count)
      func add() {
        guard next < starts.count, !flag.isSet else { return }
        let index = next
        next += 1
        group.addTask {
          let first = starts[index]
          return (index, SwarmRunner().run(seeds: first..<min(end, first + Self.portion)))
        }
      }
      for _ in 0..<threads.value { add() }
      while let (index, report) = await group.next() {
        reports[index] = report
        for finding in report.findings { StandardError.note("found: \(finding)") }
        let done = reports.count { $0 != nil }
        said.withLock { tenth in
          guard done * 10 / starts.count > tenth else { return }
          tenth = done * 10 / starts.count
          StandardError.note("\(done * Int(Self.portion)) scenarios")
        }
        add()
      }
      return reports
    }
    var whole = SwarmReport()
    for report in reports { if let report { whole.append(report) } }
    return whole
  }

  /// What was run and found, a line each.
  private static func text(_ report: SwarmReport) -> String {
    let totals = report.totals
    var lines = [
      "scenarios                  \(totals.seeds)",
      "  without loss or cuts     \(totals.cleanSeeds)",
      "  that lost a whole side   \(totals.lostSides)",
      "events                     \(totals.events)",
      "joins                      \(totals.joins)",
      "crashes and departures     \(totals.stops)",
      "lookups                    \(totals.lookups)",
      "deliveries                 \(totals.deliveries)",
      "  at a wrong node          \(totals.wrongDeliveries)",
      "secure calls               \(totals.calls)",
      "sound nodes taken for lost \(totals.falseFailures)",
      "constrained slots          \(totals.tables.constrainedSlots)",
      "  with the nearest node    \(totals.tables.exactConstrained)",
      "scenarios that failed      \(report.findings.count)",
    ]
    lines += report.findings.map(\.description)
    return lines.joined(separator: "\n")
  }
}
