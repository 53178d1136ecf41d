/// Why a file from outside cannot be used, where, and what to do about it.
///
/// Two errors are equal when code, place and message are equal.
public struct TrialDataError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of failure; open, so that a new kind does not break a switch elsewhere.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// A short, stable word.
    public let description: String

    /// The file cannot be read.
    public static let unreadable = Code(description: "unreadable")
    /// A line is not what the format says.
    public static let badLine = Code(description: "bad-line")
    /// An identifier is not one.
    public static let badIdentifier = Code(description: "bad-identifier")
    /// The lines are well formed but cannot be used together.
    public static let unusable = Code(description: "unusable")
  }

  /// The kind of failure.
  public let code: Code
  /// The file at fault, as the user named it.
  public let file: String?
  /// Line in `file`, from 1.
  public let line: Int?
  /// What is wrong, in one sentence.
  public let message: String
  /// What to do about it.
  public let remedy: String?

  init(
    _ code: Code, file: String? = nil, line: Int? = nil, _ message: String, remedy: String? = nil
  ) {
    self.code = code
    self.file = file
    self.line = line
    self.message = message
    self.remedy = remedy
  }

  /// The same error at a place.
  func at(file: String, line: Int? = nil) -> TrialDataError {
    TrialDataError(code, file: file, line: line ?? self.line, message, remedy: remedy)
  }

  /// `file:line: message`, then the remedy on a line of its own.
  public var description: String {
    var place = file ?? ""
    if let line { place += ":\(line)" }
    let head = place.isEmpty ? message : "\(place): \(message)"
    guard let remedy else { return head }
    return "\(head)\n  \(remedy)"
  }
}
