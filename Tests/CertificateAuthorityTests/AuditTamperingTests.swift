import CertificateAuthority
import Foundation
import GRDB
import NodeCredentials
import RingIdentifiers
import Testing
import TransparencyLog

/// Tampering with what was issued, logged and revoked, and the check that names it.
@Suite struct AuditTamperingTests {
  private typealias Store = AuditTests.Store
  private static let now = AuthorityBench.now

  // MARK: certificates

  @Test(arguments: [
    // A foreign octet in the signature.
    """
    UPDATE certificates SET der = CAST(substr(der, 1, length(der) - 1) || x'00' AS BLOB)
    WHERE position = 3
    """,
    "UPDATE certificates SET der = x'' WHERE position = 3",
    "UPDATE certificates SET der = CAST(der || x'00' AS BLOB) WHERE position = 3",
    // One certificate in the place of another.
    """
    UPDATE certificates SET der = (SELECT der FROM certificates WHERE position = 1)
    WHERE position = 3
    """,
    // Two places exchanged, one left out.
    """
    UPDATE certificates SET position = 1000 WHERE position = 2;
    UPDATE certificates SET position = 2 WHERE position = 3;
    UPDATE certificates SET position = 3 WHERE position = 1000
    """,
    "UPDATE certificates SET position = 1000 WHERE position = 2",
    "UPDATE certificates SET address = '192.0.2.99:4000' WHERE position = 2",
    "UPDATE certificates SET address = '192.0.2.1:04000' WHERE position = 2",
    "UPDATE certificates SET not_before = not_before + 1 WHERE position = 2",
    "UPDATE certificates SET not_after = not_after + 1 WHERE position = 2",
    "UPDATE reservations SET node_id = zeroblob(20) WHERE sequence = 4",
    "UPDATE reservations SET serial = x'01000000000000000000000000000001' WHERE sequence = 4",
    "UPDATE reservations SET reserved_at = reserved_at + 1 WHERE sequence = 4",
    "UPDATE events SET at = 0 WHERE kind = 'issued'",
    "DELETE FROM events WHERE kind = 'issued' AND certificate = 4",
    "UPDATE certificates SET issuer = 2 WHERE position = 2",
  ])
  func aChangedCertificateIsFound(_ sql: String) async throws {
    let store = try await Store(count: 1, isRotated: true)
    try store.bench.unsay(sql)
    // Exchanged places show in the roots, all else in the certificate itself.
    let isSwap = sql.contains("= 3 WHERE position = 1000")
    try store.expect(isSwap ? "checkpoints" : "certificates", isSwap ? "checkpoint" : "certificate")
  }

  @Test func aVanishedCertificateIsFound() async throws {
    // The newest, with all that belongs to it: reservation, event; only the log still knows it.
    let store = try await Store(count: 1)
    try store.bench.unsay(
      """
      DELETE FROM events WHERE certificate = (SELECT max(sequence) FROM certificates);
      DELETE FROM certificates WHERE sequence = (SELECT max(sequence) FROM certificates)
      """)
    try store.expect("checkpoints", "checkpoint 6")
    // Also when its checkpoint went with it: somebody has the published one.
    try store.bench.unsay("DELETE FROM checkpoints WHERE size = 6")
    try store.expect("log files", "checkpoint")
  }

  // MARK: checkpoints

  /// The note of the newest checkpoint, as another key or for another root.
  private func forge(
    _ store: Store, key: consuming PrivateKey, origin: String = "overlay.example/nodes",
    root: MerkleHash? = nil
  ) throws -> [UInt8] {
    let octets = try LogFiles(store.directory.log).checkpoint()
    let old = try Checkpoint(text: SignedNote(octets: octets).text)
    let signer = try LogSigner(name: KeyName("overlay.example/nodes"), key: key)
    return try signer.sign(
      Checkpoint(origin: LogOrigin(origin), size: old.size, root: root ?? old.root)
    ).octets
  }

