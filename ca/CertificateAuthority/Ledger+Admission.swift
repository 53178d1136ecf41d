public import Admission
import Foundation
import GRDB
public import NodeCredentials
import RingIdentifiers

/// The policy's memory in the ledger, seen from inside one transaction.
struct LedgerAdmissionState: AdmissionState {
  let database: Database
  /// Whether the policy caps the identities in force: counting them is not free.
  let countsIdentities: Bool
  /// The reservation that a charge pays for.
  var reservation: Int64?
  /// For so many seconds an id that is set aside holds its place; it is issued at once or never.
  static let pendingSeconds: Int64 = 3_600

  func theoreticalArrival(of key: LimitKey) throws -> Int64? {
    let statement = try database.cachedStatement(
      sql: "SELECT arrival FROM rate_limits WHERE key = ?")
    return try Int64.fetchOne(statement, arguments: [key.description])
  }

  func standing(of account: AccountName, at now: AdmissionTime) throws -> AccountStanding? {
    guard let credits = try Ledger.balance(of: account, in: database) else { return nil }
    guard countsIdentities else { return AccountStanding(credits: credits) }
    let seconds = now.credentialTime.secondsSinceEpoch
    let row = try Row.fetchOne(
      database,
      sql: """
        SELECT count(DISTINCT r.node_id) FILTER (WHERE r.renews IS NULL) AS issued,
          count(DISTINCT r.node_id) FILTER (WHERE (c.sequence IS NULL AND r.reserved_at > ?) OR (
            c.not_after >= ? AND NOT EXISTS (
              SELECT 1 FROM events e WHERE e.certificate = c.sequence AND e.kind = 'revoked')
          )) AS in_force
        FROM reservations r LEFT JOIN certificates c ON c.sequence = r.sequence
        WHERE r.account = ?
        """,
      arguments: [
        seconds - LedgerAdmissionState.pendingSeconds, seconds, account.value,
      ])
    return AccountStanding(
      credits: credits, identitiesInForce: try row?.required("in_force") ?? 0,
      identitiesIssued: try row?.required("issued") ?? 0)
  }

  func isSpent(_ stamp: PuzzleStamp) throws -> Bool {
    let epoch = Int64(clamping: stamp.epoch)
    return try Bool.fetchOne(
      database,
      sql: """
        SELECT EXISTS (SELECT 1 FROM spent_solutions WHERE epoch = ? AND digest = ?)
          OR EXISTS (SELECT 1 FROM spent_solutions WHERE digest = x'' AND epoch > ?)
        """, arguments: [epoch, Data(stamp.digest), epoch]) ?? true
  }

  mutating func apply(_ changes: AdmissionChanges, at now: AdmissionTime) throws {
    for (key, arrival) in changes.arrivals {
      if let arrival {
        let statement = try database.cachedStatement(
          sql: "INSERT OR REPLACE INTO rate_limits (key, arrival) VALUES (?, ?)")
        try statement.execute(arguments: [key.description, arrival])
      } else {
        try database.execute(
          sql: "DELETE FROM rate_limits WHERE key = ?", arguments: [key.description])
      }
    }
    if let charge = changes.charge {
      _ = try Ledger.insertCredits(
        -charge.credits, to: charge.account, note: "identity", reservation: reservation,
        at: now.credentialTime, into: database)
    }
    if let stamp = changes.spent {
      try database.execute(
        sql: "INSERT INTO spent_solutions (epoch, digest) VALUES (?, ?)",
        arguments: [Int64(clamping: stamp.epoch), Data(stamp.digest)])
    }
  }
}

extension AdmissionTime {
  /// The second that holds the instant.
  public var credentialTime: CredentialTime {
    let (quotient, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    return CredentialTime(secondsSinceEpoch: rest < 0 ? quotient - 1 : quotient)
  }
}

extension Ledger {
  /// What one enrollment got.
  enum Admitted: Sendable {
    case granted([Reservation], AdmissionGrant)
    case refused(AdmissionRefusal)
    case notRenewable(RenewalRefusal)
  }

