public import Randomness

extension TransitStubGraph {
  /// Draws a transit-stub graph with the structure of GT-ITM's.
  ///
  /// Every two transit domains are joined by one link between random routers. Inside a domain a
  /// random tree makes it connected, and every other pair is linked with the probability of its
  /// level. Each stub domain has one link from a random router to its transit router. Links are as
  /// long as the line between the random places of their ends, at least 1: the places of a transit
  /// domain are uniform on a square around the domain's random centre, those of a stub domain on a
  /// square of its own, on which its transit router has a random place too.
  ///
  /// Router numbers: the transit routers, domain by domain, then the stub domains in the order of
  /// their transit routers. Each domain draws from a stream of its own.
  /// - Deviation: GT-ITM draws random graphs until one is connected, instead of starting from a
  ///   tree.
  /// - Complexity: O(routers + pairs of routers within domains).
  public init(_ parameters: TransitStubParameters, stream: StreamKey) {
    var draft = TransitStubDraft(parameters, stream: stream)
    draft.drawCore()
    draft.drawStubDomains()
    draft.drawExtraLinks()
    self.init(checked: draft.stubDomains, links: draft.links)
  }
}

/// A transit-stub graph while it is drawn.
private struct TransitStubDraft {
  private let parameters: TransitStubParameters
  private let stream: StreamKey
  private(set) var stubDomains: [UInt32?] = []
  private(set) var links: [TransitStubGraph.Link] = []
  private var stubDomainCount: UInt32 = 0

  init(_ parameters: TransitStubParameters, stream: StreamKey) {
    self.parameters = parameters
    self.stream = stream
  }

  private var transitCount: UInt32 {
    UInt32(parameters.transitDomains * parameters.routersPerTransitDomain)
  }

  mutating func drawCore() {
    var source = RandomStream(stream["core"])
    let sizes = sizes(
      count: parameters.transitDomains, mean: parameters.routersPerTransitDomain, from: &source)
    let centres = sizes.map { _ in Self.place(side: TransitStubParameters.topSide, &source) }
    var firsts: [UInt32] = []
    var places: [SIMD2<Double>] = []
    for (domain, size) in sizes.enumerated() {
      var source = RandomStream(stream["transit"][domain])
      firsts.append(UInt32(places.count))
      let own = (0..<size).map { _ in
        centres[domain] + Self.place(side: TransitStubParameters.transitSide, &source)
      }
      connect(
        own, first: UInt32(places.count),
        probability: TransitStubParameters.transitLinkProbability, from: &source)
      places += own
    }
    for domain in sizes.indices {
      for other in 0..<domain {
        let first = firsts[domain] + source.index(below: UInt32(sizes[domain]))
        let second = firsts[other] + source.index(below: UInt32(sizes[other]))
        let length = Self.length(places[Int(first)], places[Int(second)])
        links.append(TransitStubGraph.Link(first, second, length: length))
      }
    }
    stubDomains = Array(repeating: nil, count: places.count)
  }

  mutating func drawStubDomains() {
    let perRouter = parameters.stubDomainsPerTransitRouter
    var source = RandomStream(stream["stub sizes"])
    let sizes = sizes(
      count: Int(transitCount) * perRouter, mean: parameters.routersPerStubDomain, from: &source)
    for (domain, size) in sizes.enumerated() {
      var source = RandomStream(stream["stub"][domain])
      let places = (0..<size).map { _ in
        Self.place(side: TransitStubParameters.stubSide, &source)
      }
      let first = UInt32(stubDomains.count)
      connect(
        places, first: first, probability: TransitStubParameters.stubLinkProbability, from: &source)
      let gateway = source.index(below: UInt32(size))
      let transit = Self.place(side: TransitStubParameters.stubSide, &source)
      links.append(
        TransitStubGraph.Link(
          first + gateway, UInt32(domain / perRouter),
          length: Self.length(places[Int(gateway)], transit)))
      stubDomains += Array(repeating: stubDomainCount, count: size)
      stubDomainCount += 1
    }
  }

  mutating func drawExtraLinks() {
    let stubCount = UInt32(stubDomains.count) - transitCount
    func length(_ source: inout RandomStream) -> UInt32 {
      let here = Self.place(side: TransitStubParameters.stubSide, &source)
      return Self.length(here, Self.place(side: TransitStubParameters.stubSide, &source))
    }
    var source = RandomStream(stream["extra transit-stub"])
    for _ in 0..<parameters.extraTransitStubLinks {
      let stub = transitCount + source.index(below: stubCount)
      let transit = source.index(below: transitCount)
      links.append(TransitStubGraph.Link(stub, transit, length: length(&source)))
    }
    source = RandomStream(stream["extra stub-stub"])
    var left = parameters.extraStubStubLinks
    while left > 0 {
      let first = transitCount + source.index(below: stubCount)
      let second = transitCount + source.index(below: stubCount)
      if stubDomains[Int(first)] == stubDomains[Int(second)] { continue }
      links.append(TransitStubGraph.Link(first, second, length: length(&source)))
      left -= 1
    }
  }

  /// Links the routers of one domain: a random tree, then each other pair by chance.
  private mutating func connect(
    _ places: [SIMD2<Double>], first: UInt32, probability: Double, from source: inout RandomStream
  ) {
    for router in places.indices.dropFirst() {
      let parent = Int(source.index(below: UInt32(router)))
      for other in 0..<router where other == parent || source.unit() < probability {
        let length = Self.length(places[router], places[other])
        links.append(
          TransitStubGraph.Link(first + UInt32(other), first + UInt32(router), length: length))
      }
    }
  }

  /// Sizes with the given mean; neighbours in the list trade a random number of routers.
  private func sizes(count: Int, mean: Int, from source: inout RandomStream) -> [Int] {
    var sizes = Array(repeating: mean, count: count)
    if parameters.sizes == .even { return sizes }
    for pair in 0..<(count / 2) {
      let traded = Int(source.index(below: UInt32(2 * mean - 1))) - (mean - 1)
      sizes[2 * pair] += traded
      sizes[2 * pair + 1] -= traded
    }
    return sizes
  }

  private static func place(side: Double, _ source: inout RandomStream) -> SIMD2<Double> {
    let x = source.unit()
    return SIMD2(x, source.unit()) * side
  }

  private static func length(_ first: SIMD2<Double>, _ second: SIMD2<Double>) -> UInt32 {
    let difference = first - second
    return UInt32(max(1, (difference * difference).sum().squareRoot().rounded()))
  }
}
