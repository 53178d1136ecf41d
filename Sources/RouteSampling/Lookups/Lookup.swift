import Adversary
import Randomness

/// One lookup in one fault set: everything that a router may look at.
struct Lookup {
  let graph: LookupGraph
  let adversary: StaticAdversary
  let event: DeliveryEvent
  let faults: LookupFaults
  /// Probability that a slot of a proximity table is poisoned.
  let slotPoisoning: Double
  /// The correct node that asks.
  let source: UInt32
  let key: UInt64
  /// Rank of the key: number of ids below it.
  let position: UInt32
  /// The node numerically closest to the key.
  let root: UInt32

  /// Whether the sender needs nobody: its own leaf set spans the key.
  var isLocal: Bool { graph.spans(source, position) }

  /// Whether a lookup whose message has reached a correct node with the root in its leaf set counts
  /// as delivered.
  var deliversFromLeafSet: Bool { event != .root || root == source || !faults.isFaulty(root) }

  /// Whether a node that has the message and whose leaf set spans the key delivers it: a correct
  /// one does, and for the event `path` the root itself may be faulty.
  @inline(__always)
  func delivers(_ node: UInt32) -> Bool {
    !faults.isFaulty(node) || event == .path && node == root
  }

  /// Whether faulty nodes answer with lies instead of saying nothing useful.
  var faultyNodesLie: Bool { adversary.interception == .rootImpersonation }

  /// Whether the coalition hides on a side when that helps it.
  func hides(_ side: SuppressionSide) -> Bool {
    adversary.suppression == side || adversary.suppression == .worst
  }

  /// Messages that one faulty node sends to keep a message from its way: an accomplice gets it.
  var diversions: Int { adversary.interception == .diversion ? 1 : 0 }
}

/// What became of a lookup.
struct LookupReport: Equatable, Sendable {
  /// Whether it was delivered, by the cell's event.
  var isDelivered: Bool
  /// Hops of the first copy over table slots and to the root.
  var hops = 0
  /// What it took.
  var cost = LookupCost()
  /// Whether a test fired or answers contradicted each other.
  var hasTestFired = false
  /// Whether the sender ended with a forged root set.
  var isForgeryAccepted = false
}

/// A way to look a key up, simulated lookup by lookup.
///
/// To add one: a value in a file of its own that conforms to this protocol, a case of `Router`, and
/// its line in `Router.lookupRouter`. Its docstring names the adversary's best response.
protocol LookupRouter {
  /// Routes one lookup. A pure function of `lookup`; `scratch` is working memory of any content.
  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport
}

/// Working memory that lookups reuse, one at a time.
final class LookupScratch {
  let current = KnownNodes()
  let next = KnownNodes()
  var asked: [UInt32] = []
  var nodes: [UInt32] = []
  var others: [UInt32] = []
  var counts: [Int] = []
}
