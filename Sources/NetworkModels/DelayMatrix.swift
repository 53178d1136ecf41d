public import ProtocolTime

/// One-way delays between every two hosts of a measured network.
///
/// Kept in steps of half a microsecond, four bytes per ordered pair, so that a round trip in whole
/// microseconds halves exactly. The direction of a pair is kept where the data has one.
public struct DelayMatrix: HostDelays, Equatable {
  /// What a number in a file of measurements means.
  public enum Meaning: Sendable {
    /// The time from one host to the other.
    case oneWay
    /// There and back; the delay is half of it.
    case roundTrip
  }

  /// The unit of the numbers in a file of measurements.
  public enum Unit: Sendable {
    /// Thousandths of a second.
    case milliseconds
    /// Seconds.
    case seconds
  }

  /// How many of the ordered pairs of different hosts were not measured, and what stands there.
  public struct Repairs: Sendable, Equatable {
    /// Pairs that got the value of their reverse direction.
    public internal(set) var mirrored = 0
    /// Pairs that were measured in neither direction and got the median of the measured ones.
    public internal(set) var filled = 0
    /// Rows that were left out, because one of their hosts has no row of its own or both are one.
    public internal(set) var droppedRows = 0

    /// Nothing was missing.
    public static let none = Repairs()
  }

  /// The resolution of a delay: 500 ns.
  public static let stepNanoseconds: UInt64 = 500
  /// The largest number of hosts; their matrix has 268 MB.
  public static let hostCountMax = 8192
  /// The longest delay that counts as one: ten minutes. Longer ones are errors in the file.
  public static let delayMax = TimeSpan.minutes(10)

  /// The number of hosts.
  public let hostCount: Int
  /// The names of the hosts in order, where the data has them, else empty.
  public let hostNames: [String]
  /// What was missing.
  public let repairs: Repairs
  /// Row by row, in steps; the diagonal is zero, everything else is not.
  private let steps: ContiguousArray<UInt32>

  /// Completes measurements in steps, zero meaning "not measured".
  init(
    measured: ContiguousArray<UInt32>, hostCount: Int, hostNames: [String] = [],
    droppedRows: Int = 0
  ) throws(NetworkDataError) {
    precondition(measured.count == hostCount * hostCount, "\(measured.count) entries")
    var steps = measured
    var repairs = Repairs(droppedRows: droppedRows)
    for host in 0..<hostCount { steps[host * hostCount + host] = 0 }
    guard steps.contains(where: { $0 > 0 }) else {
      throw NetworkDataError(
        .empty, line: 0, "no pair of different hosts was measured; is this the right file?")
    }
    let complete = steps
    lazy var median = Self.quantiles([0.5], of: complete)[0]
    for row in 0..<hostCount {
      for column in 0..<row {
        let there = row * hostCount + column
        let back = column * hostCount + row
        switch (steps[there], steps[back]) {
        case (0, 0):
          steps[there] = median
          steps[back] = median
          repairs.filled += 2
        case (0, let reverse):
          steps[there] = reverse
          repairs.mirrored += 1
        case (let forward, 0):
          steps[back] = forward
          repairs.mirrored += 1
        default: break
        }
      }
    }
    self.hostCount = hostCount
    self.hostNames = hostNames
    self.repairs = repairs
    self.steps = steps
  }

  /// The one-way delay between two hosts: zero to itself, else at least one step.
  /// - Precondition: both are below `hostCount`.
  /// - Complexity: O(1), no allocation.
  public func delay(fromHost: Int, toHost: Int) -> TimeSpan {
    TimeSpan(nanoseconds: UInt64(steps[fromHost * hostCount + toHost]) &* Self.stepNanoseconds)
  }

  /// Whether every pair has the same delay in both directions.
  /// - Complexity: O(hostCount^2).
  public var isSymmetric: Bool {
    for row in 0..<hostCount {
      for column in 0..<row
      where steps[row * hostCount + column] != steps[column * hostCount + row] {
        return false
      }
    }
    return true
  }

  /// The delay that a share of the ordered pairs of different hosts does not exceed.
  ///
  /// The nearest-rank quantile; the median is that of one half.
  /// - Precondition: `0 <= share <= 1`.
  /// - Complexity: O(hostCount^2 log hostCount).
  public func quantile(_ share: Double) -> TimeSpan { quantiles([share])[0] }

  /// Several quantiles for the price of one, in the order of `shares`.
  /// - Precondition: each share is in 0...1.
  /// - Complexity: O(hostCount^2 log hostCount).
  public func quantiles(_ shares: [Double]) -> [TimeSpan] {
    Self.quantiles(shares, of: steps).map {
      TimeSpan(nanoseconds: UInt64($0) * Self.stepNanoseconds)
    }
  }

  private static func quantiles(
    _ shares: [Double], of steps: ContiguousArray<UInt32>
  ) -> [UInt32] {
    var ordered = steps.filter { $0 > 0 }
    ordered.sort()
    return shares.map { share in
      precondition(share >= 0 && share <= 1, "a share must be in 0...1, got \(share)")
      return ordered[max(1, Int((share * Double(ordered.count)).rounded(.up))) - 1]
    }
  }

  /// A measurement in steps; nil below zero or above `delayMax`.
  ///
  /// A positive one never becomes zero, because zero means "not measured".
  static func steps(billionths: Int64, unit: Unit, meaning: Meaning) -> UInt32? {
    guard billionths >= 0 else { return nil }
    var step: UInt64 =
      switch unit {
      case .milliseconds: 500_000
      case .seconds: 500
      }
    if meaning == .roundTrip { step *= 2 }
    let value = UInt64(billionths)
    let rounded = value / step + (value % step >= step / 2 ? 1 : 0)
    guard rounded <= delayMax.nanoseconds / stepNanoseconds else { return nil }
    return UInt32(value == 0 ? 0 : max(1, rounded))
  }
}
