import RingIdentifiers

/// Reads a trace piece by piece: strict, in the one form that `TraceWriter` writes.
///
/// What it has taken to `finish` is whole: header first, events in order of time with the fields of
/// their kind and nodes that exist, a trailer that counts them.
/// - Complexity: O(bytes); memory for one line.
public struct TraceReader: Sendable {
  /// The header, once it was read.
  public private(set) var header: TraceHeader?
  /// The trailer, once it was read.
  public private(set) var trailer: TraceTrailer?
  /// Lines read so far.
  public private(set) var lineNumber: UInt64 = 0
  private var events: UInt64 = 0
  private var last: UInt64 = 0
  private var carry: [UInt8] = []

  /// A reader at the start of a trace.
  public init() {}

  /// Takes the next piece and hands on the lines that end in it, with their bytes without the end.
  /// - Throws: `TraceError`; the reader must not be used afterwards.
  public mutating func read(
    _ piece: [UInt8], _ body: (TraceLine, ArraySlice<UInt8>) -> Void
  ) throws(TraceError) {
    var start = piece.startIndex
    while let end = piece[start...].firstIndex(of: UInt8(ascii: "\n")) {
      if carry.isEmpty {
        body(try line(piece[start..<end]), piece[start..<end])
      } else {
        let whole = carry + piece[start..<end]
        carry = []
        body(try line(whole[...]), whole[...])
      }
      start = end + 1
    }
    carry += piece[start...]
    if carry.count > TraceSchema.lineBytesMax { throw tooLong }
  }

  /// Takes the end of the file.
  /// - Throws: `truncated` when the trace is not whole.
  public func finish() throws(TraceError) {
    guard trailer != nil, carry.isEmpty else {
      throw TraceError(
        trailer == nil ? .truncated : .wrongTrailer, line: lineNumber + 1,
        trailer == nil
          ? "the trace is cut off: its last line, of kind \"end\", is missing; run it again"
          : "something follows the last line; remove it")
    }
  }

  private var tooLong: TraceError {
    TraceError(
      .tooLong, line: lineNumber + 1,
      "the line is longer than \(TraceSchema.lineBytesMax) bytes; is this a trace?")
  }

  private mutating func line(_ bytes: ArraySlice<UInt8>) throws(TraceError) -> TraceLine {
    if bytes.count > TraceSchema.lineBytesMax { throw tooLong }
    lineNumber += 1
    var cursor = TraceCursor(bytes, line: lineNumber)
    guard let header else {
      let header = try TraceHeader(&cursor)
      self.header = header
      return .header(header)
    }
    guard trailer == nil else {
      throw cursor.failure(.wrongTrailer, "a line follows the last one; remove it")
    }
    try cursor.expect("{\"t\":")
    let moment = try cursor.number()
    guard moment >= last else {
      throw cursor.failure(
        .outOfOrder, "\(moment) ns is before the line above, \(last) ns; restore the file")
    }
    last = moment
    try cursor.expect(",\"kind\":")
    let name = try cursor.string()
    guard let kind = TraceKind(rawValue: name) else {
      throw cursor.failure(.unknownName, "the kind '\(name)' is not one of version 1")
    }
    if kind == .end { return .trailer(try takeTrailer(moment, &cursor)) }
    events += 1
    return .event(try TraceEvent(moment, kind, nodes: header.nodes, &cursor))
  }

  private mutating func takeTrailer(
    _ moment: UInt64, _ cursor: inout TraceCursor
  ) throws(TraceError) -> TraceTrailer {
    let trailer = try TraceTrailer(moment, &cursor)
    guard trailer.lines == events else {
      throw cursor.failure(
        .wrongTrailer,
        "the last line counts \(trailer.lines) events, the trace has \(events); restore the file")
    }
    self.trailer = trailer
    return trailer
  }
}

extension TraceHeader {
  init(_ cursor: inout TraceCursor) throws(TraceError) {
    do {
      try cursor.expect("{\"schema\":\"redoubt-trace\",\"version\":")
    } catch {
      throw cursor.failure(
        .notATrace, "this is not a redoubt trace; 'redoubt simulate run --trace FILE' writes one")
    }
    let version = try cursor.number()
    guard version == TraceSchema.version else {
      throw cursor.failure(
        .otherVersion, "version \(version) is not \(TraceSchema.version); use its own redoubt")
    }
    try cursor.expect(",\"engine\":")
    engine = try cursor.string()
    try cursor.expect(",\"seed\":")
    seed = try cursor.quotedNumber()
    try cursor.expect(",\"nodes\":")
    nodes = UInt32(truncatingIfNeeded: try cursor.number(atMost: 1 << 28 - 1))
    try cursor.expect(",\"digest\":")
    digest = try cursor.string()
    try cursor.expect(",\"settings\":{")
    settings = []
    var isFirst = true
    while let name = try cursor.nextName(&isFirst) {
      guard settings.count < TraceSchema.entryCountMax else {
        throw cursor.failure(.outOfRange, "more than \(TraceSchema.entryCountMax) settings")
      }
      settings.append(TraceSetting(name, try cursor.string()))
    }
    try cursor.expect("}")
    try cursor.expectEnd()
  }
}

