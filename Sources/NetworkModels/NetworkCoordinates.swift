public import ProtocolTime

/// Places of hosts in two dimensions with a height, as network coordinate systems fit them.
///
/// Between two hosts lies the Euclidean metric of their points plus both heights, in milliseconds.
/// An embedding: no three hosts violate the triangle inequality. Source: Dabek et al., "Vivaldi",
/// SIGCOMM 2004.
public struct NetworkCoordinates: HostDelays, Equatable {
  /// The largest number of hosts that is read.
  public static let hostCountMax = 65_536
  /// The largest number of milliseconds of a coordinate or a height: ten minutes.
  public static let coordinateMax = 600_000.0

  private let points: [SIMD2<Double>]
  private let heights: [Double]
  private let meaning: DelayMatrix.Meaning

  /// Reads lines `id x y h height`, ids from 0 upwards; `#` begins a comment.
  ///
  /// - Parameters:
  ///   - bytes: a SimGrid `.syscoord` file.
  ///   - meaning: what the file was fitted to. Of SimGrid's three, `median_p2psim` (King) is one
  ///     way, `median_meridian` and `median_harvard` are round trips.
  /// - Throws: `malformedLine`, `notANumber`, `outOfRange` (beyond `coordinateMax`, a negative
  ///   height, or an id out of order), `tooLarge`, or `empty`.
  /// - Complexity: O(bytes).
  public init(syscoord bytes: [UInt8], meaning: DelayMatrix.Meaning) throws(NetworkDataError) {
    var fields = TextFields(bytes)
    var points: [SIMD2<Double>] = []
    var heights: [Double] = []
    while fields.nextFilledLine() {
      guard let first = fields.nextField(), fields.text(first).first != UInt8(ascii: "#") else {
        continue
      }
      guard points.count < Self.hostCountMax else {
        throw NetworkDataError(.tooLarge, line: fields.line, "more than \(Self.hostCountMax) hosts")
      }
      guard let xField = fields.nextField(), let yField = fields.nextField(),
        let mark = fields.nextField(), fields.text(mark).elementsEqual([UInt8(ascii: "h")]),
        let heightField = fields.nextField(), fields.nextField() == nil
      else {
        throw NetworkDataError(
          .malformedLine, line: fields.line, "expected 'id x y h height'; is the line cut off?")
      }
      guard fields.wholeNumber(first, atMost: .max).map(Int.init) == points.count else {
        throw NetworkDataError(
          .outOfRange, line: fields.line,
          "id '\(fields.excerpt(first))' should be \(points.count); number the hosts from 0")
      }
      points.append(
        SIMD2(try Self.milliseconds(xField, fields), try Self.milliseconds(yField, fields)))
      heights.append(try Self.milliseconds(heightField, fields))
      if let last = heights.last, last < 0 {
        throw NetworkDataError(.outOfRange, line: fields.line, "the height \(last) is negative")
      }
    }
    guard !points.isEmpty else {
      throw NetworkDataError(.empty, line: 0, "no host; expected lines 'id x y h height'")
    }
    self.points = points
    self.heights = heights
    self.meaning = meaning
  }

  private static func milliseconds(
    _ field: Range<Int>, _ fields: TextFields
  ) throws(NetworkDataError) -> Double {
    guard let value = fields.billionths(field) else {
      throw NetworkDataError(
        .notANumber, line: fields.line, "'\(fields.excerpt(field))' is not a decimal number")
    }
    let milliseconds = Double(value) / 1e9
    guard milliseconds.magnitude <= coordinateMax else {
      throw NetworkDataError(
        .outOfRange, line: fields.line, "\(milliseconds) ms is beyond \(coordinateMax) ms")
    }
    return milliseconds
  }

  /// The number of hosts.
  public var hostCount: Int { points.count }

  /// The one-way delay between two hosts, symmetric; between a host and itself it is zero.
  /// - Precondition: both are below `hostCount`.
  /// - Complexity: O(1), no allocation.
  public func delay(fromHost: Int, toHost: Int) -> TimeSpan {
    if fromHost == toHost { return .zero }
    let difference = points[fromHost] - points[toHost]
    let apart = (difference * difference).sum().squareRoot() + (heights[fromHost] + heights[toHost])
    let scale = meaning == .oneWay ? 1e6 : 0.5e6
    return TimeSpan(nanoseconds: roundedNanoseconds(apart * scale))
  }

  /// The delay that a share of the pairs of different hosts does not exceed, by nearest rank.
  /// - Precondition: `0 <= share <= 1` and there are two hosts.
  /// - Complexity: O(hostCount^2 log hostCount) time, 8 bytes per pair.
  public func quantile(_ share: Double) -> TimeSpan {
    precondition(share >= 0 && share <= 1, "a share must be in 0...1, got \(share)")
    precondition(hostCount >= 2, "\(hostCount) hosts have no pair")
    var delays: [UInt64] = []
    delays.reserveCapacity(hostCount * (hostCount - 1) / 2)
    for host in 0..<hostCount {
      for other in 0..<host {
        delays.append(delay(fromHost: host, toHost: other).nanoseconds)
      }
    }
    delays.sort()
    let rank = max(1, Int((share * Double(delays.count)).rounded(.up)))
    return TimeSpan(nanoseconds: delays[rank - 1])
  }
}
