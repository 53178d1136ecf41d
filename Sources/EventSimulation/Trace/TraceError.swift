/// Why bytes are not a trace.
///
/// Two errors are equal when their codes are: the line and the text are for people.
public struct TraceError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind of a fault; an open set, named by a word that stays the same between versions.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The word.
    public let description: String

    private init(_ word: String) { description = word }

    /// The first line is not the header of a trace.
    public static let notATrace = Code("notATrace")
    /// The trace has another version.
    public static let otherVersion = Code("otherVersion")
    /// A line is not JSON of the form that traces have.
    public static let malformedLine = Code("malformedLine")
    /// A line has a field, a kind or a name that the schema does not know.
    public static let unknownName = Code("unknownName")
    /// A line lacks a field, or has one that its kind does not have.
    public static let wrongFields = Code("wrongFields")
    /// A number is outside the range that its meaning allows.
    public static let outOfRange = Code("outOfRange")
    /// A line happens before the one above it.
    public static let outOfOrder = Code("outOfOrder")
    /// A line is longer than any that is written.
    public static let tooLong = Code("tooLong")
    /// The trace ends before its last line.
    public static let truncated = Code("truncated")
    /// The last line does not fit those above it, or is not the last.
    public static let wrongTrailer = Code("wrongTrailer")
  }

  /// The kind of fault.
  public let code: Code
  /// The line where it was noticed, counted from 1.
  public let line: UInt64
  /// What was found, and what to do about it.
  public let detail: String

  init(_ code: Code, line: UInt64, _ detail: String) {
    self.code = code
    self.line = line
    self.detail = detail
  }

  /// Whether both are the same kind of fault.
  public static func == (lhs: TraceError, rhs: TraceError) -> Bool { lhs.code == rhs.code }

  /// Line, finding, remedy.
  public var description: String { "line \(line): \(detail)" }
}
