import ProtocolTime

extension SessionTrace {
  /// The most nodes that a file may have.
  public static let nodeCountMax = 4_000_000

  /// Reads an availability trace: `id n start end start end ...` per node, times in seconds.
  ///
  /// The format of the Repository of Availability Traces (`.avt`), in which the Skype trace is
  /// published, and of PeerSim's Gnutella trace (`intervals_ip`); blanks or tabs between the
  /// fields. Node i is the i-th line that is not blank. Times are kept to the nanosecond, rounded
  /// down. Sessions without length or that end before they begin are dropped, sessions of one node
  /// that overlap or touch are joined; `repairs` counts them.
  /// - Throws: `malformedLine` (the number of sessions is not half of the number of times),
  ///   `notANumber`, `outOfRange` (a negative time), `tooLarge`, or `empty`.
  /// - Complexity: O(bytes + sessions log sessions).
  public init(availability bytes: [UInt8]) throws(NetworkDataError) {
    var fields = TextFields(bytes)
    var repairs = Repairs()
    var sessions: [Session] = []
    var node: UInt32 = 0
    var end = Instant.zero
    while fields.nextFilledLine() {
      guard node < Self.nodeCountMax else {
        throw NetworkDataError(.tooLarge, line: fields.line, "more than \(Self.nodeCountMax) nodes")
      }
      let own = try Self.parseNode(node, &fields, &repairs)
      if own.isEmpty { repairs.idleNodes += 1 }
      for session in own { end = max(end, session.departure) }
      sessions += own
      node += 1
    }
    guard !sessions.isEmpty else {
      throw NetworkDataError(.empty, line: 0, "no session; is the file still compressed?")
    }
    self.init(nodeCount: Int(node), unsorted: sessions, end: end, repairs: repairs)
  }

  private static func parseNode(
    _ node: UInt32, _ fields: inout TextFields, _ repairs: inout Repairs
  ) throws(NetworkDataError) -> [Session] {
    guard fields.nextField() != nil, let countField = fields.nextField(),
      let count = fields.wholeNumber(countField, atMost: .max)
    else {
      throw NetworkDataError(
        .malformedLine, line: fields.line, "expected 'id n start end ...' with n a whole number")
    }
    var spans: [(start: Instant, end: Instant)] = []
    var read: UInt32 = 0
    while let startField = fields.nextField() {
      let start = try Self.moment(startField, fields)
      guard read < count, let endField = fields.nextField() else {
        throw NetworkDataError(
          .malformedLine, line: fields.line,
          "\(count) sessions were announced; the line has other than \(UInt64(count) * 2) times")
      }
      let end = try Self.moment(endField, fields)
      read += 1
      if start < end {
        spans.append((start, end))
      } else if start == end {
        repairs.emptySessions += 1
      } else {
        repairs.reversedSessions += 1
      }
    }
    guard read == count else {
      throw NetworkDataError(
        .malformedLine, line: fields.line,
        "\(count) sessions were announced, \(read) are there; the file seems to be cut off")
    }
    spans.sort { ($0.start, $0.end) < ($1.start, $1.end) }
    var joined: [(start: Instant, end: Instant)] = []
    for span in spans {
      if let last = joined.last, span.start <= last.end {
        joined[joined.count - 1].end = max(last.end, span.end)
        repairs.joinedSessions += 1
      } else {
        joined.append(span)
      }
    }
    return joined.map { Session(node: node, arrival: $0.start, departure: $0.end) }
  }

  private static func moment(
    _ field: Range<Int>, _ fields: TextFields
  ) throws(NetworkDataError) -> Instant {
    guard let value = fields.billionths(field) else {
      throw NetworkDataError(
        .notANumber, line: fields.line, "'\(fields.excerpt(field))' is not a time in seconds")
    }
    guard let nanoseconds = UInt64(exactly: value) else {
      throw NetworkDataError(
        .outOfRange, line: fields.line, "'\(fields.excerpt(field))' is before the trace begins")
    }
    return Instant(nanoseconds: nanoseconds)
  }
}
