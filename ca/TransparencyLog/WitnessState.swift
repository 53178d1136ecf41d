/// The last checkpoint of each log that a witness cosigned.
public struct WitnessState: Hashable, Sendable {
  /// A signed and cosigned checkpoint.
  public struct Head: Hashable, Sendable {
    /// The checkpoint with the log's signatures and the witness's, as monitors may fetch it.
    public let note: SignedNote
    /// The checkpoint in it.
    public let checkpoint: Checkpoint
  }

  /// By log.
  public private(set) var heads: [LogOrigin: Head]

  private static let header = "redoubt-witness-state@v1"
  private static let count = "logs "
  private static let entry = "checkpoint "

  /// Nothing was cosigned yet.
  public init() {
    heads = [:]
  }

  /// Replaces the head of the checkpoint's log.
  mutating func remember(_ note: SignedNote, _ checkpoint: Checkpoint) {
    heads[checkpoint.origin] = Head(note: note, checkpoint: checkpoint)
  }

  /// The text to store: a header, a line `logs N`, then for each log, in the order of origins, a
  /// line `checkpoint N` and the N octets of the note.
  ///
  /// The number of logs is there so that a text that was cut short is not taken for a witness that
  /// has seen less.
  public var octets: [UInt8] {
    var octets = [UInt8]("\(WitnessState.header)\n\(WitnessState.count)\(heads.count)\n".utf8)
    for head in heads.values.sorted(by: { $0.checkpoint.origin < $1.checkpoint.origin }) {
      let note = head.note.octets
      octets += [UInt8]("\(WitnessState.entry)\(note.count)\n".utf8) + note
    }
    return octets
  }

  /// Reads what `octets` wrote. Signatures are not verified: the text is the witness's own.
  /// - Throws: `malformed` or `oversize`.
  public init(octets: [UInt8]) throws(TransparencyRejection) {
    var reader = LineReader(octets)
    guard try reader.line("the header").elementsEqual(WitnessState.header.utf8) else {
      throw .malformed("the state of a witness starts with \(WitnessState.header)")
    }
    let logs = try WitnessState.number(
      &reader, after: WitnessState.count, limit: LogLimits.witnessedLogsMax)
    var heads: [LogOrigin: Head] = [:]
    var last: LogOrigin?
    for _ in 0..<logs {
      let count = try WitnessState.number(
        &reader, after: WitnessState.entry, limit: LogLimits.noteOctetsMax)
      let note = try SignedNote(octets: try reader.octets(count, "a note"))
      let checkpoint = try Checkpoint(text: note.text)
      if let last, last >= checkpoint.origin {
        throw .malformed("the logs are not in the order of their origins")
      }
      last = checkpoint.origin
      heads[checkpoint.origin] = Head(note: note, checkpoint: checkpoint)
    }
    guard reader.isAtEnd else { throw .malformed("octets behind the last log") }
    self.heads = heads
  }

  /// Reads a line of a word and a number.
  private static func number(
    _ reader: inout LineReader, after word: String, limit: Int
  ) throws(TransparencyRejection) -> Int {
    let line = try reader.line("a number")
    guard line.starts(with: word.utf8),
      let number = Decimal.parse(line.dropFirst(word.utf8.count))
    else {
      throw .malformed("the line is not \(word)and a number")
    }
    guard number <= UInt64(limit) else { throw .oversize(part: "\(word)", limit: limit) }
    return Int(number)
  }
}
