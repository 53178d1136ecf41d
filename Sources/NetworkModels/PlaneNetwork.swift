public import ProtocolTime
public import Randomness

/// Nodes at uniformly random places of the plane of [Rowstron01]; the delay is Euclidean.
public struct PlaneNetwork: Sendable {
  let places: ContiguousArray<SIMD2<Float>>
  /// The one-way delay for one plane unit; the sides of the plane are 1000 units.
  public let delayPerUnit: TimeSpan

  /// Places `nodeCount` nodes as `Plane.positions` does.
  /// - Precondition: `nodeCount >= 0`.
  /// - Complexity: O(nodeCount), 8 bytes each.
  public init(nodeCount: Int, stream: StreamKey, delayPerUnit: TimeSpan) {
    places = ContiguousArray(Plane.positions(count: nodeCount, stream: stream))
    self.delayPerUnit = delayPerUnit
  }

  /// The number of nodes.
  public var nodeCount: Int { places.count }

  /// The one-way delay, symmetric, zero to itself.
  /// - Precondition: both are below `nodeCount`.
  /// - Complexity: O(1), no allocation.
  public func delay(from: UInt32, to: UInt32) -> TimeSpan {
    let units = Plane.proximity(places[Int(from)], places[Int(to)]).value
    return TimeSpan(
      nanoseconds: roundedNanoseconds(Double(units) * Double(delayPerUnit.nanoseconds)))
  }
}