  private func logKey(_ store: Store) throws -> PrivateKey {
    try PrivateKey(pem: [UInt8](Data(contentsOf: store.directory.logKey)))
  }

  private func put(_ note: [UInt8], into store: Store) throws {
    try store.bench.unsay(
      """
      UPDATE checkpoints SET note = CAST(x'\(Hexadecimal.text(note))' AS TEXT)
      WHERE size = (SELECT max(size) FROM checkpoints)
      """)
  }

  @Test func aForgedCheckpointIsFound() async throws {
    let store = try await Store(count: 1)
    let good = try LogFiles(store.directory.log).checkpoint()
    let forgeries = [
      try forge(store, key: PrivateKey(generating: .ed25519)),
      try forge(store, key: logKey(store), root: .emptyTree),
      try forge(store, key: logKey(store), origin: "other.example/nodes"),
    ]
    for forgery in forgeries {
      try put(forgery, into: store)
      try store.expect("checkpoints", "checkpoint 6")
    }
    try put(good, into: store)
    #expect(try store.bench.audit().finding == nil)
    // The same in the published file.
    let file = store.log("checkpoint")
    for forgery in forgeries {
      try Data(forgery).write(to: file)
      try store.expect("log files", "checkpoint")
    }
    for cut in stride(from: 0, to: good.count, by: 17) {
      try Data(good.prefix(cut)).write(to: file)
      try store.expect("log files", "checkpoint")
    }
    try FileManager.default.removeItem(at: file)
    try store.expect("log files", "checkpoint")
  }

  @Test(arguments: [
    "DELETE FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints)",
    """
    UPDATE checkpoints SET right_edge = (SELECT right_edge FROM checkpoints WHERE size = 4)
    WHERE size = 5
    """,
    "UPDATE checkpoints SET right_edge = zeroblob(length(right_edge)) WHERE size = 5",
    """
    UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE size = 4) WHERE size = 5
    """,
    "UPDATE checkpoints SET size = 7 WHERE size = 6",
  ])
  func aChangedCheckpointRowIsFound(_ sql: String) async throws {
    let store = try await Store(count: 1)
    try store.bench.unsay(sql)
    // A row that does not even agree with itself is damage of the ledger.
    let finding = try #require(try store.bench.audit().finding)
    let isUnreadable = sql.contains("right_edge") || sql.contains("size = 7")
    #expect(finding.check == (isUnreadable ? "ledger" : "checkpoints"), "\(finding)")
  }

  // MARK: log files

  @Test func aChangedLogFileIsFound() async throws {
    let store = try await Store(count: 300)
    let paths = [
      "tile/0/000", "tile/0/001.p/49", "tile/1/000.p/1", "tile/entries/000",
      "tile/entries/001.p/49",
    ]
    for path in paths {
      let file = store.log(path)
      let original = try Data(contentsOf: file)
      func expect(_ body: (inout Data) -> Void) throws {
        try store.change(file, body)
        try store.expect("log files", path)
        try original.write(to: file)
      }
      try expect { $0[$0.count / 2] ^= 1 }
      try expect { $0.removeLast() }
      try expect { $0.append(0) }
      try expect { $0.removeAll() }
      try FileManager.default.removeItem(at: file)
      try store.expect("log files", path)
      try original.write(to: file)
    }
    #expect(try store.bench.audit().finding == nil)
  }

  // MARK: revocation

