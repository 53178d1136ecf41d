@testable import EventSimulation
@testable import Pastry
import ProtocolTime
import RingIdentifiers
import SecureRouting
import Testing

/// One planted bug, what plants it, and the checker that must notice.
struct SwarmMutant: Sendable, CustomTestStringConvertible {
  let name: String
  let checker: SwarmChecker
  let plant: @Sendable (inout Simulation, SwarmDriver.Phase) -> Void
  var testDescription: String { name }

  /// Node 1 of every mutant's run has the bug; node 0 is sound.
  static let all: [SwarmMutant] = [
    SwarmMutant(name: "a leaf set loses a member silently", checker: .leafSetExact) { run, phase in
      guard phase == .final, let first = run.nodes[1].leafSet.clockwise.first else { return }
      _ = run.nodes[1].leafSet.remove(first.index)
    },
    SwarmMutant(name: "a leaf set keeps a stopped member", checker: .leafSetExact) { run, _ in
      guard let dead = run.nodes.indices.last(where: { !run.nodes[host: $0].isRunning }) else {
        return
      }
      let peer = run.nodes[dead].peer
      for index in run.nodes.indices where run.nodes[host: index].isRunning {
        _ = run.nodes[index].leafSet.insert(peer)
      }
    },
    SwarmMutant(name: "a leaf set is taken for whole", checker: .leafSetExact) { run, phase in
      if phase == .final { run.nodes[1].leafSet.declareWhole() }
    },
    SwarmMutant(name: "a leaf set is too large", checker: .leafSetForm) { run, _ in
      let peer = run.nodes[1].peer
      var wide = LeafSet(owner: peer, size: 16)
      for index in run.nodes.indices { _ = wide.insert(run.nodes[index].peer) }
      run.nodes[1].leafSet = wide
    },
    SwarmMutant(name: "a leaf set of another owner", checker: .leafSetForm) { run, phase in
      if phase == .final {
        let other = run.nodes[0].leafSet
        run.nodes[1].leafSet = other
      }
    },
    SwarmMutant(name: "entries in wrong slots", checker: .tableSlots) { run, _ in
      run.nodes[1].routingTable = run.nodes[0].routingTable
    },
    SwarmMutant(name: "constrained entries in wrong slots", checker: .tableSlots) { run, _ in
      run.nodes[1].constrainedTable = run.nodes[0].constrainedTable
    },
    SwarmMutant(name: "a node delivers everything", checker: .delivery) { run, _ in
      run.nodes[1].leafSet = LeafSet(owner: run.nodes[1].peer, size: 8)
      run.nodes[1].leafSet.declareWhole()
    },
    SwarmMutant(name: "a lost message is not counted", checker: .messages) { run, phase in
      if phase == .chaos, run.counters.received > 0 { run.counters.received -= 1 }
    },
    SwarmMutant(name: "a message from nowhere", checker: .messages) { run, _ in
      _ = run.messages.put(.heartbeat)
    },
    SwarmMutant(name: "a lookup ends unseen", checker: .lookups) { run, _ in
      for slot in UInt32(0)..<1 where run.lookupsUnderWay > 0 {
        _ = run.lookups.close(run.lookups.tag(ofSlot: slot))
      }
    },
    SwarmMutant(name: "a request table without bound", checker: .bounds) { run, _ in
      while run.nodes[1].requests.count <= 1_024 {
        _ = run.nodes[1].requests.open(
          RequestTable.Request(
            purpose: .row, attempts: 1, peer: NodeIndex(0), sentAt: .zero), most: 4_096)
      }
    },
    SwarmMutant(name: "held messages without bound", checker: .bounds) { run, _ in
      let message = RouteMessage(key: Key(.zero), source: NodeIndex(0), tag: .max, purpose: .join)
      while run.nodes[1].held.count < 80 { run.nodes[1].held.append(message) }
    },
    SwarmMutant(name: "a join that never ends", checker: .activation) { run, phase in
      if phase == .final { run.nodes[1].phase = .joining }
    },
    SwarmMutant(name: "a node that swallows lookups", checker: .reachability) { run, phase in
      if phase == .healing { run.nodes[1].phase = .settling }
      run.nodes[1].held.removeAll()
    },
    SwarmMutant(name: "replica roots that take no messages", checker: .replicaRoots) { run, phase in
      guard phase == .final else { return }
      for index in 1...8 { run.nodes[index].phase = .settling }
    },
    SwarmMutant(name: "a sound node is taken for failed", checker: .falseFailure) { run, phase in
      guard phase == .healing, let first = run.nodes[1].leafSet.clockwise.first else { return }
      // A request that was never sent, on its last attempt.
      let request = RequestTable.Request(
        purpose: .leafSet(hearsay: false), attempts: 3, peer: first.index, sentAt: run.now)
      guard let id = run.nodes[1].requests.open(request, most: 1_024) else { return }
      var watch = NoObserver()
      run.actions.pastry.append(.arm(.request(id), after: .milliseconds(1)))
      run.drain(1, &watch)
    },
    SwarmMutant(name: "heartbeats without a pause", checker: .progress) { run, phase in
      guard phase == .healing else { return }
      var configuration = run.world.configuration
      configuration.heartbeatPeriod = .zero
      run.world = PastryEnvironment(
        configuration: configuration, book: run.world.book, now: run.world.now)
    },
  ]
}

@Suite("Swarm mutants")
struct SwarmMutantTests {
  static func scenario() throws -> SwarmScenario {
    try SwarmScenario(
      """
      seed=1 network=sphere arrivals=constructed nodes=24 b=2 l=8 delay-ms=40 loss=0 jitter-ms=0 \
      skew-s=0 drift=0 partitions=0 partition-s=0 crashes=1 restarts=0 departures=0 lookups=600 \
      chaos-s=100 pending=1024 held=64
      """)
  }

  @Test("without a planted bug nothing fires")
  func sound() throws {
    let outcome = SwarmRunner().run(try Self.scenario())
    #expect(outcome.violations.isEmpty, "\(outcome.violations.prefix(3))")
  }

  @Test("each planted bug is caught by its checker", arguments: SwarmMutant.all)
  func caught(_ mutant: SwarmMutant) throws {
    let outcome = SwarmRunner().run(try Self.scenario(), tamper: mutant.plant)
    #expect(outcome.checkers.contains(mutant.checker), "\(outcome.checkers)")
  }

  @Test("a failure is shrunk and its text runs again")
  func shrunk() throws {
    let mutant = SwarmMutant.all[0]
    let outcome = SwarmRunner().run(try Self.scenario(), tamper: mutant.plant)
    let again = SwarmRunner().run(
      try SwarmScenario(outcome.scenario.description), tamper: mutant.plant)
    #expect(outcome == again)
  }
}
