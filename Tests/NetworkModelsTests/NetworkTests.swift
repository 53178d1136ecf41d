import ProtocolTime
import Randomness
import Testing

@testable import NetworkModels

@Suite struct NetworkTests {
  static let stream = StreamKey(seed: 2004)["NetworkModelsTests"]["network"]

  /// One network of every kind, of `count` nodes.
  static func networks(count: Int) throws -> [(name: String, network: Network)] {
    let table = Array("0 20 30\n21 0 40\n31 41 0".utf8)
    let matrix = try DelayMatrix(table: table, unit: .milliseconds, meaning: .oneWay)
    let coordinates = try NetworkCoordinates(
      syscoord: Array(NetworkCoordinatesTests.text.utf8), meaning: .oneWay)
    let parameters = try TransitStubParameters(
      transitDomains: 2, routersPerTransitDomain: 3, stubDomainsPerTransitRouter: 2,
      routersPerStubDomain: 4)
    let routes = try TransitStubRoutes(
      TransitStubGraph(parameters, stream: stream["graph"]))
    return [
      ("constant", .constant(.milliseconds(50))),
      (
        "sphere",
        .sphere(
          SphereNetwork(
            nodeCount: count, stream: stream["sphere"], maximumDelay: .milliseconds(200)))
      ),
      (
        "plane",
        .plane(
          PlaneNetwork(nodeCount: count, stream: stream["plane"], delayPerUnit: .microseconds(100)))
      ),
      ("matrix", .matrix(MatrixNetwork(matrix, nodeCount: count, placement: .drawn(stream)))),
      (
        "coordinates",
        .coordinates(CoordinateNetwork(coordinates, nodeCount: count, placement: .drawn(stream)))
      ),
      (
        "transit-stub",
        .transitStub(
          TransitStubNetwork(
            routes, nodeCount: count, stream: stream["nodes"], delayPerLength: .microseconds(300)))
      ),
    ]
  }

  @Test func aNodeIsNowhereElseAndADelayIsSymmetricWhereTheModelIs() throws {
    for (name, network) in try Self.networks(count: 40) {
      for node: UInt32 in 0..<40 {
        #expect(network.delay(from: node, to: node) == .zero, "\(name)")
        for other in 0..<node {
          let there = network.delay(from: node, to: other)
          let back = network.delay(from: other, to: node)
          #expect(there > .zero && there < .seconds(1), "\(name) \(node) \(other)")
          if name != "matrix" { #expect(there == back, "\(name) \(node) \(other)") }
          #expect(network.roundTrip(node, other) == there + back)
        }
      }
    }
  }

  @Test func theModelsThatAreMetricsKeepTheTriangleInequality() throws {
    for (name, network) in try Self.networks(count: 30) where name != "matrix" {
      for i: UInt32 in 0..<30 {
        for j: UInt32 in 0..<30 where i != j {
          for k: UInt32 in 0..<30 where i != k && j != k {
            let round = network.delay(from: i, to: k) + network.delay(from: k, to: j)
            // Two roundings to a nanosecond, and single precision on the plane.
            #expect(network.delay(from: i, to: j) <= round + .microseconds(20), "\(name)")
          }
        }
      }
    }
  }

  @Test func aLargerNetworkExtendsASmallerOne() throws {
    let few = try Self.networks(count: 10)
    let many = try Self.networks(count: 500)
    for (small, large) in zip(few, many) {
      #expect(small.network.nodeCount ?? 10 == 10)
      #expect(large.network.nodeCount ?? 500 == 500)
      for node: UInt32 in 0..<10 {
        for other: UInt32 in 0..<10 {
          #expect(
            small.network.delay(from: node, to: other) == large.network.delay(from: node, to: other)
          )
        }
      }
    }
  }

