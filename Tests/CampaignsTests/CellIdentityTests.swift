import Testing

@testable import Campaigns

@Suite struct CellIdentityTests {
  /// FIPS 180-4 examples and the lengths around a block border.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ])
  func theContentHashIsSHA256(text: String, digest: String) {
    #expect(ContentHash.hex(of: text) == digest)
  }

  /// RFC 8785 section 3.2.2.3 and appendix B.
  @Test(arguments: [
    (0.0, "0"), (-0.0, "0"), (0.1, "0.1"), (1e21, "1e+21"), (1e20, "100000000000000000000"),
    (1e-6, "0.000001"), (1e-7, "1e-7"), (123456.789, "123456.789"),
    (Double.leastNonzeroMagnitude, "5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"), (9007199254740992, "9007199254740992"),
    (333333333.3333332, "333333333.3333332"), (-1.5e-9, "-1.5e-9"), (4.5, "4.5"), (2e-3, "0.002"),
    (0x1p68, "295147905179352830000"), (10, "10"), (0.00001, "0.00001"),
  ])
  func numbersPrintAsInECMAScript(number: Double, text: String) {
    #expect(CanonicalJSON.format(number) == text)
  }

  @Test func keysAreSortedByUTF16AndStringsEscapedAsRFC8785Says() {
    let value = CanonicalJSON.object([
      "\u{20ac}": .text("Euro Sign"), "\r": .text("Carriage Return"),
      "\u{fb33}": .text("Hebrew Letter Dalet With Dagesh"), "1": .text("One"),
      "\u{1f600}": .text("Emoji: Grinning Face"), "\u{80}": .text("Control"),
      "\u{f6}": .text("Latin Small Letter O With Diaeresis"),
      "x": .array([.null, .flag(true), .integer(-3), .text("\u{1}\"\\\n/")]),
    ])
    #expect(
      value.text
        == "{\"\\r\":\"Carriage Return\",\"1\":\"One\","
        + "\"x\":[null,true,-3,\"\\u0001\\\"\\\\\\n/\"],\"\u{80}\":\"Control\","
        + "\"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\","
        + "\"\u{1f600}\":\"Emoji: Grinning Face\","
        + "\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}")
  }

  @Test func theIdentityOfACellIsPinned() throws {
    let cell = try CampaignPlan(parsing: smallSpec).cells[1]
    #expect(
      cell.parameters.canonical.text
        == #"{"attacks":[{"name":"drop","parameters":{}}],"coalitionFraction":0.1,"#
        + #""engine":"sampling","faultyFraction":0.1,"overlay":{"digitBits":4,"#
        + #""ids":{"random":true},"leafSetSize":16,"nodes":1000,"tables":"constrained"},"#
        + #""precision":{"confidence":0.95,"minBatches":30,"routes":4000,"routesPerBatch":100},"#
        + #""router":{"name":"prefix"},"success":"replica-roots"}"#)
    #expect(cell.identity == ContentHash.hex(of: cell.parameters.canonical.text))
    #expect(cell.name.count == 16)
  }

  @Test func addingCellsChangesNoOtherCell() throws {
    let before = try CampaignPlan(parsing: smallSpec)
    let after = try CampaignPlan(
      parsing:
        smallSpec
        .replacing("nodes: 1000", with: "nodes: [500, 1000]")
        .replacing("step: 0.1", with: "step: 0.05")
        .replacing("routers: [", with: "routers: [sec-route, "))
    let names = Set(after.cells.map(\.identity))
    #expect(before.cells.allSatisfy { names.contains($0.identity) })
    #expect(after.cells.count == 2 * 3 * 2 * 11)
  }

  @Test func labelsCommentsAndFiguresDoNotCount() throws {
    let plan = try CampaignPlan(parsing: smallSpec)
    let relabelled = try CampaignPlan(
      parsing: smallSpec.replacing("{name: anycast,", with: "{name: anycast, label: many,"))
    #expect(relabelled.cells.map(\.identity) == plan.cells.map(\.identity))
    // Labels are printed in results.csv, so the run is another one all the same.
    #expect(relabelled.specHash != plan.specHash)
    let cosmetic = try CampaignPlan(
      parsing: "# note\n" + smallSpec.replacing("Delivery against", with: "Against"))
    #expect(cosmetic.specHash == plan.specHash)
    let other = try CampaignPlan(parsing: smallSpec.replacing("seed: 7", with: "seed: 8"))
    #expect(other.specHash != plan.specHash)
    #expect(other.cells.map(\.identity) == plan.cells.map(\.identity))
  }

  @Test func twoNamesForOneCellAreRefused() {
    #expect(throws: CampaignError.self) {
      try CampaignPlan(
        parsing: smallSpec.replacing("  - drop", with: "  - drop\n  - {name: drop, label: again}"))
    }
  }

  @Test func cellsThatDifferOnlyInFShareAPassOfAtMost8Lanes() throws {
    let plan = try CampaignPlan(parsing: smallSpec.replacing("step: 0.1", with: "step: 0.05"))
    let passes = plan.passes(of: plan.cells)
    #expect(passes.map(\.count) == [8, 3, 8, 3, 8, 3, 8, 3])
    #expect(passes.flatMap { $0 }.map(\.index) == Array(0..<44))
    for pass in passes { #expect(Set(pass.map(\.parameters.groupKey)).count == 1) }
  }
}
