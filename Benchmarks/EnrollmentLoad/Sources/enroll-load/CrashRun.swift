import Foundation
import LoadModel
import NIOCore
import NIOPosix
import NodeCredentials

/// Starts the server, loads it, kills it, and again; then compares what clients hold with what the
/// authority knows.
struct CrashRun: Sendable {
  let access: ServerAccess
  let heads: [[UInt8]]
  let verifier: SampleVerifier?
  let sampleEvery: Int
  let connectionCount: Int
  let kills: Int
  let schedule: KillSchedule
  /// Whether a kill's delay counts from the first certificate instead of the first request.
  let countsFromCertificate: Bool
  let auditEvery: Int
  let serverCommand: [String]
  let redoubt: String
  let directory: String
  let workFolder: URL

  /// A server that gives no certificate for so long is killed all the same.
  private static let roundLimit = TimeAmount.seconds(60)

  /// What the crash test counted.
  struct Report: Encodable, Sendable {
    var kills = 0
    var killsDuringIssuance = 0
    var killsWithRequestsUnderWay = 0
    var sent = 0
    var released = 0
    var lostToKills = 0
    var verified = 0
    var readyAttemptsMax = 0
    var audits = 0
    var ledgerCertificates = 0
    var logLeaves = 0
    var unreleased = 0
    var statuses: [String: Int] = [:]
    var faultCount = 0
    var faults: [String] = []
    var seconds = 0.0

    var isSound: Bool { faultCount == 0 }

    mutating func fault(_ text: String) {
      faultCount += 1
      if faults.count < CrossCheck.faultsShownMax { faults.append(text) }
    }
  }

  /// One round's load.
  private struct Round: Sendable {
    let outcome: SessionOutcome
    let lost: Int
  }

  /// Runs all rounds and the final comparison.
  func run(on loop: any EventLoop) async throws -> Report {
    let clock = ContinuousClock()
    let start = clock.now
    var report = Report()
    let journal = workFolder.appending(path: "journal.txt").path
    let checker = try await loop.submit {
      NIOLoopBound(
        AnswerChecker(
          verifier: verifier, sampleEvery: sampleEvery,
          journal: try JournalWriter(creating: journal)), eventLoop: loop)
    }.get()
    let log = try serverLog()
    for round in 0..<kills {
      try await play(round, checker: checker, log: log, loop: loop, into: &report)
      if report.faultCount >= 3 { break }
    }
    let facts = try await loop.submit {
      (checker.value.faults, checker.value.faultDetails, checker.value.verifiedCount)
    }.get()
    for (name, count) in facts.0.sorted(by: { $0.key < $1.key }) {
      report.fault("\(count) answers with the fault \(name)")
    }
    for detail in facts.1 { report.fault(detail) }
    report.verified = facts.2
    try await settle(log: log, loop: loop, into: &report)
    try await compare(journalPath: journal, loop: loop, into: &report)
    report.seconds = (clock.now - start) / .seconds(1)
    return report
  }

