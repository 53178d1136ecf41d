import Randomness
import Statistics

/// What it takes to make all of the k ids closest to a key one's own, among real ids.
///
/// A Sybil counts when it is closer to the key than the closest honest id, at distance d_1. A
/// random id is that with probability d_1, so k Sybils take a negative binomial number of ids with
/// mean k / d_1, whether they are keys that the attacker makes on his own machine and throws away,
/// or certificates that he buys from an authority that assigns random ids. The count is the same;
/// what differs is the price of one id, and that the authority sees each certificate.
public struct SybilPlacement: Sendable {
  /// The honest ids.
  public let honest: [KademliaKey]
  /// k.
  public let listSize: Int

  /// - Precondition: at least `listSize` honest ids, `listSize` at least 1.
  public init(honest: [KademliaKey], listSize: Int = 20) {
    precondition(
      listSize >= 1 && honest.count >= listSize,
      "\(honest.count) ids cannot fill a list of \(listSize)")
    self.honest = honest
    self.listSize = listSize
  }

  /// One random target: how far its closest honest ids are, and one attack on it.
  public struct Target: Hashable, Sendable {
    /// Distances of the `listSize` closest honest ids as fractions of the key space, ascending.
    public let distances: [Double]
    /// Ids that one simulated attacker tried until k were closer than the closest honest one.
    public let identifiersTried: Double
  }

  /// Draws random targets.
  /// - Complexity: O(count * honest ids).
  public func targets(count: Int, seed: UInt64) -> [Target] {
    let root = StreamKey(seed: seed)["sybil-placement"]
    return (0..<count).map { index in
      var stream = RandomStream(root[UInt64(index)])
      let target = KademliaKey.random(from: &stream)
      let distances = closest(to: target)
      var tried = 0.0
      for _ in 0..<listSize { tried += geometric(distances[0], &stream) }
      return Target(distances: distances, identifiersTried: tried)
    }
  }

  private func closest(to target: KademliaKey) -> [Double] {
    var nearest: [Double] = []
    for key in honest {
      let distance = key.distance(to: target)
      if nearest.count == listSize {
        guard let last = nearest.last, distance < last else { continue }
        nearest.removeLast()
      }
      let place = nearest.firstIndex { $0 > distance } ?? nearest.endIndex
      nearest.insert(distance, at: place)
    }
    return nearest
  }

  /// Tries up to and with the first success.
  private func geometric(_ probability: Double, _ stream: inout RandomStream) -> Double {
    let tries = (naturalLog(1 - stream.unit()) / naturalLogOnePlus(-probability)).rounded(.up)
    return max(tries, 1)
  }

  /// The exact probability, for uniform ids, that the k closest to a given key are all among the
  /// `sybils` random ids of the attacker: every order of honest ids and Sybils is equally likely,
  /// so it is the product over i < k of (m - i) / (m + n - i).
  public static func eclipseProbability(sybils m: Int, honest n: Int, listSize k: Int) -> Double {
    if m < k { return 0 }
    return (0..<k).reduce(1.0) { $0 * Double(m - $1) / Double(m + n - $1) }
  }

  /// The fewest random ids with at least the given probability of an eclipse.
  /// - Precondition: `probability` above 0 and below 1.
  public static func identifiersNeeded(
    probability: Double, honest n: Int, listSize k: Int
  ) -> Int {
    precondition(
      probability > 0 && probability < 1, "a probability must be inside 0...1, got \(probability)")
    var low = 0
    var high = max(k, n)
    while eclipseProbability(sybils: high, honest: n, listSize: k) < probability { high *= 2 }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if eclipseProbability(sybils: middle, honest: n, listSize: k) < probability {
        low = middle
      } else {
        high = middle
      }
    }
    return high
  }

  /// The mean number of ids that it takes to get one closer than the i-th closest of n uniform ids:
  /// E[1 / d_i] with d_i Beta(i, n - i + 1), which is n / (i - 1); without bound for i = 1.
  public static func expectedTries(rank i: Int, honest n: Int) -> Double {
    i > 1 ? Double(n) / Double(i - 1) : .infinity
  }
}