  /// Decides on a group of enrollments, charges them and sets their ids aside, in one transaction.
  ///
  /// Each sees what those before it in the group cost. A refused one leaves nothing behind.
  /// - Parameter certifiedKey: the key in a certificate of this authority.
  func admit(
    _ enrollments: [Enrollment], by engine: AdmissionEngine, at now: AdmissionTime,
    certifiedKey: (LedgerRecord) -> PublicKey?
  ) throws(LedgerError) -> [Admitted] {
    try write { database in
      try enrollments.map {
        try Ledger.admitOne($0, by: engine, at: now, certifiedKey: certifiedKey, in: database)
      }
    }
  }

  private static func admitOne(
    _ enrollment: Enrollment, by engine: AdmissionEngine, at now: AdmissionTime,
    certifiedKey: (LedgerRecord) -> PublicKey?, in database: Database
  ) throws -> Admitted {
    var renewed: RenewedCertificate?
    if let nodeId = enrollment.renewing {
      let newest = try LedgerReader.fetchRecords(.nodeId(nodeId), in: database).last
      do {
        renewed = try renewable(
          newest, for: enrollment, accounts: engine.policy.accounts, certifiedKey: certifiedKey,
          at: now.credentialTime)
      } catch {
        return .notRenewable(error)
      }
    }
    var state = LedgerAdmissionState(
      database: database, countsIdentities: engine.policy.identitiesPerAccount > 0)
    let (decision, changes) = try engine.evaluate(enrollment.request, at: now, state: state)
    switch decision {
    case .refused(let refusal): return .refused(refusal)
    case .admitted(let grant):
      // A renewal stays with its account, whatever the policy has become since.
      let account: String? =
        if let renewed {
          renewed.account
        } else if engine.policy.accounts == .required {
          enrollment.request.account?.value
        } else {
          nil
        }
      let reservations = try (0..<max(1, grant.newNodeIds)).map { _ in
        try reserveOne(
          in: database, account: account, renewing: renewed, at: now.credentialTime)
      }
      state.reservation = reservations.first?.sequence
      try state.apply(changes, at: now)
      return .granted(reservations, grant)
    }
  }

  /// The certificate that an applicant may renew.
  private static func renewable(
    _ newest: LedgerRecord?, for enrollment: Enrollment, accounts: AdmissionPolicy.Accounts,
    certifiedKey: (LedgerRecord) -> PublicKey?, at now: CredentialTime
  ) throws(RenewalRefusal) -> RenewedCertificate {
    guard let newest else { throw .unknownNode }
    let isTheirs =
      switch accounts {
      case .required: newest.account != nil && newest.account == enrollment.request.account?.value
      case .open: certifiedKey(newest) == enrollment.publicKey
      }
    guard isTheirs else { throw .notYours }
    switch newest.status(at: now) {
    case .revoked: throw .revoked
    case .expired: throw .expired
    case .active, .notYetValid:
      return RenewedCertificate(
        sequence: newest.sequence, nodeId: newest.nodeId, account: newest.account)
    }
  }

  /// Forgets limits that no longer limit and solutions of epochs that are refused anyway.
  /// - Parameter epoch: solutions of epochs before this one are refused; nil without a puzzle.
  func forgetPast(at now: AdmissionTime, beforeEpoch epoch: UInt64?) throws(LedgerError) {
    try write { database in
      try database.execute(
        sql: "DELETE FROM rate_limits WHERE arrival < ?", arguments: [now.microseconds])
      guard let epoch else { return }
      let bound = Int64(clamping: epoch)
      // The empty digest marks how far back nothing is known any more, should the clock go back.
      try database.execute(
        sql: """
          DELETE FROM spent_solutions WHERE epoch < ?;
          INSERT OR IGNORE INTO spent_solutions VALUES (?, x'')
          """, arguments: [bound, bound])
    }
  }
}