  private func serverLog() throws -> FileHandle {
    let url = workFolder.appending(path: "server.log")
    guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
      throw CocoaError(.fileWriteUnknown)
    }
    return try FileHandle(forWritingTo: url)
  }

  /// A running server that says it is ready; nil, with a fault, when it does not get there.
  private func startedServer(
    log: FileHandle, loop: any EventLoop, into report: inout Report
  ) async throws -> ServerProcess? {
    let server = try ServerProcess(command: serverCommand, log: log, loop: loop)
    guard let attempts = try await server.waitUntilReady(access, on: loop) else {
      server.kill()
      report.fault("the server did not become ready: \(try await server.end())")
      return nil
    }
    report.readyAttemptsMax = max(report.readyAttemptsMax, attempts)
    return server
  }

  private func play(
    _ round: Int, checker: NIOLoopBound<AnswerChecker>, log: FileHandle, loop: any EventLoop,
    into report: inout Report
  ) async throws {
    guard let server = try await startedServer(log: log, loop: loop, into: &report) else {
      return
    }
    if round > 0, round % auditEvery == 0 {
      try await audit("after kill \(round)", loop: loop, into: &report)
    }
    let delay = schedule.delayNanoseconds(round: round)
    let result = try await load(server, delay: delay, checker: checker, loop: loop)
    if result.outcome.sentCount == 0 {
      report.fault("round \(round) did not get to send a request: \(result.outcome.losses)")
      server.kill()
    }
    if countsFromCertificate, result.outcome.statuses[200] == nil {
      report.fault("round \(round) saw no certificate: \(result.outcome.statuses)")
    }
    let end = try await server.end()
    if end != .signalled(SIGKILL) {
      report.fault("in round \(round) the server ended by itself: \(end)")
    }
    report.kills += 1
    if result.outcome.statuses[200] != nil { report.killsDuringIssuance += 1 }
    if result.lost > 0 { report.killsWithRequestsUnderWay += 1 }
    report.sent += result.outcome.sentCount
    report.lostToKills += result.lost
    for (status, count) in result.outcome.statuses {
      report.statuses["\(status)", default: 0] += count
    }
    let released = try await loop.submit { checker.value.releasedCount }.get()
    report.released = released
    if (round + 1) % 10 == 0 || round + 1 == kills {
      progress("\(round + 1) of \(kills) kills, \(released) certificates released")
    }
  }

  /// Loads the server until it is dead.
  private func load(
    _ server: ServerProcess, delay: UInt64, checker: NIOLoopBound<AnswerChecker>,
    loop: any EventLoop
  ) async throws -> Round {
    let requests = try await RequestBatch.make(count: 500)
    let plan = SessionPlan(
      access: access, connectionCount: connectionCount, workload: .closed(total: nil),
      heads: heads, requestTimeout: .seconds(30), endsWithServer: true)
    return try await loop.flatSubmit {
      do {
        let session = try LoadSession(
          plan: plan, requests: requests, checker: checker.value, loop: loop)
        let strike = { @Sendable in
          loop.scheduleTask(in: .nanoseconds(Int64(delay))) { server.kill() }
        }
        loop.scheduleTask(in: CrashRun.roundLimit) { server.kill() }
        if countsFromCertificate {
          session.whenFirstEnrolled { _ = strike() }
        } else {
          session.whenLoadBegins { _ = strike() }
        }
        return session.start().map { outcome in
          Round(outcome: outcome, lost: outcome.sentCount - outcome.answeredCount)
        }
      } catch {
        server.kill()
        return loop.makeFailedFuture(error)
      }
    }.get()
  }

  private func audit(
    _ moment: String, loop: any EventLoop, into report: inout Report
  ) async throws {
    let command = Command(words: [redoubt, "ca", "audit", "--directory", directory])
    let result = try await command.run(in: workFolder, loop: loop)
    report.audits += 1
    if result.status != 0 {
      let tail = result.output.split(separator: "\n").suffix(3).joined(separator: "; ")
      report.fault("the audit \(moment) ended with status \(result.status): \(tail)")
    }
  }

  /// The last start, an orderly end, and an audit of what is left.
  private func settle(
    log: FileHandle, loop: any EventLoop, into report: inout Report
  ) async throws {
    if let server = try await startedServer(log: log, loop: loop, into: &report) {
      server.terminate()
      let end = try await server.end()
      if end != .exited(0), end != .exited(143) {
        report.fault("the server did not end in order after SIGTERM: \(end)")
      }
    }
    try await audit("at the end", loop: loop, into: &report)
  }

  private func compare(
    journalPath: String, loop: any EventLoop, into report: inout Report
  ) async throws {
    let list = Command(words: [redoubt, "ca", "list", "--directory", directory, "--format", "csv"])
    let listed = try await list.run(in: workFolder, loop: loop)
    guard listed.status == 0, let ledger = CrossCheck.ledgerRows(csv: listed.output) else {
      return report.fault("\"redoubt ca list\" failed or printed no list")
    }
    let journal = try Journal(parsing: [UInt8](Data(contentsOf: URL(filePath: journalPath))))
    if journal.isTorn { report.fault("the journal's last line has no end") }
    var leaves: [ShortOctets]?
    do {
      let tree = try LogTree(folder: URL(filePath: directory).appending(path: "log"))
      leaves = try tree.leaves.compactMap { ShortOctets(try Digest.sha256($0)) }
      let root = try LogTree.root(of: tree.leaves[...]) { (bytes) throws(OpenSSLError) in
        try Digest.sha256(bytes)
      }
      if root != tree.root { report.fault("the log's leaves do not give its checkpoint's root") }
    } catch {
      report.fault("the log cannot be read: \(error)")
    }
    let check = CrossCheck(released: journal.entries, ledger: ledger, log: leaves)
    report.ledgerCertificates = check.ledgerCount
    report.logLeaves = check.logCount ?? 0
    report.unreleased = check.ledgerCount - check.releasedCount
    for fault in check.faults { report.fault(fault) }
    report.faultCount += check.faultCount - check.faults.count
  }
}
