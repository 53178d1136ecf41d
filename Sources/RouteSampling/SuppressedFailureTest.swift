import Adversary
import SecureRouting

/// The routing failure test of `sec-route` as a coalition that hides lets it come out, in one fault
/// set. [Castro02], routing failure test
///
/// Spans are in ring units; one that cannot be filled is nil and not accepted.
struct SuppressedFailureTest {
  private let test: RoutingFailureTest
  private let side: SuppressionSide?

  init(_ parameters: SecRouteParameters, leafSetSize: Int, side: SuppressionSide?) {
    test = RoutingFailureTest(
      rootGaps: SecRouteParameters.rootGaps(leafSetSize: leafSetSize),
      localGaps: parameters.localSamples, densityThreshold: parameters.densityThreshold)
    self.side = side
  }

  /// Whether the answer of the true root passes.
  /// - Parameters:
  ///   - all: span of the true root set.
  ///   - visible: span of the root set while the coalition hides around the key.
  ///   - local: what the sender measures around itself.
  ///   - suppressed: what it measures while the coalition hides from it.
  func acceptsHonest(
    all: UInt64, visible: @autoclosure () -> UInt64?, local: UInt64,
    suppressed: @autoclosure () -> UInt64?
  ) -> Bool {
    switch side {
    case nil: accepts(all, local)
    case .sender: accepts(all, suppressed())
    case .root: accepts(visible(), local)
    case .worst: accepts(all, local) && accepts(visible(), local)
    }
  }

  /// Whether the coalition's own set passes; at its worst side it hides only where that helps it.
  func acceptsForgery(
    _ forged: UInt64?, local: UInt64, suppressed: @autoclosure () -> UInt64?
  ) -> Bool {
    switch side {
    case nil, .root: accepts(forged, local)
    case .sender: accepts(forged, suppressed())
    case .worst: accepts(forged, local) || accepts(forged, suppressed())
    }
  }

  private func accepts(_ root: UInt64?, _ local: UInt64?) -> Bool {
    guard let root, let local else { return false }
    return test.accepts(rootGapSum: root, localGapSum: local)
  }
}
