import NodeCredentials

/// A file that proves without a network that an entry is in a log: index, inclusion proof and
/// signed checkpoint, usually named `.tlog-proof`.
///
/// Source: [TlogProof26].
public struct LogProof: Hashable, Sendable {
  /// Octets for the application, not covered by any signature; nil or not empty.
  public let extra: [UInt8]?
  /// Which leaf, and its way to the root.
  public let inclusion: InclusionProof
  /// The signed checkpoint.
  public let note: SignedNote

  private static let header = "c2sp.org/tlog-proof@v1"
  /// The longest text: header, extra line, index, 63 hashes and a note.
  static let octetsMax = 64 + LogLimits.extraOctetsMax * 2 + 64 * 45 + LogLimits.noteOctetsMax

  /// Puts a proof together; `verify` judges it.
  /// - Throws: `malformed` for extra data that is empty, `oversize` when it has more than 65,535
  ///   octets or the proof more than 63 hashes.
  public init(
    inclusion: InclusionProof, note: SignedNote, extra: [UInt8]? = nil
  ) throws(TransparencyRejection) {
    guard extra?.isEmpty != true else { throw .malformed("empty extra data is left out") }
    guard (extra?.count ?? 0) <= LogLimits.extraOctetsMax else {
      throw .oversize(part: "the extra data", limit: LogLimits.extraOctetsMax)
    }
    guard inclusion.hashes.count <= LogLimits.proofHashesMax else {
      throw .oversize(part: "a proof", limit: LogLimits.proofHashesMax)
    }
    guard inclusion.index <= LogLimits.treeSizeMax else {
      throw .outOfRange(value: inclusion.index, size: LogLimits.treeSizeMax)
    }
    self.extra = extra
    self.inclusion = inclusion
    self.note = note
  }

  /// Reads the text.
  /// - Throws: `malformed` or `oversize`.
  public init(octets: [UInt8]) throws(TransparencyRejection) {
    guard octets.count <= LogProof.octetsMax else {
      throw .oversize(part: "a log proof", limit: LogProof.octetsMax)
    }
    var reader = LineReader(octets)
    guard try reader.line("the header").elementsEqual(LogProof.header.utf8) else {
      throw .malformed("a log proof starts with \(LogProof.header)")
    }
    var line = try reader.line("the index")
    var extra: [UInt8]?
    if line.starts(with: "extra ".utf8) {
      extra = Base64.octets(line.dropFirst(6))
      guard extra != nil else { throw .malformed("the extra data is no base64") }
      line = try reader.line("the index")
    }
    guard line.starts(with: "index ".utf8), let index = Decimal.parse(line.dropFirst(6)) else {
      throw .malformed("the index is no decimal number below 2^63 in its shortest form")
    }
    let hashes = try ProofLines.read(&reader)
    let note = try SignedNote(octets: [UInt8](reader.rest))
    _ = try Checkpoint(text: note.text)
    try self.init(
      inclusion: InclusionProof(index: index, hashes: hashes), note: note, extra: extra)
  }

  /// The text.
  public var octets: [UInt8] {
    var text = "\(LogProof.header)\n"
    if let extra { text += "extra \(Base64.text(extra))\n" }
    text += "index \(inclusion.index)\n"
    text += ProofLines.text(inclusion.hashes)
    return [UInt8](text.utf8) + note.octets
  }

  /// Accepts iff the entry is in the log that the policy trusts. Needs no network and no clock.
  /// - Returns: the checkpoint that the proof leads to, and the verified cosignatures.
  /// - Throws: what `LogPolicy.verify` and `InclusionProof.verify` throw.
  /// - Complexity: one signature verification for each trusted line, and O(log size) hashes.
  public func verify(
    entry: [UInt8], policy: LogPolicy
  ) throws(TransparencyRejection) -> (checkpoint: Checkpoint, cosignatures: [VerifiedSignature]) {
    let verified = try policy.verify(note)
    try inclusion.verify(
      leaf: .leaf(entry), size: verified.checkpoint.size, root: verified.checkpoint.root)
    return verified
  }
}

/// Hashes one a line, ended by an empty line.
enum ProofLines {
  /// The lines and the empty one.
  static func text(_ hashes: [MerkleHash]) -> String {
    hashes.map { $0.base64 + "\n" }.joined() + "\n"
  }

  /// Reads at most 63 hashes and the empty line behind them.
  static func read(_ reader: inout LineReader) throws(TransparencyRejection) -> [MerkleHash] {
    var hashes: [MerkleHash] = []
    while true {
      let line = try reader.line("a proof line")
      if line.isEmpty { return hashes }
      guard hashes.count < LogLimits.proofHashesMax else {
        throw .oversize(part: "a proof", limit: LogLimits.proofHashesMax)
      }
      guard let hash = MerkleHash(base64: line) else {
        throw .malformed("a proof line is no base64 of 32 octets")
      }
      hashes.append(hash)
    }
  }
}
