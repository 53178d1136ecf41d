public import Foundation
import GRDB
public import NodeCredentials
public import RingIdentifiers

/// The verified nodes of a ledger at one time.
public struct VerifiedNodes: Sendable {
  /// In ascending order of nodeId; every certificate was verified.
  public let nodes: [CertifiedNode]
  /// Certificates left out because they are revoked.
  public let revokedCount: Int
  /// Certificates left out because they have expired or are not valid yet.
  public let expiredCount: Int
}

/// One of the authority's issuing certificates.
public struct RecordedIssuer: Hashable, Sendable {
  /// Its number, from 1.
  public let number: Int64
  /// The certificate in DER.
  public let der: [UInt8]
}

/// Reads an authority's directory without changing anything in it.
///
/// Opens also from a read-only directory or medium, and while the authority is at work.
public final class LedgerReader: Sendable {
  /// The name of the overlay that the authority serves.
  public let overlay: String
  /// The directory.
  public let directory: AuthorityDirectory
  /// DER of the root certificate.
  public let rootCertificate: [UInt8]
  /// The issuing certificates, oldest first; the last one signs.
  public let issuers: [RecordedIssuer]
  /// The text by which others know the key that signs the log.
  public let logKey: String
  let overlayName: OverlayName
  private let queue: DatabaseQueue

  /// Opens a directory and checks that its parts belong together.
  /// - Parameter overlay: the overlay that is expected; nil accepts any.
  /// - Throws: `.notAnAuthority`, `.foreignOverlay`, `.outdated`, `.damaged`, `.locked` or `.io`.
  /// - Complexity: reads the whole database once, to find damage early (about 1 s per GB).
  public init(directory url: URL, expecting overlay: String? = nil) throws(LedgerError) {
    directory = AuthorityDirectory(url)
    try directory.requireParts()
    rootCertificate = try LedgerReader.certificate(directory.rootCertificate)
    let published = try LedgerReader.certificate(directory.issuingCertificate)
    let ledger = directory.ledger
    queue = try LedgerDatabase.openForReading(ledger)
    let identity = try LedgerReader.identity(in: queue, ledger)
    if let overlay, overlay != identity.overlay {
      throw .foreignOverlay(path: url.path, expected: overlay, found: identity.overlay)
    }
    self.overlay = identity.overlay
    logKey = identity.logKey
    issuers = identity.issuers
    do {
      overlayName = try OverlayName(identity.overlay)
    } catch {
      throw .damaged(path: ledger.path, detail: "\(error)")
    }
    guard issuers.first?.der == published else {
      throw LedgerReader.mismatch(directory, name: overlayName)
    }
  }

  /// Who the ledger says that it is.
  private struct Identity {
    let overlay: String
    let logKey: String
    let issuers: [RecordedIssuer]
  }

