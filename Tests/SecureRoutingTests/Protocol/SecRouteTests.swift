import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import Statistics
import Testing

@testable import SecureRouting

/// Whole calls over messages, with l = 16.
@Suite("secRoute over messages, [Castro02]")
struct SecRouteTests {
  static let replicas = 4

  /// The settings of all tests: gamma is that of the failure test for l = 16 and c = .25.
  static func configuration(
    _ change: (inout SecureConfiguration) -> Void = { _ in }
  ) -> SecureConfiguration {
    var secure = SecureConfiguration()
    secure.copies = 16
    secure.localSamples = 128
    secure.densityThreshold = 1.18
    change(&secure)
    return secure
  }

  struct Tally {
    var calls = 0
    /// Calls after which every correct replica root had the message.
    var complete = 0
    /// Deliveries at nodes that are no replica roots.
    var strays = 0
    var outcomes: [SecureResult.Outcome: Int] = [:]
    /// Calls that ended with a tested root set and did not reach every correct replica root.
    var deceived = 0

    var interval: Interval {
      wilsonInterval(successes: complete, trials: calls, confidence: 0.99)
    }
    var deceivedInterval: Interval {
      wilsonInterval(successes: deceived, trials: calls, confidence: 0.99)
    }
  }

  /// Random calls from correct nodes, one at a time.
  static func calls(_ count: Int, _ network: inout SecureNetwork, seed: UInt64) -> Tally {
    var tally = Tally()
    var draws = RandomStream(StreamKey(seed: seed)["calls"])
    while tally.calls < count {
      let source = Int(draws.index(below: UInt32(network.nodes.count)))
      let key = Key.random(from: &draws)
      if network.isFaulty[source] || network.nodes[source].phase != .active { continue }
      network.results = []
      network.deliveries = [:]
      network.secRoute(key, from: source, replicas: UInt8(replicas))
      network.run(.seconds(20))
      tally.calls += 1
      guard let result = network.results.first?.result else { continue }
      tally.outcomes[result.outcome, default: 0] += 1
      let got = network.deliveries[result.request.nonce] ?? []
      let roots = network.replicaRoots(of: key, count: replicas)
      let isComplete = roots.allSatisfy { network.isFaulty[$0] || got.contains($0) }
      if isComplete { tally.complete += 1 }
      if !isComplete, result.outcome == .tested { tally.deceived += 1 }
      tally.strays += got.count { !roots.contains($0) }
    }
    return tally
  }

  static func faulty(_ fraction: Double, _ network: inout SecureNetwork) {
    var draws = RandomStream(StreamKey(seed: 77)["faults"])
    for node in network.isFaulty.indices {
      network.isFaulty[node] = network.isFaulty[node] || draws.unit() < fraction
    }
  }

  /// Faulty nodes acknowledge what they should route, and keep it.
  static let drop: SecureNetwork.Interception = { message, from, at, sends in
    guard case .pastry(.route(_, let id)) = message else { return true }
    sends.append((.pastry(.acknowledge(id)), at, from))
    return false
  }

  // MARK: without faults

