import Admission
import CertificateAuthority
import Foundation
import GRDB
import NodeCredentials
import RingIdentifiers
import Testing
import TransparencyLog

extension AdmissionPolicy {
  /// Accounts at one credit each, and no limit at all.
  static var bare: AdmissionPolicy {
    var policy = AdmissionPolicy()
    policy.limits = [:]
    policy.identitiesPerAccount = 0
    return policy
  }

  /// Anyone, without a limit.
  static var openToAll: AdmissionPolicy {
    var policy = bare
    policy.accounts = .open
    policy.priceCredits = 0
    return policy
  }
}

extension CredentialTime {
  func adding(days: Int64) -> CredentialTime { adding(seconds: days * 86_400) }
}

extension EnrollmentOutcome {
  var receipts: [EnrollmentReceipt] {
    if case .issued(let receipts, _) = self { receipts } else { [] }
  }
  var refusal: AdmissionRefusal? { if case .refused(let refusal) = self { refusal } else { nil } }
  var renewalRefusal: RenewalRefusal? {
    if case .notRenewable(let refusal) = self { refusal } else { nil }
  }
}

/// An authority with its policy, at work on enrollments.
struct EnrollmentBench {
  static let peer = IPAddress.v4(0xC000_0201)
  static let now = AuthorityBench.now

  let bench: AuthorityBench
  let authority: OverlayAuthority
  let engine: AdmissionEngine

  init(
    _ policy: AdmissionPolicy = .bare, profile: CertificateProfile = CertificateProfile(),
    accounts: [String: Int64] = [:]
  ) throws {
    bench = try AuthorityBench(profile: profile, policy: policy)
    for (name, credits) in accounts.sorted(by: { $0.key < $1.key }) {
      try bench.openAccount(name, credits: credits)
    }
    authority = try bench.open()
    engine = try authority.admissionEngine()
    #expect(engine.policy == policy)
  }

  static func key() throws -> PublicKey { try PrivateKey(generating: .p256).publicKey }

  /// A wish from the fixed peer, with a new key unless one is given.
  func wish(
    _ account: String? = "alice", count: Int = 1, renewing: NodeId? = nil, key: PublicKey? = nil,
    peer: IPAddress = peer, address: NodeAddress? = nil, solution: PuzzleSolution? = nil
  ) throws -> Enrollment {
    Enrollment(
      publicKey: try key ?? EnrollmentBench.key(), count: count, renewing: renewing,
      account: try account.map { try .named($0) }, peer: peer, address: address,
      solution: solution)
  }

  /// Enrolls a group; a failure of the whole group is thrown.
  @discardableResult
  func enroll(
    _ wishes: [Enrollment], at now: CredentialTime = now
  ) throws -> [EnrollmentOutcome] {
    try authority.enroll(wishes, by: engine, at: AdmissionTime(now)).map { try $0.get() }
  }

  /// Enrolls one that must be granted one certificate.
  func issue(_ wish: Enrollment, at now: CredentialTime = now) throws -> EnrollmentReceipt {
    let outcomes = try enroll([wish], at: now)
    return try #require(outcomes.first?.receipts.first, "\(outcomes)")
  }

  func audit(at time: CredentialTime = now) throws -> AuditReport { try bench.audit(at: time) }
}

extension AuthorityBench {
  /// Every row of every table, as text.
  func dump() throws -> [String] {
    let queue = try DatabaseQueue(path: ledger.path)
    defer { try? queue.close() }
    return try queue.read { database in
      let tables = try String.fetchAll(
        database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      return try tables.flatMap { table in
        try Row.fetchAll(database, sql: "SELECT * FROM \(table)").map { row in
          "\(table): " + row.databaseValues.map { "\($0)" }.joined(separator: "|")
        }.sorted()
      }
    }
  }

  /// One number from the ledger.
  func number(_ sql: String) throws -> Int64? {
    let queue = try DatabaseQueue(path: ledger.path)
    defer { try? queue.close() }
    return try queue.read { try Int64.fetchOne($0, sql: sql) }
  }

  func audit(at time: CredentialTime = now) throws -> AuditReport {
    try LedgerAudit(url, at: time).run()
  }

  /// Changes rows of append-only tables, and puts the triggers back as if nothing had been.
  func unsay(_ sql: String) throws {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    let queue = try DatabaseQueue(path: ledger.path, configuration: configuration)
    try queue.write { database in
      let triggers = try Row.fetchAll(
        database, sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
      ).map { ($0["name"] as String, $0["sql"] as String) }
      for (name, _) in triggers { try database.execute(sql: "DROP TRIGGER \(name)") }
      try database.execute(sql: sql)
      for (_, text) in triggers { try database.execute(sql: text) }
    }
    try queue.close()
  }

  /// Verifies a receipt with nothing but the published key of the log.
  func verify(_ receipt: EnrollmentReceipt) throws -> Checkpoint {
    let text = try String(contentsOf: AuthorityDirectory(url).logVerifierKey, encoding: .utf8)
    let key = try VerifierKey(text.trimmingCharacters(in: .newlines))
    let policy = try LogPolicy(origin: LogOrigin("overlay.example/nodes"), logKeys: [key])
    return try LogProof(octets: Array(receipt.proof.utf8))
      .verify(entry: receipt.certificate, policy: policy).checkpoint
  }
}
