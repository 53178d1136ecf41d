import Foundation
import SecureRouting

/// One recorded attack on the live IPFS DHT, or one look at it without an attack.
///
/// The format of the artifact of [Sridhar24]: JSON lines, the client first, then its trials.
public struct SybilTrial: Hashable, Sendable {
  /// Line in the file, from 1.
  public let line: Int
  /// The number S of Sybils that were started.
  public let sybils: Int
  /// XOR distances of the listed peers to the target as fractions of the key space, ascending.
  public let distances: [Double]
  /// How many of the listed peers are Sybils.
  public let listedSybils: Int
  /// Listed peers by the number of leading bits that they share with the target.
  public let prefixCounts: [Int]
  /// The recorded estimate of the network size; 0 where there was none.
  public let networkSize: Double
  /// The published detector's divergence, as recorded.
  public let recordedDivergence: Double
  /// Its threshold, as recorded.
  public let recordedThreshold: Double
  /// Its verdict, as recorded.
  public let recordedDetection: Bool
  /// Whether the client found no provider record, as recorded.
  public let recordedEclipse: Bool
  /// The share of the listed peers that were Sybils in percent, as recorded; in part of the trials
  /// it differs from what the lists say.
  public let recordedPercentEclipsed: Double

  /// The distances in units of 1 / network size, or nil when the trial cannot be tested: it lists
  /// fewer than two peers or records no network size.
  public var scaledDistances: [Double]? {
    guard distances.count >= 2, networkSize >= 1 else { return nil }
    return distances.map { $0 * networkSize }
  }

  /// The divergence, computed from the list.
  public var divergence: Double? {
    networkSize >= 1 && !distances.isEmpty
      ? prefixLengthDivergence(counts: prefixCounts, networkSize: networkSize) : nil
  }
}

/// The trials of one client.
public struct SybilTrialFile: Hashable, Sendable {
  /// The file as the user named it.
  public let name: String
  /// In the order of the lines.
  public let trials: [SybilTrial]

  /// Reads the recorded format.
  /// - Parameter name: what messages call the file.
  /// - Throws: `badLine` or `badIdentifier`, with file and line.
  public init(text: String, name: String) throws(TrialDataError) {
    var badLines: [TrialDataError] = []
    try self.init(text: text, name: name, badLines: &badLines)
    if let first = badLines.first { throw first }
  }

  /// Reads the recorded format and skips what is wrong in it; a client's line may stand anywhere.
  /// - Parameter badLines: gets the errors of the lines skipped, with file and line.
  /// - Throws: `badLine` when no line can be read at all.
  public init(
    text: String, name: String, badLines: inout [TrialDataError]
  ) throws(TrialDataError) {
    let goodBefore = badLines.count
    var trials: [SybilTrial] = []
    var number = 0
    for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      if line.allSatisfy({ " \t\r".utf8.contains($0) }) { continue }
      do throws(TrialDataError) {
        if let client = try? Self.decode(Header.self, line) {
          _ = try KademliaKey(multihash: client.ClientPeerID)
        } else {
          trials.append(try SybilTrial(Self.decode(Record.self, line), line: number))
        }
      } catch {
        badLines.append(error.at(file: name, line: number))
      }
    }
    guard !trials.isEmpty || badLines.count > goodBefore else {
      throw TrialDataError(
        .badLine, file: name, line: max(number, 1), "holds no trial",
        remedy: "The format is one line with the client, then one line per trial.")
    }
    self.name = name
    self.trials = trials
  }

  /// Reads a file as `init(text:name:badLines:)` does.
  /// - Throws: also `unreadable`.
  public init(path: String, badLines: inout [TrialDataError]) throws(TrialDataError) {
    try self.init(text: readText(path), name: path, badLines: &badLines)
  }

  /// Reads a file as `init(text:name:)` does.
  /// - Throws: also `unreadable`.
  public init(path: String) throws(TrialDataError) {
    try self.init(text: readText(path), name: path)
  }

  private static func decode<Value: Decodable>(
    _ type: Value.Type, _ line: Substring.UTF8View
  ) throws(TrialDataError) -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(line))
    } catch let error as DecodingError {
      throw TrialDataError(.badLine, reason(error))
    } catch {
      throw TrialDataError(.badLine, "is not a record: \(error)")
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, _): return "has no \(quoted(key.stringValue))"
    case .typeMismatch(_, let context): return "\(quoted(place(context))) has the wrong type"
    case .valueNotFound(_, let context): return "\(quoted(place(context))) is null"
    case .dataCorrupted: return "is not JSON"
    @unknown default: return "is not a record"
    }
  }
}

/// The client's line. Names are those of the recorded format.
private struct Header: Decodable {
  let ClientPeerID: String
}

/// A trial's line; what is not used here is not read.
private struct Record: Decodable {
  let TargetCID: String
  let SybilIDs: [String]?
  let ClosestPeers: [String]?
  let PercentEclipsed: Double
  let IsEclipsed: Bool
  let Netsize: Double
  let Threshold: Double
  let KL: Double
  let Detection: Bool
}

extension SybilTrial {
  /// More peers or Sybils than this in one trial are refused.
  static let peersMax = 100_000

  fileprivate init(_ record: Record, line: Int) throws(TrialDataError) {
    let target = try KademliaKey(multihash: record.TargetCID)
    let sybilIds = record.SybilIDs ?? []
    let peers = record.ClosestPeers ?? []
    guard peers.count <= Self.peersMax, sybilIds.count <= Self.peersMax else {
      throw TrialDataError(.badLine, "has more than \(Self.peersMax) peers")
    }
    guard record.Netsize >= 0 && record.Netsize < 1e18 else {
      throw TrialDataError(.badLine, "has a network size of \(record.Netsize)")
    }
    // One peer has several spellings, so sets are sets of keys.
    var sybils: Set<KademliaKey> = []
    for id in sybilIds { sybils.insert(try KademliaKey(multihash: id)) }
    var listed: Set<KademliaKey> = []
    var distances: [Double] = []
    var counts = [Int](repeating: 0, count: 257)
    for peer in peers {
      let key = try KademliaKey(multihash: peer)
      guard listed.insert(key).inserted else {
        throw TrialDataError(.badLine, "lists a peer twice")
      }
      let distance = key.distance(to: target)
      guard distance > 0 else {
        throw TrialDataError(.badLine, "lists the target itself as a peer")
      }
      distances.append(distance)
      counts[key.sharedPrefixLength(with: target)] += 1
    }
    self.init(
      line: line, sybils: sybils.count, distances: distances.sorted(),
      listedSybils: listed.count { sybils.contains($0) }, prefixCounts: counts,
      networkSize: record.Netsize, recordedDivergence: record.KL,
      recordedThreshold: record.Threshold, recordedDetection: record.Detection,
      recordedEclipse: record.IsEclipsed, recordedPercentEclipsed: record.PercentEclipsed)
  }
}
