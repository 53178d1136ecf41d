public import ProtocolTime

/// Hosts with measured delays between them.
public protocol HostDelays: Sendable {
  /// The number of hosts.
  var hostCount: Int { get }

  /// The one-way delay between two hosts.
  /// - Precondition: both are below `hostCount`.
  func delay(fromHost: Int, toHost: Int) -> TimeSpan
}

/// Overlay nodes on measured hosts.
///
/// Two nodes on one host are `localDelay` apart. Not symmetric where the measurement is not.
public struct HostNetwork<Measurement: HostDelays>: Sendable {
  /// What was measured.
  public let measurement: Measurement
  /// The one-way delay between two nodes on one host.
  public let localDelay: TimeSpan
  private let hosts: ContiguousArray<UInt16>

  /// Puts `nodeCount` nodes on the hosts.
  ///
  /// The default `localDelay` is the 1 ms of a local network that the Pastry studies use.
  /// - Precondition: `nodeCount >= 0`.
  /// - Complexity: O(nodeCount), 2 bytes each.
  public init(
    _ measurement: Measurement, nodeCount: Int, placement: HostPlacement,
    localDelay: TimeSpan = .milliseconds(1)
  ) {
    self.measurement = measurement
    self.localDelay = localDelay
    hosts = placement.hosts(nodeCount: nodeCount, hostCount: measurement.hostCount)
  }

  /// The number of nodes.
  public var nodeCount: Int { hosts.count }

  /// The host that a node is on.
  /// - Precondition: `node < nodeCount`.
  public func host(of node: UInt32) -> Int { Int(hosts[Int(node)]) }

  /// The one-way delay; zero to itself.
  /// - Precondition: both are below `nodeCount`.
  /// - Complexity: O(1), no allocation.
  public func delay(from: UInt32, to: UInt32) -> TimeSpan {
    if from == to { return .zero }
    let first = host(of: from)
    let second = host(of: to)
    return first == second ? localDelay : measurement.delay(fromHost: first, toHost: second)
  }
}

/// Overlay nodes on the hosts of a measured matrix.
public typealias MatrixNetwork = HostNetwork<DelayMatrix>

/// Overlay nodes on hosts with network coordinates; symmetric.
public typealias CoordinateNetwork = HostNetwork<NetworkCoordinates>
