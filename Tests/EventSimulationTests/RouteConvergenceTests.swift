@testable import EventSimulation
import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@Suite("Where routes meet")
struct RouteConvergenceTests {
  @Test("the first shared node, by hand")
  func meetings() throws {
    let same = try #require(RouteMeeting([1, 2, 9], [1, 2, 9]))
    #expect(same.firstHops == 0 && same.secondHops == 0 && !same.isAtEnd && same.staysTogether)
    let near = try #require(RouteMeeting([1, 2, 9], [3, 2, 9]))
    #expect(near.firstHops == 1 && near.secondHops == 1 && !near.isAtEnd && near.staysTogether)
    let far = try #require(RouteMeeting([1, 2, 9], [3, 4, 5, 9]))
    #expect(far.firstHops == 2 && far.secondHops == 3 && far.isAtEnd && far.staysTogether)
    let through = try #require(RouteMeeting([1, 2, 9], [3, 1, 2, 9]))
    #expect(through.firstHops == 0 && through.secondHops == 1 && !through.isAtEnd)
    let root = try #require(RouteMeeting([9], [3, 9]))
    #expect(root.firstHops == 0 && root.secondHops == 1 && root.isAtEnd)
    let parted = try #require(RouteMeeting([1, 2, 9], [3, 2, 8, 9]))
    #expect(parted.firstHops == 1 && !parted.staysTogether)
    #expect(RouteMeeting([1, 2], [3, 4]) == nil)
  }

  /// Three nodes of the west, then four of the east, 2 ms apart on one side and 50 ms across.
  private static func twoSides(candidates: Int) throws -> Simulation {
    let names = ["1", "2", "80", "88", "8f8", "a", "c", "d"]
    let west: Set = [0, 1, 2]
    let rows = (0..<names.count).map { from in
      (0..<names.count).map { to in
        from == to ? "0" : west.contains(from) == west.contains(to) ? "2" : "50"
      }.joined(separator: " ")
    }
    let matrix = try DelayMatrix(
      table: Array((rows.joined(separator: "\n") + "\n").utf8), unit: .milliseconds,
      meaning: .oneWay)
    let settings = SimulationSettings(
      pastry: PastryConfiguration(digitBits: 4, leafSetSize: 2),
      network: .matrix(MatrixNetwork(matrix, nodeCount: names.count, placement: .inOrder)),
      seed: 1)
    var run = Simulation(
      settings: settings,
      nodeIds: try ContiguousArray(
        names.map { try NodeId(hex: $0 + String(repeating: "0", count: 40 - $0.count)) }))
    run.construct(candidates: candidates)
    return run
  }

  @Test("neighbours meet on their side, others at the root")
  func knownGeometry() throws {
    var run = try Self.twoSides(candidates: 16)
    let key = try Key(hex: "8f7" + String(repeating: "f", count: 37))
    let routes = run.routes(of: [0, 1, 6, 7].map { ($0, key) })
    #expect(routes.allSatisfy { $0.isComplete && !$0.isForked })
    // Each takes the node with the first digit 8 that is on its side.
    #expect(routes[0].nodes == [0, 2, 4])
    #expect(routes[1].nodes == [1, 2, 4])
    #expect(routes[2].nodes.count >= 2 && !routes[2].nodes.contains(2))
    let west = try #require(RouteMeeting(routes[0].nodes, routes[1].nodes))
    #expect(west.firstHops == 1 && west.secondHops == 1 && !west.isAtEnd && west.staysTogether)
    let across = try #require(RouteMeeting(routes[0].nodes, routes[2].nodes))
    #expect(across.firstHops == 2 && across.isAtEnd)
  }

  private static func overlay(_ count: Int, candidates: Int) -> Simulation {
    let key = StreamKey(seed: 5)
    let settings = SimulationSettings(
      pastry: PastryConfiguration(digitBits: 2, leafSetSize: 8),
      network: .sphere(
        SphereNetwork(nodeCount: count, stream: key["sphere"], maximumDelay: .milliseconds(80))),
      seed: 5)
    var draws = RandomStream(key["ids"])
    var run = Simulation(
      settings: settings,
      nodeIds: ContiguousArray((0..<count).map { _ in NodeId.random(from: &draws) }))
    run.construct(candidates: candidates)
    return run
  }

