import Randomness
import Testing

@testable import RouteSampling

/// The rare case of prefix routing against a search through all that a node knows.
@Suite struct EmptySlotTests {
  /// All members of a node's leaf set and all of its slots.
  private static func known(to owner: Int, _ overlay: SampledOverlay, side: Int) -> Set<Int> {
    let count = overlay.nodeCount
    let geometry = overlay.geometry
    var nodes = Set((1...side).flatMap { [(owner + $0) % count, (owner + count - $0) % count] })
    for row in 0..<geometry.wholeDigits {
      for digit in 0..<geometry.base {
        if let node = overlay.slot(row: row, digit: digit, of: owner) { nodes.insert(node) }
      }
    }
    return nodes
  }

  /// The closest to the key of those that share as many digits with it as the owner does.
  private static func nearest(
    to key: UInt64, row: Int, among nodes: Set<Int>, _ overlay: SampledOverlay
  ) -> Int? {
    func distance(_ node: Int) -> UInt64 {
      min(overlay.identifier(of: node) &- key, key &- overlay.identifier(of: node))
    }
    let candidates = nodes.filter {
      overlay.geometry.sharedPrefixLength(overlay.identifier(of: $0), key) >= row
    }
    return candidates.min {
      let (own, other) = (distance($0), distance($1))
      return own == other
        ? overlay.identifier(of: $0) &+ own == key && $0 != $1 : own < other
    }
  }

  @Test(arguments: [2, 4])
  func theNextHopIsTheNearestThatTheNodeKnows(digitBits: Int) throws {
    var rare = 0
    var ends = (lower: 0, upper: 0)
    for number in 0..<8 {
      var draws = RandomStream(StreamKey(seed: 6)["empty slots"][digitBits][number])
      var ids: [UInt64] = [draws.next()]
      while ids.count < 60 {
        let id = ids[0] ^ (draws.next() >> UInt64(draws.index(below: [1, 12, 40][number % 3])))
        if !ids.contains(id) { ids.append(id) }
      }
      let side = [1, 2, 4, 8][number / 2]
      let overlay = try SampledOverlay(
        leadingBits: ids,
        configuration: OverlayConfiguration(
          digitBits: digitBits, leafSetSize: 2 * side, tables: .constrained))
      let geometry = overlay.geometry
      let columns = (0..<60).map { Self.known(to: $0, overlay, side: side) }
      for turn in 0..<4_000 {
        let owner = turn % 60
        // Among the nodes, so that it shares digits with the owner, and at the edges of blocks.
        let base = overlay.identifier(of: Int(draws.index(below: 60)))
        let key = base ^ (draws.next() >> UInt64(draws.index(below: 60)))
        let span = overlay.identifier(of: (owner + 60 - side) % 60)
        let width = overlay.identifier(of: (owner + side) % 60) &- span
        // The leaf set decides where the key lies between its ends.
        if key &- span <= width { continue }
        let row = geometry.sharedPrefixLength(overlay.identifier(of: owner), key)
        if row < geometry.wholeDigits,
          overlay.slot(row: row, digit: geometry.digit(key, row: row), of: owner) != nil
        {
          continue
        }
        let expected = Self.nearest(to: key, row: row, among: columns[owner], overlay)
        let hops = overlay.route(from: owner, to: key)
        #expect(hops.count > 1 && hops[1] == expected, "ring \(number), \(owner) to \(key)")
        rare += 1
        if expected == (owner + 60 - side) % 60 { ends.lower += 1 }
        if expected == (owner + side) % 60 { ends.upper += 1 }
      }
    }
    #expect(rare >= 100, "\(rare) empty slots, \(ends)")
    #expect(ends.lower >= 8 && ends.upper >= 8, "\(rare) empty slots, \(ends)")
  }
}
