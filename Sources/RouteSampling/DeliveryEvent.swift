/// Which event counts as delivery. The sender is correct in all of them.
///
/// `sec-route` is scored by the root set that the sender ends with, as the paper composes it: a
/// message whose honest answer was accepted is delivered (its root is correct then), and where the
/// failure test fires, the redundant copies decide by the event. A false alarm therefore discards
/// a message that did arrive, and a faulty root counts as interception.
public enum DeliveryEvent: String, Sendable, CaseIterable, Codable {
  /// A correct node that has the key's root in its leaf set receives a copy over correct nodes.
  ///
  /// That node can hand the message to every correct replica root. The default, and the event of
  /// the published redundant routing. [Castro02], redundant routing
  case replicaRoots = "replica-roots"
  /// The root receives a copy over correct nodes; the root itself may be faulty.
  ///
  /// For one route: every node between sender and root is correct, (1 - f)^(h - 1).
  case path
  /// The root receives a copy over correct nodes and is correct itself.
  ///
  /// For one route: (1 - f)^h, the sigma of [Castro02], message forwarding.
  case root
}