  /// Sources with a key each.
  private static func lookups(_ count: Int, nodes: Int) -> [(source: UInt32, key: Key)] {
    var draws = RandomStream(StreamKey(seed: 6)["lookups"])
    return (0..<count).map { _ in
      let source = draws.index(below: UInt32(nodes))
      return (source, Key.random(from: &draws))
    }
  }

  @Test("the routes are those of the nodes' ranked candidates")
  func walks() {
    var run = Self.overlay(300, candidates: 16)
    let lookups = Self.lookups(200, nodes: 300)
    let routes = run.routes(of: lookups)
    #expect(routes.count == 200)
    for (lookup, route) in zip(lookups, routes) {
      #expect(route.isComplete && !route.isForked)
      var walk = [lookup.source]
      while walk.count < 40 {
        let node = run.nodes[Int(walk[walk.count - 1])]
        let next: NodeIndex? =
          node.leafSet.covers(lookup.key)
          ? node.leafSet.closest(to: lookup.key).index
          : node.rankedCandidates(for: lookup.key, table: .proximity, run.world).first
        guard let next, next != node.peer.index else { break }
        walk.append(next.number)
      }
      #expect(route.nodes == walk)
    }
  }

  @Test("the same source twice meets at once, and two routes that meet stay together")
  func sameSource() throws {
    var run = Self.overlay(300, candidates: 16)
    for lookup in Self.lookups(50, nodes: 300) {
      let other = (lookup.source + 1) % 300
      let routes = run.routes(of: [lookup, lookup, (other, lookup.key)])
      let same = try #require(RouteMeeting(routes[0].nodes, routes[1].nodes))
      #expect(same.firstHops == 0 && same.secondHops == 0 && same.staysTogether)
      #expect(try #require(RouteMeeting(routes[0].nodes, routes[2].nodes)).staysTogether)
    }
  }

  /// Delay until two routes meet, summed over pairs of a node and its nearest one, both ways.
  private static func delayToMeetings(candidates: Int) throws -> TimeSpan {
    var run = overlay(600, candidates: candidates)
    let network = run.settings.network
    var sum = TimeSpan.zero
    for lookup in lookups(150, nodes: 600) {
      let nearest = try #require(
        (0..<UInt32(600)).filter { $0 != lookup.source }
          .min { network.roundTrip(lookup.source, $0) < network.roundTrip(lookup.source, $1) })
      let routes = run.routes(of: [lookup, (nearest, lookup.key)])
      let meeting = try #require(RouteMeeting(routes[0].nodes, routes[1].nodes))
      for (route, hops) in zip(routes, [meeting.firstHops, meeting.secondHops]) {
        for (from, to) in zip(route.nodes[..<hops], route.nodes.dropFirst()) {
          sum = sum + network.delay(from: from, to: to)
        }
      }
    }
    return sum
  }

  @Test("tables by proximity bring the routes of neighbours together sooner")
  func proximityMatters() throws {
    let near = try Self.delayToMeetings(candidates: 16)
    let random = try Self.delayToMeetings(candidates: 1)
    #expect(near * 2 < random, "\(near) by proximity, \(random) without")
  }

  @Test("a message that comes twice is told from a route")
  func forks() {
    var recorder = RouteRecorder()
    var message = RouteMessage(key: Key(UInt160(7)), source: NodeIndex(1), tag: 3)
    recorder.lookedUp(message, at: .zero)
    recorder.arrived(.route(message, RequestId(0)), from: 1, to: 2, at: .zero)
    #expect(recorder.routes[0].nodes == [1, 2] && !recorder.routes[0].isForked)
    var again = recorder
    again.arrived(.route(message, RequestId(1)), from: 1, to: 4, at: .zero)
    #expect(again.routes[0].isForked)
    message.hopCount = 1
    // Another lookup's message, and one that no lookup sent, change nothing.
    recorder.arrived(
      .route(RouteMessage(key: message.key, source: NodeIndex(1), tag: 4), RequestId(2)),
      from: 1, to: 5, at: .zero)
    recorder.arrived(.route(message, RequestId(3)), from: 2, to: 6, at: .zero)
    recorder.delivered(message, at: 6, isRoot: false, moment: .zero)
    #expect(recorder.routes[0].nodes == [1, 2, 6] && !recorder.routes[0].isComplete)
    recorder.delivered(message, at: 6, isRoot: true, moment: .zero)
    #expect(recorder.routes[0].isComplete && !recorder.routes[0].isForked)
  }
}
