import Foundation
import Testing

@Suite struct SimulateConvergenceTests {
  static func study(_ scratch: SimulateScratch, _ options: String) throws -> Program {
    try Program.run(
      Program.redoubt,
      ["simulate", "convergence", "--nodes", "400", "--pairs", "30"]
        + options.split(separator: " ").map(String.init), in: scratch.folder)
  }

  static func overlays(_ scratch: SimulateScratch, _ name: String) throws -> [[[String: Any]]] {
    let record = try SimulateGrowthTests.object(scratch, name)
    let overlays = try #require(record["overlays"] as? [[String: Any]])
    #expect(overlays.map { $0["tables"] as? String } == ["by proximity", "random"])
    return try overlays.map { try #require($0["bins"] as? [[String: Any]]) }
  }

  static func value(_ bin: [String: Any], _ name: String) throws -> Double {
    let mean = try #require(bin[name] as? [String: Double])
    return try #require(mean["value"])
  }

  @Test func helpTeachesWhatIsMeasured() throws {
    let scratch = try SimulateScratch()
    let program = try scratch.simulate("convergence", "--help")
    #expect(program.status == 0 && program.errors.isEmpty)
    // Lines are broken where the terminal ends.
    let text = program.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for word in ["Examples:", "same random key", "--pairs", "random nodes", "deciles"] {
      #expect(text.contains(word), "--help must mention \(word)")
    }
  }

  @Test(arguments: [
    "--build constructed", "--build joined --settle 5s", "--network plane:80ms",
    "--network transit-stub", "--digit-bits 2 --leaf-set 8",
  ])
  func binsHoldWhatTheyShould(options: String) throws {
    let scratch = try SimulateScratch()
    let program = try Self.study(scratch, options + " --json out.json")
    #expect(program.status == 0, "\(program.errors)")
    #expect(try Self.study(scratch, options + " --json two.json").output == program.output)
    #expect(try scratch.read("out.json") == scratch.read("two.json"))
    for bins in try Self.overlays(scratch, "out.json") {
      #expect(bins.count >= 10)
      var apart = 0.0
      for bin in bins {
        let pairs = try #require(bin["pairs"] as? Int)
        #expect(pairs + (try #require(bin["left"] as? Int)) == 30)
        #expect(try #require(bin["left"] as? Int) <= 5)
        // Nearest pairs first.
        let next = try Self.value(bin, "apartMilliseconds")
        #expect(next > apart)
        apart = next
        // Nobody meets behind the root.
        #expect(try Self.value(bin, "hopsToMeeting") <= Self.value(bin, "hopsToRoot"))
        let part = try Self.value(bin, "fractionOfDelay")
        #expect(part >= 0 && part <= 1)
        let together = try #require(bin["together"] as? Int)
        let share = try Self.value(bin, "togetherShare")
        #expect(abs(share * Double(pairs) - Double(together)) < 1e-9)
      }
    }
  }

  @Test func nearPairsMeetSoonerWhereTablesAreByProximity() throws {
    let scratch = try SimulateScratch()
    let program = try Self.study(
      scratch, "--nodes 2000 --pairs 200 --leaf-set 8 --json out.json")
    #expect(program.status == 0, "\(program.errors)")
    let overlays = try Self.overlays(scratch, "out.json")
    let near = try Self.value(overlays[0][0], "millisecondsToMeeting")
    let far = try Self.value(try #require(overlays[0].last), "millisecondsToMeeting")
    let random = try Self.value(overlays[1][0], "millisecondsToMeeting")
    #expect(near * 2 < far && near * 2 < random, "\(near) \(far) \(random)")
    // Random tables know no near and far.
    let other = try Self.value(try #require(overlays[1].last), "millisecondsToMeeting")
    #expect(random > other * 0.7, "\(random) \(other)")
  }

  @Test(arguments: [
    ("--network constant:20ms", "equally far apart"), ("--pairs 1", "--pairs must be"),
    ("--nodes 5", "--nodes must be at least 10"), ("--leaf-set 7", "--leaf-set must be an even"),
    ("--figure a.png", "--figure must end in .svg or .pdf"), ("--build grown", "'grown'"),
  ])
  func wrongUseIsNamed(options: String, message: String) throws {
    let scratch = try SimulateScratch()
    let program = try Self.study(scratch, options)
    #expect(program.status == 64 && program.output.isEmpty)
    #expect(program.errors.contains(message), "\(program.errors)")
  }

  @Test func missingFilesAreNamed() throws {
    let scratch = try SimulateScratch()
    let missing = try Self.study(scratch, "--network planetlab:missing")
    #expect(missing.status == 66 && missing.errors.contains("missing"))
  }

  @Test func theFigureHasItsDataAndItsScript() throws {
    let scratch = try SimulateScratch()
    let bare = try scratch.alone("convergence --nodes 100 --pairs 5 --figure f.svg")
    #expect(bare.status == 74 && bare.errors.contains("gnuplot is not installed"))
    #expect(bare.output.contains("tables by proximity") && bare.output.contains("tables random"))
    let script = try scratch.read("f.gp")
    for word in ["as far as the other source", "meet before the root", "f.dat"] {
      #expect(script.contains(word), "\(word) is missing")
    }
    #expect(try scratch.read("f.dat").split(separator: "#").count == 4)
  }
}
