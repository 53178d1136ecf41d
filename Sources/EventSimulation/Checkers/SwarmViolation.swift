public import ProtocolTime

/// What one checker looks after.
public enum SwarmChecker: String, CaseIterable, Hashable, Sendable {
  /// Leaf sets at any time: members exist, sides are in order and bounded.
  case leafSetForm
  /// Leaf sets at quiescence: exactly the nearest active nodes.
  case leafSetExact
  /// Table entries stand in the slot of their nodeId.
  case tableSlots
  /// No lookup is delivered at a node that is not the root while the root is active.
  case delivery
  /// No node that has been active all the while is taken for failed.
  case falseFailure
  /// Every message is received, lost, stopped at or under way.
  case messages
  /// Every lookup is under way or has ended once.
  case lookups
  /// Time goes on: no endless chain of events.
  case progress
  /// No node holds more than its bounds.
  case bounds
  /// After healing every started node is active within the bound.
  case activation
  /// After that, every lookup is delivered at the right root.
  case reachability
  /// Without faults, a message of secure routing comes to every replica root that stays.
  case replicaRoots
}

/// One thing that a checker found wrong.
public struct SwarmViolation: Hashable, Sendable, CustomStringConvertible {
  /// When, by the engine's clock.
  public let time: Instant
  /// Who found it.
  public let checker: SwarmChecker
  /// The node it was found at; nil when it belongs to none.
  public let node: UInt32?
  /// What is wrong.
  public let words: String

  /// A finding.
  public init(_ checker: SwarmChecker, node: UInt32?, at time: Instant, _ words: String) {
    self.checker = checker
    self.node = node
    self.time = time
    self.words = words
  }

  /// All of it on one line.
  public var description: String {
    "\(time) \(checker.rawValue) node \(node.map(String.init) ?? "-"): \(words)"
  }
}
