public import ProtocolTime
public import Randomness

/// What may befall a message on its way, beside the delay of the network.
///
/// A pure function of the message, the time and the draws; the same for every link.
public struct LinkConditions: Sendable, Equatable {
  /// What became of a message.
  public enum Outcome: Sendable, Equatable {
    /// It arrives, this much later than the network alone would deliver it.
    case delivered(jitter: TimeSpan)
    /// It is lost by chance.
    case lost
    /// A partition stands between the two nodes at the moment of sending.
    case partitioned
  }

  /// The probability of loss as a numerator over 2^32, `0...2^32`.
  public let lossNumerator: UInt64
  /// The most that chance adds to a delay; the addition is uniform between zero and this.
  public let jitterMax: TimeSpan
  /// The partitions, in any order; they may overlap.
  public let partitions: [Partition]

  /// No loss, no jitter, no partition.
  public static let ideal = LinkConditions(lossNumerator: 0)

  /// Whether these are the ideal conditions: every message arrives as the network delivers it.
  public var isIdeal: Bool { lossNumerator == 0 && jitterMax == .zero && partitions.isEmpty }

  /// States the conditions with an exact probability.
  /// - Precondition: `lossNumerator <= 2^32`.
  public init(
    lossNumerator: UInt64, jitterMax: TimeSpan = .zero, partitions: [Partition] = []
  ) {
    precondition(lossNumerator <= 1 << 32, "a loss of \(lossNumerator) / 2^32 is above one")
    self.lossNumerator = lossNumerator
    self.jitterMax = jitterMax
    self.partitions = partitions
  }

  /// States the conditions with a probability that is rounded to a multiple of 2^-32.
  /// - Precondition: `0 <= lossProbability <= 1`.
  public init(
    lossProbability: Double, jitterMax: TimeSpan = .zero, partitions: [Partition] = []
  ) {
    precondition(
      lossProbability >= 0 && lossProbability <= 1,
      "a probability must be in 0...1, got \(lossProbability)")
    self.init(
      lossNumerator: UInt64((lossProbability * 0x1p32).rounded()), jitterMax: jitterMax,
      partitions: partitions)
  }

  /// What becomes of a message that `from` sends to `to` at `now`.
  ///
  /// Takes one word of the stream if there is loss and one if there is jitter, whatever the
  /// outcome, so that a partition or a loss never shifts the draws of later messages. A message
  /// from a node to itself meets no loss and no partition but takes its words too.
  /// - Complexity: O(partitions), no allocation.
  public func outcome(
    from: UInt32, to: UInt32, now: Instant, using stream: inout RandomStream
  ) -> Outcome {
    let isUnlucky = lossNumerator > 0 && stream.next() &>> 32 < lossNumerator
    let jitter = jitterMax == .zero ? .zero : uniform(stream.next())
    if from == to { return .delivered(jitter: .zero) }
    for partition in partitions where partition.separates(from, to, at: now) {
      return .partitioned
    }
    return isUnlucky ? .lost : .delivered(jitter: jitter)
  }

  private func uniform(_ word: UInt64) -> TimeSpan {
    let (count, isWhole) = jitterMax.nanoseconds.addingReportingOverflow(1)
    return TimeSpan(nanoseconds: isWhole ? word : word.multipliedFullWidth(by: count).high)
  }
}

/// A time during which two groups of nodes cannot reach each other.
public struct Partition: Sendable, Equatable {
  /// Which nodes are in the first group; all others are in the second.
  public enum Split: Sendable, Equatable {
    /// The nodes of an index range.
    case range(Range<UInt32>)
    /// Each node independently, with this numerator over 2^32; node i depends on the stream and i.
    case drawn(StreamKey, numerator: UInt64)
    /// The nodes whose bit is set: bit i mod 64 of word i / 64; beyond the words, none.
    case bitmap([UInt64])

    /// Whether a node is in the first group.
    /// - Complexity: O(1), no allocation.
    public func contains(_ node: UInt32) -> Bool {
      switch self {
      case .range(let range): return range.contains(node)
      case .drawn(let stream, let numerator):
        var words = stream.words(of: UInt64(node))
        return words.next() &>> 32 < numerator
      case .bitmap(let words):
        let word = Int(node / 64)
        return word < words.count && words[word] &>> UInt64(node % 64) & 1 == 1
      }
    }
  }

  /// When it begins.
  public let start: Instant
  /// When it is over; at this moment messages pass again.
  public let end: Instant
  /// Who is cut off from whom.
  public let split: Split

  /// Plans a partition; it never happens unless `start < end`.
  public init(from start: Instant, to end: Instant, split: Split) {
    self.start = start
    self.end = end
    self.split = split
  }

  /// Whether a message between two nodes cannot pass at a moment.
  ///
  /// Symmetric in the two nodes.
  /// - Complexity: O(1), no allocation.
  public func separates(_ first: UInt32, _ second: UInt32, at now: Instant) -> Bool {
    start <= now && now < end && split.contains(first) != split.contains(second)
  }
}
