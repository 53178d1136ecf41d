import Randomness
import RingIdentifiers

/// A dumb second implementation: numbers as lists of bits, ring walks one step at a time.
enum Oracle {
  /// The bits of a point, most significant first.
  static func bits<Point: RingInteger>(_ point: Point) -> [Int] {
    (0..<Point.bitWidth).map { point.bits(at: $0, count: 1) }
  }

  /// The number that `bits` spell, most significant first.
  static func number(_ bits: some Sequence<Int>) -> Int {
    bits.reduce(0) { $0 * 2 + $1 }
  }

  /// The sum of two numbers given as bits, modulo 2^count, by schoolbook addition.
  static func sum(_ lhs: [Int], _ rhs: [Int]) -> [Int] {
    var result = lhs
    var carry = 0
    for index in lhs.indices.reversed() {
      let total = lhs[index] + rhs[index] + carry
      result[index] = total % 2
      carry = total / 2
    }
    return result
  }

  /// The negative of a number given as bits, modulo 2^count.
  static func negative(_ bits: [Int]) -> [Int] {
    var one = [Int](repeating: 0, count: bits.count)
    one[one.count - 1] = 1
    return sum(bits.map { 1 - $0 }, one)
  }

  /// Steps from `start` to `end` on the 8-bit ring in one direction, counted one at a time.
  static func steps(from start: UInt8, to end: UInt8, by step: Int) -> Int {
    var count = 0
    var position = Int(start)
    while position != Int(end) {
      position = (position + step + 256) % 256
      count += 1
    }
    return count
  }

  /// All points of the 8-bit ring in order of closeness to `key`: the key itself, then outwards,
  /// the counterclockwise neighbour before the clockwise one at every distance.
  static func byCloseness(to key: UInt8) -> [UInt8] {
    var order = [key]
    for distance in 1...127 {
      order.append(UInt8((Int(key) - distance + 256) % 256))
      order.append(UInt8((Int(key) + distance) % 256))
    }
    order.append(UInt8((Int(key) + 128) % 256))
    return order
  }

  /// The digits of a point as numbers, cut from its list of bits.
  static func digits<Point: RingInteger>(_ point: Point, digitBits: Int) -> [Int] {
    let bits = Oracle.bits(point)
    return stride(from: 0, to: bits.count, by: digitBits).map { start in
      number(bits[start..<min(start + digitBits, bits.count)])
    }
  }
}

/// Points where carries, borrows and word boundaries go wrong first.
let edgePoints: [UInt160] = {
  let one = UInt160(1)
  var points: [UInt160] = [.zero, one, .max, .max &- one]
  for count in [1, 2, 31, 32, 33, 63, 64, 65, 95, 96, 97, 127, 128, 129, 158, 159] {
    let mask = UInt160.leadingMask(count)
    points += [mask, ~mask, mask &+ one, ~mask &+ one, mask &- one]
  }
  return points
}()

/// Edge points, then `count` random points of the named stream.
func samplePoints(_ name: String, count: Int) -> [UInt160] {
  var stream = RandomStream(StreamKey(seed: 160)["RingIdentifiersTests"][name])
  return edgePoints + (0..<count).map { _ in UInt160.random(from: &stream) }
}

/// Pairs from the named stream; a third of them share a long prefix, so that deep rows are met.
func samplePairs(_ name: String, count: Int) -> [(UInt160, UInt160)] {
  var stream = RandomStream(StreamKey(seed: 161)["RingIdentifiersTests"][name])
  return (0..<count).map { index in
    let first = UInt160.random(from: &stream)
    let second = UInt160.random(from: &stream)
    guard index % 3 == 0 else { return (first, second) }
    let mask = UInt160.leadingMask(Int(stream.index(below: 161)))
    return (first, (first & mask) | (second & ~mask))
  }
}
