/// What faults do to copies of a message on their way through the overlay.
///
/// The engine routes; an algebra says what arrives. One engine serves exact evaluation for eight
/// faulty fractions at once and bit-parallel fault sets, because both obey the same two rules:
/// copies that meet at a node are lost only if all of them are, and a copy that leaves a node is
/// lost if the node is faulty or the copy was lost before.
protocol CopyAlgebra {
  /// How surely no intact copy has reached a node: a probability per lane, or a set of fault sets.
  associatedtype Loss: BitwiseCopyable
  /// How many intact copies have reached a node: an expectation per lane, or a count per fault set.
  associatedtype Copies: BitwiseCopyable
  /// Sums of copies over many nodes.
  associatedtype Total

  /// The loss of a copy that the sender has handed over itself.
  var certain: Loss { get }
  /// One such copy.
  var oneCopy: Copies { get }
  /// No copies yet.
  var noTotal: Total { get }
  /// The loss at a node that copies reach from two sides.
  func meeting(_ a: Loss, _ b: Loss) -> Loss
  /// The loss after copies have left `node`.
  func lossLeaving(_ node: UInt32, _ loss: Loss) -> Loss
  /// The copies at a node that copies reach from two sides.
  func sum(_ a: Copies, _ b: Copies) -> Copies
  /// The copies that leave `node`.
  func copiesLeaving(_ node: UInt32, _ copies: Copies) -> Copies
  /// Adds copies to a total.
  func add(_ copies: Copies, to total: inout Total)
}

/// Exact conditional probability for eight faulty fractions at once, faults independent.
///
/// Given the routes no fault needs to be sampled: the routes to one key form a tree, and loss
/// propagates along it as f + (1 - f) loss, with a product where branches meet.
struct ExactLanes: CopyAlgebra {
  /// f per lane.
  let faulty: SIMD8<Double>
  private let correct: SIMD8<Double>

  init(faulty: SIMD8<Double>) {
    self.faulty = faulty
    correct = 1 - faulty
  }

  var certain: SIMD8<Double> { .zero }
  var oneCopy: SIMD8<Double> { .init(repeating: 1) }
  var noTotal: SIMD8<Double> { .zero }

  @inline(__always)
  func meeting(_ a: SIMD8<Double>, _ b: SIMD8<Double>) -> SIMD8<Double> { a * b }

  @inline(__always)
  func lossLeaving(_ node: UInt32, _ loss: SIMD8<Double>) -> SIMD8<Double> {
    faulty + correct * loss
  }

  @inline(__always)
  func sum(_ a: SIMD8<Double>, _ b: SIMD8<Double>) -> SIMD8<Double> { a + b }

  @inline(__always)
  func copiesLeaving(_ node: UInt32, _ copies: SIMD8<Double>) -> SIMD8<Double> { correct * copies }

  @inline(__always)
  func add(_ copies: SIMD8<Double>, to total: inout SIMD8<Double>) { total += copies }
}
