extension Bound {
  /// The bounds, in the order of the help. A new one is one entry here or in the list of its subject.
  public static let all: [Bound] = forwarding

  /// f.
  static let faultyFraction = BoundParameter(
    name: "faultyFraction", summary: "f, the fraction of nodes that are faulty", domain: .fraction)
  /// N.
  static let nodes = BoundParameter(
    name: "nodes", summary: "N, the nodes of the overlay", domain: .whole(1...1 << 53))
  /// b.
  static let digitBits = BoundParameter(
    name: "digitBits", summary: "b, the bits of a digit", domain: .whole(1...160))
}
