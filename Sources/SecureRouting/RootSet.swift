public import RingIdentifiers

/// What a sender concludes from the answer to one lookup.
public enum RootSetVerdict: Hashable, Sendable {
  /// The claimed roots are taken for the key's replica roots.
  case accepted
  /// The answer is not believed: redundant routing follows.
  case refused(RootSetRefusal)
}

/// Why an answer is not believed, in the order in which it is checked.
public enum RootSetRefusal: Hashable, Sendable, CaseIterable {
  /// No answer came in time.
  case timeout
  /// The list is not a neighbour set: wrong size, a repeated id, or not in ring order.
  case malformed
  /// The middle element is not the id closest to the key.
  case notClosest
  /// The ids are too far apart to be all nodes around the key.
  case tooSparse
  /// A listed node did not confirm with its certificate, or knows an omitted one.
  case unconfirmed
}

/// Checks a claimed set of replica roots: shape, middle element, density, confirmations.
///
/// A set is the key's root with l/2 neighbours on either side, in clockwise order: l + 1 ids.
/// Certificates are verified at the door, before ids come here.
/// Source: [Castro02], routing failure test and certificate confirmation.
/// - Deviation: its span is divided by l + 1, not by its l gaps. The gap that holds the key is
///   twice as long as others on average: distances from a point to the nodes on either side of it
///   are one mean gap each. So the span is l + 1 exponential distances and its mean obeys
///   F(2(l + 1), 2n). Dividing by l raises alpha on true rings from .0042 to .0066 at l = 32,
///   gamma 1.58.
/// - Deviation: the density part uses the leading 64 bits of ring distances.
public struct RootSetCheck: Hashable, Sendable {
  /// l, even: neighbours on both sides together.
  public let leafSetSize: Int
  /// The density test over the set's l + 1 distances.
  public let failureTest: RoutingFailureTest

  /// Fixes the check.
  /// - Precondition: `localGaps` and `densityThreshold` as for `RoutingFailureTest`; `leafSetSize`
  ///   even, in 2...2^20.
  public init(leafSetSize: Int, localGaps: Int, densityThreshold: Double) {
    precondition(
      leafSetSize.isMultiple(of: 2) && leafSetSize >= 2, "leafSetSize must be even and positive")
    self.leafSetSize = leafSetSize
    failureTest = RoutingFailureTest(
      rootGaps: leafSetSize + 1, localGaps: localGaps, densityThreshold: densityThreshold)
  }

  /// The verdict on one answer.
  /// - Parameters:
  ///   - claimed: the ids as received; nil when no answer came in time.
  ///   - key: the point looked up.
  ///   - localGapSum: what the sender's `localGaps` gaps span, in units of 2^-64 of the ring, as
  ///     `ringSpan` measures.
  ///   - unconfirmed: how many of the listed nodes failed to confirm.
  /// - Complexity: O(leafSetSize), no allocation.
  public func verdict<Point: RingInteger>(
    on claimed: [Point]?, key: Point, localGapSum: UInt64, unconfirmed: Int
  ) -> RootSetVerdict {
    guard let claimed else { return .refused(.timeout) }
    if let refusal = shapeRefusal(of: claimed, key: key) { return .refused(refusal) }
    let span = ringSpan(from: claimed[0], to: claimed[leafSetSize])
    guard failureTest.accepts(rootGapSum: span, localGapSum: localGapSum) else {
      return .refused(.tooSparse)
    }
    return unconfirmed > 0 ? .refused(.unconfirmed) : .accepted
  }

  /// Whether the ids could be a neighbour set around the key, whatever their density.
  /// - Returns: nil when they could; else `malformed` or `notClosest`.
  /// - Complexity: O(leafSetSize), no allocation.
  public func shapeRefusal<Point: RingInteger>(
    of claimed: [Point], key: Point
  ) -> RootSetRefusal? {
    guard claimed.count == leafSetSize + 1 else { return .malformed }
    // Clockwise distances from the first id rise strictly iff the list is in ring order, goes round
    // less than once, and repeats nothing.
    let first = claimed[0]
    for index in 1..<claimed.count {
      let previous = first.clockwiseDistance(to: claimed[index - 1])
      guard previous < first.clockwiseDistance(to: claimed[index]) else { return .malformed }
    }
    let middle = claimed[leafSetSize / 2]
    // All are compared: on a small ring the ends of a set may be closer to the key than its middle.
    let isClosest = claimed.allSatisfy { $0 == middle || middle.isCloser(than: $0, to: key) }
    return isClosest ? nil : .notClosest
  }
}

/// The clockwise distance in units of 2^-64 of the ring, rounded down.
/// - Complexity: O(1).
public func ringSpan<Point: RingInteger>(from first: Point, to last: Point) -> UInt64 {
  let distance = first.clockwiseDistance(to: last)
  var span: UInt64 = 0
  for byte in 0..<8 {
    let offset = 8 * byte
    let bits = min(8, Point.bitWidth - offset)
    guard bits > 0 else {
      span <<= 8
      continue
    }
    span = span << 8 | UInt64(distance.bits(at: offset, count: bits)) << UInt64(8 - bits)
  }
  return span
}
