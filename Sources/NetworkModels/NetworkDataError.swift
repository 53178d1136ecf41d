/// Why bytes are not a network data file that this target can use.
///
/// Two errors are equal when their codes are: the line and the text are for people.
public struct NetworkDataError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind of a fault; an open set, named by a word that stays the same between versions.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The word.
    public let description: String

    private init(_ word: String) { description = word }

    /// Nothing usable is in the file.
    public static let empty = Code("empty")
    /// A field that must be a decimal number is not one.
    public static let notANumber = Code("notANumber")
    /// A matrix has rows of different lengths, or not as many rows as columns.
    public static let notSquare = Code("notSquare")
    /// A number is outside the range that its meaning allows.
    public static let outOfRange = Code("outOfRange")
    /// The file is larger than the stated bounds of its format here.
    public static let tooLarge = Code("tooLarge")
    /// A line does not have the fields of its format.
    public static let malformedLine = Code("malformedLine")
    /// A header is missing or contradicts what follows, as in a file that was cut off.
    public static let malformedHeader = Code("malformedHeader")
    /// A link or a row names something that the file does not declare.
    public static let unknownName = Code("unknownName")
    /// One thing is declared twice.
    public static let duplicate = Code("duplicate")
    /// Some routers cannot reach the others.
    public static let disconnected = Code("disconnected")
  }

  /// The kind of fault.
  public let code: Code
  /// The line where it was noticed, counted from 1; 0 when it is a fault of the whole file.
  public let line: Int
  /// What was found, and what to do about it.
  public let detail: String

  init(_ code: Code, line: Int, _ detail: String) {
    self.code = code
    self.line = line
    self.detail = detail
  }

  /// Whether both are the same kind of fault.
  public static func == (lhs: NetworkDataError, rhs: NetworkDataError) -> Bool {
    lhs.code == rhs.code
  }

  /// Line, finding, remedy.
  public var description: String {
    line > 0 ? "line \(line): \(detail)" : detail
  }
}

/// Why a model cannot be generated with the parameters that were asked for.
public struct NetworkParameterError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name of the parameter.
  public let parameter: String
  /// What is wrong with its value, and which values are legal.
  public let reason: String

  init(_ parameter: String, _ reason: String) {
    self.parameter = parameter
    self.reason = reason
  }

  /// The parameter and the reason.
  public var description: String { "\(parameter): \(reason)" }
}
