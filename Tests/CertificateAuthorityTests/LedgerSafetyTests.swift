import CertificateAuthority
import Foundation
import GRDB
import NodeCredentials
import RingIdentifiers
import Synchronization
import Testing

/// What the ledger must survive: crashes, hands in the database, a full disk, other processes.
@Suite struct LedgerSafetyTests {
  struct Crash: Error {}

  @Test(arguments: [IssuanceStep.reserved, .signed])
  func aCrashBeforeTheRecordBurnsTheId(_ step: IssuanceStep) throws {
    let bench = try AuthorityBench()
    let crashing = try bench.open { if $0 == step { throw Crash() } }
    #expect(throws: AuthorityError.self) {
      try crashing.issue(address: AuthorityBench.address(), at: AuthorityBench.now)
    }
    let burnt = try bench.reader().burntNodeIds()
    #expect(burnt.count == 1)
    #expect(try bench.reader().certificateCount() == 0)

    // The reopened authority goes on with other ids; the burnt one stays burnt.
    var issued: [NodeId] = []
    for _ in 0..<20 { issued.append(try bench.issue().node.nodeId) }
    #expect(!issued.contains(burnt[0]))
    #expect(try bench.reader().burntNodeIds() == burnt)
    // Nor would the ledger take it again under any serial number.
    let serial = Hexadecimal.text(try SerialNumber.random().bytes)
    #expect(throws: DatabaseError.self) {
      try bench.tamper(
        """
        INSERT INTO reservations (serial, node_id, reserved_at)
        VALUES (x'\(serial)', x'\(burnt[0].hex)', 0)
        """)
    }
  }

  @Test func aCrashAfterTheRecordLosesNothing() throws {
    let bench = try AuthorityBench()
    let crashing = try bench.open { if $0 == .recorded { throw Crash() } }
    #expect(throws: AuthorityError.self) {
      try crashing.issue(address: AuthorityBench.address(), at: AuthorityBench.now)
    }
    let records = try bench.reader().recordsWithCertificates(after: 0)
    #expect(records.count == 1)
    let key = bench.url.appendingPathComponent("nodes/\(records[0].nodeId.hex).key")
    #expect(FileManager.default.fileExists(atPath: key.path))
    #expect(try bench.reader().burntNodeIds().isEmpty)
  }

  @Test func theReservationIsDurableBeforeAnythingIsSigned() throws {
    let bench = try AuthorityBench()
    let seen = Mutex<[Int]>([])
    let url = bench.url
    let authority = try bench.open { step in
      guard step == .reserved else { return }
      // Another connection sees the id while nothing is signed yet.
      let burnt = try LedgerReader(directory: url).burntNodeIds().count
      seen.withLock { $0.append(burnt) }
    }
    _ = try authority.issue(address: AuthorityBench.address(), at: AuthorityBench.now)
    #expect(seen.withLock { $0 } == [1])
  }

  @Test(arguments: [
    "UPDATE authority SET overlay = 'other.example'",
    "DELETE FROM authority",
    "UPDATE reservations SET node_id = zeroblob(20)",
    "DELETE FROM reservations",
    """
    INSERT OR REPLACE INTO reservations
    SELECT sequence, serial, node_id, renews, account, 0 FROM reservations
    """,
    "UPDATE certificates SET der = x'00'",
    "DELETE FROM certificates",
    """
    INSERT OR REPLACE INTO certificates
    SELECT sequence, position, issuer, '', 0, 0, x'' FROM certificates
    """,
    "UPDATE events SET kind = 'issued', reason = NULL WHERE kind = 'revoked'",
    "DELETE FROM events WHERE kind = 'revoked'",
    "INSERT OR REPLACE INTO events SELECT * FROM events",
    "UPDATE revocation_lists SET number = number + 1",
    "DELETE FROM revocation_lists",
    "INSERT OR REPLACE INTO revocation_lists SELECT * FROM revocation_lists",
    "UPDATE issuers SET der = x'00'",
    "DELETE FROM issuers",
    "INSERT OR REPLACE INTO issuers SELECT number, sha256, x'', 0 FROM issuers",
    "INSERT OR REPLACE INTO issuers SELECT 2, sha256, x'', 0 FROM issuers",
    "UPDATE checkpoints SET note = ''",
    "DELETE FROM checkpoints",
    "INSERT OR REPLACE INTO checkpoints SELECT * FROM checkpoints",
    // A log does not shrink.
    """
    INSERT INTO certificates
    SELECT sequence + 1, position, issuer, address, 0, 0, der FROM certificates
    """,
    "UPDATE accounts SET name = 'bob'",
    "DELETE FROM accounts",
    "INSERT OR REPLACE INTO accounts SELECT name, 0 FROM accounts",
    "UPDATE account_secrets SET hash = NULL",
    "DELETE FROM account_secrets",
    "INSERT OR REPLACE INTO account_secrets SELECT sequence, account, NULL, 0 FROM account_secrets",
    "UPDATE credits SET balance = 1000",
    "DELETE FROM credits",
    "INSERT OR REPLACE INTO credits SELECT sequence, account, 9, 9, NULL, '', 0 FROM credits",
  ])
  func nothingCanBeUnsaid(_ sql: String) throws {
    let bench = try AuthorityBench()
    let node = try bench.issue().node
    _ = try bench.open().revoke(
      .nodeId(node.nodeId), reason: .superseded, at: AuthorityBench.now)
    try bench.openAccount("alice", credits: 5)
    let error = #expect(throws: DatabaseError.self) { try bench.tamper(sql) }
    #expect(error?.message == "the ledger is append-only")
  }

  @Test func aFullDiskIsAnInputOutputErrorWithThePath() async throws {
    let bench = try AuthorityBench()
    // The database may not grow beyond a few pages more than it has.
    let authority = try bench.open(maximumPageCount: 40)
    do {
      _ = try await authority.issueBulk(BulkRequest(count: 500), at: AuthorityBench.now)
      Issue.record("500 certificates fitted on a full disk")
    } catch {
      #expect(
        error == .ledger(.io(path: bench.ledger.path, detail: "the disk is full")))
      #expect(error.exitCode == 74)
    }
    // What was there before is whole.
    #expect(try await bench.reader().verifiedNodes(at: AuthorityBench.now).nodes.isEmpty)
  }

  @Test func aLockedLedgerSaysSoAndIssuesNothing() throws {
    let bench = try AuthorityBench()
    let authority = try bench.open(wait: 0)
    let holder = try DatabaseQueue(path: bench.ledger.path)
    try holder.writeWithoutTransaction { database in
      try database.execute(sql: "BEGIN IMMEDIATE")
      let error = try authorityError {
        _ = try authority.issue(address: AuthorityBench.address(), at: AuthorityBench.now)
      }
      #expect(error == .ledger(.locked(path: bench.ledger.path)))
      #expect(error?.exitCode == 75)
      try database.execute(sql: "ROLLBACK")
    }
    #expect(try bench.reader().certificateCount() == 0)
    #expect(throws: Never.self) { try bench.issue() }
  }

  @Test func twoAuthoritiesOnOneLedgerNeverIssueTheSameId() async throws {
    let bench = try AuthorityBench()
    let (first, second) = (try bench.open(), try bench.open())
    async let left = first.issueBulk(BulkRequest(count: 150), at: AuthorityBench.now)
    async let right = second.issueBulk(BulkRequest(count: 150), at: AuthorityBench.now)
    let directories = try await [left.directory, right.directory]
    #expect(directories[0] != directories[1])
    let nodes = try await bench.reader().verifiedNodes(at: AuthorityBench.now).nodes
    #expect(nodes.count == 300)
    #expect(Set(nodes.map(\.nodeId)).count == 300)
    #expect(Set(nodes.map(\.serial)).count == 300)
    #expect(Set(nodes.map(\.address)).count == 300)
  }
}
