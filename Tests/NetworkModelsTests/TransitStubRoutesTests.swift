import NetworkModels
import ProtocolTime
import Randomness
import Testing

@Suite struct TransitStubRoutesTests {
  static let stream = StreamKey(seed: 1996)["NetworkModelsTests"]["transit-stub"]

  private static func expectShortest(_ graph: TransitStubGraph, sources: [Int]) throws {
    let routes = try TransitStubRoutes(graph)
    let reference = ReferencePaths(graph)
    for source in sources {
      let wanted = reference.anyPath(from: source)
      for target in 0..<graph.routerCount {
        let found = routes.length(from: UInt32(source), to: UInt32(target))
        guard UInt64(found) == wanted[target] else {
          Issue.record("\(source) to \(target): \(found), not \(wanted[target])")
          return
        }
      }
    }
  }

  @Test func theBundledGraphsHaveTheirShortestPaths() throws {
    let small = try TransitStubGraph(gtItm: BundledData.bytes("topo-transit-stub/topo-0.alt"))
    #expect(small.routerCount == 100)
    #expect(small.transitRouterCount == 4)
    #expect(small.stubDomainCount == 12)
    #expect(small.links.count == 166)
    try Self.expectShortest(small, sources: Array(0..<100))
    let big = try TransitStubGraph(gtItm: BundledData.bytes("topo-transit-stub/topo-0-big.alt"))
    #expect(big.routerCount == 1000)
    #expect(big.transitRouterCount == 40)
    #expect(big.stubDomainCount == 120)
    #expect(big.links.count == 1812)
    try Self.expectShortest(big, sources: Array(stride(from: 0, to: 1000, by: 97)))
  }

  @Test func theBundledGraphsHaveTheirMedians() throws {
    for (name, median, maximum) in [("topo-0", 114, 240), ("topo-0-big", 325, 714)] {
      let routes = try TransitStubRoutes(
        TransitStubGraph(gtItm: BundledData.bytes("topo-transit-stub/\(name).alt")))
      var lengths: [UInt32] = []
      for router in 0..<UInt32(routes.routerCount) {
        for other in 0..<router { lengths.append(routes.length(from: router, to: other)) }
      }
      lengths.sort()
      #expect(lengths[(lengths.count - 1) / 2] == median)
      #expect(lengths.last == UInt32(maximum))
    }
  }

  @Test(arguments: [0, 1, 2])
  func withoutExtraLinksTheyAreShortestInTheWholeGraph(seed: Int) throws {
    let parameters = try TransitStubParameters(
      transitDomains: 3, routersPerTransitDomain: 3, stubDomainsPerTransitRouter: 2,
      routersPerStubDomain: 5)
    let graph = TransitStubGraph(parameters, stream: Self.stream[seed])
    #expect(graph.routerCount == parameters.routerCount)
    try Self.expectShortest(graph, sources: Array(0..<graph.routerCount))
  }

  @Test(arguments: [0, 1, 2])
  func withExtraLinksTheyAreShortestUnderThePolicy(seed: Int) throws {
    let parameters = try TransitStubParameters(
      transitDomains: 2, routersPerTransitDomain: 2, stubDomainsPerTransitRouter: 2,
      routersPerStubDomain: 3, extraTransitStubLinks: 6, extraStubStubLinks: 12)
    let graph = TransitStubGraph(parameters, stream: Self.stream["extra"][seed])
    let routes = try TransitStubRoutes(graph)
    let reference = ReferencePaths(graph)
    var shortcuts = 0
    for source in 0..<graph.routerCount {
      let free = reference.anyPath(from: source)
      for target in 0..<graph.routerCount {
        let found = UInt64(routes.length(from: UInt32(source), to: UInt32(target)))
        let wanted = reference.policyPath(from: source, to: target)
        guard found == wanted else {
          Issue.record("\(source) to \(target): \(found), not \(wanted)")
          return
        }
        if free[target] < wanted { shortcuts += 1 }
      }
    }
    // The policy must have forbidden something, or this test shows nothing.
    #expect(shortcuts > 0)
  }

  @Test func nodesHangOnStubRoutersByLocalLinks() throws {
    let parameters = try TransitStubParameters(
      transitDomains: 2, routersPerTransitDomain: 2, stubDomainsPerTransitRouter: 2,
      routersPerStubDomain: 3)
    let graph = TransitStubGraph(parameters, stream: Self.stream["small"])
    let routes = try TransitStubRoutes(graph)
    #expect(routes.stubRouters.count == 24)
    let network = TransitStubNetwork(
      routes, nodeCount: 2400, stream: Self.stream["nodes"], delayPerLength: .microseconds(10))
    var counts = [Int](repeating: 0, count: graph.routerCount)
    for node: UInt32 in 0..<2400 {
      counts[Int(network.router(of: node))] += 1
      let length = routes.length(from: network.router(of: node), to: network.router(of: 0))
      let wanted = TimeSpan.microseconds(10) * UInt64(length) + .milliseconds(2)
      #expect(network.delay(from: node, to: 0) == (node == 0 ? .zero : wanted))
    }
    for router in 0..<graph.routerCount {
      // Mean 100, standard deviation 9.8; transit routers have no nodes.
      let isStub = graph.stubDomains[router] != nil
      #expect(isStub ? (60...140).contains(counts[router]) : counts[router] == 0)
    }
  }

  @Test func aScaleReachesTheWantedMedian() throws {
    let graph = TransitStubGraph(try TransitStubParameters(), stream: Self.stream["scale"])
    let routes = try TransitStubRoutes(graph)
    let unit = routes.delayPerLength(
      forMedianDelay: .milliseconds(67), stream: Self.stream["median"])
    let network = Network.transitStub(
      TransitStubNetwork(
        routes, nodeCount: 50_000, stream: Self.stream["end"], delayPerLength: unit))
    let median = network.medianDelay(nodes: 50_000, stream: Self.stream["check"])
    #expect((median.milliseconds - 67).magnitude < 1)
  }

  @Test func tablesStaySmall() throws {
    let graph = TransitStubGraph(try TransitStubParameters(), stream: Self.stream["size"])
    #expect(graph.routerCount == 5050)
    #expect(graph.transitRouterCount == 50)
    #expect(graph.stubDomainCount == 500)
    // All pairs of routers would take 100 MB.
    #expect(try TransitStubRoutes(graph).byteCount < 600_000)
  }
}
