import EventSimulation
import Testing

@Suite("Swarm")
struct SwarmTests {
  @Test("a scenario's description is its input")
  func description() throws {
    for seed in UInt64(0)..<200 {
      let scenario = SwarmScenario(seed: seed)
      #expect(try SwarmScenario(scenario.description) == scenario)
    }
    for text in ["", "seed=x", "seed=1 nodes", "seed=1 nodes=1", "seed=1 network=none"] {
      #expect(throws: SwarmScenarioError.self) { try SwarmScenario(text) }
    }
  }

  /// Safety while anything may go wrong, then healing and liveness; a failure prints its command.
  @Test("no checker fires in the first scenarios")
  func holds() {
    let report = SwarmRunner().run(seeds: 0..<24)
    #expect(report.totals.seeds == 24)
    #expect(report.totals.lookups > 10_000)
    for finding in report.findings { Issue.record("\(finding)") }
  }

  @Test("a range in parts is the range")
  func parts() {
    let whole = SwarmRunner().run(seeds: 3..<6)
    var merged = SwarmRunner().run(seeds: 3..<4)
    merged.append(SwarmRunner().run(seeds: 4..<6))
    #expect(merged == whole)
  }

  /// Found by the swarm, each with the protocol error that it shows; see the guide.
  @Test(
    "what the swarm has found stays mended",
    arguments: [
      "seed=11 network=constant arrivals=once nodes=2 b=1 l=16 crashes=1 restarts=1 chaos-s=1",
      "seed=6 network=constant arrivals=burst nodes=18 b=2 l=32 delay-ms=363 crashes=4 restarts=0",
      "seed=96 network=constant arrivals=once nodes=11 b=1 l=4 delay-ms=353 crashes=0 restarts=0",
      "seed=37 network=constant arrivals=once nodes=6 b=2 l=8 delay-ms=1 crashes=1 restarts=0",
      "seed=50 network=instant arrivals=once nodes=5 b=2 l=8 partitions=1 partition-s=15",
      "seed=19 network=constant arrivals=once nodes=22 b=4 l=4 delay-ms=1 crashes=8 restarts=0",
      "seed=2831", "seed=2297", "seed=1074",
    ])
  func regression(_ text: String) throws {
    let report = SwarmRunner().report(of: try SwarmScenario(text))
    for finding in report.findings { Issue.record("\(finding)") }
  }
}
