import CertificateAuthority
import Foundation
import GRDB
import NodeCredentials
import RingIdentifiers
import Testing

/// The commands as a user runs them: output, messages and exit status.
@Suite(.enabled(if: Command.isBuilt, "needs the redoubt executable beside the tests"))
struct CommandTests {
  let scratch: ScratchDirectory
  let directory: String

  init() throws {
    scratch = try ScratchDirectory()
    directory = scratch.file("authority").path
  }

  private func makeAuthority() throws {
    let made = try Command.ca([
      "init", "--plain-keys", "--overlay", "overlay.example", "--directory", directory,
    ])
    #expect(made.status == 0, "\(made.error)")
  }

  private func issue(_ count: Int) throws -> [String] {
    let issued = try Command.ca(["issue", "--directory", directory, "--count", "\(count)"])
    #expect(issued.status == 0, "\(issued.error)")
    let list = try Command.ca(["list", "--directory", directory, "--format", "csv"])
    return list.output.split(separator: "\n").dropFirst().map { line in
      String(line.prefix(while: { $0 != "," }))
    }
  }

  @Test(
    .enabled(
      if: Command.openssl.isInstalled && Command.certtool.isInstalled,
      "needs openssl and certtool; \"make setup\" installs them"))
  func foreignProgramsAgreeWithTheFilesOnDisk() throws {
    try makeAuthority()
    let nodes = try issue(3)
    let revoked = try Command.ca([
      "revoke", "--directory", directory, "--node-id", nodes[1], "--reason", "keyCompromise",
    ])
    #expect(revoked.status == 0, "\(revoked.error)")
    #expect(try Command.ca(["crl", "--directory", directory]).status == 0)
    for (index, isGood) in [(0, true), (1, false), (2, true)] {
      let pem = try Command.ca([
        "show", "--directory", directory, "--node-id", nodes[index], "--pem",
      ])
      let file = scratch.file("\(index).pem")
      try Data(pem.output.utf8).write(to: file)
      let ours = try Command.ca(["verify", file.path, "--directory", directory])
      #expect(ours.status == (isGood ? 0 : 1), "\(ours.output)")
      let openssl = try Command.openssl.run([
        "verify", "-x509_strict", "-CAfile", "\(directory)/root.crt", "-untrusted",
        "\(directory)/issuing.crt", "-crl_check", "-CRLfile", "\(directory)/issuing.crl",
        file.path,
      ])
      #expect((openssl.status == 0) == isGood, "\(openssl.output)\(openssl.error)")
      let chain = scratch.file("\(index).chain")
      let issuing = try String(contentsOfFile: "\(directory)/issuing.crt", encoding: .utf8)
      try Data((pem.output + issuing).utf8).write(to: chain)
      let certtool = try Command.certtool.run([
        "--verify", "--load-ca-certificate", "\(directory)/root.crt", "--load-crl",
        "\(directory)/issuing.crl", "--infile", chain.path,
      ])
      #expect((certtool.status == 0) == isGood, "\(certtool.output)\(certtool.error)")
    }
  }

