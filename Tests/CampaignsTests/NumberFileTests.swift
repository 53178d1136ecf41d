import Bounds
import Foundation
import Testing

@testable import Campaigns

/// Files of closed forms between proven decimals.
@Suite struct NumberFileTests {
  private static func campaign() async throws -> Campaign {
    try await Campaign(spec: try CampaignSpec(parsing: smallSpec, file: "small.yaml"))
  }

  private static func file() async throws -> NumberFile {
    try NumberFile(
      campaignFile: "experiments/small.yaml", numbers: try await campaign().plan.closedFormNumbers)
  }

  @Test("each closed form of the plan is there once, between decimals that hold the exact value")
  func rows() async throws {
    let file = try await Self.file()
    // Six fractions; two attacks share a closed form, and anycast has none here.
    #expect(file.rows.count == 6)
    for row in file.rows {
      #expect(row.number.formula == "forwarding")
      switch try row.number.exact() {
      case .exact(let number): #expect(row.low <= number && number <= row.high)
      case .enclosed(let enclosure):
        #expect(row.low <= enclosure.low.rational && enclosure.high.rational <= row.high)
      }
      #expect(row.high - row.low < Rational(10).power(-28))
    }
    #expect(file.rows[0].exact == "1")
  }

  @Test("what is written is read back")
  func roundTrip() async throws {
    let file = try await Self.file()
    #expect(try NumberFile(bytes: Array(file.text.utf8), path: "x.csv") == file)
  }

  @Test("a file that is cut off anywhere is refused, or lacks rows that the plan has")
  func truncation() async throws {
    let file = try await Self.file()
    let bytes = Array(file.text.utf8)
    for length in bytes.indices {
      do throws(CampaignError) {
        let part = try NumberFile(bytes: Array(bytes[..<length]), path: "x.csv")
        #expect(part.rows.count < file.rows.count)
      } catch {
        #expect(error.code == .badData)
        #expect(error.line != nil)
      }
    }
  }

  @Test(
    "damage is named with its line",
    arguments: [
      ("redoubt-numbers/1", "redoubt-numbers/9", 1), ("formula,", "formulas,", 2),
      ("forwarding,", "forwarding;", 3), ("faultyFraction=0;", "faultyFraction;", 3),
      ("nodes=1000;digitBits", "nodes=x;digitBits", 3), (",1,1,1\n", ",2,1,1\n", 3),
      (",1,1,1\n", ",nan,1,1\n", 3), (",1,1,1\n", ",1,1\n", 3),
    ])
  func damage(old: String, new: String, line: Int) async throws {
    let text = try await Self.file().text
    let changed = text.replacing(
      "faultyFraction=0,", with: "faultyFraction=0;,", maxReplacements: 1
    )
    .replacing(old, with: new, maxReplacements: 1)
    let error = #expect(throws: CampaignError.self) {
      try NumberFile(bytes: Array(changed.utf8), path: "x.csv")
    }
    #expect(error?.line == line)
  }

  @Test("decimals of an end are on its outer side, at any size")
  func outward() {
    for (number, digits) in [
      (Rational(2, 3), 5), (Rational(-1, 7), 8), (Rational(10).power(12) / 7, 30),
      (Rational(1, 3) / Rational(10).power(40), 30), (Rational(5), 3),
    ] {
      let (low, high) = (
        number.decimal(digits, roundedUp: false), number.decimal(digits, roundedUp: true)
      )
      #expect(low <= number && number <= high)
      let size = number.sign < 0 ? -number : number
      #expect(high - low <= size / Rational(10).power(digits - 1))
    }
  }
}
