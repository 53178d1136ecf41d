/// What went wrong in a campaign, where, and what to do about it.
///
/// Two errors are equal when code, place and message are equal.
public struct CampaignError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind of failure; open, so that a new kind does not break a switch elsewhere.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// A short, stable word.
    public let description: String

    private init(_ description: String) {
      self.description = description
    }

    /// The campaign file is not a valid specification.
    public static let badSpec = Code("bad-spec")
    /// A file that the campaign reads (ledger, shard, nodeIds) is missing, damaged or foreign.
    public static let badData = Code("bad-data")
    /// The directory belongs to another specification.
    public static let specMismatch = Code("spec-mismatch")
    /// Recomputed values differ from the recorded ones.
    public static let verificationFailed = Code("verification-failed")
    /// Some cells are missing.
    public static let incomplete = Code("incomplete")
    /// The output directory or file cannot be created.
    public static let cannotCreate = Code("cannot-create")
    /// Reading or writing failed: full disk, broken device.
    public static let inputOutput = Code("input-output")
    /// Another process works on the same directory.
    public static let locked = Code("locked")
    /// An outside program is not installed or failed.
    public static let toolMissing = Code("tool-missing")
    /// Redoubt contradicts itself.
    public static let inconsistent = Code("internal")
  }

  /// The kind of failure.
  public let code: Code
  /// The file at fault, as the user named it.
  public let file: String?
  /// Line in `file`, from 1.
  public let line: Int?
  /// Column in `file`, from 1, in Unicode scalars.
  public let column: Int?
  /// What is wrong, in one sentence.
  public let message: String
  /// What to do about it.
  public let remedy: String?

  init(
    _ code: Code, file: String? = nil, line: Int? = nil, column: Int? = nil, _ message: String,
    remedy: String? = nil
  ) {
    self.code = code
    self.file = file
    self.line = line
    self.column = column
    self.message = message
    self.remedy = remedy
  }

  /// `file:line:column: message`, then the remedy on a line of its own.
  public var description: String {
    var place = file ?? ""
    if let line { place += ":\(line)" }
    if let column { place += ":\(column)" }
    let head = place.isEmpty ? message : "\(place): \(message)"
    guard let remedy else { return head }
    return "\(head)\n  \(remedy)"
  }
}
