import EventSimulation
import NetworkModels
import ProtocolTime
import Randomness
import RingIdentifiers
import Statistics

/// Two nodes that look up the same key at the same moment.
struct SourcePair {
  let first: UInt32
  let second: UInt32
  let key: Key
  /// Half of the round trip between the two.
  let delay: TimeSpan
}

/// Pairs whose delay is in a range of quantiles of the delay between two random nodes.
struct SourceBin {
  /// Shares of all pairs that are nearer than the nearest and the farthest of the bin.
  let low: Double
  let high: Double
  /// The delays of these quantiles; pairs of the bin are farther than the first and at most as far
  /// as the second.
  let above: TimeSpan
  let most: TimeSpan
  let pairs: [SourcePair]
}

/// Draws pairs of sources: as many near ones as far ones.
struct SourcePairs {
  /// Deciles, and the first of them in three: near nodes are what the study is about.
  private static let quantiles = [0, 0.001, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
  /// Pairs from which the quantiles are taken.
  private static let samples = 200_000
  /// Draws for each pair that is wanted, as a multiple of what the bin's share lets expect.
  private static let patience = 20.0

  let bins: [SourceBin]
  /// The mean of the sample: between two random nodes.
  let meanDelay: TimeSpan

  /// Draws from streams of its own.
  /// - Parameter wanted: pairs in each bin; a bin that ties of delays leave empty has none.
  /// - Precondition: the network has two nodes or more.
  init(_ network: Network, nodes: UInt32, wanted: Int, stream: StreamKey) {
    var draws = RandomStream(stream["sample"])
    var sample: [UInt64] = []
    for _ in 0..<Self.samples {
      let (first, second) = Self.pair(nodes, &draws)
      sample.append(Self.delay(network, first, second).nanoseconds)
    }
    let sum = sample.reduce(0.0) { $0 + Double($1) }
    meanDelay = TimeSpan(nanoseconds: UInt64(sum / Double(sample.count)))
    sample.sort()
    let edges = Self.quantiles.map { quantile in
      quantile == 0
        ? UInt64(0) : sample[min(sample.count - 1, Int(quantile * Double(sample.count)))]
    }
    var bins: [SourceBin] = []
    for place in 1..<edges.count where edges[place - 1] < edges[place] {
      // The farthest pair of all may not be in the sample.
      let most = place == edges.count - 1 ? UInt64.max : edges[place]
      let share = Self.quantiles[place] - Self.quantiles[place - 1]
      var draws = RandomStream(stream["pairs"][place])
      var pairs: [SourcePair] = []
      var left = Int(Double(wanted) / share * Self.patience)
      while pairs.count < wanted, left > 0 {
        left -= 1
        let (first, second) = Self.pair(nodes, &draws)
        let delay = Self.delay(network, first, second)
        guard delay.nanoseconds > edges[place - 1], delay.nanoseconds <= most else { continue }
        pairs.append(
          SourcePair(first: first, second: second, key: .random(from: &draws), delay: delay))
      }
      bins.append(
        SourceBin(
          low: Self.quantiles[place - 1], high: Self.quantiles[place],
          above: TimeSpan(nanoseconds: edges[place - 1]),
          most: TimeSpan(nanoseconds: edges[place]), pairs: pairs))
    }
    self.bins = bins
  }

  private static func pair(_ nodes: UInt32, _ draws: inout RandomStream) -> (UInt32, UInt32) {
    let first = draws.index(below: nodes)
    let second = draws.index(below: nodes - 1)
    return (first, second >= first ? second + 1 : second)
  }

  private static func delay(_ network: Network, _ first: UInt32, _ second: UInt32) -> TimeSpan {
    network.roundTrip(first, second) / 2
  }
}

/// What the pairs of a bin gave on one overlay. Each pair counts once, with the mean of its two
/// routes.
struct ConvergenceBin: Sendable {
  /// Pairs of which both lookups came to the root, over one route each, and neither source is it.
  private(set) var pairs = 0
  /// Of these, pairs whose routes share a node before the root.
  private(set) var together = 0
  /// Of these, pairs whose routes parted again: a table changed between the two messages.
  private(set) var parted = 0
  /// Pairs that do not count.
  private(set) var left = 0
  /// Half of the round trip between the sources, in milliseconds.
  private(set) var apart = RunningMean()
  /// Hops, and delay in milliseconds, from a source to the first shared node and to the root.
  private(set) var hops = RunningMean()
  private(set) var rootHops = RunningMean()
  private(set) var delay = RunningMean()
  private(set) var rootDelay = RunningMean()
  /// The delay to the first shared node as a part of that to the root.
  private(set) var fraction = RunningMean()

