/// Routers and links of a transit-stub network.
///
/// Transit routers form the core; every other router belongs to one stub domain. Source: Zegura,
/// Calvert, Bhattacharjee, "How to Model an Internetwork", INFOCOM 1996 (GT-ITM).
public struct TransitStubGraph: Sendable, Equatable {
  /// One two-way link; its length has no unit until a network states a delay per length.
  public struct Link: Sendable, Equatable {
    /// One end.
    public let first: UInt32
    /// The other end.
    public let second: UInt32
    /// In length units, `0...lengthMax`.
    public let length: UInt32

    /// A link between two routers.
    public init(_ first: UInt32, _ second: UInt32, length: UInt32) {
      self.first = first
      self.second = second
      self.length = length
    }
  }

  /// The longest link, so that every path of `domainSizeMax` links fits 32 bits three times over.
  public static let lengthMax: UInt32 = 65_535
  /// The most routers in the core, and in one stub domain.
  public static let domainSizeMax = 4096
  /// The most routers in a graph.
  public static let routerCountMax = 1_000_000
  /// The most links in a graph.
  public static let linkCountMax = 16_000_000

  /// For each router the number of its stub domain; nil for a transit router.
  public let stubDomains: [UInt32?]
  /// The links, in the order of the file or of the generation.
  public let links: [Link]
  /// The number of stub domains.
  public let stubDomainCount: Int

  /// Checks a graph.
  /// - Throws: `tooLarge`, `unknownName` (a link of a router that is not there), `outOfRange` (a
  ///   length), or `malformedLine` (the numbers of the stub domains leave a gap).
  public init(stubDomains: [UInt32?], links: [Link]) throws(NetworkDataError) {
    guard stubDomains.count <= Self.routerCountMax, links.count <= Self.linkCountMax else {
      throw NetworkDataError(
        .tooLarge, line: 0,
        "at most \(Self.routerCountMax) routers and \(Self.linkCountMax) links are supported")
    }
    var domainSizes = [Int](repeating: 0, count: stubDomains.count)
    for case let domain? in stubDomains {
      guard domain < domainSizes.count else {
        throw NetworkDataError(.malformedLine, line: 0, "number the stub domains without gaps")
      }
      domainSizes[Int(domain)] += 1
    }
    let count = domainSizes.lastIndex { $0 > 0 }.map { $0 + 1 } ?? 0
    guard !domainSizes[..<count].contains(0) else {
      throw NetworkDataError(.malformedLine, line: 0, "number the stub domains without gaps")
    }
    let transitCount = stubDomains.count { $0 == nil }
    guard max(transitCount, domainSizes.max() ?? 0) <= Self.domainSizeMax else {
      throw NetworkDataError(
        .tooLarge, line: 0,
        "at most \(Self.domainSizeMax) transit routers and routers per stub domain are supported")
    }
    for link in links {
      guard max(link.first, link.second) < stubDomains.count else {
        throw NetworkDataError(
          .unknownName, line: 0, "a link from \(link.first) to \(link.second) ends at no router")
      }
      guard link.length <= Self.lengthMax else {
        throw NetworkDataError(
          .outOfRange, line: 0, "a link has length \(link.length), above \(Self.lengthMax)")
      }
    }
    self.stubDomains = stubDomains
    self.links = links
    stubDomainCount = count
  }

  /// Keeps a graph that holds to the rules by construction.
  init(checked stubDomains: [UInt32?], links: [Link]) {
    self.stubDomains = stubDomains
    self.links = links
    stubDomainCount = stubDomains.reduce(0) { max($0, $1.map { Int($0) + 1 } ?? 0) }
  }

  /// The number of routers.
  public var routerCount: Int { stubDomains.count }
  /// The number of transit routers.
  public var transitRouterCount: Int { stubDomains.count { $0 == nil } }
}
