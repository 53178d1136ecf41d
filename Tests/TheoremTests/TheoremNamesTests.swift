import Foundation
import Testing

/// Theorems and their property tests have the same names, on both sides.
@Suite struct TheoremNamesTests {
  /// The working tree, found from the place of this file.
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func texts(in folder: String, ending: String) throws -> [String] {
    let url = root.appending(path: folder)
    return try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
      .filter { $0.hasSuffix(ending) }
      .map { try String(contentsOf: url.appending(path: $0), encoding: .utf8) }
  }

  /// The names that a pattern's first group finds.
  private static func names(_ pattern: String, in texts: [String]) throws -> [String] {
    let expression = try NSRegularExpression(pattern: pattern, options: .anchorsMatchLines)
    return texts.flatMap { text in
      expression.matches(in: text, range: NSRange(text.startIndex..., in: text)).compactMap {
        Range($0.range(at: 1), in: text).map { String(text[$0]) }
      }
    }
  }

  /// The theorems that a file of proofs says the assumptions of.
  private static func theorems(_ texts: [String]) throws -> [String] {
    try names(#"^Print Assumptions (\w+)\.$"#, in: texts)
  }

  /// What tests restate, and for what they plant errors.
  private static func tests(_ texts: [String]) throws -> (laws: Set<String>, mutants: Set<String>) {
    let mutants = Set(try names(#"@Test\("(\w+): mutants are caught"#, in: texts))
    let laws = Set(try names(#"@Test\("(\w+): (?!mutants are caught)"#, in: texts))
    return (laws, mutants)
  }

  private static func differences(proofs: [String], tests texts: [String]) throws -> [String] {
    let theorems = try theorems(proofs)
    let (laws, mutants) = try tests(texts)
    let stated = Set(try names(#"^ *Theorem (\w+)"#, in: proofs))
    let described = Set(try names(#"^\(\*\* \*\*\* (\w+)$"#, in: proofs))
    var found: [String] = []
    if Set(theorems).count != theorems.count { found.append("a theorem is listed twice") }
    for (names, what) in [(laws, "has no test"), (mutants, "has no mutant")] {
      for theorem in Set(theorems).subtracting(names).sorted() {
        found.append("\(theorem) \(what)")
      }
      for name in names.subtracting(theorems).sorted() { found.append("\(name) is no theorem") }
    }
    for theorem in stated.symmetricDifference(theorems).sorted() {
      found.append("\(theorem) is not both stated and listed")
    }
    for theorem in stated.symmetricDifference(described).sorted() {
      found.append("\(theorem) is not both stated and described")
    }
    return found
  }

  @Test("every theorem has a test and a mutant of its name, and every test a theorem")
  func everyTheoremHasATest() throws {
    let proofs = try Self.texts(in: "proofs/coq", ending: ".v")
    let tests = try Self.texts(in: "Tests/TheoremTests", ending: "Tests.swift")
    #expect(try Self.theorems(proofs).count >= 20)
    #expect(try Self.differences(proofs: proofs, tests: tests) == [])
    // The table of the proofs names them too.
    let readme = try Self.texts(in: "proofs/coq", ending: "README.md")
    let rows = Set(try Self.names(#"^\| `(\w+)` \|"#, in: readme))
    #expect(rows == Set(try Self.theorems(proofs)))
  }

  @Test("a theorem without a test, and a test without a theorem, are found")
  func planted() throws {
    let proof = """
      (** *** one

          In words. *)
      Theorem one : True.
      Print Assumptions one.
      """
    let law = "@Test(\"one: it holds\")"
    let mutant = "@Test(\"one: mutants are caught\")"
    #expect(try Self.differences(proofs: [proof], tests: [law, mutant]) == [])
    #expect(try Self.differences(proofs: [proof], tests: [mutant]) == ["one has no test"])
    #expect(try Self.differences(proofs: [proof], tests: [law]) == ["one has no mutant"])
    #expect(try Self.differences(proofs: [proof], tests: []).count == 2)
    #expect(
      try Self.differences(proofs: [proof], tests: [law, mutant, "@Test(\"two: it holds\")"])
        == ["two is no theorem"])
    let unlisted = proof.replacingOccurrences(of: "Print Assumptions one.", with: "")
    #expect(try !Self.differences(proofs: [unlisted], tests: [law, mutant]).isEmpty)
  }
}