  @Test(arguments: SecureConfiguration.Redundancy.allCases, [true, false])
  func everyCallReachesItsReplicaRootsAndNobodyElse(
    _ redundancy: SecureConfiguration.Redundancy, _ testsFirst: Bool
  ) {
    if redundancy == .none, !testsFirst { return }
    let secure = Self.configuration {
      $0.redundancy = redundancy
      $0.testsFirst = testsFirst
      // Without a second way, false alarms would fail.
      if redundancy == .none { $0.densityThreshold = 4_096 }
    }
    var network = SecureNetwork(nodes: 500, seed: 5, secure: secure)
    let tally = Self.calls(60, &network, seed: 6)
    #expect(tally.complete == 60)
    #expect(tally.strays == 0)
    #expect(tally.outcomes[.failed] == nil)
    #expect(network.refusals.isEmpty)
    if !testsFirst { #expect(tally.outcomes[.tested] == nil) }
  }

  @Test func aNodeWhoseLeafSetHoldsTheKeyNeedsNobodyElse() {
    var network = SecureNetwork(nodes: 500, seed: 5, secure: Self.configuration())
    let source = 17
    let near = network.nodes[source].leafSet.clockwise[2]
    network.secRoute(Key(near.nodeId.value), from: source, replicas: 4)
    network.run(.seconds(5))
    let result = network.results.first?.result
    #expect(result?.outcome == .ownLeafSet)
    #expect(result?.roots.first == near.index)
    #expect((result?.rounds ?? 9) <= 2)
    let roots = network.replicaRoots(of: Key(near.nodeId.value), count: 4)
    #expect((network.deliveries[result?.request.nonce ?? 0] ?? []).sorted() == roots.sorted())
  }

  @Test(arguments: [SecureConfiguration.Redundancy.copies, .clusters], [true, false])
  func aNodeThatHasLeftDoesNotKeepTheMessageFromTheNext(
    _ redundancy: SecureConfiguration.Redundancy, _ testsFirst: Bool
  ) {
    let secure = Self.configuration {
      $0.redundancy = redundancy
      $0.testsFirst = testsFirst
    }
    for number in 0..<6 {
      var network = SecureNetwork(nodes: 300, seed: 21, secure: secure)
      var draws = RandomStream(StreamKey(seed: 22)[number])
      let key = Key.random(from: &draws)
      let source = Int(draws.index(below: 300))
      // The root is there to answer; of those next to it, one has left, and nobody knows.
      let gone = network.replicaRoots(of: key, count: Self.replicas)[1 + number % 3]
      if gone == source { continue }
      network.isAlive[gone] = false
      network.secRoute(key, from: source, replicas: UInt8(Self.replicas))
      network.run(.seconds(20))
      let nonce = network.results.first?.result.request.nonce ?? 0
      let got = Set(network.deliveries[nonce] ?? [])
      #expect(got.isSuperset(of: network.replicaRoots(of: key, count: Self.replicas)))
    }
  }

  // MARK: attacks: the undefended variant fails, the defended one holds

  @Test func redundantRoutingReachesWhatOneRouteDoesNot() {
    var bounds: [SecureConfiguration.Redundancy: Interval] = [:]
    for redundancy in SecureConfiguration.Redundancy.allCases {
      let secure = Self.configuration { $0.redundancy = redundancy }
      var network = SecureNetwork(nodes: 600, seed: 1, secure: secure)
      Self.faulty(0.25, &network)
      network.intercept = Self.drop
      bounds[redundancy] = Self.calls(160, &network, seed: 2).interval
    }
    // One route: all nodes of about 2.5 hops correct, and the test not positive by itself.
    #expect((bounds[SecureConfiguration.Redundancy.none]?.high ?? 1) < 0.6)
    #expect((bounds[SecureConfiguration.Redundancy.copies]?.low ?? 0) > 0.9)
    #expect((bounds[SecureConfiguration.Redundancy.clusters]?.low ?? 0) > 0.95)
  }

  /// The coalition answers for the root with the densest set of its own, and confirms it.
  static func forge(
    _ members: [Peer], leafSetSize: Int, padding: [Peer] = []
  ) -> SecureNetwork.Interception {
    { message, from, at, sends in
      switch message {
      case .pastry(.route(let route, let id)):
        sends.append((.pastry(.acknowledge(id)), at, from))
        guard route.purpose == .roots else { return false }
        let closest = members.min { $0.nodeId.isCloser(than: $1.nodeId, to: route.key) }
        guard let closest else { return false }
        // The one in the middle has to be alive and the closest.
        let fits = padding.filter { closest.nodeId.isCloser(than: $0.nodeId, to: route.key) }
        let ring = (members + fits).sorted { $0.nodeId < $1.nodeId }
        guard let middle = ring.firstIndex(of: closest) else { return false }
        let first = middle - leafSetSize / 2 + ring.count
        let set = NodeList((0...leafSetSize).map { ring[(first + $0) % ring.count].index })
        let source = Int(route.source.number)
        let answer = SecureMessage.rootSet(set, nonce: route.tag)
        sends.append((.secure(answer), Int(closest.index.number), source))
        return false
      case .secure(.list(let request, _)):
        sends.append((.secure(.confirmed(nonce: request.nonce)), at, from))
        return false
      default: return true
      }
    }
  }

  static func coalition(_ network: SecureNetwork) -> [Peer] {
    network.nodes.map(\.peer).filter { network.isFaulty[Int($0.index.number)] }
  }

  @Test func theFailureTestSeesForgedRootSets() {
    var deceived: [Double: Interval] = [:]
    for gamma in [4_096, 1.18] {
      let secure = Self.configuration {
        $0.densityThreshold = gamma
        $0.redundancy = .clusters
      }
      var network = SecureNetwork(nodes: 600, seed: 3, secure: secure)
      Self.faulty(0.25, &network)
      network.intercept = Self.forge(Self.coalition(network), leafSetSize: 16)
      let tally = Self.calls(160, &network, seed: 4)
      deceived[gamma] = wilsonInterval(
        successes: tally.deceived, trials: tally.calls, confidence: 0.99)
      if gamma < 4_096 { #expect(tally.interval.low > 0.94) }
    }
    #expect((deceived[4_096]?.low ?? 0) > 0.3)
    #expect((deceived[1.18]?.high ?? 1) < 0.05)
  }

  @Test func confirmationsSeeCertificatesOfNodesThatHaveLeft() {
    var deceived: [Bool: Interval] = [:]
    for confirms in [false, true] {
      let secure = Self.configuration {
        $0.confirms = confirms
        $0.redundancy = .clusters
      }
      // Half of all certificates are of nodes that are not in the overlay any more.
      var network = SecureNetwork(nodes: 1_000, seed: 3, secure: secure, absent: 500)
      Self.faulty(0.25, &network)
      for node in 500..<1_000 {
        network.isFaulty[node] = false
        network.isAlive[node] = false
      }
      network.intercept = Self.forge(
        Self.coalition(network), leafSetSize: 16,
        padding: network.nodes.suffix(500).map(\.peer))
      let tally = Self.calls(160, &network, seed: 4)
      deceived[confirms] = wilsonInterval(
        successes: tally.deceived, trials: tally.calls, confidence: 0.99)
    }
    #expect((deceived[false]?.low ?? 0) > 0.2)
    #expect((deceived[true]?.high ?? 1) < 0.06)
  }

  @Test func aListThatOmitsACorrectNodeIsRefuted() {
    let secure = Self.configuration { $0.densityThreshold = 4_096 }
    var network = SecureNetwork(nodes: 500, seed: 8, secure: secure)
    let key = Key(UInt160(high: 1 << 62, middle: 5, low: 5))
    let ring = network.nodes.map(\.peer).sorted { $0.nodeId < $1.nodeId }
    let roots = network.replicaRoots(of: key, count: 1)
    let root = roots[0]
    network.isFaulty[root] = true
    // The root leaves out its neighbour, and names one more at the end in its place.
    network.intercept = { message, from, at, sends in
      guard case .pastry(.route(let route, let id)) = message, route.purpose == .roots else {
        return true
      }
      sends.append((.pastry(.acknowledge(id)), at, from))
      let middle = ring.firstIndex { Int($0.index.number) == root } ?? 0
      let set = NodeList(
        ((-8)...9).filter { $0 != 1 }.map { ring[(middle + $0 + 500) % 500].index })
      sends.append(
        (.secure(.rootSet(set, nonce: route.tag)), at, Int(route.source.number)))
      return false
    }
    let far = ring[(ring.firstIndex { Int($0.index.number) == root } ?? 0) - 100].index
    network.secRoute(key, from: Int(far.number), replicas: 4)
    network.run(.seconds(20))
    let result = network.results.first?.result
    #expect(result?.outcome == .redundant)
    #expect(result?.isTestPositive == true)
    let got = network.deliveries[result?.request.nonce ?? 0] ?? []
    #expect(got.sorted() == network.replicaRoots(of: key, count: 4).sorted())
  }
}
