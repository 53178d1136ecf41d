import CertificateAuthority
import Foundation
import GRDB
import NodeCredentials
import Testing

/// `redoubt campaign` on the ledger of an authority, good and spoilt: message and exit code.
@Suite struct CampaignLedgerTests {
  private let today = CredentialTime(secondsSinceEpoch: Int64(Date.now.timeIntervalSince1970))

  /// An authority in `scratch`, with `nodes` certificates issued some days ago.
  private func issue(
    _ nodes: Int, in scratch: CampaignCommandTests.Scratch, name: String = "authority",
    daysAgo: Int64 = 0
  ) async throws {
    var profile = CertificateProfile()
    profile.nodeValidityDays = 10
    let url = scratch.folder.appending(path: name)
    let time = today.adding(seconds: -86_400 * daysAgo)
    try OverlayAuthority.create(
      at: url, overlay: OverlayName("\(name).example"), profile: profile, now: time)
    _ = try await OverlayAuthority(opening: url).issueBulk(BulkRequest(count: nodes), at: time)
  }

  private func write(
    _ ids: String, nodes: Int, to scratch: CampaignCommandTests.Scratch
  ) throws {
    try scratch.write(
      CampaignCommandTests.spec.replacing("{random: true}", with: ids)
        .replacing("[200, 300]", with: "\(nodes)"), to: "small.yaml")
  }

  private func refusal(in scratch: CampaignCommandTests.Scratch) throws -> String {
    let program = try scratch.campaign("run", "small.yaml", "--output", "run")
    #expect(program.status == 65, "\(program.errors)")
    #expect(!scratch.exists("run"))
    return program.errors
  }

  @Test func aCampaignRunsOnCertificatesAndResumesWithoutThem() async throws {
    let scratch = try CampaignCommandTests.Scratch()
    try await issue(60, in: scratch)
    try write("{ledger: authority, overlay: authority.example}", nodes: 60, to: scratch)
    let valid = try scratch.campaign("validate", "small.yaml")
    #expect(valid.output.contains("60 active nodeIds (0 revoked and 0 expired left out)"))
    let run = try scratch.campaign("run", "small.yaml", "--output", "run")
    #expect(run.status == 0, "\(run.errors)")
    try FileManager.default.removeItem(at: scratch.folder.appending(path: "authority"))
    #expect(try scratch.campaign("verify", "run").status == 0)
    #expect(try scratch.campaign("report", "run").status == 0)
  }

  @Test(arguments: [
    "ca list --directory authority", "ca list --pem --directory authority", "attacks list",
    "attacks show sybil --format json",
  ])
  func aFullStandardOutputIsExitCode74(command: String) async throws {
    let scratch = try CampaignCommandTests.Scratch()
    try await issue(3, in: scratch)
    let full = try scratch.shell("$R \(command) > /dev/full")
    #expect(full.status == 74)
    #expect(full.errors.contains("standard output cannot be written: No space left on device"))
    #expect(try scratch.shell("$R \(command) > data").status == 0)
  }

  @Test func theLedgerOfAnotherOverlayIsRefused() async throws {
    let scratch = try CampaignCommandTests.Scratch()
    try await issue(60, in: scratch)
    try write("{ledger: authority, overlay: other.example}", nodes: 60, to: scratch)
    #expect(
      try refusal(in: scratch).contains(
        "expected \"other.example\", found \"authority.example\""))
  }

  @Test func aTruncatedLedgerIsRefused() async throws {
    let scratch = try CampaignCommandTests.Scratch()
    try await issue(60, in: scratch)
    try write("{ledger: authority}", nodes: 60, to: scratch)
    let cut = try scratch.shell(
      "head -c 20000 authority/ledger.sqlite > x && mv x authority/ledger.sqlite")
    #expect(cut.status == 0)
    let message = try refusal(in: scratch)
    #expect(message.contains("ledger.sqlite: damaged"), "\(message)")
    #expect(message.contains("restore it from a backup"))
  }

  @Test func expiredCertificatesAreMissedByTheCount() async throws {
    let scratch = try CampaignCommandTests.Scratch()
    try await issue(60, in: scratch, daysAgo: 11)
    try write("{ledger: authority}", nodes: 60, to: scratch)
    #expect(
      try refusal(in: scratch).contains(
        "holds 0 active nodeIds (0 revoked and 60 expired left out)"))
  }

  @Test func aForeignCertificateIsRefused() async throws {
    let scratch = try CampaignCommandTests.Scratch()
    try await issue(60, in: scratch)
    try await issue(1, in: scratch, name: "foreign")
    try write("{ledger: authority}", nodes: 60, to: scratch)
    let path = { (name: String) in
      scratch.folder.appending(path: "\(name)/ledger.sqlite").path
    }
    let foreign = try DatabaseQueue(path: path("foreign"))
    let der = try #require(
      try await foreign.read { try Data.fetchOne($0, sql: "SELECT der FROM certificates") })
    try foreign.close()
    let queue = try DatabaseQueue(path: path("authority"))
    try await queue.write { database in
      let triggers = try String.fetchAll(
        database, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name")
      for trigger in triggers { try database.execute(sql: "DROP TRIGGER \(trigger)") }
      try database.execute(
        sql: "UPDATE certificates SET der = ? WHERE sequence = 5", arguments: [der])
    }
    try queue.close()
    let message = try refusal(in: scratch)
    #expect(message.contains("authority/ledger.sqlite: certificate"), "\(message)")
    #expect(message.contains("is refused"))
  }
}
