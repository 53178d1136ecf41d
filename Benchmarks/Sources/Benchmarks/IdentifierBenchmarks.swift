import Randomness
import RingIdentifiers

/// The hot operations on 160-bit identifiers.
enum IdentifierBenchmarks {
  static func rows() -> [Row] {
    var random = RandomStream(StreamKey(seed: 3))
    // Values that share digits, so that no operation ends at once.
    let ids = (0..<1_024).map { _ in
      NodeId(UInt160(high: random.next() >> 12, middle: random.next(), low: 7))
    }
    let key = Key(UInt160(high: random.next() >> 12, middle: random.next(), low: 9))
    let rounds = 2_000
    func row(_ name: String, _ operation: (NodeId, NodeId) -> Int) -> Row {
      var sum = 0
      let seconds = Measurement.medianSeconds {
        for _ in 0..<rounds {
          for index in 1..<ids.count { sum &+= operation(ids[index - 1], ids[index]) }
        }
      }
      precondition(sum != 1)
      return Row(
        name: "NodeId: \(name)", value: seconds / Double(rounds * (ids.count - 1)) * 1e9,
        unit: "ns")
    }
    return [
      row("order") { $0 < $1 ? 1 : 0 },
      row("ring distance") { Int(truncatingIfNeeded: $0.ringDistance(to: $1).middle) },
      row("closer to a key") { $0.isCloser(than: $1, to: key) ? 1 : 0 },
      row("shared prefix length, b = 4") { $0.sharedPrefixLength(with: $1, digitBits: 4) },
      row("digit, b = 4") { $0.digit(at: 7, digitBits: 4) &+ $1.digit(at: 3, digitBits: 4) },
    ]
  }
}
