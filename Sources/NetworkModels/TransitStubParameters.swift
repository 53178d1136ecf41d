/// The size and shape of a generated transit-stub network.
///
/// The defaults are the 5,050 routers of the Pastry studies (10 transit domains of 5 routers, 10
/// stub domains per transit router, 10 routers each); side lengths and link probabilities are those
/// in the header of `topo-0-big.alt`.
public struct TransitStubParameters: Sendable, Equatable {
  /// How the sizes of domains vary around their mean.
  public enum Sizes: Sendable, Equatable {
    /// Every domain has the mean size.
    case even
    /// Between 1 and twice the mean less 1, with the same total. GT-ITM's sizes vary as much.
    case varied
  }

  /// The number of transit domains.
  public let transitDomains: Int
  /// The mean number of routers in a transit domain.
  public let routersPerTransitDomain: Int
  /// The number of stub domains at each transit router.
  public let stubDomainsPerTransitRouter: Int
  /// The mean number of routers in a stub domain.
  public let routersPerStubDomain: Int
  /// How the sizes vary.
  public let sizes: Sizes
  /// Links from a random stub router to a random transit router, besides the one per stub domain.
  public let extraTransitStubLinks: Int
  /// Links between random routers of two different stub domains.
  public let extraStubStubLinks: Int

  /// The side of the square with the centres of the transit domains, in length units.
  public static let topSide = 283.0
  /// The side of the square of a transit domain.
  public static let transitSide = 142.0
  /// The side of the square of a stub domain.
  public static let stubSide = 72.0
  /// The probability of a link between two routers of a transit domain, besides its tree.
  public static let transitLinkProbability = 0.6
  /// The probability of a link between two routers of a stub domain, besides its tree.
  public static let stubLinkProbability = 0.42

  /// Checks and keeps the parameters.
  /// - Throws: `NetworkParameterError` naming one that is below its minimum (1; 0 for extra links)
  ///   or with which the network would be larger than a `TransitStubGraph` may be.
  public init(
    transitDomains: Int = 10, routersPerTransitDomain: Int = 5,
    stubDomainsPerTransitRouter: Int = 10, routersPerStubDomain: Int = 10,
    sizes: Sizes = .varied, extraTransitStubLinks: Int = 0, extraStubStubLinks: Int = 0
  ) throws(NetworkParameterError) {
    let small = TransitStubGraph.domainSizeMax
    // With these bounds a graph has at most `linkCountMax` links.
    try Self.check("transitDomains", transitDomains, 1...(small / 4))
    try Self.check("routersPerTransitDomain", routersPerTransitDomain, 1...(small / 16))
    try Self.check("stubDomainsPerTransitRouter", stubDomainsPerTransitRouter, 1...small)
    try Self.check("routersPerStubDomain", routersPerStubDomain, 1...(small / 2))
    try Self.check("extraTransitStubLinks", extraTransitStubLinks, 0...1_000_000)
    try Self.check("extraStubStubLinks", extraStubStubLinks, 0...1_000_000)
    let transit = transitDomains * routersPerTransitDomain
    try Self.check("transitDomains times routersPerTransitDomain", transit, 1...small)
    // Every factor is at most 2^12 by now, so the product fits 64 bits.
    let routers = transit * (1 + stubDomainsPerTransitRouter * routersPerStubDomain)
    try Self.check("the number of routers", routers, 1...TransitStubGraph.routerCountMax)
    let pairs = (routers - transit) * routersPerStubDomain
    try Self.check("stub routers times routersPerStubDomain", pairs, 0...12_000_000)
    if extraStubStubLinks > 0 && transit * stubDomainsPerTransitRouter < 2 {
      throw NetworkParameterError("extraStubStubLinks", "needs two stub domains")
    }
    self.transitDomains = transitDomains
    self.routersPerTransitDomain = routersPerTransitDomain
    self.stubDomainsPerTransitRouter = stubDomainsPerTransitRouter
    self.routersPerStubDomain = routersPerStubDomain
    self.sizes = sizes
    self.extraTransitStubLinks = extraTransitStubLinks
    self.extraStubStubLinks = extraStubStubLinks
  }

  private static func check(
    _ name: String, _ value: Int, _ legal: ClosedRange<Int>
  ) throws(NetworkParameterError) {
    if !legal.contains(value) {
      throw NetworkParameterError(
        name, "is \(value), must be in \(legal.lowerBound)...\(legal.upperBound)")
    }
  }

  /// The number of routers, which varied sizes do not change.
  public var routerCount: Int {
    let transit = transitDomains * routersPerTransitDomain
    return transit * (1 + stubDomainsPerTransitRouter * routersPerStubDomain)
  }
}
