import Randomness
import RingIdentifiers
import Testing

/// The order of closeness and the scan for the closest: the implementation, or a planted error.
private struct Closeness<Point: RingInteger>: Sendable {
  /// Whether the first point is closer to the key, the last one, than the second.
  var isCloser: @Sendable (Point, Point, Point) -> Bool = { $0.isCloser(than: $1, to: $2) }
  /// The closest of some points to a key.
  var closest: @Sendable ([Point], Point) -> Point? = { $1.numericallyClosest(among: $0) }

  /// How far a point is from a key, and whether it is clockwise of it; of two at one distance the
  /// one that is not is closer. Not by the functions under test.
  private static func rank(_ point: Point, _ key: Point) -> (distance: Point, isClockwise: Bool) {
    let (up, down) = (key &- point, point &- key)
    return (min(up, down), up > down)
  }

  /// Exactly one point of a set beats all others, and the scan finds it in any order.
  func judgeRoot(of key: Point, among points: [Point], _ verdict: inout Verdict) {
    let roots = points.filter { root in
      points.allSatisfy { $0 == root || isCloser(root, $0, key) }
    }
    verdict.check(roots.count == 1, "roots \(roots) of \(key) among \(points)")
    guard let root = roots.first else { return }
    // It is the root by the definition of proofs/coq/Ring.v.
    let (least, other) = (Self.rank(root, key), points.map { Self.rank($0, key) })
    verdict.check(
      other.allSatisfy {
        least.distance < $0.distance || least == $0
          || least.distance == $0.distance && !least.isClockwise
      },
      "\(root) of \(key) among \(points)")
    let orders = [points, points.reversed(), points + points]
    for order in orders {
      let found = closest(order, key)
      verdict.check(found == root, "\(order), key \(key): \(String(describing: found))")
    }
    // The other two ways to the root take sorted points.
    let sorted = points.sorted()
    let index = key.numericallyClosestIndex(inSorted: sorted)
    verdict.check(index.map { sorted[$0] } == root, "sorted \(sorted), key \(key)")
  }

  func judgeOrder(_ key: Point, _ a: Point, _ b: Point, _ c: Point, _ verdict: inout Verdict) {
    verdict.check(!isCloser(a, a, key), "\(a) is closer than itself to \(key)")
    verdict.check(
      a == b || isCloser(a, b, key) != isCloser(b, a, key), "\(a), \(b) are not ordered by \(key)")
    if isCloser(a, b, key), isCloser(b, c, key) {
      verdict.check(isCloser(a, c, key), "\(a), \(b), \(c) go round for \(key)")
    }
  }

  func judgeRotation(
    by step: Point, _ key: Point, _ a: Point, _ b: Point, _ verdict: inout Verdict
  ) {
    verdict.check(
      isCloser(a, b, key) == isCloser(a &+ step, b &+ step, key &+ step),
      "\(a), \(b), key \(key), turned by \(step)")
  }
}

/// Three statements of proofs/coq/Ring.v.
@Suite struct ClosestTests {
  /// Neighbours, opposites and the place where the 8-bit ring wraps.
  private static let places: [UInt8] = [0, 1, 2, 3, 64, 100, 127, 128, 129, 200, 254, 255]

  private static func uniqueness(
    tiny: Closeness<UInt8> = Closeness(), wide: Closeness<UInt160> = Closeness()
  ) -> Verdict {
    var verdict = Verdict()
    for points in subsets(of: places, most: 3).dropFirst() {
      for key in stride(from: 0, through: 255, by: points.count == 3 ? 11 : 1) {
        tiny.judgeRoot(of: UInt8(key), among: points, &verdict)
      }
    }
    var draws = stream("closest")
    for number in 0..<60 {
      let points: [UInt160] = randomPoints(1 + number % 9, from: &draws)
      var keys = points + [.random(from: &draws)]
      // Just as far from the first as from its mirror image: a tie.
      let step = UInt160.random(from: &draws) & ~UInt160.leadingMask(1)
      keys.append(points[0] &+ step)
      let tied = points + [points[0] &+ step &+ step]
      wide.judgeRoot(of: points[0] &+ step, among: tied, &verdict)
      for key in keys { wide.judgeRoot(of: key, among: points, &verdict) }
    }
    return verdict
  }

  private static func order(_ tiny: Closeness<UInt8>) -> Verdict {
    var verdict = Verdict()
    for key in [0, 1, 77, 128, 255] as [UInt8] {
      for a in places {
        for b in places {
          for c in places { tiny.judgeOrder(key, a, b, c, &verdict) }
        }
      }
    }
    return verdict
  }

  private static func rotation(_ tiny: Closeness<UInt8>) -> Verdict {
    var verdict = Verdict()
    for step in stride(from: 1, through: 255, by: 6) {
      for key in stride(from: 0, through: 255, by: 15) {
        for a in places {
          for b in places { tiny.judgeRotation(by: UInt8(step), UInt8(key), a, b, &verdict) }
        }
      }
    }
    return verdict
  }

  /// Ties are nobody's.
  private static let tieless = Closeness<UInt8>(
    isCloser: { $0.ringDistance(to: $2) < $1.ringDistance(to: $2) })
  /// Ties are everybody's.
  private static let generous = Closeness<UInt8>(
    isCloser: { $0.ringDistance(to: $2) <= $1.ringDistance(to: $2) })
  /// The smaller value wins a tie.
  private static let smaller = Closeness<UInt8>(
    isCloser: {
      let own = $0.ringDistance(to: $2)
      let other = $1.ringDistance(to: $2)
      return own == other ? $0 < $1 : own < other
    })
  /// The one clockwise of the key wins a tie: a strict total order too, but not that of
  /// docs/decisions/0005.
  private static let clockwise = Closeness<UInt8>(
    isCloser: {
      let own = $0.ringDistance(to: $2)
      let other = $1.ringDistance(to: $2)
      return own == other ? $0 != $1 && $2 &+ own == $0 : own < other
    })
  /// The scan keeps the last of two that are equally far.
  private static let lastWins = Closeness<UInt160>(
    closest: { points, key in
      points.min { $0.ringDistance(to: key) < $1.ringDistance(to: key) }
    })

  @Test("closest_unique: a set of ids has one root, and every way to it finds it")
  func closestUnique() {
    Self.uniqueness().expectHolds(atLeast: 40_000)
  }

  @Test("closest_unique: mutants are caught")
  func closestUniqueMutants() {
    Self.uniqueness(tiny: Self.tieless).expectCaught()
    Self.uniqueness(tiny: Self.generous).expectCaught()
    Self.uniqueness(tiny: Self.smaller).expectCaught()
    Self.uniqueness(tiny: Self.clockwise).expectCaught()
    Self.uniqueness(wide: Self.lastWins).expectCaught()
  }

  @Test("closest_total: closeness to a key is a strict total order")
  func closestTotal() {
    Self.order(Closeness()).expectHolds(atLeast: 15_000)
  }

  @Test("closest_total: mutants are caught")
  func closestTotalMutants() {
    Self.order(Self.tieless).expectCaught()
    Self.order(Self.generous).expectCaught()
    Self.order(Closeness(isCloser: { $2 &- $0 < $1 &- $2 })).expectCaught()
  }

  @Test("closest_rotation: turning the ring turns the root with it")
  func closestRotation() {
    Self.rotation(Closeness()).expectHolds(atLeast: 100_000)
  }

  @Test("closest_rotation: mutants are caught")
  func closestRotationMutants() {
    Self.rotation(Self.smaller).expectCaught()
  }
}
