public import ProtocolTime
public import Randomness

/// Where overlay nodes are, and how long a message takes between two of them.
///
/// A closed set, so that an engine switches over it without existentials. In every model the place
/// of node i depends on a stream and on i alone: a network for more nodes extends one for fewer.
public enum Network: Sendable {
  /// The same delay between any two nodes.
  case constant(TimeSpan)
  /// Points on a sphere.
  case sphere(SphereNetwork)
  /// The plane of [Rowstron01].
  case plane(PlaneNetwork)
  /// Hosts of a measured matrix.
  case matrix(MatrixNetwork)
  /// Hosts with network coordinates.
  case coordinates(CoordinateNetwork)
  /// Stub routers of a transit-stub graph.
  case transitStub(TransitStubNetwork)

  /// The number of nodes that have a place; nil when every number is legal.
  public var nodeCount: Int? {
    switch self {
    case .constant: nil
    case .sphere(let network): network.nodeCount
    case .plane(let network): network.nodeCount
    case .matrix(let network): network.nodeCount
    case .coordinates(let network): network.nodeCount
    case .transitStub(let network): network.nodeCount
    }
  }

  /// The one-way delay of a message; zero from a node to itself.
  ///
  /// Only a measured matrix may give different delays in the two directions.
  /// - Precondition: both nodes are below `nodeCount`.
  /// - Complexity: O(1), no allocation (see `TransitStubRoutes.length` for extra links).
  @inlinable
  public func delay(from: UInt32, to: UInt32) -> TimeSpan {
    switch self {
    case .constant(let delay): from == to ? .zero : delay
    case .sphere(let network): network.delay(from: from, to: to)
    case .plane(let network): network.delay(from: from, to: to)
    case .matrix(let network): network.delay(from: from, to: to)
    case .coordinates(let network): network.delay(from: from, to: to)
    case .transitStub(let network): network.delay(from: from, to: to)
    }
  }

  /// The time there and back, which is what a node can measure of its proximity to another.
  /// - Precondition: as for `delay`.
  public func roundTrip(_ first: UInt32, _ second: UInt32) -> TimeSpan {
    delay(from: first, to: second) + delay(from: second, to: first)
  }

  /// The median delay between two different random nodes out of the first `nodes`.
  /// - Precondition: `2 <= nodes`, at most `nodeCount`; `samples >= 1`.
  /// - Complexity: O(samples log samples).
  public func medianDelay(nodes: UInt32, samples: Int = 100_000, stream: StreamKey) -> TimeSpan {
    precondition(nodes >= 2 && samples >= 1, "no pair among \(nodes) nodes, \(samples) samples")
    var source = RandomStream(stream)
    var delays: [UInt64] = []
    delays.reserveCapacity(samples)
    for _ in 0..<samples {
      let first = source.index(below: nodes)
      var second = source.index(below: nodes - 1)
      if second >= first { second += 1 }
      delays.append(delay(from: first, to: second).nanoseconds)
    }
    delays.sort()
    return TimeSpan(nanoseconds: delays[(samples - 1) / 2])
  }
}
