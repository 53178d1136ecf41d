import Admission
import CertificateAuthority
import Foundation
import NodeCredentials
import RingIdentifiers
import Testing
import TransparencyLog

/// The audit: a sound authority passes, and whatever was tampered with is named by the right check.
@Suite struct AuditTests {
  private static let now = AuthorityBench.now
  private static let names = [
    "database", "authorities", "reservations", "certificates", "checkpoints", "log files",
    "revocation lists", "accounts", "uniformity",
  ]

  /// An authority with a little of everything: accounts, a renewal, a revocation, burnt ids, a
  /// rotation, and a log of more than one tile.
  struct Store {
    let bench: AuthorityBench
    let time = AuthorityBench.now
    var directory: AuthorityDirectory { AuthorityDirectory(bench.url) }

    init(count: Int = 8, isRotated: Bool = false) async throws {
      let enrollment = try EnrollmentBench(accounts: ["alice": 20, "bob": 5])
      bench = enrollment.bench
      let receipts = try enrollment.enroll(
        (0..<4).map { try enrollment.wish($0 < 3 ? "alice" : "bob") }
      ).flatMap(\.receipts)
      _ = try enrollment.issue(enrollment.wish(renewing: receipts[0].nodeId))
      let crashing = try bench.open { if $0 == .reserved { throw LedgerSafetyTests.Crash() } }
      let lost = crashing.enroll(
        [try enrollment.wish()], by: enrollment.engine, at: AdmissionTime(time))
      #expect(throws: AuthorityError.self) { try lost[0].get() }
      _ = try await enrollment.authority.issueBulk(BulkRequest(count: count), at: time)
      _ = try enrollment.authority.revoke(
        .nodeId(receipts[1].nodeId), reason: .keyCompromise, at: time)
      if isRotated {
        _ = try OverlayAuthority.rotate(bench.url, rootKey: directory.rootKey, at: time)
        _ = try bench.open().issue(address: AuthorityBench.address(), at: time)
      }
    }

    func log(_ path: String) -> URL { directory.log.appendingPathComponent(path) }

    func change(_ url: URL, _ body: (inout Data) -> Void) throws {
      var data = try Data(contentsOf: url)
      body(&data)
      try data.write(to: url)
    }

