import NetworkModels
public import ProtocolTime
import Randomness

/// What cells of the event engine have beside the overlay, the router and the adversary.
public struct EventSettings: Hashable, Sendable {
  /// The network that the nodes are in.
  public var network = EventNetwork.sphere(farthest: .milliseconds(150))
  /// Mean of the exponential session lengths; nil when nodes neither come nor go.
  public var churn: TimeSpan?
  /// Time that an attack has before the first lookup; nil for none without churn, and five minutes
  /// with it.
  public var warmUp: TimeSpan?
  /// Nodes that a message is for, r: the replica roots of its key.
  public var replicas = 8
  /// What `replica-roots` means for routers other than `prefix`.
  public var delivered = Delivered.every

  /// Where the message of a secure lookup must have come.
  public enum Delivered: String, CaseIterable, Hashable, Sendable {
    /// To every correct one of the r replica roots: what [Castro02] asks of secure routing.
    case every
    /// To a correct node that has the key's root in its leaf set: what `replica-roots` means on the
    /// sampling engine, and for `prefix`.
    case any
  }

  /// The defaults.
  public init() {}

  /// The most replica roots of a key that its root is sure to have in its leaf set, itself counted.
  static func replicasMax(leafSetSize: Int) -> Int { leafSetSize / 2 + 1 }

  /// The same with the default of r cut to what the overlay's leaf sets allow.
  func resolved(on overlay: OverlayParameters) -> EventSettings {
    var result = self
    result.replicas = min(replicas, Self.replicasMax(leafSetSize: overlay.leafSetSize))
    return result
  }

  /// The part of a cell's name.
  var canonical: CanonicalJSON {
    var members: [String: CanonicalJSON] = [
      "network": network.canonical,
      "churn": churn?.canonical ?? .null,
      "replicas": .integer(replicas),
      "delivered": .text(delivered.rawValue),
    ]
    // Cells that leave it to the engine keep the name that they had before it could be given.
    if let warmUp { members["warmUp"] = warmUp.canonical }
    return .object(members)
  }
}

/// A network that needs no file.
public enum EventNetwork: Hashable, Sendable {
  /// Every message takes the same time.
  case constant(TimeSpan)
  /// Nodes on a sphere; messages between opposite points take the longest.
  case sphere(farthest: TimeSpan)
  /// Nodes in a square; a message along a side takes this long.
  case plane(side: TimeSpan)
  /// Nodes at the stub routers of a generated transit-stub graph.
  case transitStub

  var canonical: CanonicalJSON {
    switch self {
    case .constant(let delay): .object(["constant": delay.canonical])
    case .sphere(let farthest): .object(["sphere": farthest.canonical])
    case .plane(let side): .object(["plane": side.canonical])
    case .transitStub: .object(["transitStub": .flag(true)])
    }
  }

  /// The network of `nodes` nodes, its places drawn from `stream`.
  /// - Throws: `CampaignError.Code.inconsistent` when the standard graph cannot be made.
  func network(nodes: Int, stream: StreamKey) throws(CampaignError) -> Network {
    switch self {
    case .constant(let delay): return .constant(delay)
    case .sphere(let farthest):
      return .sphere(SphereNetwork(nodeCount: nodes, stream: stream, maximumDelay: farthest))
    case .plane(let side):
      // The square has a side of 1000 units.
      return .plane(PlaneNetwork(nodeCount: nodes, stream: stream, delayPerUnit: side / 1_000))
    case .transitStub:
      do {
        let graph = TransitStubGraph(try TransitStubParameters(), stream: stream["graph"])
        let routes = try TransitStubRoutes(graph)
        return .transitStub(
          TransitStubNetwork(standard: routes, nodeCount: nodes, stream: stream))
      } catch {
        throw CampaignError(.inconsistent, "the transit-stub network cannot be made: \(error)")
      }
    }
  }
}

extension TimeSpan {
  /// In seconds, the nearest number to the decimal fraction.
  fileprivate var canonical: CanonicalJSON { .number(Double(nanoseconds) / 1e9) }
}
