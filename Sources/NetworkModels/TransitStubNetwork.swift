public import ProtocolTime
public import Randomness

/// End nodes on the stub routers of a transit-stub network.
///
/// Each node hangs on a uniformly random stub router by a local link; the delay between two nodes
/// is that of the path between their routers plus both local links. Symmetric.
public struct TransitStubNetwork: Sendable {
  /// The paths between the routers.
  public let routes: TransitStubRoutes
  /// The one-way delay of one unit of length; GT-ITM's lengths have no unit of their own.
  public let delayPerLength: TimeSpan
  /// The one-way delay of the link between a node and its router.
  public let localDelay: TimeSpan
  private let routers: ContiguousArray<UInt32>

  /// Attaches `nodeCount` nodes; the router of node i depends on the stream and on i alone.
  ///
  /// The default `localDelay` is the 1 ms of the Pastry studies.
  /// - Precondition: `nodeCount >= 0`.
  /// - Complexity: O(nodeCount), 4 bytes each.
  public init(
    _ routes: TransitStubRoutes, nodeCount: Int, stream: StreamKey, delayPerLength: TimeSpan,
    localDelay: TimeSpan = .milliseconds(1)
  ) {
    precondition(nodeCount >= 0, "a network cannot have \(nodeCount) nodes")
    self.routes = routes
    self.delayPerLength = delayPerLength
    self.localDelay = localDelay
    let stubs = routes.stubRouters
    var routers: ContiguousArray<UInt32> = []
    routers.reserveCapacity(nodeCount)
    for node in 0..<nodeCount {
      var words = stream.words(of: UInt64(node))
      let place = words.next().multipliedFullWidth(by: UInt64(stubs.count)).high
      routers.append(stubs[Int(place)])
    }
    self.routers = routers
  }

  /// The delay from one end node to another, in the median, at the standard scale.
  public static let standardMedian = TimeSpan.milliseconds(75)

  /// Attaches `nodeCount` nodes at the scale that puts them `standardMedian` apart in the median;
  /// scale and places are drawn from the stream.
  /// - Precondition: `nodeCount >= 0`.
  public init(standard routes: TransitStubRoutes, nodeCount: Int, stream: StreamKey) {
    self.init(
      routes, nodeCount: nodeCount, stream: stream["places"],
      delayPerLength: routes.delayPerLength(
        forMedianDelay: Self.standardMedian, stream: stream["median"]))
  }

  /// The number of nodes.
  public var nodeCount: Int { routers.count }

  /// The router that a node hangs on.
  /// - Precondition: `node < nodeCount`.
  public func router(of node: UInt32) -> UInt32 { routers[Int(node)] }

  /// The one-way delay; zero to itself, two local links to another node on the same router.
  /// - Precondition: both are below `nodeCount`.
  /// - Complexity: that of `TransitStubRoutes.length`; no allocation.
  public func delay(from: UInt32, to: UInt32) -> TimeSpan {
    if from == to { return .zero }
    let length = routes.length(from: routers[Int(from)], to: routers[Int(to)])
    return delayPerLength * UInt64(length) + localDelay * 2
  }
}

extension TransitStubRoutes {
  /// The median length of the paths between two different random stub routers.
  ///
  /// The lower median of `samples` pairs; the standard error is about .5 % at 100,000.
  /// - Precondition: `samples >= 1`, and there are two stub routers.
  /// - Complexity: O(samples log samples).
  public func medianLength(samples: Int = 100_000, stream: StreamKey) -> UInt32 {
    precondition(samples >= 1 && stubRouters.count >= 2, "no pair of stub routers to measure")
    var source = RandomStream(stream)
    var lengths: [UInt32] = []
    lengths.reserveCapacity(samples)
    let count = UInt32(stubRouters.count)
    for _ in 0..<samples {
      let first = source.index(below: count)
      var second = source.index(below: count - 1)
      if second >= first { second += 1 }
      lengths.append(length(from: stubRouters[Int(first)], to: stubRouters[Int(second)]))
    }
    lengths.sort()
    return lengths[(samples - 1) / 2]
  }

  /// The delay per length with which the median delay between two random nodes is `median`.
  ///
  /// For nodes on different routers, both local links included. At least 1 ns.
  /// - Precondition: as for `medianLength`.
  public func delayPerLength(
    forMedianDelay median: TimeSpan, localDelay: TimeSpan = .milliseconds(1),
    samples: Int = 100_000, stream: StreamKey
  ) -> TimeSpan {
    let routed = median - localDelay * 2
    let length = UInt64(max(1, medianLength(samples: samples, stream: stream)))
    let rounded =
      (routed.nanoseconds / length) + (routed.nanoseconds % length * 2 >= length ? 1 : 0)
    return TimeSpan(nanoseconds: max(1, rounded))
  }
}
