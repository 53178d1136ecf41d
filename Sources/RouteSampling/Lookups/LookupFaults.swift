import Randomness

/// One fault set, asked node by node: which nodes are faulty, and which of them collude.
///
/// Nothing is drawn ahead: a node's state is a hash of the set's seed and the node, so a lookup
/// pays only for the nodes that it looks at. Nodes are faulty independently of each other. The same
/// seed and a larger fraction give a superset, so curves over f are compared on common random
/// numbers.
/// - Complexity: O(1) per question, about 10 instructions; no memory.
struct LookupFaults {
  private let seed: UInt64
  private let faultyBelow: UInt64
  private let coalitionBelow: UInt64
  /// Nodes with ids of the adversary's choice: faulty and in the coalition.
  private let chosen: Range<UInt32>
  /// The sender is correct.
  private let sender: UInt32

  /// - Parameters:
  ///   - faultyFraction: f in 0...1.
  ///   - coalitionFraction: c in 0...f.
  init(
    seed: UInt64, faultyFraction: Double, coalitionFraction: Double, chosen: Range<UInt32>,
    sender: UInt32
  ) {
    self.seed = seed
    faultyBelow = UInt64(faultyFraction * 0x1p53)
    coalitionBelow = UInt64(coalitionFraction * 0x1p53)
    self.chosen = chosen
    self.sender = sender
  }

  /// Whether no node can be in the coalition, so that nobody need look for one.
  var isCoalitionEmpty: Bool { coalitionBelow == 0 && chosen.isEmpty }

  /// Whether the node is faulty.
  @inline(__always)
  func isFaulty(_ node: UInt32) -> Bool { isBelow(faultyBelow, node) }

  /// Whether the node is faulty and belongs to the coalition that acts as one.
  @inline(__always)
  func isInCoalition(_ node: UInt32) -> Bool { isBelow(coalitionBelow, node) }

  @inline(__always)
  private func isBelow(_ bound: UInt64, _ node: UInt32) -> Bool {
    if node == sender { return false }
    if hashed(UInt64(node)) &>> 11 < bound { return true }
    return _slowPath(!chosen.isEmpty) && chosen.contains(node)
  }

  /// Whether something that is known by two numbers happens in this set with probability `bound`.
  func happens(_ first: UInt32, _ second: UInt32, probability: Double) -> Bool {
    let name = UInt64(first) << 32 | UInt64(second)
    return splitMix64(hashed(name) ^ seed) &>> 11 < UInt64(probability * 0x1p53)
  }

  /// Number `index` of a sequence of uniformly random words of this set.
  func word(_ index: Int) -> UInt64 {
    splitMix64(seed ^ splitMix64(UInt64(truncatingIfNeeded: index) &+ 0x9E37_79B9_7F4A_7C15))
  }

  /// One step of SplitMix64 from a state that is `name` steps away. [Steele14]
  @inline(__always)
  private func hashed(_ name: UInt64) -> UInt64 {
    splitMix64(seed &+ name &* 0x9E37_79B9_7F4A_7C15)
  }
}
