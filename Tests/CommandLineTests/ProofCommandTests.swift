import Foundation
import Testing

/// `redoubt proof check`, `certify` and `trace`.
@Suite struct ProofCommandTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private func path(_ scratch: SimulateScratch, _ name: String) -> String {
    scratch.folder.appending(path: name).path(percentEncoded: false)
  }

  @Test func theRecordedNumbersOfTheRepositoryHold() throws {
    let program = try Program.run(
      Program.redoubt, ["proof", "check"], in: Self.root)
    #expect(program.status == 0, "\(program.errors)")
    let lines = program.output.split(separator: "\n")
    #expect(lines.count >= 12)
    for line in lines {
      let words = line.split(separator: " ", omittingEmptySubsequences: true)
      #expect(words[0] == "bound" && words[2] == "ok", "\(line)")
      #expect(line.contains("PARI/GP to 25 digits"), "\(line)")
    }
  }

  @Test func aChangedNumberFailsTheCheckAndADamagedFileIsBadData() throws {
    let scratch = try SimulateScratch()
    let certified = try Program.run(
      Program.redoubt,
      [
        "proof", "certify", "experiments/osdi02/table-updates-constrained.yaml", "--numbers",
        path(scratch, "numbers"),
      ], in: Self.root)
    #expect(certified.status == 0, "\(certified.errors)")
    let definitions = Self.root.appending(path: "proofs/numbers/closed-forms.gp")
    try FileManager.default.copyItem(
      atPath: definitions.path(percentEncoded: false),
      toPath: path(scratch, "numbers/closed-forms.gp"))
    func check() throws -> Program {
      try Program.run(
        Program.redoubt, ["proof", "check", "--numbers", path(scratch, "numbers")],
        in: Self.root)
    }
    #expect(try check().status == 0)
    let file = "numbers/osdi02-table-updates-constrained.csv"
    let text = try scratch.read(file)
    let changed = text.replacing("0.9,0.9,9/10", with: "0.8,0.8,4/5")
    try #require(changed != text)
    try scratch.write(changed, file)
    let failed = try check()
    #expect(failed.status == 1)
    #expect(failed.output.contains("FAILED"))
    #expect(failed.errors.contains("recorded 4/5, now 9/10"))
    try scratch.write(String(text.dropLast(7)), file)
    let damaged = try check()
    #expect(damaged.status == 65)
    #expect(damaged.errors.contains("proof certify"))
  }

  @Test func aTraceIsAllowedAndADoctoredOneIsNot() throws {
    let scratch = try SimulateScratch()
    #expect(try scratch.small("--build joined --settle 5s --trace run.jsonl").status == 0)
    func trace(_ name: String, _ options: [String] = []) throws -> Program {
      try Program.run(Program.redoubt, ["proof", "trace", path(scratch, name)] + options)
    }
    let allowed = try trace("run.jsonl", ["--roots"])
    #expect(allowed.status == 0, "\(allowed.output)\(allowed.errors)")
    #expect(allowed.output.hasPrefix("all "))
    var lines = try scratch.read("run.jsonl").split(separator: "\n").map(String.init)
    let place = try #require(lines.firstIndex { $0.contains("\"message\":\"leafSetReply\"") })
    lines[place] = lines[place].replacing(/"request":[0-9]+/, with: "\"request\":4000000")
    try scratch.write(lines.joined(separator: "\n") + "\n", "doctored.jsonl")
    let refused = try trace("doctored.jsonl")
    #expect(refused.status == 1)
    #expect(refused.output.hasPrefix("line \(place + 1), at "))
    #expect(refused.output.contains("owes none"))
    try scratch.write(lines.dropLast().joined(separator: "\n") + "\n", "cut.jsonl")
    #expect(try trace("cut.jsonl").status == 65)
    #expect(try trace("nowhere.jsonl").status == 66)
    let crowd = try scratch.read("run.jsonl").replacing(
      "\"nodes\":40,", with: "\"nodes\":99999999,")
    try scratch.write(crowd, "crowd.jsonl")
    let crowded = try trace("crowd.jsonl")
    #expect(crowded.status == 65 && crowded.errors.contains("1048576"))
    #expect(try trace("run.jsonl", ["--leaf-set", "7"]).status == 64)
  }
}
