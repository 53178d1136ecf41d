/// Why text or bytes are not an identifier.
///
/// Two errors are equal when their codes are.
public struct RingIdentifierError: Error, Hashable, CustomStringConvertible {
  /// What is wrong; more codes may be added.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The stable name of the code.
    public let description: String

    /// Not 40 hexadecimal digits, or not 20 bytes.
    public static let wrongLength = Code(description: "wrongLength")
    /// A character other than 0-9 and a-f.
    public static let invalidDigit = Code(description: "invalidDigit")
    /// One of A-F; hexadecimal identifiers have exactly one spelling, in lower case.
    public static let upperCaseDigit = Code(description: "upperCaseDigit")
  }

  /// What is wrong.
  public let code: Code
  /// The position, from 0, of the first offending character; nil when the length is wrong.
  public let position: Int?
  /// One sentence that says what was expected, what came, and what to do.
  public let description: String

  init(_ code: Code, position: Int? = nil, _ description: String) {
    self.code = code
    self.position = position
    self.description = description
  }

  /// Whether both errors have the same code.
  public static func == (lhs: RingIdentifierError, rhs: RingIdentifierError) -> Bool {
    lhs.code == rhs.code
  }

  /// Hashes the code.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(code)
  }
}
