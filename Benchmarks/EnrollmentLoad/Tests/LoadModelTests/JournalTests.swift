import LoadModel
import Testing

@Suite struct JournalTests {
  static func entry(_ number: UInt8) throws -> ReleasedCertificate {
    ReleasedCertificate(
      nodeId: try #require(ShortOctets([UInt8](repeating: number, count: 20))),
      serial: try #require(ShortOctets([UInt8](repeating: number, count: 16))),
      digest: try #require(ShortOctets([UInt8](repeating: number, count: 32))))
  }

  private func text(_ numbers: [UInt8]) throws -> String {
    try Journal.heading + "\n" + numbers.map { Journal.line(try Self.entry($0)) }.joined()
  }

  @Test func whatIsWrittenIsRead() throws {
    let journal = try Journal(parsing: Array(text([1, 2, 255]).utf8))
    #expect(journal.entries == (try [1, 2, 255].map(Self.entry)))
    #expect(!journal.isTorn)
  }

  @Test func everyTruncationGivesTheWholeLinesBeforeIt() throws {
    let bytes = Array(try text([3, 4]).utf8)
    let headingCount = Journal.heading.utf8.count + 1
    let lineCount = 20 * 2 + 16 * 2 + 32 * 2 + 3
    for count in 0..<bytes.count {
      let cut = Array(bytes.prefix(count))
      if count < headingCount {
        #expect(throws: JournalError.self) { try Journal(parsing: cut) }
      } else {
        let journal = try Journal(parsing: cut)
        #expect(journal.entries.count == (count - headingCount) / lineCount)
        #expect(journal.isTorn == ((count - headingCount) % lineCount != 0))
      }
    }
  }

  @Test(arguments: [
    "", "enroll-load journal 2\n", "enroll-load journal 1\r\n", "\nenroll-load journal 1\n",
  ])
  func otherHeadingsAreRefused(text: String) {
    #expect(throws: JournalError.self) { try Journal(parsing: Array(text.utf8)) }
  }

  @Test func badLinesAreRefusedByNumber() throws {
    let good = String(Journal.line(try Self.entry(1)).dropLast())
    let bad: [String] = [
      "", " ", String(good.dropLast()), good + "0", good + " ", " " + good,
      good.replacing(" ", with: "  ", maxReplacements: 1), good.uppercased() + "X",
      good.replacing("01", with: "0g", maxReplacements: 1),
      good.replacing("01", with: "0A", maxReplacements: 1), good + " 00",
      good.replacing(" ", with: "\t", maxReplacements: 1), good + "\r",
    ]
    for line in bad {
      let text = Journal.heading + "\n" + good + "\n" + line + "\n" + good + "\n"
      let error = #expect(throws: JournalError.self) { try Journal(parsing: Array(text.utf8)) }
      #expect(error?.line == 3, "\(line)")
    }
  }

  @Test func shortOctetsKeepEveryOctet() throws {
    for count in 0...32 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 1) }
      let octets = try #require(ShortOctets(bytes))
      #expect(octets.bytes == bytes)
      #expect(ShortOctets(hex: octets.description, count: count) == octets)
    }
    #expect(ShortOctets([UInt8](repeating: 0, count: 33)) == nil)
    #expect(ShortOctets([0]) != ShortOctets([0, 0]))
    #expect(ShortOctets(hex: "0", count: 1) == nil)
    #expect(ShortOctets(hex: "AB", count: 1) == nil)
    #expect(ShortOctets(hex: "abc", count: 1) == nil)
  }
}
