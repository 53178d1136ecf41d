public import ProtocolTime

/// What a node wants done, in the order in which it is to be done.
public enum PastryAction: Hashable, Sendable {
  /// Send a message.
  case send(PastryMessage, to: NodeIndex)
  /// Call `timerFired` after this time.
  case arm(PastryTimer, after: TimeSpan)
  /// Hand a message to the application: this node is certain to be the root of its key.
  case deliver(RouteMessage)
  /// A message goes no further.
  case drop(RouteMessage, DropReason)
  /// The node has joined: it knows its leaf set and takes messages.
  case activated
  /// An attempt to join through this node has failed and is made again; another contact may help.
  case joinFailed(via: NodeIndex)
  /// A peer was found to have failed.
  case foundFailed(NodeIndex)
  /// A message was refused.
  case refused(from: NodeIndex, RefusalReason)
}

/// Why a message goes no further.
public enum DropReason: UInt8, Hashable, Sendable, CaseIterable {
  /// It had too many hops.
  case tooManyHops
  /// No peer that could take it acknowledged it.
  case unacknowledged
  /// Too many messages are open.
  case overloaded
  /// The node leaves.
  case departed
}

/// Why a received message was refused.
public enum RefusalReason: UInt8, Hashable, Sendable, CaseIterable {
  /// A list is longer than an honest one.
  case oversized
  /// It names a node that is not in the book.
  case unknownNode
  /// It is an answer to nothing that is open.
  case unsolicited
  /// The node is not in the overlay.
  case notRunning
}

/// A timer of a node. A firing that the node no longer waits for is nothing to it.
public enum PastryTimer: Hashable, Sendable {
  /// Time for a heartbeat, and to look for that of the clockwise neighbour.
  case heartbeat
  /// Time to probe the next table entry.
  case tableProbe
  /// Time to exchange rows.
  case rowExchange
  /// A request has had no answer.
  case request(RequestId)
  /// The attempt to join with this number has taken too long.
  case join(UInt32)
}

/// What a node reads besides its inputs: what all nodes of the process share, and its own clock.
public struct PastryEnvironment: Sendable {
  /// Behind a reference: whoever is lent an environment may be given a copy.
  private final class Settings: Sendable {
    let configuration: PastryConfiguration
    init(_ configuration: PastryConfiguration) { self.configuration = configuration }
  }

  private let settings: Settings
  /// The nodes whose certificates were verified.
  public var book: PeerBook
  /// The node's own clock.
  public var now: Instant

  /// Joins the three.
  public init(configuration: PastryConfiguration, book: PeerBook, now: Instant = .zero) {
    settings = Settings(configuration)
    self.book = book
    self.now = now
  }

  /// The overlay's settings.
  public var configuration: PastryConfiguration { settings.configuration }
}