  /// Adds a pair with its two routes.
  mutating func add(
    _ pair: SourcePair, _ first: LookupRoute, _ second: LookupRoute, _ network: Network
  ) {
    guard first.isComplete, second.isComplete, !first.isForked, !second.isForked,
      first.nodes.count > 1, second.nodes.count > 1,
      let meeting = RouteMeeting(first.nodes, second.nodes)
    else {
      left += 1
      return
    }
    pairs += 1
    if !meeting.isAtEnd { together += 1 }
    if !meeting.staysTogether { parted += 1 }
    let delays = [(first.nodes, meeting.firstHops), (second.nodes, meeting.secondHops)].map {
      nodes, hops in
      (
        meeting: Self.milliseconds(nodes[...hops], network),
        root: Self.milliseconds(nodes[...], network)
      )
    }
    apart.add(pair.delay.seconds * 1_000)
    hops.add(Double(meeting.firstHops + meeting.secondHops) / 2)
    rootHops.add(Double(first.nodes.count + second.nodes.count - 2) / 2)
    delay.add((delays[0].meeting + delays[1].meeting) / 2)
    rootDelay.add((delays[0].root + delays[1].root) / 2)
    if delays[0].root > 0, delays[1].root > 0 {
      fraction.add((delays[0].meeting / delays[0].root + delays[1].meeting / delays[1].root) / 2)
    }
  }

  /// What the network takes from the first of these nodes to the last, node by node.
  private static func milliseconds(_ nodes: ArraySlice<UInt32>, _ network: Network) -> Double {
    zip(nodes, nodes.dropFirst()).reduce(0) {
      $0 + network.delay(from: $1.0, to: $1.1).seconds * 1_000
    }
  }

  /// The share of pairs that meet before the root, 95 % Wilson; nil without pairs.
  var togetherShare: (value: Double, interval: Interval)? {
    pairs == 0
      ? nil
      : (
        Double(together) / Double(pairs),
        wilsonInterval(successes: together, trials: pairs, confidence: 0.95)
      )
  }
}

/// Lets the pairs look up their keys on one overlay.
struct ConvergenceStudy {
  /// Pairs that look up at the same moment.
  private static let batch = 100

  /// The results, one for each bin; nil after a request to stop.
  static func run(
    _ simulation: inout Simulation, _ pairs: SourcePairs, progress: (Double) -> Bool
  ) -> [ConvergenceBin]? {
    let network = simulation.settings.network
    var results: [ConvergenceBin] = []
    for (number, bin) in pairs.bins.enumerated() {
      var result = ConvergenceBin()
      for start in stride(from: 0, to: bin.pairs.count, by: batch) {
        let some = bin.pairs[start..<min(bin.pairs.count, start + batch)]
        let routes = simulation.routes(
          of: some.flatMap { [($0.first, $0.key), ($0.second, $0.key)] })
        for (place, pair) in some.enumerated() {
          result.add(pair, routes[2 * place], routes[2 * place + 1], network)
        }
        let inBin = Double(start + some.count) / Double(bin.pairs.count)
        guard progress((Double(number) + inBin) / Double(pairs.bins.count)) else { return nil }
      }
      results.append(result)
    }
    return results
  }
}
