import Randomness
import RingIdentifiers

/// Facts about points, as SMT-LIB terms.
struct RingVectors {
  private let points: [UInt160]

  /// Corners of the words, then random points.
  init() {
    var stream = RandomStream(StreamKey(seed: 6)["ArithmeticVectorTests"]["ring"])
    var points: [UInt160] = [.zero, UInt160(1), .max, .leadingMask(1)]
    for count in [32, 64, 96, 128] {
      points += [.leadingMask(count), ~UInt160.leadingMask(count)]
    }
    points += (0..<4).map { _ in UInt160.random(from: &stream) }
    self.points = points
  }

  /// The claims with their facts.
  var claims: [(String, [String])] {
    [
      (
        "add",
        pairs { "(= (add \($0.term) \($1.term)) (bvadd \($0.term) \($1.term)) \(($0 &+ $1).term))" }
      ),
      (
        "subtract",
        pairs { "(= (sub \($0.term) \($1.term)) (bvsub \($0.term) \($1.term)) \(($0 &- $1).term))" }
      ),
      (
        "distance", pairs { "(= (distance \($0.term) \($1.term)) \($0.ringDistance(to: $1).term))" }
      ),
      ("closer", closer), ("digit", digits), ("shared-prefix", sharedPrefixes),
      ("constrained-point", constrainedPoints),
    ]
  }

  private func pairs(_ fact: (UInt160, UInt160) -> String) -> [String] {
    points.flatMap { first in points.map { fact(first, $0) } }
  }

  /// Every pair against three keys, of which one lies midway: a tie.
  private var closer: [String] {
    var facts: [String] = []
    for (index, first) in points.enumerated() {
      let step = points[(index * 5 + 3) % points.count]
      let tied = first &+ step &+ step
      for (second, key) in [(tied, first &+ step), (step, tied), (first, step)] {
        for (one, other) in [(first, second), (second, first)] {
          let answer = one.isCloser(than: other, to: key)
          facts.append("(= (closer \(one.term) \(other.term) \(key.term)) \(answer))")
        }
      }
    }
    return facts
  }

  /// First, middle and last rows of every width.
  private var digits: [String] {
    var facts: [String] = []
    for digitBits in digitBitsRange {
      let last = UInt160.digitCount(digitBits: digitBits) - 1
      for row in [0, 64 / digitBits, 128 / digitBits, last] {
        for point in points.suffix(3) {
          let digit = point.digit(at: row, digitBits: digitBits)
          facts.append("(= (digit \(point.term) \(row.term) \(digitBits.term)) \(digit.term))")
        }
      }
    }
    return facts
  }

  private var sharedPrefixes: [String] {
    var facts: [String] = []
    for digitBits in digitBitsRange {
      for (index, point) in points.enumerated() {
        let other = point ^ ~UInt160.leadingMask(index * 10 + 7)
        let length = point.sharedPrefixLength(with: other, digitBits: digitBits)
        facts.append(
          "(= (shared-prefix-length \(point.term) \(other.term) \(digitBits.term)) \(length.term))")
      }
      let whole = points[0].sharedPrefixLength(with: points[0], digitBits: digitBits)
      facts.append("(= (shared-prefix-length zero zero \(digitBits.term)) \(whole.term))")
    }
    return facts
  }

  private var constrainedPoints: [String] {
    var facts: [String] = []
    for digitBits in digitBitsRange {
      let last = UInt160.digitCount(digitBits: digitBits) - 1
      for row in [0, 64 / digitBits, 128 / digitBits, last] {
        let column = (1 << UInt160.digitWidth(at: row, digitBits: digitBits)) - 1
        for point in points.suffix(2) {
          let answer = point.constrainedPoint(row: row, column: column, digitBits: digitBits)
          facts.append(
            "(= (constrained-point \(point.term) \(row.term) \(column.term) \(digitBits.term))"
              + " \(answer.term))")
        }
      }
    }
    return facts
  }
}

extension UInt160 {
  /// A bit-vector literal.
  fileprivate var term: String { "#x" + hex }
}

extension Int {
  /// A literal of the width of Int.
  fileprivate var term: String { "(_ bv\(self) 64)" }
}
