import Randomness
import RingIdentifiers

@testable import Pastry

/// Rings small enough to enumerate, and the dumb second implementations of what the tables hold.
///
/// The tiny ring has 1024 points, the multiples of 2^150; its nodes stand on every fourth of them,
/// the multiples of 2^152, so that the other points are keys between nodes.
enum TinyRing {
  static let pointCount = 1_024

  static func point(_ place: Int) -> UInt160 {
    UInt160(high: UInt64((place + pointCount) % pointCount) << 54, middle: 0, low: 0)
  }

  static func key(_ place: Int) -> Key { Key(point(place)) }

  /// The node at a place of the 256-point ring; its number is that place.
  static func peer(_ place: Int) -> Peer {
    Peer(NodeId(point(place * 4)), NodeIndex(UInt32(place)))
  }

  /// The places of all nodes from `start` on, in one direction, nearest first.
  static func walk(from start: Int, step: Int, over places: [Int]) -> [Int] {
    var found: [Int] = []
    var place = (start + step + 256) % 256
    while place != start {
      if places.contains(place) { found.append(place) }
      place = (place + step + 256) % 256
    }
    return found
  }

  /// The places of nodes by closeness to the key at a point: outwards, counterclockwise first.
  static func byCloseness(to keyPlace: Int, over places: [Int]) -> [Int] {
    var found: [Int] = []
    for distance in 0...(pointCount / 2) {
      for direction in [-1, 1] {
        let place = (keyPlace + direction * distance + pointCount) % pointCount
        guard place % 4 == 0, places.contains(place / 4), !found.contains(place / 4) else {
          continue
        }
        found.append(place / 4)
      }
    }
    return found
  }
}

/// What the sets and tables of a ring hold when all of its nodes are known.
enum RingOracle {
  /// Both sides of the leaf set of the node at `position` of a sorted ring.
  static func sides(
    of position: Int, in sorted: [Peer], sideCapacity: Int
  ) -> (clockwise: [Peer], counterclockwise: [Peer]) {
    let count = min(sideCapacity, sorted.count - 1)
    let up = (0..<count).map { sorted[(position + 1 + $0) % sorted.count] }
    let down = (0..<count).map { sorted[(position - 1 - $0 + 2 * sorted.count) % sorted.count] }
    return (up, down)
  }

  static func bits(_ point: UInt160) -> [Int] {
    (0..<160).map { point.bits(at: $0, count: 1) }
  }

  /// The digits of a point, cut from its bits.
  static func digits(_ point: UInt160, digitBits: Int) -> [Int] {
    let bits = bits(point)
    return stride(from: 0, to: 160, by: digitBits).map { start in
      bits[start..<min(160, start + digitBits)].reduce(0) { $0 * 2 + $1 }
    }
  }

  /// The slot of a point in the table of another; nil when they are the same.
  static func slot(of point: UInt160, for owner: UInt160, digitBits: Int) -> SlotTable.Slot? {
    let own = digits(owner, digitBits: digitBits)
    let others = digits(point, digitBits: digitBits)
    guard let row = own.indices.first(where: { own[$0] != others[$0] }) else { return nil }
    return SlotTable.Slot(row: row, column: others[row])
  }

  /// The point of a slot: the owner with one digit exchanged.
  static func point(of slot: SlotTable.Slot, for owner: UInt160, digitBits: Int) -> UInt160 {
    var bits = bits(owner)
    let start = slot.row * digitBits
    let end = min(160, start + digitBits)
    for position in start..<end { bits[position] = slot.column >> (end - 1 - position) & 1 }
    return bits.enumerated().reduce(UInt160.zero) {
      $0 | UInt160.field($1.element, at: $1.offset, count: 1)
    }
  }
}

/// A ring of random nodes, numbered in random order. With `depth` they share long prefixes, so that
/// deep rows have nodes too.
func randomRing(_ name: String, count: Int, depth: Int = 0) -> [Peer] {
  var stream = RandomStream(StreamKey(seed: 20_041)["pastry"][name])
  var values: [UInt160] = []
  while values.count < count {
    var value = UInt160.random(from: &stream)
    if depth > 0, let base = values.first {
      let shared = UInt160.leadingMask(Int(stream.index(below: UInt32(depth))))
      value = (base & shared) | (value & ~shared)
    }
    if !values.contains(value) { values.append(value) }
  }
  return values.enumerated().map { Peer(NodeId($0.element), NodeIndex(UInt32($0.offset))) }
}

/// All subsets of at most `most` elements, the empty one first.
func subsets(of elements: [Int], most: Int) -> [[Int]] {
  var found: [[Int]] = [[]]
  for element in elements {
    for subset in found where subset.count < most { found.append(subset + [element]) }
  }
  return found
}

/// All orders of the elements.
func permutations(_ elements: [Int]) -> [[Int]] {
  guard elements.count > 1 else { return [elements] }
  return elements.indices.flatMap { index in
    var rest = elements
    let first = rest.remove(at: index)
    return permutations(rest).map { [first] + $0 }
  }
}
