import Foundation
import GRDB
import NodeCredentials
import RingIdentifiers

/// A serial number and a nodeId that the ledger has set aside: used at most once, or burnt.
struct Reservation: Hashable, Sendable {
  /// Its row in the ledger.
  let sequence: Int64
  let serial: SerialNumber
  let nodeId: NodeId
}

/// A signed certificate on its way into the ledger.
struct SignedNode: Sendable {
  let reservation: Reservation
  let address: NodeAddress
  let validity: ValidityPeriod
  let der: [UInt8]
}

/// The writing side of the ledger: one transaction per step, each durable when it returns.
final class Ledger: Sendable {
  private let queue: DatabaseQueue
  let url: URL

  init(_ url: URL, wait: Double, maximumPageCount: Int? = nil) throws(LedgerError) {
    self.url = url
    queue = try LedgerDatabase.openForWriting(url, wait: wait, maximumPageCount: maximumPageCount)
  }

  /// Makes the tables and the row that names the overlay.
  func create(
    overlay: OverlayName, issuing: [UInt8], at now: CredentialTime
  ) throws(LedgerError) {
    try write { database in
      try LedgerDatabase.createSchema(database)
      try database.execute(
        sql: "INSERT INTO authority VALUES (1, ?, ?, ?, ?)",
        arguments: [
          LedgerDatabase.schemaVersion, overlay.value, Data(try Digest.sha256(issuing)),
          now.secondsSinceEpoch,
        ])
    }
  }

  /// Folds the write-ahead log into the file and closes it.
  func close() throws(LedgerError) {
    try LedgerDatabase.translating(url) { try queue.close() }
  }

  /// Draws serial numbers and nodeIds and commits them before anything is signed.
  ///
  /// From here on they are burnt, whatever happens: a crash loses them and never issues them twice.
  func reserve(_ count: Int, at now: CredentialTime) throws(LedgerError) -> [Reservation] {
    try write { database in
      var reservations: [Reservation] = []
      reservations.reserveCapacity(count)
      let statement = try database.cachedStatement(
        sql: "INSERT INTO reservations (serial, node_id, reserved_at) VALUES (?, ?, ?)")
      for _ in 0..<count {
        let (serial, nodeId) = (try SerialNumber.random(), try NodeId.assigned())
        try statement.execute(
          arguments: [Data(serial.bytes), Data(nodeId.bytes), now.secondsSinceEpoch])
        reservations.append(
          Reservation(
            sequence: database.lastInsertedRowID, serial: serial, nodeId: nodeId))
      }
      return reservations
    }
  }

  /// Commits signed certificates; only then may they leave the authority.
  func record(_ nodes: [SignedNode], at now: CredentialTime) throws(LedgerError) {
    try write { database in
      let certificate = try database.cachedStatement(
        sql: """
          INSERT INTO certificates (sequence, address, not_before, not_after, der)
          VALUES (?, ?, ?, ?, ?)
          """)
      let event = try database.cachedStatement(
        sql: "INSERT INTO events (kind, certificate, at) VALUES ('issued', ?, ?)")
      for node in nodes {
        let sequence = node.reservation.sequence
        try certificate.execute(
          arguments: [
            sequence, node.address.description, node.validity.notBefore.secondsSinceEpoch,
            node.validity.notAfter.secondsSinceEpoch, Data(node.der),
          ])
        try event.execute(arguments: [sequence, now.secondsSinceEpoch])
      }
    }
  }

  /// The place of the newest reservation; 0 before the first.
  func lastReservation() throws(LedgerError) -> Int64 {
    try LedgerDatabase.translating(url) {
      try queue.read {
        try Int64.fetchOne($0, sql: "SELECT max(sequence) FROM reservations") ?? 0
      }
    }
  }

  /// The first address that satisfies `condition` among the certificates in force.
  /// - Complexity: O(certificates) time, O(1) memory.
  func firstAddress(
    inForceAt now: CredentialTime, where condition: (NodeAddress) -> Bool
  ) throws(LedgerError) -> NodeAddress? {
    try LedgerDatabase.translating(url) {
      try queue.read { database in
        let rows = try Row.fetchCursor(
          database,
          sql: """
            SELECT address FROM certificates c WHERE not_after >= ? AND NOT EXISTS (
              SELECT 1 FROM events e WHERE e.certificate = c.sequence AND e.kind = 'revoked')
            """, arguments: [now.secondsSinceEpoch])
        while let row = try rows.next() {
          if let address = NodeAddress(try row.required("address", as: String.self)),
            condition(address)
          {
            return address
          }
        }
        return nil
      }
    }
  }

