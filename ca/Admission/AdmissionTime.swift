public import NodeCredentials

/// An instant in microseconds since 1970-01-01T00:00:00Z, as the enrollment policy counts time.
///
/// Always an argument: nothing in this module asks a clock. It may run backwards between two calls.
public struct AdmissionTime: Hashable, Comparable, Sendable {
  /// Microseconds since the epoch, leap seconds not counted.
  public let microseconds: Int64

  /// A little more than the years 1 to 9999: sums with any rate limit stay far from overflow.
  static let bound: Int64 = 1 << 58

  /// The instant this many microseconds after the epoch, clamped to about the years -7000 to 11000.
  public init(microseconds: Int64) {
    self.microseconds = min(max(microseconds, -AdmissionTime.bound), AdmissionTime.bound)
  }

  /// The instant of a certificate's clock.
  public init(_ time: CredentialTime) {
    self.init(microseconds: time.secondsSinceEpoch * 1_000_000)
  }

  /// The instant `microseconds` later, earlier when negative; clamped.
  public func adding(microseconds step: Int64) -> AdmissionTime {
    let (sum, overflow) = microseconds.addingReportingOverflow(step)
    return AdmissionTime(microseconds: overflow ? (step < 0 ? .min : .max) : sum)
  }

  /// The instant `seconds` later, earlier when negative; clamped.
  public func adding(seconds: Int64) -> AdmissionTime {
    let (step, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    return adding(microseconds: overflow ? (seconds < 0 ? .min : .max) : step)
  }

  /// Earlier before later.
  public static func < (left: AdmissionTime, right: AdmissionTime) -> Bool {
    left.microseconds < right.microseconds
  }
}
