extension Bound {
  /// The bounds, in the order of the help. A new one is one entry in the list of its subject.
  public static let all: [Bound] =
    forwarding + failureTest + hopTest + groups + routingTables + joining + audits + identities

  /// f.
  static let faultyFraction = BoundParameter(
    name: "faultyFraction", summary: "f, the fraction of nodes that are faulty", domain: .fraction)
  /// N.
  static let nodes = BoundParameter(
    name: "nodes", summary: "N, the nodes of the overlay", domain: .whole(1...1 << 53))
  /// F.
  static let faultyNodes = BoundParameter(
    name: "faultyNodes", summary: "F, the faulty ones among the N nodes",
    domain: .whole(0...1 << 53))
  /// b.
  static let digitBits = BoundParameter(
    name: "digitBits", summary: "b, the bits of a digit", domain: .whole(1...160))
  /// n.
  static let samples = BoundParameter(
    name: "samples", summary: "n, the gaps between nodeIds around the sender that are averaged",
    domain: .whole(1...1 << 20))
  /// k.
  static let rootSamples = BoundParameter(
    name: "rootSamples", summary: "k, the gaps of the root set that is tested",
    domain: .whole(1...1 << 20))
  /// gamma.
  static let densityThreshold = BoundParameter(
    name: "densityThreshold",
    summary: "gamma, the ratio of mean gaps above which a root set is refused; rounded to 2^-20",
    domain: .number(0...4096))
  /// c.
  static let coalitionFraction = BoundParameter(
    name: "coalitionFraction", summary: "c, the fraction of nodes in the coalition",
    domain: .fractionBelowOne)
  /// c where a coalition has to be there.
  static let someCoalition = BoundParameter(
    name: "coalitionFraction", summary: "c, the fraction of nodes in the coalition",
    domain: .properFraction)
}

extension Bound.Arguments {
  /// N and F.
  /// - Throws: when F is above N.
  func population() throws(BoundError) -> (nodes: Int, faulty: Int) {
    let (nodes, faulty) = (whole("nodes"), whole("faultyNodes"))
    guard faulty <= nodes else {
      throw BoundError(
        .outOfDomain, "faultyNodes must be at most nodes, got \(faulty) of \(nodes)")
    }
    return (nodes, faulty)
  }
}
