import Foundation

/// Where the compiler's guarantees may be waived, and the list of exceptions.
enum UnsafeRules {
  /// Targets that compile with strict memory safety: unsafe code stands in `+Unsafe.swift` files.
  static let strictTargets: Set<String> = BannedCall.deterministicTargets

  private static let pointerPattern =
    #"\bUnsafe(?:Mutable)?(?:Raw)?(?:Buffer)?Pointer\b|\bwithUnsafe\w*\b|\bunsafeBitCast\b"#
    + #"|(?<![@(\w])unsafe\b(?!\s*[:,)])"#

  static func pointerViolations(in file: SourceFile) throws -> [Violation] {
    guard file.isSwift, case .target(let target) = file.owner, strictTargets.contains(target),
      !file.path.hasSuffix("+Unsafe.swift")
    else { return [] }
    return try file.matches(pointerPattern).map { match in
      Violation(
        path: file.path, line: match.line,
        message: """
          \(match.text): unsafe code stands in a `+Unsafe.swift` file behind a safe interface, \
          with its bounds asserted at entry
          """)
    }
  }

  private static let uncheckedPattern = #"@unchecked\s+Sendable\b|\bnonisolated\s*\(\s*unsafe\s*\)"#

  /// Every waiver must have an entry in the list, and every entry a waiver.
  /// - Parameter list: path to proof.
  static func uncheckedViolations(in files: [SourceFile], list: [String: String]) throws
    -> [Violation]
  {
    let listPath = "Tests/TidyTests/UncheckedAllowList.swift"
    var found: [Violation] = []
    var used: Set<String> = []
    for file in files where file.isSwift {
      for match in try file.matches(uncheckedPattern) {
        if list[file.path] != nil {
          used.insert(file.path)
          continue
        }
        found.append(
          Violation(
            path: file.path, line: match.line,
            message: """
              \(match.text) is not in \(listPath): prefer a value, an actor or a Mutex; if nothing \
              else will do, list the file there with the proof
              """))
      }
    }
    for (path, proof) in list.sorted(by: { $0.key < $1.key }) {
      if !used.contains(path) {
        found.append(
          Violation(path: listPath, line: 1, message: "\(path) waives nothing: remove the entry"))
      }
      if proof.split(separator: " ").count < 5 {
        found.append(
          Violation(path: listPath, line: 1, message: "\(path) needs a proof, not a word"))
      }
    }
    return found
  }
}