  @Test(arguments: [
    "DELETE FROM events WHERE kind = 'revoked'",
    "UPDATE events SET at = at - 1 WHERE kind = 'revoked'",
    "UPDATE events SET reason = 'superseded' WHERE kind = 'revoked'",
    """
    UPDATE events SET certificate = (SELECT max(sequence) FROM certificates)
    WHERE kind = 'revoked'
    """,
    // One that no list tells of.
    """
    INSERT INTO events (kind, certificate, at, reason)
    SELECT 'revoked', max(sequence), 0, 'superseded' FROM certificates
    """,
    "DELETE FROM revocation_lists WHERE number = 1",
    "DELETE FROM revocation_lists",
    "UPDATE revocation_lists SET next_update = next_update + 1",
    "UPDATE revocation_lists SET this_update = this_update + 1",
    "UPDATE revocation_lists SET der = x'' WHERE number = 1",
    """
    UPDATE revocation_lists SET der =
      (SELECT der FROM revocation_lists l WHERE l.number = 1 AND l.issuer = 1) WHERE number = 2
    """,
  ])
  func aChangedRevocationIsFound(_ sql: String) async throws {
    let store = try await Store(count: 1)
    try store.bench.unsay(sql)
    try store.expect("revocation lists")
  }

  /// The list of one issuer is not that of another, whatever numbers they have.
  @Test func theListOfAnotherIssuerIsFound() async throws {
    let store = try await Store(count: 1, isRotated: true)
    try store.bench.unsay(
      """
      UPDATE revocation_lists SET
        der = (SELECT der FROM revocation_lists l WHERE l.issuer = 1 AND l.number = 1),
        this_update = (SELECT this_update FROM revocation_lists l WHERE l.issuer = 1),
        next_update = (SELECT next_update FROM revocation_lists l WHERE l.issuer = 1)
      WHERE issuer = 2 AND number = 1
      """)
    try store.expect("revocation lists", "list 1 of issuer 2")
  }

  @Test func aRevocationThatOneListLeavesOutIsFound() async throws {
    let store = try await Store(count: 1, isRotated: true)
    // A revocation of the first issuer's certificate, announced by the first issuer alone.
    let old = try store.bench.reader().records(after: 0)[2]
    let authority = try store.bench.open()
    _ = try authority.revoke(.serial(old.serial), reason: .superseded, at: Self.now)
    #expect(try store.bench.audit().finding == nil)
    let file = store.directory.revocationList(2)
    let queue = try DatabaseQueue(path: store.bench.ledger.path)
    let previous = try await queue.read {
      try Data.fetchOne(
        $0, sql: "SELECT der FROM revocation_lists WHERE issuer = 2 ORDER BY number LIMIT 1")
    }
    try queue.close()
    try store.bench.unsay("DELETE FROM revocation_lists WHERE issuer = 2 AND number > 1")
    try Data(PEM.encode([UInt8](#require(previous)), label: "X509 CRL")).write(to: file)
    try store.expect("revocation lists", "issuing-2.crl")
  }

  @Test func anotherListThanTheNewestIsFound() async throws {
    let store = try await Store(count: 1)
    let file = store.directory.revocationList
    let old = try Data(contentsOf: file)
    _ = try store.bench.open().renewRevocationList(at: Self.now)
    let newest = try Data(contentsOf: file)
    #expect(old != newest)
    let stranger = try AuthorityBench()
    let foreign = try Data(contentsOf: AuthorityDirectory(stranger.url).revocationList)
    for list in [old, foreign, Data(), Data("nonsense".utf8), newest.dropLast(40)] {
      try list.write(to: file)
      try store.expect("revocation lists", "issuing.crl")
    }
    try FileManager.default.removeItem(at: file)
    try store.expect("revocation lists", "issuing.crl")
    try newest.write(to: file)
    #expect(try store.bench.audit().finding == nil)
  }

  @Test func aStaleListIsFound() async throws {
    let store = try await Store(count: 1)
    let end = Self.now.adding(seconds: 86_400)
    #expect(try store.bench.audit(at: end).finding == nil)
    try store.expect("revocation lists", "issuing.crl", at: end.adding(seconds: 1))
    _ = try store.bench.open().renewRevocationList(at: end)
    #expect(try store.bench.audit(at: end.adding(seconds: 1)).finding == nil)
  }
}
