import Randomness
import RingIdentifiers
import Testing

/// The three-word arithmetic against lists of bits.
@Suite struct UInt160Tests {
  @Test func bitsSpellTheWords() {
    let point = UInt160(
      high: 0x0123_4567_89ab_cdef, middle: 0xfedc_ba98_7654_3210, low: 0xdead_beef)
    #expect(point.hex == "0123456789abcdeffedcba9876543210deadbeef")
    let bits = Oracle.bits(point)
    #expect(bits.prefix(8) == [0, 0, 0, 0, 0, 0, 0, 1])
    #expect(bits.suffix(8) == [1, 1, 1, 0, 1, 1, 1, 1])
    #expect(UInt160(0x1_0000_0002) == UInt160(high: 0, middle: 1, low: 2))
  }

  @Test func additionAndSubtractionAreSchoolbookArithmetic() {
    let points = samplePoints("arithmetic", count: 40)
    let spelled = points.map(Oracle.bits)
    for (a, aBits) in zip(points, spelled) {
      for (b, bBits) in zip(points, spelled) {
        if Oracle.bits(a &+ b) != Oracle.sum(aBits, bBits) { Issue.record("\(a) + \(b)") }
        if Oracle.bits(a &- b) != Oracle.sum(aBits, Oracle.negative(bBits)) {
          Issue.record("\(a) - \(b)")
        }
      }
    }
  }

  @Test func orderIsTheOrderOfTheBits() {
    let points = samplePoints("order", count: 40)
    let spelled = points.map(Oracle.bits)
    for (a, aBits) in zip(points, spelled) {
      for (b, bBits) in zip(points, spelled) {
        if (a < b) != aBits.lexicographicallyPrecedes(bBits) { Issue.record("\(a) < \(b)") }
        if (a == b) != (aBits == bBits) { Issue.record("\(a) == \(b)") }
      }
    }
  }

  @Test func bitwiseOperationsWorkBitByBit() {
    for (a, b) in samplePairs("bitwise", count: 300) {
      let pairs = Array(zip(Oracle.bits(a), Oracle.bits(b)))
      #expect(Oracle.bits(a & b) == pairs.map { $0 & $1 })
      #expect(Oracle.bits(a | b) == pairs.map { $0 | $1 })
      #expect(Oracle.bits(a ^ b) == pairs.map { $0 ^ $1 })
      #expect(Oracle.bits(~a) == pairs.map { 1 - $0.0 })
    }
  }

  @Test func leadingMasksHaveTheirOnesInFront() {
    for count in 0...160 {
      let mask = UInt160.leadingMask(count)
      #expect(Oracle.bits(mask).prefix { $0 == 1 }.count == count)
      #expect((~mask).leadingZeroBitCount == count)
      #expect(Oracle.bits(mask).reduce(0, +) == count)
    }
  }

  @Test func leadingZerosAreCounted() {
    for point in samplePoints("zeros", count: 100) {
      #expect(point.leadingZeroBitCount == Oracle.bits(point).prefix { $0 == 0 }.count)
    }
  }

  @Test func fieldsAreCutAndPlacedAtEveryOffset() {
    let points = samplePoints("fields", count: 2)
    for count in 0...8 {
      for offset in 0...(160 - count) {
        for point in points.suffix(4) {
          let field = point.bits(at: offset, count: count)
          let expected = Oracle.number(Oracle.bits(point)[offset..<(offset + count)])
          let placed = UInt160.field(field, at: offset, count: count)
          let mask = UInt160.leadingMask(offset + count) ^ UInt160.leadingMask(offset)
          if field != expected || placed != point & mask {
            Issue.record("\(count) bits at \(offset) of \(point)")
          }
        }
      }
    }
  }

  @Test func randomPointsTakeThreeWordsAndUseAllBits() {
    var words = RandomStream(StreamKey(seed: 1)["ids"])
    let (first, second, third) = (words.next(), words.next(), words.next())
    var stream = RandomStream(StreamKey(seed: 1)["ids"])
    let point = UInt160.random(from: &stream)
    #expect(point == UInt160(high: first, middle: second, low: UInt32(third >> 32)))
    #expect(stream.next() == words.next())

    var ones = UInt160.zero
    var zeros = UInt160.zero
    for _ in 0..<64 {
      let next = UInt160.random(from: &stream)
      ones = ones | next
      zeros = zeros | ~next
    }
    #expect(ones == .max && zeros == .max)
  }

  @Test func smallRingsTakeTheLeadingBitsOfOneWord() {
    var words = RandomStream(StreamKey(seed: 2)["small"])
    var stream = words
    #expect(UInt8.random(from: &stream) == UInt8(words.next() >> 56))
    #expect(UInt16.random(from: &stream) == UInt16(words.next() >> 48))
  }
}
