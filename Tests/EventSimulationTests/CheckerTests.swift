@testable import EventSimulation
import Randomness
import RingIdentifiers
import Testing

@Suite("Checkers")
struct CheckerTests {
  @Test("the checkers' arithmetic is that of the identifiers")
  func arithmetic() {
    var draws = RandomStream(StreamKey(seed: 5))
    for _ in 0..<2_000 {
      let values = (0..<3).map { _ in UInt160.random(from: &draws) }
      let points = values.map { RingPoint($0) }
      #expect(points[0].isBelow(points[1]) == (values[0] < values[1]))
      #expect(
        points[0].way(upTo: points[1]) == RingPoint(values[0].clockwiseDistance(to: values[1])))
      #expect(
        points[0].isNearer(than: points[1], to: points[2])
          == values[0].isCloser(than: values[1], to: values[2]))
      for bits in [1, 2, 4] {
        let row = Int(draws.index(below: UInt32(160 / bits)))
        #expect(points[0].digit(row, bits: bits) == values[0].digit(at: row, digitBits: bits))
        let digit = Int(draws.index(below: 1 << UInt32(bits)))
        #expect(
          points[0].with(digit: digit, row: row, bits: bits)
            == RingPoint(values[0].constrainedPoint(row: row, column: digit, digitBits: bits)))
      }
    }
    // The tie: one step on either side; the lower one is nearer.
    let key = RingPoint(UInt160(10))
    #expect(RingPoint(UInt160(9)).isNearer(than: RingPoint(UInt160(11)), to: key))
    #expect(!RingPoint(UInt160(11)).isNearer(than: RingPoint(UInt160(9)), to: key))
  }

  @Test("neighbours go around the ring once")
  func neighbours() {
    var ring = CheckedRing()
    for node in UInt32(0)..<5 { ring.insert(node, RingPoint(UInt160(UInt64(node) * 10))) }
    #expect(ring.neighbours(of: 3, step: 1, count: 3) == [4, 0, 1])
    #expect(ring.neighbours(of: 1, step: -1, count: 9) == [0, 4, 3, 2])
    #expect(ring.neighbours(of: 9, step: 1, count: 2) == [])
    ring.remove(4)
    #expect(ring.neighbours(of: 3, step: 1, count: 1) == [0])
  }
}
