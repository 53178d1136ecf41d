import Randomness
import RingIdentifiers
import Testing

/// What came of checking a statement on many cases.
struct Verdict: Sendable {
  /// Cases for which the statement says something.
  private(set) var checked = 0
  /// Cases for which it is wrong.
  private(set) var violations = 0
  private(set) var first: String?

  mutating func check(_ holds: Bool, _ what: @autoclosure () -> String) {
    checked += 1
    guard !holds else { return }
    violations += 1
    if first == nil { first = what() }
  }

  /// The statement holds in every case, and there were enough of them.
  func expectHolds(
    atLeast count: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      violations == 0, "\(violations) of \(checked): \(first ?? "")",
      sourceLocation: sourceLocation)
    #expect(checked >= count, "only \(checked) cases", sourceLocation: sourceLocation)
  }

  /// The statement is wrong in some case: a planted error was found.
  func expectCaught(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(violations > 0, "not caught in \(checked) cases", sourceLocation: sourceLocation)
  }
}

/// The seeded draws of these tests.
func stream(_ name: String, _ number: Int = 0) -> RandomStream {
  RandomStream(StreamKey(seed: 6)["theorems"][name][number])
}

/// Different random points. With `depth` they share prefixes of up to so many bits with the first,
/// so that deep rows of tables have nodes too.
func randomPoints<Point: RingInteger>(
  _ count: Int, depth: UInt32 = 0, from draws: inout RandomStream
) -> [Point] {
  var points: [Point] = []
  while points.count < count {
    var point = Point.random(from: &draws)
    if depth > 0, let first = points.first {
      let shared = Point.leadingMask(Int(draws.index(below: depth)))
      point = (first & shared) | (point & ~shared)
    }
    if !points.contains(point) { points.append(point) }
  }
  return points
}

extension Array {
  /// The elements in an order that the stream draws.
  func mixed(_ draws: inout RandomStream) -> [Element] {
    var result = self
    for index in result.indices.dropFirst().reversed() {
      result.swapAt(index, Int(draws.index(below: UInt32(index + 1))))
    }
    return result
  }
}

/// All subsets of at most `most` elements, the empty one first.
func subsets<Element>(of elements: [Element], most: Int) -> [[Element]] {
  var found: [[Element]] = [[]]
  for element in elements {
    for subset in found where subset.count < most { found.append(subset + [element]) }
  }
  return found
}