  @Test func recordsArePrintedInEveryFormat() throws {
    try makeAuthority()
    let nodes = try issue(2)
    let csv = try Command.ca(["list", "--directory", directory, "--format", "csv"]).output
    #expect(
      csv.split(separator: "\n").first
        == "node_id,address,serial,status,not_before,not_after,revoked_at,reason")
    let json = try Command.ca(["list", "--directory", directory, "--format", "json"]).output
    let parsed = try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
    #expect(parsed.compactMap { $0["node_id"] as? String } == nodes)
    #expect(parsed[0]["revoked_at"] is NSNull)
    let table = try Command.ca(["list", "--directory", directory]).output
    #expect(table.split(separator: "\n").count == 3)
    #expect(table.contains(nodes[1]))
    let pem = try Command.ca(["list", "--directory", directory, "--pem"]).output
    #expect(pem.components(separatedBy: "BEGIN CERTIFICATE").count == 3)
    let all = try Command.ca([
      "verify", "--all", "--directory", directory, "--format", "csv",
    ])
    #expect(all.output == "overlay,verified,revoked,expired\noverlay.example,2,0,0\n")
    let empty = try Command.ca([
      "list", "--directory", directory, "--format", "json", "--status", "revoked",
    ]).output
    #expect(try JSONSerialization.jsonObject(with: Data(empty.utf8)) as? [String] == [])
  }

  @Test func aRefusalNamesItsReasonAndExitsWithOne() throws {
    try makeAuthority()
    let node = try issue(1)[0]
    let file = scratch.file("node.pem").path
    let pem = try Command.ca(["show", "--directory", directory, "--node-id", node, "--pem"])
    try Data(pem.output.utf8).write(to: URL(fileURLWithPath: file))
    func verdict(_ options: [String]) throws -> (Int32, String) {
      let result = try Command.ca(
        ["verify", file, "--directory", directory, "--format", "csv"] + options)
      let line = result.output.split(separator: "\n").last ?? ""
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      return (result.status, fields.prefix(2).joined(separator: " "))
    }
    #expect(try verdict([]) == (0, "accepted "))
    #expect(
      try verdict(["--ledger", "--at", "2000-01-01T00:00:00Z"]) == (1, "refused not-yet-valid"))
    #expect(try verdict(["--ledger", "--at", "2200-01-01T00:00:00Z"]) == (1, "refused expired"))
    let other = String(repeating: "0", count: 40)
    #expect(try verdict(["--node-id", other]) == (1, "refused node-id-mismatch"))
    #expect(try verdict(["--address", "192.0.2.1:4000"]) == (1, "refused address-mismatch"))
    let stranger = scratch.file("stranger").path
    _ = try Command.ca([
      "init", "--plain-keys", "--overlay", "overlay.example", "--directory", stranger,
    ])
    let foreign = try Command.ca(["verify", file, "--directory", stranger, "--format", "csv"])
    #expect(foreign.status == 1)
    #expect(foreign.output.contains("refused,chain,"))
    for text in [pem.output + pem.output, "nonsense"] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: file))
      #expect(try verdict([]) == (1, "refused malformed"))
    }
  }

  @Test func revokingTwiceIsANoticeAndTheUnknownAnError() throws {
    try makeAuthority()
    let node = try issue(1)[0]
    let arguments = ["revoke", "--directory", directory, "--node-id", node]
    #expect(try Command.ca(arguments).error.isEmpty)
    let again = try Command.ca(arguments)
    #expect(again.status == 0)
    #expect(again.error.contains("revoked before"))
    let unknown = try Command.ca([
      "revoke", "--directory", directory, "--serial", "01" + String(repeating: "0", count: 30),
    ])
    #expect(unknown.status == 65)
    #expect(unknown.error.contains("no certificate with serial 0100"))
  }

  @Test func everyFailureHasItsStatusAndItsRemedy() throws {
    try makeAuthority()
    func expect(
      _ arguments: [String], _ status: Int32, _ message: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let result = try Command.ca(arguments)
      #expect(result.status == status, "\(result.error)", sourceLocation: sourceLocation)
      #expect(
        result.error.contains(message), "\(result.error)", sourceLocation: sourceLocation)
      #expect(result.output.isEmpty, sourceLocation: sourceLocation)
    }
    let nowhere = scratch.file("nowhere").path
    try expect(
      ["init", "--plain-keys", "--overlay", "overlay.example", "--directory", directory], 73,
      "exists already")
    try expect(
      ["init", "--plain-keys", "--overlay", "overlay.example", "--directory", "/proc/redoubt"], 73,
      "cannot be created")
    try expect(
      ["init", "--plain-keys", "--overlay", "Overlay!", "--directory", nowhere], 64,
      "use a DNS name")
    try expect(["list", "--directory", nowhere], 65, "redoubt ca init")
    try expect(["issue", "--directory", directory], 64, "--address")
    try expect(["issue", "--directory", directory, "--count", "0"], 64, "--count")
    try expect(["issue", "--directory", directory, "--address", "1.2.3.4"], 64, "1.2.3.4")
    try expect(["verify", "--directory", directory], 64, "--all")
    try expect(["show", "--directory", directory, "--serial", "xyz"], 64, "32 hex digits")
    let zeros = String(repeating: "0", count: 40)
    for option in [["--node-id", zeros], ["--address", "192.0.2.1:4000"]] {
      try expect(["verify", "--all", "--directory", directory] + option, 64, "not with --all")
    }
    let show = ["show", "--directory", directory, "--node-id", zeros]
    for arguments in [show, ["list", "--directory", directory]] {
      try expect(arguments + ["--pem", "--format", "table"], 64, "either --pem or --format")
    }
    try expect(
      ["list", "--directory", directory, "--pem", "--at", "2026-01-01T00:00:00Z"], 64, "--status")
    try expect(
      ["revoke", "--directory", directory, "--serial", "00", "--reason", "nope"], 64, "nope")
    let profile = scratch.file("profile.yaml").path
    try Data("keyAlgorithm: p256\nlifetime: 1\n".utf8).write(to: URL(fileURLWithPath: profile))
    try expect(
      [
        "init", "--plain-keys", "--overlay", "overlay.example", "--directory", nowhere, "--profile",
        profile,
      ], 65,
      "profile.yaml:2: unknown setting \"lifetime\"")
    #expect(!FileManager.default.fileExists(atPath: nowhere))
    let request = scratch.file("node.csr").path
    let single = ["issue", "--directory", directory, "--address", "192.0.2.1:4000"]
    try expect(single + ["--csr", request], 74, request)
    try Data("nonsense".utf8).write(to: URL(fileURLWithPath: request))
    try expect(single + ["--csr", request], 65, "malformed")
    let addresses = scratch.file("addresses").path
    try Data("192.0.2.1:1\n".utf8).write(to: URL(fileURLWithPath: addresses))
    try expect(
      ["issue", "--directory", directory, "--count", "2", "--address-file", addresses], 65,
      "1 addresses do not suffice for 2 nodes")
  }

  @Test func aLockedLedgerIsExitStatus75() throws {
    try makeAuthority()
    let holder = try DatabaseQueue(path: directory + "/ledger.sqlite")
    try holder.writeWithoutTransaction { database in
      try database.execute(sql: "BEGIN IMMEDIATE")
      let result = try Command.ca([
        "issue", "--directory", directory, "--count", "1", "--wait", "0",
      ])
      #expect(result.status == 75)
      #expect(result.error.contains("another process is using the ledger"))
      try database.execute(sql: "ROLLBACK")
    }
  }

  /// A limit on file sizes stands in for a full disk: writes fail in the same way.
  @Test func aDiskWithoutRoomIsExitStatus74() throws {
    try makeAuthority()
    let script =
      "trap '' XFSZ; ulimit -f 160; exec '\(Command.redoubt.path)' ca issue "
      + "--directory '\(directory)' --count 3000"
    let result = try Command(path: "/bin/sh").run(["-c", script])
    #expect(result.status == 74, "\(result.error)")
    #expect(result.error.contains(directory), "\(result.error)")
    // What was recorded is whole, and the authority goes on when there is room again.
    #expect(try Command.ca(["list", "--directory", directory]).status == 0)
    #expect(try Command.ca(["issue", "--directory", directory, "--count", "1"]).status == 0)
  }

  @Test(
    .enabled(
      if: Command.canDropPrivileges,
      "as root it needs setpriv, and a build directory that others can read"))
  func aReadOnlyDirectoryIsReadButNotWritten() throws {
    try makeAuthority()
    _ = try issue(5)
    if geteuid() == 0 {
      _ = try Command(path: "/bin/chown").run(["-R", "65534:65534", directory])
    }
    _ = try Command(path: "/bin/chmod").run(["a-w", directory, directory + "/ledger.sqlite"])
    defer { _ = try? Command(path: "/bin/chmod").run(["u+w", directory]) }
    let all = try Command.unprivileged(["ca", "verify", "--all", "--directory", directory])
    #expect(all.status == 0, "\(all.error)")
    #expect(all.output.contains("verified  5"))
    let issued = try Command.unprivileged([
      "ca", "issue", "--directory", directory, "--address", "192.0.2.1:1",
    ])
    #expect(issued.status == 74)
    #expect(issued.error.contains("\(directory)/ledger.sqlite: cannot be opened for writing"))
    let inside = directory + "/inside"
    let made = try Command.unprivileged([
      "ca", "init", "--plain-keys", "--overlay", "overlay.example", "--directory", inside,
    ])
    #expect(made.status == 73)
    #expect(made.error.contains("\(inside): cannot be created"))
  }

  @Test func twoProcessesNeverIssueTheSameId() async throws {
    try makeAuthority()
    let (first, second) = (
      try Command.redoubt.start(["ca", "issue", "--directory", directory, "--count", "1200"]),
      try Command.redoubt.start(["ca", "issue", "--directory", directory, "--count", "1200"])
    )
    #expect(try first.finish().status == 0)
    #expect(try second.finish().status == 0)
    let url = URL(fileURLWithPath: directory)
    let now = CredentialTime(secondsSinceEpoch: Int64(Date().timeIntervalSince1970))
    let nodes = try await LedgerReader(directory: url).verifiedNodes(at: now).nodes
    #expect(nodes.count == 2_400)
    #expect(Set(nodes.map(\.nodeId)).count == 2_400)
    #expect(Set(nodes.map(\.serial)).count == 2_400)
    #expect(Set(nodes.map(\.address)).count == 2_400)
  }

  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func aStoppedBulkIssueListsWhatItIssued(_ signal: Int32, _ status: Int32) throws {
    try makeAuthority()
    let running = try Command.redoubt.start([
      "ca", "issue", "--directory", directory, "--count", "200000", "--format", "csv",
    ])
    let reader = try LedgerReader(directory: URL(fileURLWithPath: directory))
    while try reader.certificateCount() == 0 { sched_yield() }
    running.send(signal)
    let result = try running.finish()
    #expect(result.status == status, "\(result.error)")
    let count = try reader.certificateCount()
    #expect(count > 0 && count < 200_000 && count % 1_000 == 0)
    #expect(try reader.burntNodeIds().isEmpty)
    let list = try String(
      contentsOfFile: directory + "/nodes/batch-0001/nodes.csv", encoding: .utf8)
    #expect(list.split(separator: "\n").count == count + 1)
    #expect(result.output.contains("\n\(count),"))
    #expect(result.error.contains("--count \(200_000 - count)"))
  }

  @Test func aKilledBulkIssueLeavesAWholeLedger() throws {
    try makeAuthority()
    let running = try Command.redoubt.start([
      "ca", "issue", "--directory", directory, "--count", "200000",
    ])
    let reader = try LedgerReader(directory: URL(fileURLWithPath: directory))
    // Without a suspension: the test runner may take a minute to come back to a suspended test,
    // and the run would be over.
    while try reader.certificateCount() == 0 { sched_yield() }
    running.kill()
    #expect(try running.finish().status == SIGKILL)
    let reopened = try LedgerReader(directory: URL(fileURLWithPath: directory))
    let count = try reopened.certificateCount()
    #expect(count > 0 && count % 1_000 == 0)
    let burnt = Set(try reopened.burntNodeIds())
    let node = try issue(1).last
    #expect(!burnt.contains { $0.hex == node })
  }
}

