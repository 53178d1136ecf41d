public import Pastry
public import ProtocolTime
public import RingIdentifiers

/// The nodes that a lookup came through.
public struct LookupRoute: Hashable, Sendable {
  /// The source, then every node that the message was handed to, in that order.
  public internal(set) var nodes: [UInt32]
  /// Whether the last of them delivered it and is the root of the key.
  public internal(set) var isComplete = false
  /// Whether a node sent the message twice, or on two ways, because an acknowledgement was late:
  /// the nodes are then those of no one route.
  public internal(set) var isForked = false

  /// A message that has not left its source.
  public init(source: UInt32) {
    nodes = [source]
  }
}

/// Notes the nodes that lookups come through, from the messages that arrive.
public struct RouteRecorder: SimulationObserver {
  /// In the order in which the lookups started.
  public private(set) var routes: [LookupRoute] = []
  private var places: [UInt64: Int] = [:]

  /// Nothing noted yet.
  public init() {}

  /// Notes a source that cannot ask.
  mutating func addAbsent(_ source: UInt32) {
    routes.append(LookupRoute(source: source))
  }

  /// A lookup starts: its route is its source.
  public mutating func lookedUp(_ message: RouteMessage, at now: Instant) {
    places[message.tag] = routes.count
    routes.append(LookupRoute(source: message.source.number))
  }

  /// A lookup comes to its next node.
  public mutating func arrived(
    _ message: borrowing PastryMessage, from sender: UInt32, to receiver: UInt32, at now: Instant
  ) {
    guard case .route(let route, _) = copy message, route.purpose == .application,
      let place = places[route.tag]
    else { return }
    // The node adds itself to the count after it has the message.
    guard Int(route.hopCount) == routes[place].nodes.count - 1,
      routes[place].nodes.last == sender
    else {
      routes[place].isForked = true
      return
    }
    routes[place].nodes.append(receiver)
  }

  /// A lookup has ended.
  public mutating func delivered(
    _ message: RouteMessage, at node: UInt32, isRoot: Bool, moment: Instant
  ) {
    guard let place = places[message.tag] else { return }
    routes[place].isComplete = isRoot && routes[place].nodes.last == node
  }
}

/// Where two routes to the same key meet.
///
/// A node's next hop depends on the key and on the node alone: routes that share a node stay
/// together, unless a table changes between the two messages.
public struct RouteMeeting: Hashable, Sendable {
  /// Hops of the first route to the first node on it that is on the second one too.
  public let firstHops: Int
  /// Hops of the second route to that node.
  public let secondHops: Int
  /// Whether that node is the last one of both routes.
  public let isAtEnd: Bool
  /// Whether both routes go on alike.
  public let staysTogether: Bool

  /// nil when no node is on both routes.
  /// - Parameters:
  ///   - first: the nodes of a route, the source first.
  ///   - second: the same of another route.
  /// - Complexity: O(n m) for routes of n and m nodes.
  public init?(_ first: [UInt32], _ second: [UInt32]) {
    for (place, node) in first.enumerated() {
      guard let other = second.firstIndex(of: node) else { continue }
      firstHops = place
      secondHops = other
      isAtEnd = place == first.count - 1 && other == second.count - 1
      staysTogether = first[place...].elementsEqual(second[other...])
      return
    }
    return nil
  }
}

extension Simulation {
  /// Lets nodes look up keys, all at this moment, and follows the messages until each lookup has
  /// ended. The protocol goes on with whatever else it does.
  /// - Parameter lookups: which node asks for which key; one that is not in the overlay asks for
  ///   nothing, and its route is not complete.
  /// - Returns: the routes, in the order of the lookups.
  /// - Precondition: no workload is running.
  public mutating func routes(of lookups: [(source: UInt32, key: Key)]) -> [LookupRoute] {
    precondition(!isLookingUp, "the lookups of the workload cannot be told from these")
    var recorder = RouteRecorder()
    var goal = endedCount
    for lookup in lookups {
      if membership.contains(lookup.source) {
        lookUp(lookup.key, from: lookup.source, &recorder)
        goal += 1
      } else {
        recorder.addAbsent(lookup.source)
      }
    }
    takeEvents(until: now + settings.lookupDeadline, &recorder) { $0.endedCount < goal }
    countActiveTime(until: now)
    return recorder.routes
  }
}
