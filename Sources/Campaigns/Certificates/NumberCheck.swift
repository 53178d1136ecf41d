import Bounds
import Foundation

/// Holds the recorded closed forms of one campaign against what can be computed.
///
/// Each recorded line must be what exact arithmetic gives now, the campaign file must name the same
/// numbers, and floating point and PARI/GP must meet the enclosure.
public struct NumberCheck {
  /// How far floating point may lie from an enclosure, as a fraction of the number. Sums of a few
  /// hundred terms and the F law's continued fraction stay below it.
  static let relativeTolerance = Rational(1, 1_000_000_000)
  /// The same for numbers next to zero, which floating point takes as what is missing to one.
  static let absoluteTolerance = Rational(4, 1_000_000_000_000_000)

  private let directory: String
  private let pari: PariCalculator?

  /// Opens a directory of number files.
  public init(directory: String) {
    self.directory = directory
    pari = PariCalculator(directory: directory)
  }

  /// Whether PARI/GP takes part.
  public var hasSecondOpinion: Bool { pari != nil }

  /// The campaigns of which numbers are recorded, in the order of their names.
  /// - Throws: `CampaignError.Code.badData` when the directory cannot be read or holds none.
  public func names() throws(CampaignError) -> [String] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    let names = entries.filter { $0.hasSuffix(".csv") }.map { String($0.dropLast(4)) }.sorted()
    guard !names.isEmpty else {
      throw CampaignError(
        .badData, file: directory, "holds no recorded numbers",
        remedy: "`redoubt proof certify` writes them.")
    }
    return names
  }

  /// Records the numbers of a campaign, when it has any.
  /// - Returns: how many.
  /// - Throws: `CampaignError`.
  public func record(_ campaign: Campaign, from path: String) throws(CampaignError) -> Int {
    let numbers = campaign.plan.closedFormNumbers
    guard !numbers.isEmpty else { return 0 }
    let file = try NumberFile(campaignFile: path, numbers: numbers)
    try AtomicFile.createDirectory(directory)
    try AtomicFile.write(file.text, to: self.path(of: campaign.plan.spec.name))
    return numbers.count
  }

  /// Checks the numbers of one campaign.
  /// - Throws: `CampaignError` when a file cannot be read or PARI/GP fails.
  public func check(_ name: String) async throws(CampaignError) -> ProofFinding {
    let file = try NumberFile(readingFrom: path(of: name))
    var remarks: [String] = []
    if FileManager.default.fileExists(atPath: file.campaignFile) {
      let plan = try await Campaign(specPath: file.campaignFile).plan
      let expected = plan.closedFormNumbers
      if expected != file.rows.map(\.number) {
        remarks.append(
          "\(file.campaignFile) names other numbers: \(Self.difference(expected, file.rows))")
      }
    } else {
      remarks.append("\(file.campaignFile) is not there, so the list of numbers is not compared")
    }
    var worst = Rational(0)
    var absoluteOnly = 0
    var values: [BoundValue] = []
    for row in file.rows {
      let value = try row.number.exact()
      values.append(value)
      let now = NumberFile.Row(row.number, value)
      if now != row { remarks.append("\(row.number.description): recorded \(row), now \(now)") }
      guard let double = row.number.double, let exact = Rational(exactly: double) else {
        remarks.append("\(row.number.description): floating point gives no number")
        continue
      }
      let distance = Self.distance(exact, from: value)
      if distance.relative <= Self.relativeTolerance {
        worst = max(worst, distance.relative)
      } else if distance.absolute <= Self.absoluteTolerance {
        absoluteOnly += 1
      } else {
        remarks.append("\(row.number.description): floating point \(double), exact \(now)")
      }
    }
    var detail = "\(file.rows.count) numbers; floating point within \(Self.short(worst)) of each"
    if absoluteOnly > 0 { detail += " (\(absoluteOnly) within 4e-15 of one alone)" }
    if let pari {
      let second = try secondOpinion(file, values, pari)
      remarks += second.remarks
      detail += "; PARI/GP to \(PariCalculator.comparedDigits) digits on \(second.count)"
    } else {
      detail += "; no second opinion: gp is not installed"
    }
    return ProofFinding(
      kind: .bound, name: name, isGood: remarks.isEmpty, detail: detail, remarks: remarks)
  }

  private func path(of name: String) -> String { "\(directory)/\(name).csv" }

  private func secondOpinion(
    _ file: NumberFile, _ values: [BoundValue], _ pari: PariCalculator
  ) throws(CampaignError) -> (count: Int, remarks: [String]) {
    let answers = try pari.values(file.rows.map(\.number))
    let limit = Rational(10).power(-PariCalculator.comparedDigits)
    var count = 0
    var remarks: [String] = []
    for ((row, value), answer) in zip(zip(file.rows, values), answers) {
      guard let answer else {
        remarks.append("\(row.number.description): PARI/GP has no definition of it")
        continue
      }
      let distance = Self.distance(answer, from: value)
      if distance.relative > limit {
        remarks.append("\(row.number.description): PARI/GP \(answer.double), exact \(row)")
      } else {
        count += 1
      }
    }
    return (count, remarks)
  }

  /// How far a number is from the nearest that a bound may be, and the same as a part of it.
  private static func distance(
    _ number: Rational, from value: BoundValue
  ) -> (absolute: Rational, relative: Rational) {
    let (low, high) = value.ends
    let absolute = max(0, max(low - number, number - high))
    let size = max(high, -low)
    return (absolute, absolute.sign == 0 || size.sign == 0 ? absolute : absolute / size)
  }

  private static func difference(
    _ expected: [ClosedFormNumber], _ rows: [NumberFile.Row]
  ) -> String {
    let (there, recorded) = (Set(expected), Set(rows.map(\.number)))
    if let new = expected.first(where: { !recorded.contains($0) }) {
      return "\(new.description) is not recorded; `redoubt proof certify` records it"
    }
    if let old = rows.first(where: { !there.contains($0.number) }) {
      return "\(old.number.description) is recorded and not named"
    }
    return "the order differs"
  }

  /// `3e-15`, rounded up; `0` for none at all.
  private static func short(_ number: Rational) -> String {
    guard number.sign > 0 else { return "0" }
    return CertifiedDecimal(number.decimal(1, roundedUp: true), digits: 2).description
  }
}

extension NumberFile.Row: CustomStringConvertible {
  var description: String {
    if !exact.isEmpty { return exact }
    let digits = CertifiedDecimal(low, digits: 17).description
    return low == high ? digits : "\(digits) to \(CertifiedDecimal(high, digits: 17))"
  }
}
