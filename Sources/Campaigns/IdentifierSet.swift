import Adversary
import CertificateAuthority
import Foundation
import NodeCredentials
import Randomness
import RingIdentifiers

/// The nodeIds that a ledger or file gave, with their count and content hash.
struct IdentifierSet: Sendable {
  let summary: IdentifierSummary
  /// In ascending order.
  let nodeIds: [NodeId]

  /// The leading 64 bits of every nodeId, in nodeId order.
  var leadingBits: [UInt64] { nodeIds.map(\.value.high) }

  /// Uniformly random leading bits; the same for every digit width and leaf set size.
  static func drawn(nodes: Int, seed: UInt64) -> [UInt64] {
    var stream = RandomStream(StreamKey(seed: seed)["campaign"]["nodeIds"][nodes])
    return (0..<nodes).map { _ in stream.next() }
  }

  /// Uniformly random nodeIds with those leading bits, so that both engines see one overlay.
  static func drawnNodeIds(nodes: Int, seed: UInt64) -> ContiguousArray<NodeId> {
    var stream = RandomStream(StreamKey(seed: seed)["campaign"]["nodeIds"][nodes]["rest"])
    return ContiguousArray(
      drawn(nodes: nodes, seed: seed).map { high in
        let middle = stream.next()
        return NodeId(
          UInt160(high: high, middle: middle, low: UInt32(truncatingIfNeeded: stream.next())))
      })
  }

  /// The ids of an adversary that chooses them, around one random key: the same on both engines.
  static func drawnPlacement(count: Int, nodes: Int, seed: UInt64) -> ChosenPlacement {
    var stream = RandomStream(StreamKey(seed: seed)["campaign"]["target"][nodes])
    // Keeps the distance from the ring's origin that a placement needs.
    return ChosenPlacement(target: stream.next() >> 1 | 1 << 62, count: count)
  }

  /// Takes nodeIds in any order.
  /// - Throws: `CampaignError.Code.badData` when there are fewer than two, or one twice.
  init(
    _ nodeIds: [NodeId], origin: String, revoked: Int? = nil, expired: Int? = nil
  ) throws(CampaignError) {
    let sorted = nodeIds.sorted()
    summary = IdentifierSummary(
      origin: origin, count: sorted.count,
      digest: ContentHash.hex(of: sorted.map { $0.hex + "\n" }.joined()), revoked: revoked,
      expired: expired)
    guard sorted.count >= 2 else {
      throw CampaignError(
        .badData, file: origin, "holds \(summary.countText); an overlay needs 2")
    }
    for (left, right) in zip(sorted, sorted.dropFirst()) where left == right {
      throw CampaignError(.badData, file: origin, "holds nodeId \(left.hex) twice")
    }
    self.nodeIds = sorted
  }

  /// Reads one nodeId of 40 lower-case hex digits per line; empty lines are skipped, and so is
  /// everything from `#` on.
  /// - Throws: `CampaignError.Code.badData` with the line.
  init(file path: String) throws(CampaignError) {
    let bytes = try AtomicFile.read(path)
    var nodeIds: [NodeId] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let text = String(decoding: line, as: UTF8.self).prefix { $0 != "#" }
        .trimmingCharacters(in: .whitespaces)
      if text.isEmpty { continue }
      do {
        nodeIds.append(try NodeId(hex: text))
      } catch {
        throw CampaignError(
          .badData, file: path, line: index + 1, "is no nodeId: \(error)",
          remedy: "One nodeId of 40 lower-case hex digits per line.")
      }
    }
    try self.init(nodeIds, origin: path)
  }

  /// Takes the nodeIds of the active certificates of an authority, each verified.
  ///
  /// Revoked and expired certificates are left out and counted.
  /// - Parameter overlay: the overlay that the authority must serve; nil accepts any.
  /// - Throws: `CampaignError.Code.badData` for a missing, damaged or foreign ledger and for a
  ///   certificate that does not stand up, `.locked`, `.inputOutput`.
  init(ledger path: String, overlay: String?) async throws(CampaignError) {
    let verified: VerifiedNodes
    do throws(LedgerError) {
      let reader = try LedgerReader(
        directory: URL(fileURLWithPath: path, isDirectory: true), expecting: overlay)
      let now = CredentialTime(secondsSinceEpoch: Int64(Date.now.timeIntervalSince1970))
      verified = try await reader.verifiedNodes(at: now)
    } catch {
      throw CampaignError(error)
    }
    try self.init(
      verified.nodes.map(\.nodeId), origin: path, revoked: verified.revokedCount,
      expired: verified.expiredCount)
  }
}

extension CampaignError {
  fileprivate init(_ error: LedgerError) {
    let code: Code =
      switch error {
      case .locked: .locked
      case .readOnly, .io: .inputOutput
      default: .badData
      }
    self.init(code, error.description)
  }
}

/// Count and content of the nodeIds of a ledger or file.
public struct IdentifierSummary: Hashable, Sendable, Codable {
  /// Where they were read, for messages.
  public let origin: String
  /// How many.
  public let count: Int
  /// SHA-256 of the sorted hex lines.
  public let digest: String
  /// Certificates of a ledger that were left out because they are revoked.
  public let revoked: Int?
  /// Certificates of a ledger that were left out because they have expired.
  public let expired: Int?

  /// The count in words: `9998 active nodeIds (1 revoked and 1 expired left out)`.
  public var countText: String {
    guard let revoked, let expired else { return "\(count) nodeIds" }
    return "\(count) active nodeIds (\(revoked) revoked and \(expired) expired left out)"
  }
}