/// A program and what came of running it.
struct Command {
  let path: String

  static let redoubt = Command(path: executable("redoubt"))
  static let openssl = Command(path: "/usr/bin/openssl")
  static let certtool = Command(path: "/usr/bin/certtool")

  static var isBuilt: Bool { redoubt.isInstalled }

  var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

  struct Result {
    let status: Int32
    let output: String
    let error: String
  }

  static func ca(_ arguments: [String]) throws -> Result {
    try redoubt.run(["ca"] + arguments)
  }

  /// Runs redoubt as somebody whom permissions bind: as nobody when the tests run as root.
  static func unprivileged(_ arguments: [String]) throws -> Result {
    guard geteuid() == 0 else { return try redoubt.run(arguments) }
    return try Command(path: "/usr/bin/setpriv").run(
      ["--reuid=65534", "--regid=65534", "--clear-groups", redoubt.path] + arguments)
  }

  static var canDropPrivileges: Bool {
    (try? unprivileged(["--version"]))?.status == 0
  }

  func run(_ arguments: [String]) throws -> Result { try start(arguments).finish() }

  func start(_ arguments: [String]) throws -> Running {
    try Running(path: path, arguments: arguments)
  }

  /// A program under way; its output goes to files, so that no pipe can fill up.
  final class Running {
    private let process = Process()
    private let scratch: ScratchDirectory

    init(path: String, arguments: [String]) throws {
      scratch = try ScratchDirectory()
      for name in ["output", "error"] {
        try Data().write(to: scratch.file(name))
      }
      process.executableURL = URL(fileURLWithPath: path)
      process.arguments = arguments
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = try FileHandle(forWritingTo: scratch.file("output"))
      process.standardError = try FileHandle(forWritingTo: scratch.file("error"))
      try process.run()
    }

    func kill() { send(SIGKILL) }

    func send(_ signal: Int32) { _ = Foundation.kill(process.processIdentifier, signal) }

    func finish() throws -> Result {
      process.waitUntilExit()
      return Result(
        status: process.terminationStatus,
        output: String(decoding: try Data(contentsOf: scratch.file("output")), as: UTF8.self),
        error: String(decoding: try Data(contentsOf: scratch.file("error")), as: UTF8.self))
    }
  }

  /// An executable that was built beside the test runner.
  private static func executable(_ name: String) -> String {
    let runner =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: runner).deletingLastPathComponent().appendingPathComponent(name)
      .path
  }
}
