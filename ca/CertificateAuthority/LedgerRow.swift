import Foundation
import GRDB
import NodeCredentials
import RingIdentifiers

// Rows come from a file that anybody may have written: an absent, empty or wrong value is an error,
// which names the column, never a trap.
extension Row {
  /// The value of a column that must be there and of this type.
  /// - Throws: `DatabaseError` with SQLITE_MISMATCH, which means a damaged ledger.
  func required<Value: DatabaseValueConvertible>(
    _ column: String, as type: Value.Type = Value.self
  ) throws -> Value {
    guard let value = try optional(column, as: type) else {
      throw Row.mismatch("the column \(column) has no value")
    }
    return value
  }

  /// The value of a column that may be NULL.
  /// - Throws: `DatabaseError` with SQLITE_MISMATCH when it is of another type.
  func optional<Value: DatabaseValueConvertible>(
    _ column: String, as type: Value.Type = Value.self
  ) throws -> Value? {
    guard let stored = self[column] as DatabaseValue?, !stored.isNull else { return nil }
    guard let value = Value.fromDatabaseValue(stored) else {
      throw Row.mismatch("the column \(column) has a value of the wrong kind")
    }
    return value
  }

  /// A serial number of 16 octets.
  func serial(_ column: String) throws -> SerialNumber {
    guard let serial = SerialNumber(bytes: try octets(column)) else {
      throw Row.mismatch("a serial number is not 16 octets")
    }
    return serial
  }

  /// A nodeId of 20 octets.
  func nodeId(_ column: String) throws -> NodeId {
    do {
      return try NodeId(bytes: try octets(column))
    } catch let error as RingIdentifierError {
      throw Row.mismatch("a nodeId cannot be read: \(error)")
    }
  }

  /// Octets.
  func octets(_ column: String) throws -> [UInt8] {
    [UInt8](try required(column, as: Data.self))
  }

  /// An instant, stored as seconds.
  func time(_ column: String) throws -> CredentialTime {
    CredentialTime(secondsSinceEpoch: try required(column))
  }

  static func mismatch(_ message: String) -> DatabaseError {
    DatabaseError(resultCode: .SQLITE_MISMATCH, message: message)
  }
}
