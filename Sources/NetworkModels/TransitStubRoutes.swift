/// Path lengths between any two routers of a transit-stub graph, under its routing policy.
///
/// The policy is that stub domains carry no foreign traffic:
/// - within a stub domain, the shortest path inside the domain;
/// - between two stub domains, the shorter of (a) inside the first to a router with a link to the
///   core, through the core, and from it inside the second, and (b) inside the first, over one link
///   that joins the two domains, inside the second;
/// - through the core, the shortest path among all transit routers.
///
/// Extra stub-transit links so give a domain more ways to the core, and extra stub-stub links serve
/// these two domains only. Without extra links, one link per stub domain, this is the shortest path
/// in the whole graph.
///
/// Tables are per domain and for the core, never for all pairs of routers: 5,050 routers in 500
/// stub domains take about 0.5 MB.
public struct TransitStubRoutes: Sendable {
  /// Where a router is in the tables. A transit router is a domain of one router.
  private struct Place {
    var domain: UInt32
    var member: UInt32
    /// The start of its row in `inside`.
    var insideRow: UInt32
    /// The start of its row in `outward`.
    var outwardRow: UInt32
    /// The exit of its domain when that is the only way out, else `manyExits`.
    var exit: UInt32
    /// The path length to `exit`.
    var up: UInt32

    static let manyExits = UInt32.max
  }

  /// Ranges of a domain in `exits` and `directLinks`.
  private struct Domain {
    var exits: Range<Int>
    var directLinks: Range<Int>
  }

  /// The most entries of the tables inside domains, and of the core's: 256 MB each.
  public static let tableEntriesMax = 1 << 26

  /// The number of routers.
  public var routerCount: Int { places.count }
  /// The routers of stub domains in ascending order; end nodes are attached to these.
  public let stubRouters: ContiguousArray<UInt32>

  private let places: ContiguousArray<Place>
  private let domains: ContiguousArray<Domain>
  private let coreSize: Int
  /// Between transit routers, row by row.
  private let core: ContiguousArray<UInt32>
  /// Between the members of each domain, row by row, domain after domain.
  private let inside: ContiguousArray<UInt32>
  /// The numbers in the core of the transit routers that each domain has links to.
  private let exits: ContiguousArray<UInt32>
  /// From each router to each exit of its domain.
  private let outward: ContiguousArray<UInt32>
  private let directLinks: ContiguousArray<TransitStubTables.DirectLink>

  /// Computes the tables.
  /// - Throws: `disconnected` when the core or a stub domain falls apart without the rest, or a
  ///   stub domain has no link to the core; `empty` without a stub router; `tooLarge` beyond
  ///   `tableEntriesMax`.
  /// - Complexity: one Dijkstra search per router inside its domain: about 4 ms for 5,050 routers.
  public init(_ graph: TransitStubGraph) throws(NetworkDataError) {
    var tables = TransitStubTables(graph)
    try tables.computeInside()
    try tables.computeOutward()
    tables.collectDirectLinks()
    stubRouters = ContiguousArray(
      (0..<UInt32(graph.routerCount)).filter { graph.stubDomains[Int($0)] != nil })
    guard !stubRouters.isEmpty else {
      throw NetworkDataError(.empty, line: 0, "no stub router; end nodes have nothing to join")
    }
    coreSize = tables.transit.count
    core = tables.core
    inside = tables.inside
    exits = ContiguousArray(tables.exits.joined())
    outward = ContiguousArray(tables.outward.joined())
    directLinks = ContiguousArray(tables.directLinks.joined())
    var domains: ContiguousArray<Domain> = []
    var exitStart = 0
    var directStart = 0
    for domain in tables.members.indices {
      let exitEnd = exitStart + tables.exits[domain].count
      let directEnd = directStart + tables.directLinks[domain].count
      domains.append(Domain(exits: exitStart..<exitEnd, directLinks: directStart..<directEnd))
      exitStart = exitEnd
      directStart = directEnd
    }
    self.domains = domains
    places = Self.places(tables, routerCount: graph.routerCount)
  }

  private static func places(
    _ tables: TransitStubTables, routerCount: Int
  ) -> ContiguousArray<Place> {
    var places = ContiguousArray(
      repeating: Place(domain: 0, member: 0, insideRow: 0, outwardRow: 0, exit: 0, up: 0),
      count: routerCount)
    // `tableEntriesMax` bounds both rows.
    var insideRow = 0
    var outwardRow = 0
    for (domain, members) in tables.members.enumerated() {
      let exits = tables.exits[domain]
      let isSole = exits.count == 1 && tables.directLinks[domain].isEmpty
      for (member, router) in members.enumerated() {
        places[Int(router)] = Place(
          domain: UInt32(domain), member: UInt32(member), insideRow: UInt32(insideRow),
          outwardRow: UInt32(outwardRow), exit: isSole ? exits[0] : Place.manyExits,
          up: isSole ? tables.outward[domain][member] : 0)
        insideRow += members.count
        outwardRow += exits.count
      }
    }
    return places
  }

  /// The length of the path between two routers: symmetric, zero to itself, below 2^30.
  /// - Precondition: both are below `routerCount`.
  /// - Complexity: O(1) when each domain has one link to the core; else the product of the numbers
  ///   of their links. No allocation.
  public func length(from: UInt32, to: UInt32) -> UInt32 {
    let source = places[Int(from)]
    let target = places[Int(to)]
    if source.domain == target.domain {
      return inside[Int(source.insideRow) + Int(target.member)]
    }
    if source.exit != Place.manyExits && target.exit != Place.manyExits {
      let through = core[Int(source.exit) * coreSize + Int(target.exit)]
      return source.up + through + target.up
    }
    return lengthByManyExits(source, target)
  }

  private func lengthByManyExits(_ source: Place, _ target: Place) -> UInt32 {
    let sourceDomain = domains[Int(source.domain)]
    let targetDomain = domains[Int(target.domain)]
    var best = UInt32.max
    var upRow = Int(source.outwardRow)
    for exit in sourceDomain.exits {
      let up = outward[upRow]
      let row = Int(exits[exit]) * coreSize
      var downRow = Int(target.outwardRow)
      for otherExit in targetDomain.exits {
        best = min(best, up + core[row + Int(exits[otherExit])] + outward[downRow])
        downRow += 1
      }
      upRow += 1
    }
    for link in sourceDomain.directLinks where directLinks[link].otherDomain == target.domain {
      let direct = directLinks[link]
      let before = inside[Int(source.insideRow) + Int(direct.member)]
      let after = inside[Int(places[Int(direct.otherRouter)].insideRow) + Int(target.member)]
      best = min(best, before + direct.length + after)
    }
    return best
  }

  /// The bytes of the tables.
  public var byteCount: Int {
    places.count * MemoryLayout<Place>.stride + domains.count * MemoryLayout<Domain>.stride
      + 4 * (core.count + inside.count + exits.count + outward.count + stubRouters.count)
      + directLinks.count * MemoryLayout<TransitStubTables.DirectLink>.stride
  }
}