    /// Expects that the audit names this check and a subject with this text.
    func expect(
      _ check: String, _ subject: String = "", at time: CredentialTime = AuthorityBench.now,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let report = try bench.audit(at: time)
      let finding = try #require(
        report.finding, "nothing was found", sourceLocation: sourceLocation)
      #expect(finding.check == check, "\(finding)", sourceLocation: sourceLocation)
      #expect(
        subject.isEmpty || finding.subject.contains(subject), "\(finding)",
        sourceLocation: sourceLocation)
      #expect(
        report.checks.map(\.name) == Array(AuditTests.names.prefix { $0 != check }),
        "\(finding)", sourceLocation: sourceLocation)
    }
  }

  // MARK: sound

  @Test(arguments: [false, true])
  func aSoundStorePasses(_ isRotated: Bool) async throws {
    let store = try await Store(count: 300, isRotated: isRotated)
    let calls = Counter()
    let report = try LedgerAudit(store.bench.url, at: Self.now).run { done, total in
      _ = calls.next()
      #expect(done == total)
    }
    #expect(report.finding == nil)
    #expect(report.checks.map(\.name) == AuditTests.names)
    #expect(calls.value == 1)
    let issued = 305 + (isRotated ? 1 : 0)
    let counts = Dictionary(uniqueKeysWithValues: report.checks.map { ($0.name, $0.count) })
    #expect(counts["authorities"] == (isRotated ? 2 : 1))
    #expect(counts["reservations"] == issued + 1)
    #expect(counts["certificates"] == issued)
    #expect(counts["accounts"] == 2)
    // The burnt id is a draw like the others, the renewal is none.
    #expect(counts["uniformity"] == issued)
    // Later, as long as the list is current, and also without a secret key or the nodes.
    for name in ["root", "issuing", "nodes"] {
      try FileManager.default.removeItem(at: store.bench.url.appendingPathComponent(name))
    }
    let end = Self.now.adding(seconds: 86_400)
    #expect(try store.bench.audit(at: end).finding == nil)
    try store.expect("revocation lists", "issuing.crl", at: end.adding(seconds: 1))
  }

  @Test func aStoreWithoutCertificatesPasses() throws {
    let bench = try AuthorityBench()
    #expect(try bench.audit().finding == nil)
    let crashing = try bench.open { if $0 == .reserved { throw LedgerSafetyTests.Crash() } }
    for _ in 0..<3 {
      #expect(throws: AuthorityError.self) {
        try crashing.issue(address: AuthorityBench.address(), at: Self.now)
      }
    }
    let report = try bench.audit()
    #expect(report.finding == nil)
    let summary = report.checks.first { $0.name == "reservations" }?.summary
    #expect(summary == "no id twice; 3 burnt")
  }

  /// What was committed and not yet published is no fault: a crash may fall between.
  @Test func anUnpublishedTailPasses() throws {
    let bench = try EnrollmentBench(accounts: ["alice": 9])
    _ = try bench.issue(bench.wish())
    let report = try bench.bench.audit()
    #expect(report.finding == nil)
    #expect(
      report.checks.first { $0.name == "log files" }?.summary == "published up to size 0")
  }

  @Test func anAuditBesideAnAuthorityAtWorkFindsNothing() async throws {
    let bench = try AuthorityBench()
    let authority = try bench.open(wait: 60)
    let node = try bench.issue()
    async let work: Void = Task.detached {
      for index in 1...15 {
        let issued = try authority.issue(
          address: AuthorityBench.address("10.1.0.\(index):1"), at: Self.now)
        guard index % 3 == 0 else { continue }
        _ = try authority.revoke(
          .serial(issued.node.serial), reason: .superseded, at: Self.now)
      }
    }.value
    for _ in 0..<8 {
      // Between a commit and its publication the list file is one behind; all else must fit.
      let finding = try bench.audit().finding
      #expect(finding == nil || finding?.detail == "is not the newest list of the ledger")
      await Task.yield()
    }
    try await work
    #expect(try bench.audit().finding == nil)
    #expect(node.keyFile != nil)
  }

  // MARK: database

  @Test func aDroppedTriggerIsFound() async throws {
    for trigger in ["certificates_no_update", "events_no_delete", "reservations_no_replace"] {
      let store = try await Store(count: 1)
      try store.bench.tamper("DROP TRIGGER \(trigger)")
      try store.expect("database", "ledger.sqlite")
    }
  }

  @Test(arguments: [
    "DROP INDEX reservations_node_id",
    """
    DROP TRIGGER events_no_update; CREATE TRIGGER events_no_update BEFORE UPDATE ON events
    BEGIN SELECT 1; END
    """,
    "CREATE TRIGGER helpful AFTER INSERT ON certificates BEGIN DELETE FROM rate_limits; END",
  ])
  func aChangedSchemaIsFound(_ sql: String) async throws {
    let store = try await Store(count: 1)
    try store.bench.tamper(sql)
    try store.expect("database", "ledger.sqlite")
  }

  @Test func aDeletedRowThatOthersNeedIsFound() async throws {
    for sql in [
      "DELETE FROM certificates WHERE position = 2",
      "DELETE FROM reservations WHERE sequence = 1", "DELETE FROM accounts WHERE name = 'bob'",
    ] {
      let store = try await Store(count: 1)
      try store.bench.unsay(sql)
      try store.expect("database", "ledger.sqlite")
    }
  }

  // MARK: authorities

  @Test func exchangedFilesOfTheAuthorityAreFound() async throws {
    let foreign = try AuthorityBench()
    let stranger = AuthorityDirectory(foreign.url)
    let store = try await Store(count: 1, isRotated: true)
    func expect(_ url: URL, _ other: URL) throws {
      let original = try Data(contentsOf: url)
      try Data(contentsOf: other).write(to: url)
      try store.expect("authorities", url.lastPathComponent)
      try FileManager.default.removeItem(at: url)
      try store.expect("authorities", url.lastPathComponent)
      try original.write(to: url)
    }
    try expect(store.directory.logVerifierKey, stranger.logVerifierKey)
    try expect(store.directory.issuingCertificate(2), stranger.issuingCertificate)
    #expect(try store.bench.audit().finding == nil)
    // The first issuing certificate and the root are needed to open the directory at all.
    let first = store.directory.issuingCertificate
    let original = try Data(contentsOf: first)
    try Data(contentsOf: stranger.issuingCertificate).write(to: first)
    #expect(throws: LedgerError.self) { try store.bench.audit() }
    try original.write(to: first)
    try Data(contentsOf: stranger.rootCertificate).write(to: store.directory.rootCertificate)
    try store.expect("authorities", "root.crt")
  }

  // MARK: reservations

  @Test(arguments: [
    "UPDATE reservations SET account = 'bob' WHERE renews IS NOT NULL",
    "UPDATE reservations SET node_id = zeroblob(20) WHERE renews IS NOT NULL",
    "UPDATE reservations SET renews = 2 WHERE renews IS NOT NULL",
    "UPDATE reservations SET renews = sequence WHERE renews IS NOT NULL",
    """
    INSERT INTO reservations (serial, node_id, renews, account, reserved_at)
    SELECT x'01000000000000000000000000000001', zeroblob(20), sequence, account, reserved_at
    FROM reservations WHERE sequence = 2
    """,
  ])
  func aRenewalOfSomethingElseIsFound(_ sql: String) async throws {
    let store = try await Store(count: 1)
    try store.bench.unsay(sql)
    try store.expect("reservations", "reservation")
  }

  // MARK: uniformity

  @Test func crowdedNodeIdsAreFound() async throws {
    let store = try await Store(count: 1)
    // Burnt ids count: 200 of them within a tenth of the ring.
    let rows = (0..<200).map { index in
      let serial = "01" + String(repeating: "0", count: 24) + hex(index)
      return "(x'\(serial)', x'1\(hex(index * 300))\(String(repeating: "a", count: 33))', 0)"
    }
    try store.bench.tamper(
      "INSERT INTO reservations (serial, node_id, reserved_at) VALUES "
        + rows.joined(separator: ", "))
    try store.expect("uniformity", "nodeIds")
  }

  private func hex(_ value: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: 6 - text.count) + text
  }

  // MARK: accounts

  @Test(arguments: [
    "UPDATE credits SET balance = balance + 1 WHERE sequence = 1",
    "UPDATE credits SET amount = 100 WHERE sequence = 1",
    "UPDATE credits SET balance = 19 WHERE sequence = (SELECT max(sequence) FROM credits)",
    "DELETE FROM credits WHERE sequence = 3",
    "UPDATE credits SET account = 'bob' WHERE sequence = 3",
    """
    UPDATE credits SET reservation = (SELECT sequence FROM reservations WHERE account = 'bob')
    WHERE account = 'alice' AND amount < 0
    """,
    """
    UPDATE credits SET reservation = (SELECT sequence FROM reservations WHERE renews IS NOT NULL)
    WHERE account = 'alice' AND amount < 0
    """,
    """
    INSERT INTO credits (account, amount, balance, note, at) VALUES ('bob', 1000, 1000, 'gift', 0)
    """,
  ])
  func aChangedBalanceIsFound(_ sql: String) async throws {
    let store = try await Store(count: 1)
    try store.bench.unsay(sql)
    try store.expect("accounts", "account")
  }
}
