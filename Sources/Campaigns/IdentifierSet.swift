import Randomness

/// The nodeIds that a ledger or file gave: count, content hash, and the bits that routes look at.
struct IdentifierSet: Sendable {
  /// SHA-256 of the sorted hex lines, each ended by a line feed.
  let digest: String
  /// The leading 64 bits of every nodeId, in nodeId order.
  let leadingBits: [UInt64]

  var count: Int { leadingBits.count }

  /// Uniformly random leading bits; the same for every digit width and leaf set size.
  static func random(nodes: Int, seed: UInt64) -> [UInt64] {
    var stream = RandomStream(StreamKey(seed: seed)["campaign"]["nodeIds"][nodes])
    return (0..<nodes).map { _ in stream.next() }
  }

  /// Reads one nodeId of 40 hex digits per line; empty lines and lines from `#` on are skipped.
  /// - Throws: `CampaignError.Code.badData` with the line.
  init(file path: String) throws(CampaignError) {
    let bytes = try AtomicFile.read(path)
    var rows: [String] = []
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    {
      let text = String(decoding: line, as: UTF8.self).prefix { $0 != "#" }
      let word = text.filter { !$0.isWhitespace }
      if word.isEmpty { continue }
      guard word.count == 40, word.allSatisfy({ $0.isASCII && $0.isHexDigit && !$0.isUppercase })
      else {
        throw CampaignError(
          .badData, file: path, line: index + 1,
          "a nodeId is 40 lower-case hex digits, not '\(word.prefix(60))'")
      }
      rows.append(word)
    }
    try self.init(hex: rows, origin: path)
  }

  /// Takes nodeIds as 40 lower-case hex digits each, in any order.
  /// - Throws: `CampaignError.Code.badData` when there are fewer than two, or one twice.
  init(hex: [String], origin: String) throws(CampaignError) {
    let sorted = hex.sorted()
    guard sorted.count >= 2 else {
      throw CampaignError(.badData, file: origin, "holds \(sorted.count) nodeIds; 2 are needed")
    }
    for (left, right) in zip(sorted, sorted.dropFirst()) where left == right {
      throw CampaignError(.badData, file: origin, "holds nodeId \(left) twice")
    }
    var hash = ContentHash()
    leadingBits = sorted.map { row in
      hash.update(row.utf8)
      hash.update(CollectionOfOne(0x0A))
      return UInt64(row.prefix(16), radix: 16) ?? 0
    }
    digest = hash.finish()
  }
}
