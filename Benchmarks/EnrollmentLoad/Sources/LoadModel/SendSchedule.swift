import Foundation
public import Randomness

/// When an open loop means to send each request, whatever the server does meanwhile.
///
/// Latencies are counted from these moments: a server that stalls for a second is charged with that
/// second by every request that was due in it, not only by the one that was on its way.
public struct SendSchedule: Sendable, IteratorProtocol {
  /// How the requests are spread over time.
  public enum Arrivals: Sendable {
    /// One every 1/rate seconds.
    case even
    /// Independent arrivals (exponential gaps) from a stream.
    case poisson(StreamKey)
  }

  /// The mean rate.
  public let ratePerSecond: UInt64
  private let endNanoseconds: UInt64
  private var index: UInt64 = 0
  private var stream: RandomStream?
  private var elapsed = 0.0

  /// The most requests that a schedule may hold.
  public static let countMax: UInt64 = 100_000_000

  /// A schedule of `seconds`; nil when the rate or the duration is 0, or their product too large.
  public init?(ratePerSecond: UInt64, seconds: UInt64, arrivals: Arrivals) {
    let (total, overflow) = ratePerSecond.multipliedReportingOverflow(by: seconds)
    guard !overflow, total > 0, total <= SendSchedule.countMax, seconds <= 86_400 else {
      return nil
    }
    self.ratePerSecond = ratePerSecond
    endNanoseconds = seconds * 1_000_000_000
    if case .poisson(let key) = arrivals { stream = RandomStream(key) }
  }

  /// Whether the gaps are random.
  public var isPoisson: Bool { stream != nil }

  /// How many requests are expected; exact for even arrivals.
  public var expectedCount: Int { Int(ratePerSecond * (endNanoseconds / 1_000_000_000)) }

  /// The next moment in nanoseconds after the start; nil when the time is over.
  public mutating func next() -> UInt64? {
    let moment: UInt64
    if var generator = stream {
      elapsed += -log(1 - generator.unit()) / Double(ratePerSecond)
      stream = generator
      guard elapsed * 1e9 < Double(endNanoseconds) else { return nil }
      moment = UInt64(elapsed * 1e9)
    } else {
      let product = index.multipliedFullWidth(by: 1_000_000_000)
      moment = ratePerSecond.dividingFullWidth(product).quotient
    }
    guard moment < endNanoseconds else { return nil }
    index += 1
    return moment
  }
}

/// The moments at which the crash test kills the server, one per round, from a seed.
public struct KillSchedule: Sendable {
  /// Milliseconds after the load began, both ends included.
  public let range: ClosedRange<UInt32>
  private let key: StreamKey

  /// A schedule whose rounds are independent of each other.
  public init(seed: UInt64, milliseconds range: ClosedRange<UInt32>) {
    key = StreamKey(seed: seed)["enroll-load"]["kill"]
    self.range = range
  }

  /// Nanoseconds from the start of the load to the kill.
  public func delayNanoseconds(round: Int) -> UInt64 {
    var stream = RandomStream(key[round])
    let span = range.upperBound - range.lowerBound
    // Drawn in microseconds, so that kills do not fall on the beat of a timer.
    let offset = UInt64(stream.index(below: span * 1_000 + 1))
    return (UInt64(range.lowerBound) * 1_000 + offset) * 1_000
  }
}
