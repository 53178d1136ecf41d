import CertificateCorpus
import NodeCredentials
import Testing

/// The whole corpus against our own verifier.
@Suite struct CorpusTests {
  static let corpus = Result { try Corpus() }

  private func entries() throws -> [CorpusEntry] { try Self.corpus.get().entries }

  @Test func everyEntryGetsItsOwnVerdict() throws {
    for entry in try entries() {
      let verdict = entry.verdict()
      #expect(
        verdict == entry.expected,
        "\(entry.name): \(entry.fault)\n  is      \(verdict)\n  must be \(entry.expected)")
    }
  }

  @Test func everyFaultHasItsOwnReasonOrSaysWhyNot() throws {
    var seen: [CorpusVerdict: String] = [:]
    for entry in try entries() where entry.expected != .accepted {
      let first = seen[entry.expected]
      #expect(
        (first == nil) == (entry.shares == nil),
        "\(entry.name) \(first.map { "has the reason of \($0)" } ?? "shares with nobody")")
      seen[entry.expected] = first ?? entry.name
    }
  }

  @Test func namesAreUniqueAndTheCorpusIsLarge() throws {
    let entries = try entries()
    #expect(Set(entries.map(\.name)).count == entries.count)
    let bad = entries.filter { $0.expected != .accepted }
    #expect(bad.count >= 55)
    #expect(Set(bad.map(\.expected)).count >= 40)
    for kind in CorpusClass.allCases { #expect(entries.contains { $0.kind == kind }) }
    for family in CorpusFamily.allCases { #expect(entries.contains { $0.family == family }) }
    for entry in entries {
      #expect((entry.kind == .x509) == (entry.family != .none), "\(entry.name)")
      #expect(entry.kind != .good || entry.expected == .accepted, "\(entry.name)")
    }
  }

  /// One change back makes an entry good: the corpus can fail.
  @Test func theCheckerNoticesAWrongExpectation() throws {
    let entry = try #require(entries().first { $0.name == "uri-escape" })
    #expect(entry.verdict() != CorpusVerdict(.profile(.uriCase)))
    #expect(entry.verdict() != .accepted)
  }
}
