/// An instant in UTC with a resolution of one second, as certificates carry it.
public struct CredentialTime: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
  public let secondsSinceEpoch: Int64

  /// The instant this many seconds after 1970-01-01T00:00:00Z.
  ///
  /// Clamped to the years 1 to 9999, the range that X.509 can express.
  public init(secondsSinceEpoch: Int64) {
    self.secondsSinceEpoch = min(max(secondsSinceEpoch, -62_135_596_800), 253_402_300_799)
  }

  /// The instant with these calendar fields (proleptic Gregorian, UTC); nil when out of range.
  public init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    guard (1...9999).contains(year), (1...12).contains(month), (0...23).contains(hour),
      (0...59).contains(minute), (0...59).contains(second), day >= 1,
      day <= CredentialTime.dayCount(year: year, month: month)
    else { return nil }
    let days = CredentialTime.days(year: year, month: month, day: day)
    let seconds = hour * 3600 + minute * 60 + second
    self.init(secondsSinceEpoch: Int64(days) * 86_400 + Int64(seconds))
  }

  /// Reads `YYYY-MM-DDTHH:MM:SSZ` exactly; nil for anything else.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    let separators: [(Int, UInt8)] = [
      (4, 0x2D), (7, 0x2D), (10, 0x54), (13, 0x3A), (16, 0x3A), (19, 0x5A),
    ]
    guard bytes.count == 20, separators.allSatisfy({ bytes[$0.0] == $0.1 }) else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      var value = 0
      for byte in bytes[range] {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return value
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19)
    else { return nil }
    self.init(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
  }

  /// The instant `seconds` later (earlier when negative).
  public func adding(seconds: Int64) -> CredentialTime {
    let (sum, overflow) = secondsSinceEpoch.addingReportingOverflow(seconds)
    return CredentialTime(secondsSinceEpoch: overflow ? (seconds < 0 ? .min : .max) : sum)
  }

  /// `YYYY-MM-DDTHH:MM:SSZ`.
  public var description: String {
    let days = Int((Double(secondsSinceEpoch) / 86_400).rounded(.down))
    let rest = Int(secondsSinceEpoch) - days * 86_400
    let (year, month, day) = CredentialTime.civil(days: days)
    let clock = [rest / 3600, rest / 60 % 60, rest % 60].map { CredentialTime.padded($0, 2) }
    let date = [
      CredentialTime.padded(year, 4), CredentialTime.padded(month, 2),
      CredentialTime.padded(day, 2),
    ]
    return date.joined(separator: "-") + "T" + clock.joined(separator: ":") + "Z"
  }

  /// Earlier before later.
  public static func < (left: CredentialTime, right: CredentialTime) -> Bool {
    left.secondsSinceEpoch < right.secondsSinceEpoch
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  private static func dayCount(year: Int, month: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days from 1970-01-01 to the first day of `year`.
  private static func days(beforeYear year: Int) -> Int {
    let past = year - 1
    return past * 365 + past / 4 - past / 100 + past / 400 - 719_162
  }

  private static func days(year: Int, month: Int, day: Int) -> Int {
    var total = days(beforeYear: year) + day - 1
    for earlier in 1..<month { total += dayCount(year: year, month: earlier) }
    return total
  }

  private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
    var year = min(max(1970 + days / 366, 1), 9999)
    while year < 9999, CredentialTime.days(beforeYear: year + 1) <= days { year += 1 }
    while year > 1, CredentialTime.days(beforeYear: year) > days { year -= 1 }
    var rest = days - CredentialTime.days(beforeYear: year)
    var month = 1
    while month < 12, rest >= dayCount(year: year, month: month) {
      rest -= dayCount(year: year, month: month)
      month += 1
    }
    return (year, month, rest + 1)
  }
}