  /// Recorded on x86-64 Linux; the same on every platform, or an experiment cannot be repeated.
  @Test func theSameStreamGivesTheSameBytes() throws {
    var found: [String: UInt64] = [:]
    for (name, network) in try Self.networks(count: 200) {
      var digest = Digest()
      for node: UInt32 in 0..<200 {
        for other: UInt32 in 0..<200 {
          digest.absorb(network.delay(from: node, to: other).nanoseconds)
        }
      }
      found[name] = digest.value
    }
    #expect(
      found == [
        "constant": 10_591_225_797_142_004_133, "sphere": 13_563_116_749_326_079_373,
        "plane": 16_937_394_732_702_855_549, "matrix": 16_672_259_858_057_139_779,
        "coordinates": 259_933_587_278_273_405, "transit-stub": 12_701_160_384_502_343_301,
      ])
  }

  @Test func delaysAreRoundedAsTheLibraryRounds() {
    var draws = RandomStream(Self.stream["rounding"])
    var values = [0, 0.5, 0.5.nextDown, 1.5, 2.5, -0.7, -.infinity, .nan, 0x1p52, 0x1p53 + 2]
    values += [
      0x1p51 + 0.5, (0x1p51 + 0.5).nextDown, 0x1p52 - 0.5, 0x1p63.nextDown, .leastNonzeroMagnitude,
    ]
    for _ in 0..<10_000 {
      let whole = Double(draws.next() >> UInt64(12 + draws.index(below: 50)))
      values += [whole + 0.5, (whole + 0.5).nextDown, (whole + 0.5).nextUp, whole, whole.nextDown]
    }
    for value in values {
      #expect(roundedNanoseconds(value) == (value > 0 ? UInt64(value.rounded()) : 0), "\(value)")
    }
    #expect(roundedNanoseconds(0x1p63) == 1 << 63 && roundedNanoseconds(.infinity) == 1 << 63)
  }

  @Test func anglesOnTheSphereHaveTheirDistribution() {
    let sphere = SphereNetwork(
      nodeCount: 20_000, stream: Self.stream["angles"], maximumDelay: .milliseconds(200))
    var source = RandomStream(Self.stream["pairs"])
    let pairs = 100_000
    var below = [0, 0, 0]
    for _ in 0..<pairs {
      let delay = sphere.delay(
        from: source.index(below: 20_000), to: source.index(below: 20_000))
      // An angle is below x with probability (1 - cos x) / 2: 1/4, 1/2, 3/4 at 60, 90, 120 degrees.
      for (place, limit) in [200_000 / 3, 100_000, 400_000 / 3].enumerated()
      where delay < .microseconds(UInt64(limit)) {
        below[place] += 1
      }
      #expect(delay <= sphere.maximumDelay)
    }
    for (count, share) in zip(below, [0.25, 0.5, 0.75]) {
      // Four standard errors of 100,000 pairs, doubled since pairs share nodes.
      #expect((Double(count) / Double(pairs) - share).magnitude < 0.011)
    }
  }

  @Test func nodesAreSpreadEvenlyOverHosts() throws {
    let table = Array("0 20 30\n21 0 40\n31 41 0".utf8)
    let matrix = try DelayMatrix(table: table, unit: .milliseconds, meaning: .oneWay)
    let network = MatrixNetwork(
      matrix, nodeCount: 30_000, placement: .drawn(Self.stream["hosts"]),
      localDelay: .microseconds(7))
    var counts = [0, 0, 0]
    for node: UInt32 in 0..<30_000 { counts[network.host(of: node)] += 1 }
    // Standard deviation 82.
    for count in counts { #expect((count - 10_000).magnitude < 330) }
    let inOrder = MatrixNetwork(
      matrix, nodeCount: 7, placement: .inOrder, localDelay: .microseconds(7))
    #expect(inOrder.delay(from: 1, to: 4) == .microseconds(7))
    #expect(inOrder.delay(from: 4, to: 4) == .zero)
    #expect(inOrder.delay(from: 3, to: 5) == .milliseconds(30))
    #expect(inOrder.delay(from: 5, to: 3) == .milliseconds(31))
  }

  @Test func theMedianOfANetworkIsThatOfItsPairs() throws {
    let network = Network.plane(
      PlaneNetwork(nodeCount: 60, stream: Self.stream, delayPerUnit: .microseconds(100)))
    var delays: [TimeSpan] = []
    for node: UInt32 in 0..<60 {
      for other in 0..<node { delays.append(network.delay(from: node, to: other)) }
    }
    delays.sort()
    let median = network.medianDelay(nodes: 60, stream: Self.stream["median"])
    #expect(delays[Int(Double(delays.count) * 0.49)] < median)
    #expect(delays[Int(Double(delays.count) * 0.51)] > median)
  }
}
