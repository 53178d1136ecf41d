import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers

/// One configuration of the swarm: what may go wrong, and how much of it.
///
/// Its text is its input: a scenario that was shrunk runs again exactly from its description. Event
/// number i of each sort depends on the seed and on i alone, so fewer crashes are the first ones.
public struct SwarmScenario: Hashable, Sendable, CustomStringConvertible {
  /// How long messages take.
  public enum NetworkKind: String, CaseIterable, Sendable {
    /// No time at all.
    case instant
    /// The same time for all.
    case constant
    /// Great circles on a sphere.
    case sphere
    /// The plane of [Rowstron01].
    case plane
  }

  /// How nodes come in.
  public enum Arrivals: String, CaseIterable, Sendable {
    /// One after the other, over the first half of the chaos.
    case slow
    /// In two bursts of two seconds.
    case burst
    /// All at the first moment.
    case once
    /// They are there from the start.
    case constructed
  }

  /// Names every random draw.
  public var seed: UInt64
  /// Nodes, 2...4096.
  public var nodes = 2
  /// b, in 1...8.
  public var digitBits = 4
  /// l, even, in 2...64.
  public var leafSetSize = 8
  /// How long messages take.
  public var network = NetworkKind.constant
  /// The longest delay of the network, in milliseconds.
  public var delayMilliseconds = 50
  /// The loss of messages, in 2^-10.
  public var loss = 0
  /// The most that chance adds to a delay, in milliseconds.
  public var jitterMilliseconds = 0
  /// The largest skew of a clock, in seconds.
  public var skewSeconds = 0
  /// The largest drift of a clock, in 2^-20.
  public var drift = 0
  /// Partitions.
  public var partitions = 0
  /// The length of each of them, in seconds.
  public var partitionSeconds = 0
  /// How nodes come in.
  public var arrivals = Arrivals.once
  /// Nodes that stop without a word.
  public var crashes = 0
  /// How many of the crashed ones start again.
  public var restarts = 0
  /// Nodes that leave with a word.
  public var departures = 0
  /// Lookups per minute, of the whole overlay.
  public var lookups = 60
  /// The length of the first phase, in seconds.
  public var chaosSeconds = 60
  /// See `PastryConfiguration`.
  public var pendingMax = 1_024
  /// See `PastryConfiguration`.
  public var heldMax = 64

  /// Draws a scenario.
  public init(seed: UInt64) {
    self.seed = seed
    var draws = RandomStream(StreamKey(seed: seed)["swarm"]["scenario"])
    func number(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + Int(draws.index(below: UInt32(range.count)))
    }
    func chance(_ percent: Int) -> Bool { number(0...99) < percent }
    nodes = chance(6) ? number(65...300) : chance(30) ? number(2...9) : number(2...64)
    digitBits = [1, 2, 4][number(0...2)]
    leafSetSize = [4, 8, 16, 32][number(0...3)]
    network = NetworkKind.allCases[number(0...3)]
    delayMilliseconds = number(1...400)
    loss = chance(50) ? 0 : number(1...204)
    jitterMilliseconds = chance(50) ? 0 : number(1...300)
    skewSeconds = chance(50) ? 0 : number(1...100_000)
    drift = chance(50) ? 0 : number(1...Int(NodeClock.driftMax))
    partitions = chance(70) ? 0 : number(1...3)
    partitionSeconds = partitions == 0 ? 0 : chance(50) ? number(1...5) : number(6...120)
    arrivals = Arrivals.allCases[number(0...3)]
    crashes = chance(30) ? 0 : number(1...max(1, nodes / 2))
    restarts = crashes == 0 ? 0 : number(0...crashes)
    departures = chance(50) ? 0 : number(1...max(1, nodes / 4))
    lookups = number(1...600)
    chaosSeconds = number(10...600)
    if chance(10) { pendingMax = number(16...128) }
    if chance(10) { heldMax = number(1...16) }
  }

  /// Whether nothing happens in it that makes an active node look like a failed one: then no
  /// delivery may be wrong.
  public var isClean: Bool { loss == 0 && partitions == 0 && pendingMax == 1_024 }

  // MARK: text

  private static var numbers: [(name: String, path: WritableKeyPath<SwarmScenario, Int>)] {
    [
      ("nodes", \.nodes), ("b", \.digitBits), ("l", \.leafSetSize),
      ("delay-ms", \.delayMilliseconds), ("loss", \.loss), ("jitter-ms", \.jitterMilliseconds),
      ("skew-s", \.skewSeconds), ("drift", \.drift), ("partitions", \.partitions),
      ("partition-s", \.partitionSeconds), ("crashes", \.crashes), ("restarts", \.restarts),
      ("departures", \.departures), ("lookups", \.lookups), ("chaos-s", \.chaosSeconds),
      ("pending", \.pendingMax), ("held", \.heldMax),
    ]
  }

  /// All of it, as `name=value` words in a fixed order.
  public var description: String {
    let words = Self.numbers.map { "\($0.name)=\(self[keyPath: $0.path])" }
    return "seed=\(seed) network=\(network.rawValue) arrivals=\(arrivals.rawValue) "
      + words.joined(separator: " ")
  }

  /// Reads a description; a value that it does not name is that of the seed's own scenario.
  /// - Throws: `SwarmScenarioError` for a word that is none, or a value out of range.
  public init(_ text: String) throws(SwarmScenarioError) {
    let words = text.split(separator: " ")
    guard let first = words.first, first.hasPrefix("seed="), let seed = UInt64(first.dropFirst(5))
    else { throw SwarmScenarioError(word: String(words.first ?? "")) }
    self.init(seed: seed)
    for word in words.dropFirst() {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw SwarmScenarioError(word: String(word)) }
      if parts[0] == "network", let kind = NetworkKind(rawValue: parts[1]) {
        network = kind
      } else if parts[0] == "arrivals", let kind = Arrivals(rawValue: parts[1]) {
        arrivals = kind
      } else if let entry = Self.numbers.first(where: { $0.name == parts[0] }),
        let value = Int(parts[1]), value >= 0
      {
        self[keyPath: entry.path] = value
      } else {
        throw SwarmScenarioError(word: String(word))
      }
    }
    guard (2...4_096).contains(nodes), (1...8).contains(digitBits),
      leafSetSize % 2 == 0, (2...64).contains(leafSetSize), loss <= 1_024,
      drift <= NodeClock.driftMax, (1...86_400).contains(chaosSeconds), pendingMax > 0,
      delayMilliseconds <= 100_000, jitterMilliseconds <= 100_000, skewSeconds <= 1_000_000,
      partitions <= 1_000, partitionSeconds <= 86_400, crashes <= 100_000, restarts <= crashes,
      departures <= 100_000, lookups <= 1_000_000, heldMax <= 100_000
    else { throw SwarmScenarioError(word: "out of range") }
  }
}

/// A description of a scenario that cannot be read.
public struct SwarmScenarioError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The word at fault.
  public let word: String

  /// What is wrong, with the word.
  public var description: String { "not a word of a swarm scenario: '\(word)'" }
}
