import Admission
import CertificateAuthority
import Foundation
import GRDB
import NodeCredentials
import Synchronization
import Testing

/// A directory that is gone when the test is.
final class ScratchDirectory: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "redoubt-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }
}

/// An authority on disk, made and used at fixed times.
struct AuthorityBench {
  static let now = moment(2026)

  let scratch: ScratchDirectory
  let url: URL

  init(
    overlay: String = "overlay.example", profile: CertificateProfile = CertificateProfile(),
    policy: AdmissionPolicy = AdmissionPolicy(), at time: CredentialTime = now
  ) throws {
    scratch = try ScratchDirectory()
    url = scratch.file("authority")
    try OverlayAuthority.create(
      at: url, overlay: OverlayName(overlay), profile: profile, policy: policy,
      now: time)
  }

  /// For programs that cannot be told the time.
  static var wallClock: CredentialTime {
    CredentialTime(secondsSinceEpoch: Int64(Date().timeIntervalSince1970))
  }

  static func moment(_ year: Int) -> CredentialTime {
    CredentialTime(year: year, month: 1, day: 1) ?? CredentialTime(secondsSinceEpoch: 0)
  }

  static func address(_ text: String = "192.0.2.7:4000") throws -> NodeAddress {
    try #require(NodeAddress(text))
  }

  var ledger: URL { AuthorityDirectory(url).ledger }

  func open(
    wait: Double = 10, maximumPageCount: Int? = nil,
    observer: (@Sendable (IssuanceStep) throws -> Void)? = nil
  ) throws -> OverlayAuthority {
    try OverlayAuthority(
      opening: url, wait: wait, maximumPageCount: maximumPageCount, observer: observer)
  }

  /// Issues and closes.
  func issue(_ address: String = "192.0.2.7:4000") throws -> IssuedNode {
    try open().issue(address: AuthorityBench.address(address), at: AuthorityBench.now)
  }

  /// Opens an account whose secret is "secret".
  func openAccount(_ name: String, credits: Int64) throws {
    try open().openAccount(
      .named(name), secret: AuthorityBench.secret.get(), credits: credits, at: AuthorityBench.now)
  }

  /// The hash of "secret", at the least cost.
  static let secret = Result { try SecretHash(hashing: Array("secret".utf8), cost: .least) }

  /// The directory is kept until it was opened, also when this is the bench's last use.
  func reader() throws -> LedgerReader {
    try withExtendedLifetime(scratch) { try LedgerReader(directory: url) }
  }

  /// Runs SQL on the ledger behind the authority's back.
  func tamper(_ sql: String) throws {
    let queue = try DatabaseQueue(path: ledger.path)
    try queue.write { try $0.execute(sql: sql) }
    try queue.close()
  }

  /// Makes a table anew, without constraints and triggers, with `value` in one column.
  func rebuild(_ table: String, setting column: String, to value: String) throws {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    let queue = try DatabaseQueue(path: ledger.path, configuration: configuration)
    try queue.write { database in
      let names = try database.columns(in: table).map(\.name)
      let selection = names.map { $0 == column ? "\(value) AS \($0)" : $0 }
      try database.execute(
        sql: """
          CREATE TABLE rebuilt AS SELECT \(selection.joined(separator: ", ")) FROM \(table);
          DROP TABLE \(table);
          ALTER TABLE rebuilt RENAME TO \(table)
          """)
    }
    try queue.close()
  }

  func withoutTriggers(_ sql: String) throws {
    let queue = try DatabaseQueue(path: ledger.path)
    try queue.write { database in
      let names = try String.fetchAll(
        database, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name")
      for name in names { try database.execute(sql: "DROP TRIGGER \(name)") }
      try database.execute(sql: sql)
    }
    try queue.close()
  }
}

extension AccountName {
  static func named(_ text: String) throws -> AccountName { try #require(AccountName(text)) }
}

/// The reason why a certificate authority's work failed; nil when it did not.
func authorityError(_ body: () throws -> Void) throws -> AuthorityError? {
  do {
    try body()
    return nil
  } catch let error as AuthorityError {
    return error
  }
}

/// The reason why a ledger could not be read; nil when it could.
func ledgerError(_ body: () throws -> Void) throws -> LedgerError? {
  do {
    try body()
    return nil
  } catch let error as LedgerError {
    return error
  }
}

/// Counts up from 1, from any thread.
final class Counter: Sendable {
  private let count = Mutex(0)

  var value: Int { count.withLock { $0 } }

  func next() -> Int {
    count.withLock { value in
      value += 1
      return value
    }
  }
}
