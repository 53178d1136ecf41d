import Foundation
import Testing

/// Traces of `redoubt simulate run`, repeated and read.
@Suite struct SimulateTraceTests {
  @Test(arguments: [
    "", "--build joined --settle 5s --loss 0.02", "--failures 0.2 --repair 1min",
    "--churn exponential:2min --duration 30s --settle 5s --lookup-rate 1 --clock-drift 50",
  ])
  func aTraceIsRepeated(options: String) throws {
    let scratch = try SimulateScratch()
    let plain = try scratch.small(options)
    let traced = try scratch.small(options + " --trace run.jsonl")
    #expect(traced.status == 0, "\(traced.errors)")
    #expect(traced.output == plain.output, "a trace changes nothing")
    let replay = try scratch.simulate("replay", "run.jsonl")
    #expect(replay.status == 0, "\(replay.errors)\(replay.output)")
    let lines = try scratch.read("run.jsonl").split(separator: "\n").count - 2
    #expect(replay.output.hasPrefix("all \(lines) events and the digest "))
    let digest = try #require(plain.output.split(whereSeparator: \.isWhitespace).last)
    #expect(replay.output.contains(digest))
  }

  @Test func everyChangedLineIsFound() throws {
    let scratch = try SimulateScratch()
    #expect(try scratch.small("--trace run.jsonl").status == 0)
    let lines = try scratch.read("run.jsonl").split(separator: "\n").map(String.init)
    let place = try #require(lines.firstIndex { $0.contains("\"kind\":\"delivered\"") })
    var changed = lines
    changed[place] = lines[place].replacing("\"isRoot\":true", with: "\"isRoot\":false")
    try scratch.write(changed.joined(separator: "\n") + "\n", "changed.jsonl")
    let replay = try scratch.simulate("replay", "changed.jsonl")
    #expect(replay.status == 1)
    #expect(replay.output.hasPrefix("line \(place + 1) differs\n"))
    #expect(replay.output.contains("  recorded  " + changed[place]))
    #expect(replay.output.contains("  repeated  " + lines[place]))
    // The trailer is compared as well.
    let last = lines.count - 1
    changed = lines
    changed[last] = lines[last].replacing("\"duplicates\":0", with: "\"duplicates\":1")
    try scratch.write(changed.joined(separator: "\n") + "\n", "changed.jsonl")
    let other = try scratch.simulate("replay", "changed.jsonl")
    #expect(other.status == 1 && other.output.hasPrefix("line \(last + 1) differs\n"))
    // Another seed in the header is another run.
    changed = lines
    changed[0] = lines[0].replacing("\"seed\":\"1\"", with: "\"seed\":\"2\"")
    try scratch.write(changed.joined(separator: "\n") + "\n", "changed.jsonl")
    #expect(try scratch.simulate("replay", "changed.jsonl").status == 1)
  }

  @Test func whatIsNoTraceIsRefused() throws {
    let scratch = try SimulateScratch()
    try scratch.write("0 3 5\n3 0 4\n5 4 0\n", "delays")
    #expect(try scratch.small("--network planetlab:delays --trace run.jsonl").status == 0)
    let text = try scratch.read("run.jsonl")
    func refusal(_ text: String) throws -> String {
      try scratch.write(text, "bad.jsonl")
      let replay = try scratch.simulate("replay", "bad.jsonl")
      #expect(replay.status == 65, "\(replay.output)")
      #expect(replay.output.isEmpty)
      let show = try scratch.simulate("show", "bad.jsonl", "--node", "1")
      #expect(show.status == 65 || !show.errors.contains("bad.jsonl: line "), "\(show.errors)")
      return replay.errors
    }
    #expect(try refusal(String(text.prefix(text.count / 2))).contains("cut off"))
    #expect(try refusal(String(text.dropLast(1))).contains("cut off"))
    #expect(try refusal("").contains("cut off"))
    #expect(try refusal("0 1 2\n").contains("line 1: this is not a redoubt trace"))
    #expect(
      try refusal(text.replacing("\"leaf-set\":\"32\"", with: "\"leaf-set\":\"33\""))
        .contains("line 1: a setting is not one of this version"))
    #expect(
      try refusal(text.replacing("\"nodes\":\"40\"", with: "\"nodes\":\"41\""))
        .contains("line 1: has 40 nodes, but its settings make 41"))
    #expect(try scratch.simulate("replay", "missing.jsonl").status == 66)
    try scratch.write("0 3 6\n3 0 4\n6 4 0\n", "delays")
    #expect(try refusal(text).contains("the run read another file"))
  }

  @Test func storiesOfALookupAndANode() throws {
    let scratch = try SimulateScratch()
    #expect(try scratch.small("--failures 0.2 --repair 1min --trace run.jsonl").status == 0)
    let lookup = try scratch.simulate("show", "run.jsonl", "--lookup", "0")
    #expect(lookup.status == 0, "\(lookup.errors)")
    let lines = lookup.output.split(separator: "\n")
    #expect(lines.first?.contains("looks up") == true)
    #expect(lines.last?.contains("delivers lookup 0 after") == true)
    #expect(lines.last?.contains("it is the root") == true)
    let stopped = try #require(
      try scratch.read("run.jsonl").split(separator: "\n").first { $0.contains("stopped") })
    let number = try #require(stopped.firstMatch(of: /"node":([0-9]+)/)?.1)
    let node = try scratch.simulate("show", "run.jsonl", "--node", "\(number)")
    #expect(node.output.contains("is in the overlay from the start"))
    let all = try scratch.simulate(
      "show", "run.jsonl", "--node", "\(number)", "--limit", "100000")
    #expect(all.output.contains("stops without a word"))
    #expect(all.output.contains("NOT RUNNING"))
    let few = try scratch.simulate("show", "run.jsonl", "--node", "\(number)", "--limit", "2")
    #expect(few.output.contains("more events; show them with --limit"))
    let none = try scratch.simulate("show", "run.jsonl", "--lookup", "999999999")
    #expect(none.status == 1 && none.errors.contains("no lookup has the tag"))
    #expect(try scratch.simulate("show", "run.jsonl").status == 64)
  }
}