  private static func identity(
    in queue: DatabaseQueue, _ ledger: URL
  ) throws(LedgerError) -> Identity {
    try LedgerDatabase.translating(ledger) {
      try queue.read { database in
        if let complaint = try String.fetchOne(database, sql: "PRAGMA quick_check(1)"),
          complaint != "ok"
        {
          throw LedgerError.damaged(path: ledger.path, detail: complaint)
        }
        try checkSize(of: ledger, in: database)
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM authority") else {
          throw LedgerError.damaged(
            path: ledger.path, detail: "the ledger does not name its overlay")
        }
        let version: Int = try row.required("schema_version")
        guard version == LedgerDatabase.schemaVersion else {
          throw LedgerError.outdated(path: ledger.path, version: version)
        }
        let issuers = try Row.fetchAll(
          database, sql: "SELECT number, der FROM issuers ORDER BY number"
        ).map { RecordedIssuer(number: try $0.required("number"), der: try $0.octets("der")) }
        return Identity(
          overlay: try row.required("overlay"), logKey: try row.required("log_key"),
          issuers: issuers)
      }
    }
  }

  /// SQLite reads a last page that was cut short as if it ended in zeros; we do not.
  private static func checkSize(of ledger: URL, in database: Database) throws {
    let attributes = try FileManager.default.attributesOfItem(atPath: ledger.path)
    let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
    let pageSize = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
    guard pageSize > 0, size % pageSize == 0 else {
      throw LedgerError.damaged(
        path: ledger.path, detail: "\(size) bytes are not whole pages of \(pageSize)")
    }
  }

  /// A verifier for this overlay that asks the ledger, not a list, what is revoked.
  /// - Throws: `.damaged` when the certificates in the directory do not form a chain.
  public func verifier() throws(LedgerError) -> CertificateVerifier {
    try verifier(revoked: try revokedCertificates())
  }

  /// The same when it is known what is revoked.
  func verifier(revoked: [RevokedCertificate]) throws(LedgerError) -> CertificateVerifier {
    try verifier { _ in .ledger(revoked) }
  }

  /// A verifier for this overlay that uses the published revocation lists.
  /// - Throws: `.notAnAuthority` without a list, `.damaged` for a bad one.
  public func listVerifier() throws(LedgerError) -> CertificateVerifier {
    try verifier { (issuer) throws(LedgerError) in
      let url = directory.revocationList(issuer.number)
      guard FileManager.default.fileExists(atPath: url.path) else {
        throw .notAnAuthority(path: directory.url.path, missing: url.lastPathComponent)
      }
      return .list(try LedgerReader.armoured(url, label: "X509 CRL"))
    }
  }

  /// For each issuer a verifier that takes what this one signed, and nothing else.
  func verifiers() throws(LedgerError) -> [Int64: CertificateVerifier] {
    var verifiers: [Int64: CertificateVerifier] = [:]
    for issuer in issuers {
      do {
        verifiers[issuer.number] = try CertificateVerifier(
          overlay: overlayName, root: rootCertificate, issuing: issuer.der,
          revocation: .ledger([]))
      } catch {
        throw .damaged(path: directory.url.path, detail: error.description)
      }
    }
    return verifiers
  }

  private func verifier(
    _ source: (RecordedIssuer) throws(LedgerError) -> RevocationSource
  ) throws(LedgerError) -> CertificateVerifier {
    var sources: [IssuerRevocation] = []
    for issuer in issuers {
      sources.append(
        IssuerRevocation(certificate: issuer.der, revocation: try source(issuer)))
    }
    do {
      return try CertificateVerifier(
        overlay: overlayName, root: rootCertificate, issuers: sources)
    } catch {
      throw .damaged(path: directory.url.path, detail: error.description)
    }
  }

  // MARK: nodes

  /// Verifies every certificate of the ledger, on all cores.
  ///
  /// Revoked and expired certificates are counted and left out. Any other rejection means that the
  /// ledger was tampered with and is an error.
  /// - Parameters:
  ///   - time: the instant for which validity and revocation are judged.
  ///   - workerCount: how many certificates are verified at once; nil for one per core.
  /// - Throws: `.refused`, `.damaged`, `.locked`, `.io`, or `.cancelled`.
  /// - Complexity: about 0.25 ms of one core per certificate; memory O(nodes), not O(octets).
  public func verifiedNodes(
    at time: CredentialTime, workerCount: Int? = nil
  ) async throws(LedgerError) -> VerifiedNodes {
    // Nothing that is issued while this runs is taken in, or it might never end.
    let end = try read {
      try Int64.fetchOne($0, sql: "SELECT max(sequence) FROM certificates") ?? 0
    }
    let verifier = try verifier()
    let workers = max(1, workerCount ?? ProcessInfo.processInfo.activeProcessorCount)
    do {
      return try await withThrowingTaskGroup(of: VerifiedBatch.self) { group in
        var total = VerifiedBatch()
        var running = 0
        var last: Int64 = 0
        while true {
          let rows = try batch(after: last, through: end)
          guard let reached = rows.last?.sequence else { break }
          last = reached
          if running == workers, let done = try await group.next() {
            total.merge(done)
            running -= 1
          }
          group.addTask { try self.verify(rows, with: verifier, at: time) }
          running += 1
        }
        for try await done in group { total.merge(done) }
        try total.drop(revoked: revokedCertificates())
        return VerifiedNodes(
          nodes: LedgerReader.newest(total.nodes), revokedCount: total.revoked,
          expiredCount: total.expired)
      }
    } catch let error as LedgerError {
      throw error
    } catch is CancellationError {
      throw .cancelled
    } catch {
      throw .io(path: directory.ledger.path, detail: "\(error)")
    }
  }

  /// In order of nodeId; of a node that was renewed, the certificate that lasts longest.
  private static func newest(_ nodes: [CertifiedNode]) -> [CertifiedNode] {
    let sorted = nodes.sorted { ($0.nodeId, $0.notAfter) < ($1.nodeId, $1.notAfter) }
    return sorted.indices.compactMap { index in
      let isLast = index + 1 == sorted.count || sorted[index + 1].nodeId != sorted[index].nodeId
      return isLast ? sorted[index] : nil
    }
  }

  private struct StoredCertificate: Sendable {
    let sequence: Int64
    let serial: SerialNumber
    let nodeId: NodeId
    let der: [UInt8]
  }

  private struct VerifiedBatch: Sendable {
    var nodes: [CertifiedNode] = []
    var revoked = 0
    var expired = 0

    /// Moves nodes that were revoked during the verification to where they belong.
    mutating func drop(revoked list: [RevokedCertificate]) {
      let serials = Set(list.map(\.serial))
      let count = nodes.count
      nodes.removeAll { serials.contains($0.serial) }
      revoked += count - nodes.count
    }

    mutating func merge(_ other: VerifiedBatch) {
      nodes += other.nodes
      revoked += other.revoked
      expired += other.expired
    }
  }

  /// Certificates verified in one task: about 60 ms of work.
  private static let batchCount = 256

  private func batch(
    after sequence: Int64, through end: Int64
  ) throws(LedgerError) -> [StoredCertificate] {
    try read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT c.sequence, r.serial, r.node_id, c.der FROM certificates c
          JOIN reservations r ON r.sequence = c.sequence
          WHERE c.sequence > ? AND c.sequence <= ? ORDER BY c.sequence LIMIT ?
          """, arguments: [sequence, end, LedgerReader.batchCount])
      return try rows.map { row in
        StoredCertificate(
          sequence: try row.required("sequence"), serial: try row.serial("serial"),
          nodeId: try row.nodeId("node_id"), der: try row.octets("der"))
      }
    }
  }

  private func verify(
    _ rows: [StoredCertificate], with verifier: CertificateVerifier, at time: CredentialTime
  ) throws -> VerifiedBatch {
    var batch = VerifiedBatch()
    batch.nodes.reserveCapacity(rows.count)
    for row in rows {
      try Task.checkCancellation()
      do {
        let node = try verifier.verify(
          UnverifiedNodeCertificate(der: row.der), at: time,
          expecting: PeerExpectation(nodeId: row.nodeId))
        guard node.serial == row.serial else {
          throw CertificateRejection.malformed("its serial number is \(node.serial)")
        }
        batch.nodes.append(node)
      } catch let rejection as CertificateRejection {
        switch rejection {
        case .revoked: batch.revoked += 1
        case .expired, .notYetValid: batch.expired += 1
        default:
          throw LedgerError.refused(
            path: directory.ledger.path, serial: row.serial, rejection: rejection)
        }
      }
    }
    return batch
  }

  // MARK: records

  /// One certificate with its octets; nil when it was never issued.
  /// - Throws: `LedgerError`.
  public func record(_ name: CertificateName) throws(LedgerError) -> LedgerRecord? {
    try read { try LedgerReader.fetchRecords(name, in: $0).last }
  }

  /// Records in order of issue, without their octets; begin with sequence 0, go on with the last.
  /// - Throws: `LedgerError`.
  public func records(
    after sequence: Int64, limit: Int = 1_000
  ) throws(LedgerError) -> [LedgerRecord] {
    try records(after: sequence, limit: limit, extra: "")
  }

  /// The same with the octets.
  /// - Throws: `LedgerError`.
  public func recordsWithCertificates(
    after sequence: Int64, limit: Int = 1_000
  ) throws(LedgerError) -> [LedgerRecord] {
    try records(after: sequence, limit: limit, extra: ", c.der")
  }

  private func records(
    after sequence: Int64, limit: Int, extra: String
  ) throws(LedgerError) -> [LedgerRecord] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          \(LedgerRecord.selection)\(extra) \(LedgerRecord.source)
          WHERE c.sequence > ? ORDER BY c.sequence LIMIT ?
          """, arguments: [sequence, limit]
      ).map(LedgerRecord.init)
    }
  }

  /// The certificates that a name means, oldest first: one, or a nodeId's with its renewals.
  static func fetchRecords(
    _ name: CertificateName, in database: Database
  ) throws -> [LedgerRecord] {
    let (condition, octets) =
      switch name {
      case .serial(let serial): ("r.serial = ?", serial.bytes)
      case .nodeId(let nodeId): ("r.node_id = ?", nodeId.bytes)
      }
    return try Row.fetchAll(
      database,
      sql: """
        \(LedgerRecord.selection), c.der \(LedgerRecord.source)
        WHERE \(condition) ORDER BY c.sequence
        """,
      arguments: [Data(octets)]
    ).map(LedgerRecord.init)
  }

  static func fetchLatestLists(_ database: Database) throws -> [RecordedList] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT l.* FROM revocation_lists l WHERE l.number =
          (SELECT max(number) FROM revocation_lists m WHERE m.issuer = l.issuer)
        ORDER BY l.issuer
        """
    ).map(RecordedList.init)
  }

  /// All revocations, in the order in which they were made.
  /// - Throws: `LedgerError`.
  public func revokedCertificates() throws(LedgerError) -> [RevokedCertificate] {
    try read(fetchRevocations)
  }

  func fetchRevocations(_ database: Database) throws -> [RevokedCertificate] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT r.serial, e.at, e.reason FROM events e
        JOIN reservations r ON r.sequence = e.certificate
        WHERE e.kind = 'revoked' ORDER BY e.sequence
        """
    ).map(LedgerReader.revokedCertificate)
  }

  /// nodeIds that were reserved and never issued: lost to crashes, or being issued right now.
  /// A renewal that was lost leaves its nodeId where it was.
  /// - Throws: `LedgerError`.
  public func burntNodeIds() throws(LedgerError) -> [NodeId] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT node_id FROM reservations r
          WHERE r.renews IS NULL
            AND NOT EXISTS (SELECT 1 FROM certificates c WHERE c.sequence = r.sequence)
          ORDER BY node_id
          """
      ).map { try $0.nodeId("node_id") }
    }
  }

  /// How many certificates were issued.
  /// - Throws: `LedgerError`.
  public func certificateCount() throws(LedgerError) -> Int {
    try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM certificates") ?? 0 }
  }

  static func revokedCertificate(_ row: Row) throws -> RevokedCertificate {
    let name: String = try row.required("reason")
    return RevokedCertificate(
      serial: try row.serial("serial"), time: try row.time("at"),
      reason: RevocationReason(rawValue: name) ?? .unspecified)
  }

  func read<Value>(_ body: (Database) throws -> Value) throws(LedgerError) -> Value {
    try LedgerDatabase.translating(directory.ledger) { try queue.read(body) }
  }

  // MARK: files

  private static func certificate(_ url: URL) throws(LedgerError) -> [UInt8] {
    try armoured(url, label: "CERTIFICATE")
  }

  private static func armoured(_ url: URL, label: String) throws(LedgerError) -> [UInt8] {
    let text: [UInt8]
    do {
      text = try AuthorityFile.read(url)
    } catch {
      throw .io(path: url.path, detail: error.description)
    }
    guard let der = PEM.decode(text, label: label) else {
      throw .damaged(path: url.path, detail: "it holds no PEM block of kind \(label)")
    }
    return der
  }

  /// The issuing certificate is not the ledger's: of another overlay, or of a namesake.
  private static func mismatch(_ directory: AuthorityDirectory, name: OverlayName) -> LedgerError {
    let path = directory.ledger.path
    do {
      let issuing = try certificate(directory.issuingCertificate)
      let root = try certificate(directory.rootCertificate)
      _ = try CertificateVerifier(
        overlay: name, root: root, issuing: issuing, revocation: .ledger([]))
    } catch CertificateRejection.foreignOverlay(_, let found) {
      return .foreignOverlay(path: path, expected: found, found: name.value)
    } catch {
      return .damaged(path: path, detail: "it does not belong to issuing.crt (\(error))")
    }
    return .damaged(path: path, detail: "it does not belong to issuing.crt")
  }
}
