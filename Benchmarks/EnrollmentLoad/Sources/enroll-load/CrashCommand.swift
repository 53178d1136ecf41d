import ArgumentParser
import Foundation
import LoadModel
import NIOCore
import NIOPosix

/// `enroll-load crash`: kills the server at random moments and looks for broken promises.
struct CrashCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crash", abstract: "Kill the server again and again under load.",
    discussion: """
      The server's command comes last, after --; the command itself must be the server (no shell \
      around it), for it is killed by its process number:

      enroll-load crash --kills 200 --seed 7 --url https://127.0.0.1:8443 --root DIR/root.crt \
      --accounts accounts.txt --redoubt redoubt --directory DIR --work-folder crash \
      -- redoubt ca serve --directory DIR --port 8443

      In every round the server starts, says that it is ready, is loaded, and gets SIGKILL a \
      random 20 to 400 ms after its first certificate. After every --audit-every rounds, and at \
      the end, "redoubt ca audit" must pass. At the end every certificate that a client holds \
      must be in ledger and log, and no nodeId or serial number may be there twice. Exit status 0 \
      when all is sound, 1 when not.
      """)

  @OptionGroup var server: ServerOptions
  @OptionGroup var checks: CheckOptions

  @Option(name: .long, help: "How many times the server is killed.")
  var kills = 200

  @Option(name: .long, help: "The seed of the kill moments.")
  var seed: UInt64 = 1

  @Flag(
    name: .long,
    help: """
      Count a kill's delay from the first request of the round instead of its first certificate: \
      hits the start too, and rounds without a certificate are then no fault.
      """)
  var fromFirstRequest = false

  @Option(name: .long, help: "The earliest kill, in milliseconds.")
  var earliest: UInt32 = 20

  @Option(name: .long, help: "The latest kill, in milliseconds.")
  var latest: UInt32 = 400

  @Option(name: .long, help: "Kept-alive connections.")
  var connections = 16

  @Option(name: .long, help: "Audit after so many rounds.")
  var auditEvery = 10

  @Option(name: .long, help: "The redoubt command, for audit and list.", completion: .file())
  var redoubt = "redoubt"

  @Option(name: .long, help: "The authority's directory.", completion: .directory)
  var directory: String

  @Option(name: .long, help: "A new folder for journal and logs.", completion: .directory)
  var workFolder: String

  @Option(name: .long, help: "How to print the result: table or json.")
  var format: ResultFormat = .table

  @Argument(parsing: .postTerminator, help: "The server's command.")
  var serverCommand: [String] = []

  func validate() throws {
    guard (1...100_000).contains(kills) else {
      throw ValidationError("--kills must be from 1 to 100000")
    }
    guard earliest <= latest, latest <= 600_000 else {
      throw ValidationError("--earliest must not be above --latest, nor that above 600000")
    }
    guard auditEvery > 0, (1...10_000).contains(connections) else {
      throw ValidationError("--audit-every and --connections must be positive")
    }
    guard !serverCommand.isEmpty else {
      throw ValidationError("give the server's command after --")
    }
  }

  func run() async throws {
    let folder = URL(filePath: workFolder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    let run = CrashRun(
      access: try server.access(), heads: try server.requestHeads(),
      verifier: try checks.verifier(rootPath: server.root), sampleEvery: checks.verifySample,
      connectionCount: connections, kills: kills,
      schedule: KillSchedule(seed: seed, milliseconds: earliest...latest),
      countsFromCertificate: !fromFirstRequest,
      auditEvery: auditEvery, serverCommand: serverCommand, redoubt: redoubt,
      directory: directory, workFolder: folder)
    let stops = RunningServers.killOnSignals()
    defer { for stop in stops { stop.cancel() } }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let report = try await run.run(on: group.next())
    try await group.shutdownGracefully()
    switch format {
    case .json: try printJSON(report)
    case .table: printTable(report)
    }
    if !report.isSound { throw ExitCode(1) }
  }

  private func printTable(_ report: CrashRun.Report) {
    let rows: [(String, String)] = [
      ("kills", "\(report.kills), seed \(seed)"),
      ("kills after a first certificate", "\(report.killsDuringIssuance)"),
      ("kills with requests under way", "\(report.killsWithRequestsUnderWay)"),
      ("requests sent", "\(report.sent)"), ("certificates released", "\(report.released)"),
      ("verified from the root", "\(report.verified)"),
      ("answers lost to kills", "\(report.lostToKills)"),
      ("certificates in the ledger", "\(report.ledgerCertificates)"),
      ("leaves of the log", "\(report.logLeaves)"),
      ("issued and never released", "\(report.unreleased)"), ("audits", "\(report.audits)"),
      ("most asks until ready", "\(report.readyAttemptsMax)"),
      ("faults", "\(report.faultCount)"),
    ]
    for (name, value) in rows {
      print(name + String(repeating: " ", count: max(1, 32 - name.count)) + value)
    }
    for (status, count) in report.statuses.sorted(by: { $0.key < $1.key }) where status != "200" {
      print("status \(status)                      \(count)")
    }
    for fault in report.faults { print("fault: \(fault)") }
    print(
      """
      crash test: \(report.kills) kills, \(report.released) certificates released, \
      \(report.ledgerCertificates) in the ledger, \(report.logLeaves) in the log, \
      \(report.audits) audits, \(report.faultCount) faults: \
      \(report.isSound ? "sound" : "BROKEN")
      """)
  }
}