  // MARK: revocation

  /// What became of a revocation.
  enum RevocationResult {
    case revoked(LedgerRecord)
    case alreadyRevoked(LedgerRecord)
  }

  /// Records a revocation and the list that announces it, in one transaction.
  /// - Parameter sign: makes the DER of a list from its number and entries.
  /// - Throws: `.unknownCertificate` when nothing was issued under this name.
  func revoke(
    _ name: CertificateName, reason: RevocationReason, at now: CredentialTime,
    period: ValidityPeriod, sign: (UInt64, [RevokedCertificate]) throws -> [UInt8]
  ) throws(LedgerError) -> RevocationResult {
    try write { database in
      guard let record = try Ledger.record(name, in: database) else {
        throw LedgerError.unknownCertificate(path: self.url.path, name: name.description)
      }
      if record.revocation != nil { return .alreadyRevoked(record) }
      try database.execute(
        sql: "INSERT INTO events (kind, certificate, at, reason) VALUES ('revoked', ?, ?, ?)",
        arguments: [record.sequence, now.secondsSinceEpoch, reason.rawValue])
      try Ledger.insertList(at: now, period: period, into: database, sign: sign)
      return .revoked(try Ledger.record(name, in: database) ?? record)
    }
  }

  /// Makes and records the next revocation list.
  func renewList(
    at now: CredentialTime, period: ValidityPeriod,
    sign: (UInt64, [RevokedCertificate]) throws -> [UInt8]
  ) throws(LedgerError) {
    try write { try Ledger.insertList(at: now, period: period, into: $0, sign: sign) }
  }

  /// The newest list; nil before the first.
  func latestList() throws(LedgerError) -> (number: UInt64, der: [UInt8])? {
    try LedgerDatabase.translating(url) {
      try queue.read { database in
        let row = try Row.fetchOne(
          database, sql: "SELECT number, der FROM revocation_lists ORDER BY number DESC LIMIT 1")
        guard let row else { return nil }
        guard let number = UInt64(exactly: try row.required("number", as: Int64.self)) else {
          throw Row.mismatch("a revocation list has a negative number")
        }
        return (number, try row.octets("der"))
      }
    }
  }

  /// Revoked certificates stay listed for one period after they expire, so that no list can miss
  /// the moment. Source: RFC 5280 section 3.3.
  private static func insertList(
    at now: CredentialTime, period: ValidityPeriod, into database: Database,
    sign: (UInt64, [RevokedCertificate]) throws -> [UInt8]
  ) throws {
    let previous = try Int64.fetchOne(
      database, sql: "SELECT max(number) FROM revocation_lists")
    let (number, overflow) = max(previous ?? 0, 0).addingReportingOverflow(1)
    guard !overflow else {
      throw Row.mismatch("the numbers of revocation lists are used up")
    }
    let (next, this) = (period.notAfter.secondsSinceEpoch, period.notBefore.secondsSinceEpoch)
    let entries = try Row.fetchAll(
      database,
      sql: """
        SELECT r.serial, e.at, e.reason FROM events e
        JOIN certificates c ON c.sequence = e.certificate
        JOIN reservations r ON r.sequence = e.certificate
        WHERE e.kind = 'revoked' AND c.not_after + ? >= ? ORDER BY e.sequence
        """, arguments: [next - now.secondsSinceEpoch, now.secondsSinceEpoch]
    ).map(LedgerReader.revokedCertificate)
    let der = try sign(UInt64(number), entries)
    try database.execute(
      sql: "INSERT INTO revocation_lists VALUES (?, ?, ?, ?)",
      arguments: [number, this, next, Data(der)])
  }

  private static func record(
    _ name: CertificateName, in database: Database
  ) throws -> LedgerRecord? {
    try LedgerReader.fetchRecord(name, in: database)
  }

  private func write<Value>(_ body: (Database) throws -> Value) throws(LedgerError) -> Value {
    try LedgerDatabase.translating(url) { try queue.write(body) }
  }
}
