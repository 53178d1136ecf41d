/// A certificate that a client holds: the server said 200 and every octet of it arrived.
public struct ReleasedCertificate: Hashable, Sendable {
  /// 20 octets.
  public let nodeId: ShortOctets
  /// 16 octets.
  public let serial: ShortOctets
  /// SHA-256 of the certificate's DER.
  public let digest: ShortOctets

  /// A line of the journal from its parts.
  public init(nodeId: ShortOctets, serial: ShortOctets, digest: ShortOctets) {
    self.nodeId = nodeId
    self.serial = serial
    self.digest = digest
  }
}

/// Why a text is no journal.
public struct JournalError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Counted from 1.
  public let line: Int
  /// What is wrong with it.
  public let reason: String

  /// One line for a user.
  public var description: String { "line \(line) of the journal: \(reason)" }
}

/// The text form of what a run was given: a heading, then one certificate per line.
///
/// A line is the nodeId (40 hex digits), the serial number (32) and the SHA-256 digest of the DER
/// (64), with single spaces. The generator appends a line when the answer has arrived in full and
/// its checks are done, so a line is the promise that the authority has to keep after any crash.
public struct Journal: Hashable, Sendable {
  /// The first line.
  public static let heading = "enroll-load journal 1"

  /// In the order of arrival.
  public let entries: [ReleasedCertificate]
  /// Whether the last line had no end: the writer was stopped inside it, and it is not counted.
  public let isTorn: Bool

  /// Reads the octets of a journal.
  /// - Throws: `JournalError` at the first line that is not of the form above.
  /// - Complexity: O(bytes).
  public init(parsing bytes: [UInt8]) throws(JournalError) {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    let rest = lines.popLast() ?? []
    guard let first = lines.first else {
      throw JournalError(line: 1, reason: "the heading \"\(Journal.heading)\" is missing")
    }
    guard first.elementsEqual(Journal.heading.utf8) else {
      throw JournalError(line: 1, reason: "it is not \"\(Journal.heading)\"")
    }
    var entries: [ReleasedCertificate] = []
    entries.reserveCapacity(lines.count)
    for (index, line) in lines.enumerated().dropFirst() {
      guard let entry = Journal.entry(line) else {
        throw JournalError(
          line: index + 1, reason: "it is not a nodeId, a serial number and a digest in hex")
      }
      entries.append(entry)
    }
    self.entries = entries
    isTorn = !rest.isEmpty
  }

  /// The line of one certificate, with its end.
  public static func line(_ entry: ReleasedCertificate) -> String {
    "\(entry.nodeId) \(entry.serial) \(entry.digest)\n"
  }

  private static func entry(_ line: ArraySlice<UInt8>) -> ReleasedCertificate? {
    let fields = line.split(separator: 0x20, omittingEmptySubsequences: false)
    guard fields.count == 3 else { return nil }
    func octets(_ field: ArraySlice<UInt8>, _ count: Int) -> ShortOctets? {
      ShortOctets(hex: String(decoding: field, as: UTF8.self), count: count)
    }
    guard let nodeId = octets(fields[0], ShortOctets.nodeIdCount),
      let serial = octets(fields[1], ShortOctets.serialCount),
      let digest = octets(fields[2], ShortOctets.digestCount)
    else { return nil }
    return ReleasedCertificate(nodeId: nodeId, serial: serial, digest: digest)
  }
}
