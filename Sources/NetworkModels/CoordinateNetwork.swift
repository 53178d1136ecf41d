public import ProtocolTime

/// Overlay nodes on hosts with network coordinates.
///
/// Two nodes on one host are `localDelay` apart. Symmetric.
public struct CoordinateNetwork: Sendable {
  /// Where the hosts are.
  public let coordinates: NetworkCoordinates
  /// The one-way delay between two nodes on one host.
  public let localDelay: TimeSpan
  private let hosts: ContiguousArray<UInt16>

  /// Puts `nodeCount` nodes on the hosts.
  /// - Precondition: `nodeCount >= 0`.
  /// - Complexity: O(nodeCount), 2 bytes each.
  public init(
    _ coordinates: NetworkCoordinates, nodeCount: Int, placement: HostPlacement,
    localDelay: TimeSpan = .milliseconds(1)
  ) {
    self.coordinates = coordinates
    self.localDelay = localDelay
    hosts = placement.hosts(nodeCount: nodeCount, hostCount: coordinates.hostCount)
  }

  /// The number of nodes.
  public var nodeCount: Int { hosts.count }

  /// The one-way delay; zero to itself.
  /// - Precondition: both are below `nodeCount`.
  /// - Complexity: O(1), no allocation.
  public func delay(from: UInt32, to: UInt32) -> TimeSpan {
    if from == to { return .zero }
    let first = Int(hosts[Int(from)])
    let second = Int(hosts[Int(to)])
    return first == second ? localDelay : coordinates.delay(fromHost: first, toHost: second)
  }
}
