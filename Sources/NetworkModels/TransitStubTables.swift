/// The tables of `TransitStubRoutes` while they are made, one list per domain.
///
/// Domains are the stub domains by number, then each transit router as a domain of its own.
struct TransitStubTables {
  /// A link from one stub domain to another.
  struct DirectLink {
    var member: UInt32
    var otherDomain: UInt32
    var otherRouter: UInt32
    var length: UInt32
  }

  private let graph: TransitStubGraph
  private(set) var members: [[UInt32]]
  private(set) var transit: [UInt32] = []
  private(set) var core: ContiguousArray<UInt32> = []
  private(set) var inside: ContiguousArray<UInt32> = []
  private(set) var exits: [[UInt32]]
  private(set) var outward: [[UInt32]]
  private(set) var directLinks: [[DirectLink]]
  private var domainOf: [UInt32]
  private var memberOf: [UInt32]
  private var insideStart: [Int] = []

  init(_ graph: TransitStubGraph) {
    self.graph = graph
    members = Array(repeating: [], count: graph.stubDomainCount)
    domainOf = Array(repeating: 0, count: graph.routerCount)
    memberOf = domainOf
    for (router, stub) in graph.stubDomains.enumerated() {
      guard let stub else {
        domainOf[router] = UInt32(graph.stubDomainCount + transit.count)
        transit.append(UInt32(router))
        continue
      }
      domainOf[router] = stub
      memberOf[router] = UInt32(members[Int(stub)].count)
      members[Int(stub)].append(UInt32(router))
    }
    members += transit.map { [$0] }
    exits = Array(repeating: [], count: members.count)
    outward = exits
    directLinks = Array(repeating: [], count: members.count)
  }

  private func isTransit(_ router: UInt32) -> Bool {
    Int(domainOf[Int(router)]) >= graph.stubDomainCount
  }

  /// Path lengths inside every stub domain and inside the core.
  mutating func computeInside() throws(NetworkDataError) {
    let entries = members.reduce(0) { $0 + $1.count * $1.count }
    guard max(entries, transit.count * transit.count) <= TransitStubRoutes.tableEntriesMax else {
      throw NetworkDataError(.tooLarge, line: 0, "the tables of the domains would not fit memory")
    }
    let inner = graph.links.filter {
      domainOf[Int($0.first)] == domainOf[Int($0.second)]
        || (isTransit($0.first) && isTransit($0.second))
    }
    var paths = ShortestPaths(routerCount: graph.routerCount, links: inner)
    inside.reserveCapacity(entries)
    for domain in members.indices {
      insideStart.append(inside.count)
      if domain >= graph.stubDomainCount {
        inside.append(0)
        continue
      }
      for router in members[domain] {
        paths.search(from: router)
        guard paths.reached.count == members[domain].count else {
          throw NetworkDataError(
            .disconnected, line: 0,
            "stub domain \(domain) is not connected inside; add links, or split it")
        }
        for other in members[domain] { inside.append(paths.best[Int(other)]) }
      }
    }
    core.reserveCapacity(transit.count * transit.count)
    for router in transit {
      paths.search(from: router)
      guard paths.reached.count == transit.count else {
        throw NetworkDataError(
          .disconnected, line: 0, "the transit routers are not connected among themselves")
      }
      for other in transit { core.append(paths.best[Int(other)]) }
    }
  }

  /// From every router to the transit routers that its domain is linked to.
  mutating func computeOutward() throws(NetworkDataError) {
    var uplinks = Array(
      repeating: [(exit: UInt32, member: UInt32, length: UInt32)](), count: graph.stubDomainCount)
    for link in graph.links where isTransit(link.first) != isTransit(link.second) {
      let (stub, router) =
        isTransit(link.first) ? (link.second, link.first) : (link.first, link.second)
      let exit = domainOf[Int(router)] - UInt32(graph.stubDomainCount)
      uplinks[Int(domainOf[Int(stub)])].append((exit, memberOf[Int(stub)], link.length))
    }
    let work = uplinks.indices.reduce(0) { $0 + uplinks[$1].count * members[$1].count }
    guard work <= TransitStubRoutes.tableEntriesMax else {
      throw NetworkDataError(.tooLarge, line: 0, "too many links between stubs and the core")
    }
    for domain in members.indices {
      if domain >= graph.stubDomainCount {
        exits[domain] = [UInt32(domain - graph.stubDomainCount)]
        outward[domain] = [0]
        continue
      }
      guard !uplinks[domain].isEmpty else {
        throw NetworkDataError(
          .disconnected, line: 0, "stub domain \(domain) has no link to a transit router")
      }
      let links = uplinks[domain].sorted { ($0.exit, $0.member) < ($1.exit, $1.member) }
      for link in links where exits[domain].last != link.exit { exits[domain].append(link.exit) }
      let size = members[domain].count
      for member in 0..<size {
        let row = insideStart[domain] + member * size
        var best = Array(repeating: ShortestPaths.unreachable, count: exits[domain].count)
        var place = 0
        for link in links {
          if exits[domain][place] != link.exit { place += 1 }
          best[place] = min(best[place], inside[row + Int(link.member)] + link.length)
        }
        outward[domain] += best
      }
    }
  }

  /// Links between two stub domains, at both of their ends.
  mutating func collectDirectLinks() {
    for link in graph.links where !isTransit(link.first) && !isTransit(link.second) {
      if domainOf[Int(link.first)] == domainOf[Int(link.second)] { continue }
      for (here, there) in [(link.first, link.second), (link.second, link.first)] {
        directLinks[Int(domainOf[Int(here)])].append(
          DirectLink(
            member: memberOf[Int(here)], otherDomain: domainOf[Int(there)], otherRouter: there,
            length: link.length))
      }
    }
  }
}
