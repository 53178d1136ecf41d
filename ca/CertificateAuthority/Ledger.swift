import Foundation
import GRDB
import NodeCredentials
import RingIdentifiers
import TransparencyLog

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
  /// The number of the issuing certificate.
  let issuer: Int64
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

  /// Makes the tables and the rows that name the overlay, its first issuer and its empty log.
  func create(
    overlay: OverlayName, issuing: [UInt8], log: LogNotary, at now: CredentialTime
  ) throws(LedgerError) {
    try write { database in
      try LedgerDatabase.createSchema(database)
      try database.execute(
        sql: "INSERT INTO authority VALUES (1, ?, ?, ?, ?)",
        arguments: [
          LedgerDatabase.schemaVersion, overlay.value, log.verifierKey,
          now.secondsSinceEpoch,
        ])
      _ = try Ledger.insertIssuer(issuing, at: now, into: database)
      _ = try Ledger.append([], to: database, signedBy: log, at: now)
    }
  }

  /// Folds the write-ahead log into the file and closes it.
  func close() throws(LedgerError) {
    try LedgerDatabase.translating(url) { try queue.close() }
  }

  /// Runs one transaction; what it committed survives a power cut.
  func write<Value>(_ body: (Database) throws -> Value) throws(LedgerError) -> Value {
    try LedgerDatabase.translating(url) { try queue.write(body) }
  }

  /// Runs a look at one state of the ledger.
  func read<Value>(_ body: (Database) throws -> Value) throws(LedgerError) -> Value {
    try LedgerDatabase.translating(url) { try queue.read(body) }
  }

  // MARK: issuers

  /// Adds an issuing certificate as number `number`; gives false when that is not the next one.
  /// - Parameter store: puts its files in place, before the commit: of two processes that rotate at
  ///   once only one comes so far, and a crash leaves no issuer in the ledger without its key.
  func addIssuer(
    _ der: [UInt8], as number: Int64, at now: CredentialTime, store: () throws -> Void
  ) throws(LedgerError) -> Bool {
    try write { database in
      let last = try Int64.fetchOne(database, sql: "SELECT max(number) FROM issuers") ?? 0
      guard number == last + 1 else { return false }
      _ = try Ledger.insertIssuer(der, at: now, into: database)
      try store()
      return true
    }
  }

  private static func insertIssuer(
    _ der: [UInt8], at now: CredentialTime, into database: Database
  ) throws -> Int64 {
    let last = try Int64.fetchOne(database, sql: "SELECT max(number) FROM issuers") ?? 0
    try database.execute(
      sql: "INSERT INTO issuers VALUES (?, ?, ?, ?)",
      arguments: [last + 1, Data(try Digest.sha256(der)), Data(der), now.secondsSinceEpoch])
    return last + 1
  }

  // MARK: issuance

  /// Draws serial numbers and nodeIds and commits them before anything is signed.
  ///
  /// From here on they are burnt, whatever happens: a crash loses them and never issues them twice.
  func reserve(_ count: Int, at now: CredentialTime) throws(LedgerError) -> [Reservation] {
    try write { database in
      var reservations: [Reservation] = []
      reservations.reserveCapacity(count)
      for _ in 0..<count {
        reservations.append(try Ledger.reserveOne(in: database, at: now))
      }
      return reservations
    }
  }

  /// Sets one serial number aside, with a fresh nodeId or, for a renewal, the one that is renewed.
  static func reserveOne(
    in database: Database, account: String? = nil, renewing: RenewedCertificate? = nil,
    at now: CredentialTime
  ) throws -> Reservation {
    let statement = try database.cachedStatement(
      sql: """
        INSERT INTO reservations (serial, node_id, renews, account, reserved_at)
        VALUES (?, ?, ?, ?, ?)
        """)
    let serial = try SerialNumber.random()
    let nodeId = try renewing?.nodeId ?? NodeId.assigned()
    try statement.execute(
      arguments: [
        Data(serial.bytes), Data(nodeId.bytes), renewing?.sequence, account, now.secondsSinceEpoch,
      ])
    return Reservation(sequence: database.lastInsertedRowID, serial: serial, nodeId: nodeId)
  }

  /// Commits signed certificates and their place in the log; only then may they leave.
  /// - Returns: the proof of each certificate's inclusion, in the order of `nodes`.
  func record(
    _ nodes: [SignedNode], signedBy log: LogNotary, at now: CredentialTime
  ) throws(LedgerError) -> [LogProof] {
    try write { database in
      let certificate = try database.cachedStatement(
        sql: """
          INSERT INTO certificates
            (sequence, position, issuer, address, not_before, not_after, der)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """)
      let event = try database.cachedStatement(
        sql: "INSERT INTO events (kind, certificate, at) VALUES ('issued', ?, ?)")
      let proofs = try Ledger.append(
        nodes.map(\.der), to: database, signedBy: log, at: now)
      for (node, proof) in zip(nodes, proofs) {
        let sequence = node.reservation.sequence
        try certificate.execute(
          arguments: [
            sequence, Int64(clamping: proof.inclusion.index), node.issuer, node.address.description,
            node.validity.notBefore.secondsSinceEpoch, node.validity.notAfter.secondsSinceEpoch,
            Data(node.der),
          ])
        try event.execute(arguments: [sequence, now.secondsSinceEpoch])
      }
      return proofs
    }
  }

  /// The place of the newest reservation; 0 before the first.
  func lastReservation() throws(LedgerError) -> Int64 {
    try read { try Int64.fetchOne($0, sql: "SELECT max(sequence) FROM reservations") ?? 0 }
  }

  /// The first address that satisfies `condition` among the certificates in force.
  /// - Complexity: O(certificates) time, O(1) memory.
  func firstAddress(
    inForceAt now: CredentialTime, where condition: (NodeAddress) -> Bool
  ) throws(LedgerError) -> NodeAddress? {
    try read { database in
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
