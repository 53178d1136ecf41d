/// What a log asks of a witness: to cosign a checkpoint that grew out of one of an older size.
///
/// Source: [TlogWitness26], add-checkpoint.
public struct WitnessRequest: Hashable, Sendable {
  /// The size that the log believes the witness cosigned last.
  public let oldSize: UInt64
  /// The proof from there to the checkpoint.
  public let proof: ConsistencyProof
  /// The signed checkpoint.
  public let note: SignedNote
  /// The checkpoint in the note.
  public let checkpoint: Checkpoint

  /// The longest body: the old size, 63 hashes and a note.
  public static let octetsMax = 64 + 64 * 45 + LogLimits.noteOctetsMax

  /// Puts a request together.
  /// - Throws: `oversize` for more than 63 hashes, `malformed` for a note that is no checkpoint,
  ///   `outOfRange` for an old size of 2^63 and more.
  public init(
    oldSize: UInt64, proof: ConsistencyProof, note: SignedNote
  ) throws(TransparencyRejection) {
    guard proof.hashes.count <= LogLimits.proofHashesMax else {
      throw .oversize(part: "a proof", limit: LogLimits.proofHashesMax)
    }
    guard oldSize <= LogLimits.treeSizeMax else {
      throw .outOfRange(value: oldSize, size: LogLimits.treeSizeMax)
    }
    self.oldSize = oldSize
    self.proof = proof
    self.note = note
    checkpoint = try Checkpoint(text: note.text)
  }

  /// Reads the body of a request.
  /// - Throws: `malformed` or `oversize`.
  public init(octets: [UInt8]) throws(TransparencyRejection) {
    guard octets.count <= WitnessRequest.octetsMax else {
      throw .oversize(part: "a request", limit: WitnessRequest.octetsMax)
    }
    var reader = LineReader(octets)
    let line = try reader.line("the old size")
    guard line.starts(with: "old ".utf8), let oldSize = Decimal.parse(line.dropFirst(4)) else {
      throw .malformed("the old size is no decimal number below 2^63 in its shortest form")
    }
    let hashes = try ProofLines.read(&reader)
    try self.init(
      oldSize: oldSize, proof: ConsistencyProof(hashes: hashes),
      note: try SignedNote(octets: [UInt8](reader.rest)))
  }

  /// The body of the request.
  public var octets: [UInt8] {
    [UInt8]("old \(oldSize)\n\(ProofLines.text(proof.hashes))".utf8) + note.octets
  }
}

/// What a witness answers, ready for HTTP.
public struct WitnessAnswer: Hashable, Sendable {
  /// The status code.
  public let status: Int
  /// The media type of the body.
  public let contentType: String
  /// The body.
  public let body: [UInt8]

  init(status: Int, contentType: String, body: [UInt8]) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }

  /// One line of plain text.
  public init(status: Int, line: String) {
    self.init(
      status: status, contentType: "text/plain; charset=utf-8", body: [UInt8]("\(line)\n".utf8))
  }

  /// The media type of a conflict's body.
  public static let sizeContentType = "text/x.tlog.size"

  /// The size in the body of a conflict; nil when it is not one number on one line.
  public static func conflictSize(body: [UInt8]) -> UInt64? {
    guard body.last == ASCII.newline else { return nil }
    return Decimal.parse(body.dropLast())
  }
}
