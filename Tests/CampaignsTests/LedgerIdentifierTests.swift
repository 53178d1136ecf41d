import CertificateAuthority
import Foundation
import GRDB
import NodeCredentials
import Testing

@testable import Campaigns

/// Campaigns over the nodeIds of a real authority.
@Suite struct LedgerIdentifierTests {
  /// An authority with certificates that are valid today.
  private final class Bench {
    let scratch: ScratchDirectory
    let path: String
    let today = CredentialTime(secondsSinceEpoch: Int64(Date.now.timeIntervalSince1970))

    init(overlay: String = "overlay.example", nodes: Int = 40, daysAgo: Int64 = 0) async throws {
      scratch = try ScratchDirectory()
      path = scratch.file("authority")
      var profile = CertificateProfile()
      profile.nodeValidityDays = 10
      let start = today.adding(seconds: -86_400 * daysAgo)
      let url = URL(filePath: path)
      try OverlayAuthority.create(
        at: url, overlay: OverlayName(overlay), profile: profile, now: start)
      _ = try await OverlayAuthority(opening: url).issueBulk(BulkRequest(count: nodes), at: start)
    }

    /// Opens, and closes when the caller is done: nobody holds the ledger in between.
    func open() throws -> OverlayAuthority { try OverlayAuthority(opening: URL(filePath: path)) }

    func issue(_ count: Int) throws -> [IssuedNode] {
      let authority = try open()
      return try (1...count).map { index in
        try authority.issue(
          address: try #require(NodeAddress("192.0.2.\(index):4000")), at: today)
      }
    }

    /// Runs SQL on the ledger behind the authority's back.
    func tamper(_ sql: String) throws {
      let queue = try DatabaseQueue(path: path + "/ledger.sqlite")
      try queue.write { database in
        let triggers = try String.fetchAll(
          database, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name")
        for trigger in triggers { try database.execute(sql: "DROP TRIGGER \(trigger)") }
        try database.execute(sql: sql)
      }
      try queue.close()
    }

    var ledger: URL { URL(filePath: path + "/ledger.sqlite") }

    func spec(overlay: String? = nil, nodes: Int? = nil) -> String {
      smallSpec
        .replacing(
          "{random: true}",
          with: "{ledger: \(path)\(overlay.map { ", overlay: " + $0 } ?? "")}"
        )
        .replacing("  nodes: 1000\n", with: nodes.map { "  nodes: \($0)\n" } ?? "")
        .replacing("routesPerBatch: 100", with: "routesPerBatch: 64")
    }

    func campaign(overlay: String? = nil, nodes: Int? = nil) async throws -> Campaign {
      let text = spec(overlay: overlay, nodes: nodes)
      return try await Campaign(spec: try CampaignSpec(parsing: text, file: "small.yaml"))
    }

    func refusal(overlay: String? = nil, nodes: Int? = nil) async -> CampaignError? {
      await #expect(throws: CampaignError.self) {
        try await campaign(overlay: overlay, nodes: nodes)
      }
    }
  }

  @Test func aCampaignRunsOnCertifiedNodeIds() async throws {
    let bench = try await Bench()
    let campaign = try await bench.campaign(overlay: "overlay.example", nodes: 40)
    #expect(campaign.plan.identifiers?.count == 40)
    let path = bench.scratch.file("run")
    let outcome = try await campaign.run(in: path)
    #expect(outcome.computed == 24)
    // Status, report and verify need the shards alone; the authority may be gone.
    try FileManager.default.moveItem(atPath: bench.path, toPath: bench.scratch.file("away"))
    let later = try Campaign(runDirectory: path)
    #expect(later.plan.specHash == campaign.plan.specHash)
    #expect(try later.status(in: path).finished == 24)
    #expect(try await later.verify(in: path, recompute: 0, threads: 1).mismatches.isEmpty)
    await #expect(throws: CampaignError.self) {
      try await later.verify(in: path, recompute: 1, threads: 1)
    }
    try FileManager.default.moveItem(atPath: bench.scratch.file("away"), toPath: bench.path)
    let again = try await later.verify(in: path, recompute: 2, threads: 2)
    #expect(again.recomputed == 2)
    #expect(again.mismatches.isEmpty)
  }

  @Test func aLedgerThatChangedUnderARunIsRefused() async throws {
    let bench = try await Bench()
    let path = bench.scratch.file("run")
    let options = CampaignOptions(isStopRequested: { true })
    _ = try await bench.campaign().run(in: path, options: options)
    _ = try bench.issue(1)
    let error = await #expect(throws: CampaignError.self) {
      try await Campaign(runDirectory: path).run(in: path)
    }
    #expect(error?.message.contains("no longer holds the nodeIds") == true)
  }

  @Test func theLedgerOfAnotherOverlayIsRefused() async throws {
    let bench = try await Bench()
    let error = await bench.refusal(overlay: "other.example")
    #expect(error?.code == .badData)
    #expect(error?.message.contains("expected \"other.example\"") == true)
  }

  @Test func expiredAndRevokedCertificatesAreLeftOutAndCounted() async throws {
    let bench = try await Bench(nodes: 30, daysAgo: 20)
    let young = try bench.issue(40)
    _ = try bench.open().revoke(
      .serial(young[0].node.serial), reason: .keyCompromise, at: bench.today)
    let campaign = try await bench.campaign()
    #expect(campaign.plan.identifiers?.count == 39)
    #expect(campaign.plan.identifiers?.expired == 30)
    #expect(campaign.plan.identifiers?.revoked == 1)
    let error = await bench.refusal(nodes: 70)
    #expect(error?.code == .badData)
    #expect(
      error?.message
        == "holds 39 active nodeIds (1 revoked and 30 expired left out), "
        + "the campaign asks for 70")
  }

  @Test func aForeignCertificateIsRefusedByItsSerial() async throws {
    let bench = try await Bench()
    let foreign = try await Bench(nodes: 2)
    let der = try foreign.issue(1)[0].certificate
    let hex = der.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    try bench.tamper("UPDATE certificates SET der = x'\(hex)' WHERE sequence = 7")
    let error = await bench.refusal()
    #expect(error?.code == .badData)
    #expect(error?.message.contains("is refused") == true, "\(String(describing: error))")
  }

  @Test func aTruncatedLedgerIsRefused() async throws {
    let bench = try await Bench()
    let whole = try Data(contentsOf: bench.ledger)
    for keep in [0, 50, whole.count / 3, whole.count - 4096] {
      try whole.prefix(keep).write(to: bench.ledger)
      let error = await bench.refusal()
      #expect(error?.code == .badData, "\(keep): \(String(describing: error))")
      #expect(error?.message.contains("ledger.sqlite") == true)
    }
  }

  @Test func aMissingAuthoritySaysHowToMakeOne() async throws {
    let bench = try await Bench(nodes: 2)
    try FileManager.default.removeItem(atPath: bench.path)
    let error = await bench.refusal()
    #expect(error?.code == .badData)
    #expect(error?.message.contains("redoubt ca init") == true)
  }
}