extension TraceTrailer {
  init(_ moment: UInt64, _ cursor: inout TraceCursor) throws(TraceError) {
    nanoseconds = moment
    try cursor.expect(",\"lines\":")
    lines = try cursor.number()
    try cursor.expect(",\"complete\":")
    isComplete = try cursor.truth()
    try cursor.expect(",\"counters\":{")
    counters = []
    var isFirst = true
    while let name = try cursor.nextName(&isFirst) {
      guard counters.count < TraceSchema.entryCountMax else {
        throw cursor.failure(.outOfRange, "more than \(TraceSchema.entryCountMax) counters")
      }
      counters.append(TraceCounter(name, try cursor.number(atMost: .max)))
    }
    try cursor.expect(",\"digest\":")
    digest = try cursor.string()
    guard digest.utf8.count == 32, digest.utf8.allSatisfy(UInt8.isHexDigit) else {
      throw cursor.failure(.malformedLine, "the digest is not 32 hex digits; restore the file")
    }
    try cursor.expect("}")
    try cursor.expectEnd()
  }
}

extension UInt8 {
  static func isHexDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}

extension TraceEvent {
  init(
    _ moment: UInt64, _ kind: TraceKind, nodes: UInt32, _ cursor: inout TraceCursor
  ) throws(TraceError) {
    self.init(nanoseconds: moment, kind: kind)
    var seen = TraceField.t.bit | TraceField.kind.bit
    var isFirst = false
    while let name = try cursor.nextName(&isFirst) {
      guard let field = TraceField.allCases.first(where: { $0.name == name }) else {
        throw cursor.failure(.unknownName, "the field '\(name)' is not one of version 1")
      }
      guard seen < field.bit else {
        throw cursor.failure(.wrongFields, "the field '\(name)' stands twice or too late")
      }
      seen |= field.bit
      try take(field, nodes: nodes, &cursor)
    }
    try cursor.expectEnd()
    let wanted = TraceEvent.fields(of: kind, message)
    guard seen == wanted else {
      let wrong = TraceField.allCases.first { ($0.bit & seen) != ($0.bit & wanted) }
      let problem = (wrong?.bit ?? 0) & seen == 0 ? "lacks" : "does not have"
      throw cursor.failure(
        .wrongFields,
        "an event of kind \(kind.rawValue) \(problem) '\(wrong?.name ?? "")'; restore the file")
    }
  }

  private mutating func take(
    _ field: TraceField, nodes: UInt32, _ cursor: inout TraceCursor
  ) throws(TraceError) {
    switch field {
    case .message:
      let name = try cursor.string()
      guard let kind = MessageKind(name: name) else {
        throw cursor.failure(.unknownName, "the message '\(name)' is not one of version 1")
      }
      message = kind
    case .node: node = try TraceEvent.node(below: nodes, &cursor)
    case .peer: peer = try TraceEvent.node(below: nodes, &cursor)
    case .source: source = try TraceEvent.node(below: nodes, &cursor)
    case .nodeId: nodeId = NodeId(try cursor.point())
    case .key: key = Key(try cursor.point())
    case .hops: hops = try cursor.number(atMost: 255)
    case .tag: tag = try cursor.quotedNumber()
    case .request: request = try cursor.number()
    case .list: list = try cursor.number()
    case .failed: failed = try cursor.number()
    case .value: value = try cursor.number()
    case .isRoot: isRoot = try cursor.truth()
    case .reason:
      let name = try cursor.string()
      guard let known = DropReasonName(rawValue: name) else {
        throw cursor.failure(.unknownName, "the reason '\(name)' is not one of version 1")
      }
      reason = known
    case .t, .kind: break
    }
  }

  private static func node(
    below nodes: UInt32, _ cursor: inout TraceCursor
  ) throws(TraceError) -> UInt32 {
    let number = try cursor.number()
    guard number < UInt64(nodes) else {
      throw cursor.failure(.outOfRange, "node \(number) is not below \(nodes); restore the file")
    }
    return UInt32(truncatingIfNeeded: number)
  }
}
