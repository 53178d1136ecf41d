/// What faults do to copies of a message on their way through the overlay.
///
/// The engine routes; an algebra says what arrives. One engine serves exact evaluation for eight
/// faulty fractions at once and bit-parallel fault sets, because both obey the same two rules:
/// copies that meet at a node are lost only if all of them are, and a copy that leaves a node is
/// lost if the node is faulty or the copy was lost before.
///
/// An algebra keeps what is known about the copies of one lookup in numbered slots: 64 for nodes
/// that send on, then 64 for nodes that know the root.
protocol CopyAlgebra: BitwiseCopyable {
  /// How surely no intact copy has reached a node: a probability per lane, or a set of fault sets.
  associatedtype Loss: BitwiseCopyable

  /// Puts a copy that the sender has sent into a slot.
  mutating func start(_ slot: Int, arrives: Bool)
  /// Says that copies will leave a node soon.
  func expect(_ node: UInt32)
  /// Carries copies from one slot to another.
  /// - Parameters:
  ///   - isSent: false if the node is the next one itself and keeps them.
  ///   - mayLose: whether the node loses them if it is faulty: all but the sender do.
  ///   - meets: whether other copies are there already.
  ///   - arrives: whether the slot is of a node that knows the root.
  mutating func carry(
    _ from: Int, to slot: Int, leaving node: UInt32, isSent: Bool, mayLose: Bool, meets: Bool,
    arrives: Bool)
  /// Hops of all copies so far when nothing is faulty, the sender's included.
  var hops: Int { get }
  /// The loss of a copy that the sender hands to the root itself, and of none at all.
  var intact: Loss { get }
  var lost: Loss { get }
  /// The loss in a slot.
  func loss(_ slot: Int) -> Loss
  /// The loss where copies come from two sides.
  func meeting(_ a: Loss, _ b: Loss) -> Loss
  /// The loss after copies have left a node.
  func leaving(_ node: UInt32, _ loss: Loss) -> Loss
}

/// Slots that an algebra keeps for one lookup.
enum CopySlots {
  /// The first slot of the nodes that know the root, by their offset in its span.
  static let firstTerminal = 64
  /// All slots.
  static let count = 128
}
