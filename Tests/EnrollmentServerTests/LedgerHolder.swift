import Foundation
import GRDB
import Synchronization

/// Another process's write lock on a ledger, for as long as it is held.
final class LedgerHolder: Sendable {
  private let queue: DatabaseQueue

  init(_ ledger: URL) throws {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    queue = try DatabaseQueue(path: ledger.path, configuration: configuration)
    try queue.inDatabase { database in try database.execute(sql: "BEGIN IMMEDIATE") }
  }

  func release() throws {
    try queue.inDatabase { database in try database.execute(sql: "ROLLBACK") }
    try queue.close()
  }
}
