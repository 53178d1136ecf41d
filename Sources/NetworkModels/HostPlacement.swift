public import Randomness

/// How overlay nodes are put on the hosts of a measured network.
public enum HostPlacement: Sendable, Equatable {
  /// Each node on a uniformly random host, independently; the place of node i depends on i alone.
  case drawn(StreamKey)
  /// Node i on host i modulo the number of hosts, to follow a measurement one to one.
  case inOrder

  /// The host of each node.
  /// - Precondition: `nodeCount >= 0` and `1 <= hostCount <= 65536`.
  func hosts(nodeCount: Int, hostCount: Int) -> ContiguousArray<UInt16> {
    precondition(nodeCount >= 0, "a network cannot have \(nodeCount) nodes")
    precondition(hostCount >= 1 && hostCount <= 65_536, "\(hostCount) hosts")
    var hosts: ContiguousArray<UInt16> = []
    hosts.reserveCapacity(nodeCount)
    for node in 0..<nodeCount {
      switch self {
      case .drawn(let stream):
        var words = stream.words(of: UInt64(node))
        let host = words.next().multipliedFullWidth(by: UInt64(hostCount)).high
        hosts.append(UInt16(truncatingIfNeeded: host))
      case .inOrder:
        hosts.append(UInt16(node % hostCount))
      }
    }
    return hosts
  }
}
