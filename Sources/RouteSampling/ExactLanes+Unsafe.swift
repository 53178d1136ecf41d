/// Exact conditional probability for eight faulty fractions at once, faults independent.
///
/// Given the routes no fault needs to be sampled: the routes to one key form a tree, and loss
/// propagates along it as f + (1 - f) loss, with a product where branches meet. A copy that has
/// left d nodes is intact with probability (1 - f)^d, so messages are counted by depth.
@safe
struct ExactLanes: CopyAlgebra {
  /// Losses and copies by slot.
  private let losses: UnsafeMutablePointer<SIMD8<Double>>
  private let counts: UnsafeMutablePointer<DepthCounts>
  /// Per lane: 0 and f to add, then 1 and 1 - f to multiply with, for nodes that keep and that may
  /// lose.
  private let factors: UnsafePointer<SIMD8<Double>>
  /// Messages sent, the sender's included, and copies arrived at a node that knows the root, by
  /// the number of nodes that they have left.
  var sent = DepthCounts()
  var arrived = DepthCounts()

  /// Working memory of a lookup.
  final class Storage {
    fileprivate let losses = FlatColumn<SIMD8<Double>>(count: CopySlots.count)
    fileprivate let counts = FlatColumn<DepthCounts>(count: CopySlots.count)
    fileprivate let factors = FlatColumn<SIMD8<Double>>(count: 4)

    init(faulty: SIMD8<Double>) {
      factors[1] = faulty
      factors[2] = SIMD8(repeating: 1)
      factors[3] = 1 - faulty
    }
  }

  /// Starts a lookup; `storage` must outlive it.
  init(_ storage: Storage) {
    unsafe losses = storage.losses.base
    unsafe counts = storage.counts.base
    unsafe factors = UnsafePointer(storage.factors.base)
  }

  var hops: Int { sent.sum }
  var intact: SIMD8<Double> { .zero }
  var lost: SIMD8<Double> { SIMD8(repeating: 1) }

  @inline(__always)
  mutating func start(_ slot: Int, arrives: Bool) {
    unsafe losses[slot] = .zero
    let one = DepthCounts(copies: 1)
    sent.add(one)
    if arrives { arrived.add(one) }
    unsafe counts[slot] = one
  }

  @inline(__always)
  func expect(_ node: UInt32) {}

  // Without branches on data: whether copies meet is a matter of chance.
  @inline(__always)
  mutating func carry(
    _ from: Int, to slot: Int, leaving node: UInt32, isSent: Bool, mayLose: Bool, meets: Bool,
    arrives: Bool
  ) {
    let kind = mayLose ? 1 : 0
    let loss = unsafe factors[kind] + factors[kind &+ 2] * losses[from]
    let others = unsafe meets ? UnsafePointer(losses + slot) : factors + 2
    unsafe losses[slot] = others[0] * loss
    var copies = unsafe counts[from]
    copies.deepen(mayLose)
    sent.add(copies, if: isSent)
    arrived.add(copies, if: arrives)
    copies.add(unsafe counts[slot], if: meets)
    unsafe counts[slot] = copies
  }

  @inline(__always)
  func loss(_ slot: Int) -> SIMD8<Double> { unsafe losses[slot] }

  @inline(__always)
  func meeting(_ a: SIMD8<Double>, _ b: SIMD8<Double>) -> SIMD8<Double> { a * b }

  @inline(__always)
  func leaving(_ node: UInt32, _ loss: SIMD8<Double>) -> SIMD8<Double> {
    unsafe factors[1] + factors[3] * loss
  }
}

/// Numbers of copies, up to 255 each, by how many nodes they have left: 0...15.
struct DepthCounts: BitwiseCopyable {
  /// The greatest depth that is counted.
  static let deepest = 15

  /// A byte per depth.
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  init(copies: UInt64 = 0) {
    low = copies
  }

  /// All copies leave one more node.
  @inline(__always)
  mutating func deepen(_ condition: Bool) {
    let shift: UInt64 = condition ? 8 : 0
    // In two steps, because a shift by 64 is none.
    high = (high &<< shift) | ((low &>> 1) &>> (63 &- shift))
    low = low &<< shift
  }

  @inline(__always)
  mutating func add(_ other: DepthCounts, if condition: Bool = true) {
    let mask: UInt64 = condition ? ~0 : 0
    low &+= other.low & mask
    high &+= other.high & mask
  }

  /// The number of copies at each depth.
  var byDepth: SIMD16<UInt32> {
    let bytes = unsafe unsafeBitCast(SIMD2(low, high), to: SIMD16<UInt8>.self)
    return SIMD16<UInt32>(truncatingIfNeeded: bytes)
  }

  /// The number of copies at all depths.
  var sum: Int { Int(truncatingIfNeeded: byDepth.wrappedSum()) }
}
