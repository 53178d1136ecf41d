/// Whether an authority's store keeps the promises of a journal.
///
/// A second reading of ledger and log, by other code than the authority's own audit: no nodeId and
/// no serial number twice, and every released certificate, octet for octet, in both. Certificates
/// that the store holds and no client got are no fault: the crash came between commit and answer.
public struct CrossCheck: Hashable, Sendable {
  /// A nodeId with its serial number, as the ledger lists them.
  public struct LedgerRow: Hashable, Sendable {
    /// 20 octets.
    public let nodeId: ShortOctets
    /// 16 octets.
    public let serial: ShortOctets

    /// A row from its parts.
    public init(nodeId: ShortOctets, serial: ShortOctets) {
      self.nodeId = nodeId
      self.serial = serial
    }
  }

  /// How many certificates clients were given.
  public let releasedCount: Int
  /// How many the ledger holds.
  public let ledgerCount: Int
  /// How many the log holds; nil when there was no log to look at.
  public let logCount: Int?
  /// How many faults there are.
  public private(set) var faultCount = 0
  /// The first of them, at most `faultsShownMax`.
  public private(set) var faults: [String] = []

  /// More faults than this are counted and not told.
  public static let faultsShownMax = 20

  /// Compares the three.
  /// - Parameter log: SHA-256 of each leaf of the log, in its order; nil when there is none.
  /// - Complexity: O(n) in time and memory.
  public init(released: [ReleasedCertificate], ledger: [LedgerRow], log: [ShortOctets]?) {
    releasedCount = released.count
    ledgerCount = ledger.count
    logCount = log?.count
    doubles(released.map(\.nodeId), "nodeId", "to two clients")
    doubles(released.map(\.serial), "serial number", "to two clients")
    doubles(ledger.map(\.nodeId), "nodeId", "in two rows of the ledger")
    doubles(ledger.map(\.serial), "serial number", "in two rows of the ledger")
    let rows = Set(ledger)
    for entry in released
    where !rows.contains(LedgerRow(nodeId: entry.nodeId, serial: entry.serial)) {
      report("certificate \(entry.serial) was released and is not in the ledger")
    }
    guard let log else { return }
    doubles(log, "certificate with digest", "in two leaves of the log")
    let leaves = Set(log)
    for entry in released where !leaves.contains(entry.digest) {
      report("certificate \(entry.serial) was released and is not in the log")
    }
  }

  private mutating func doubles(_ values: [ShortOctets], _ kind: String, _ place: String) {
    var seen: Set<ShortOctets> = []
    seen.reserveCapacity(values.count)
    for value in values where !seen.insert(value).inserted {
      report("\(kind) \(value) is \(place)")
    }
  }

  private mutating func report(_ fault: String) {
    faultCount += 1
    if faults.count < CrossCheck.faultsShownMax { faults.append(fault) }
  }
}

extension CrossCheck {
  /// Reads the output of `redoubt ca list --format csv`: the first and third columns are taken.
  /// - Returns: nil when a line is not of that form.
  public static func ledgerRows(csv text: String) -> [LedgerRow]? {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    if lines.last?.isEmpty == true { lines = lines.dropLast() }
    guard let heading = lines.popFirst(), heading.hasPrefix("node_id,address,serial,") else {
      return nil
    }
    var rows: [LedgerRow] = []
    rows.reserveCapacity(lines.count)
    for line in lines {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count > 3,
        let nodeId = ShortOctets(hex: fields[0], count: ShortOctets.nodeIdCount),
        let serial = ShortOctets(hex: fields[2], count: ShortOctets.serialCount)
      else { return nil }
      rows.append(LedgerRow(nodeId: nodeId, serial: serial))
    }
    return rows
  }
}
