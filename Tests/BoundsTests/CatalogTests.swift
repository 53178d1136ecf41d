import Foundation
import Testing

@testable import Bounds

@Suite struct CatalogTests {
  /// A line of Reference/bounds.csv, which Reference/bounds.gp prints.
  struct Reference: CustomTestStringConvertible {
    let name: String
    let arguments: [String: Rational]
    let text: String
    let value: Rational

    var testDescription: String { "\(name) \(text)" }

    /// Whether a value is this one, to 33 digits.
    func agrees(with value: BoundValue) -> Bool {
      let enclosure = value.enclosure()
      let slack = self.value / Rational(.powerOfTwo(110))
      return enclosure.low.rational - slack <= self.value
        && self.value <= enclosure.high.rational + slack
    }
  }

  private static let table: String = {
    guard let url = Bundle.module.url(forResource: "Reference/bounds", withExtension: "csv"),
      let table = try? String(contentsOf: url, encoding: .utf8)
    else { return "no table" }
    return table
  }()

  private static let lineCount = table.split(separator: "\n").count

  static let references: [Reference] = {
    // A line that cannot be read is left out, and missed by the count of lines.
    table.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      guard cells.count == 3 else { return nil }
      var arguments: [String: Rational] = [:]
      for argument in cells[1].split(separator: " ") {
        let parts = argument.split(separator: "=")
        guard parts.count == 2, let value = Rational(parts[1]) else { return nil }
        arguments[String(parts[0])] = value
      }
      guard let value = Rational(cells[2].filter { $0 != " " }) else { return nil }
      return Reference(
        name: String(cells[0]), arguments: arguments, text: String(cells[1]), value: value)
    }
  }()

  @Test("the table of PARI/GP is there, with a line for every bound")
  func tableIsWhole() {
    #expect(Self.references.count == Self.lineCount)
    for bound in Bound.all {
      #expect(Self.references.contains { $0.name == bound.name }, "\(bound.name)")
    }
  }

  @Test("values are those of PARI/GP to 33 digits", arguments: references)
  func agrees(reference: Reference) throws {
    let bound = try #require(Bound.named(reference.name))
    for form in [BoundForm.fraction, .digits] {
      let value = try bound.value(reference.arguments, form: form)
      #expect(reference.agrees(with: value))
      // Digits are certified to 30 places.
      #expect(value.enclosure().relativeWidth < Rational(1, 1_000_000_000_000_000).power(2))
    }
  }

  @Test("an error of a part in 10^29 of any value is seen: the comparison can fail")
  func planted() throws {
    for reference in Self.references where reference.value.sign > 0 {
      let bound = try #require(Bound.named(reference.name))
      let value = try bound.value(reference.arguments, form: .digits).enclosure()
      for factor in [1 + Rational(10).power(-29), 1 - Rational(10).power(-29)] {
        #expect(!reference.agrees(with: .enclosed(value * Enclosure(factor))))
      }
    }
  }

  @Test("every bound tells what it is, and takes each parameter once")
  func descriptions() {
    #expect(Set(Bound.all.map(\.name)).count == Bound.all.count)
    for bound in Bound.all {
      #expect(bound.name.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil)
      #expect(bound.summary.hasSuffix("."), "\(bound.name)")
      #expect(!bound.derivation.isEmpty)
      #expect(bound.source.contains(/\[[A-Z][A-Za-z]+[0-9]{2}\]|^Redoubt/))
      #expect(Set(bound.parameters.map(\.name)).count == bound.parameters.count)
      #expect(bound.parameters.allSatisfy { !$0.summary.isEmpty })
    }
  }
}
