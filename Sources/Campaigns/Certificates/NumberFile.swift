import Bounds

/// The closed forms of one campaign with what exact arithmetic says of each: a CSV file.
///
/// The first line is a comment that names the format and the campaign file. `low` and `high` are
/// decimals between which the number lies; `exact` is the fraction where it is short.
struct NumberFile: Equatable {
  /// One number.
  struct Row: Equatable {
    let number: ClosedFormNumber
    let low: Rational
    let high: Rational
    /// `3/7`, or empty.
    let exact: String
  }

  static let format = "redoubt-numbers/1"
  static let columns = ["formula", "arguments", "low", "high", "exact"]
  /// A fraction with more digits than this is not written out.
  static let longestFraction = 60
  /// Significant digits of `low` and `high`.
  static let digits = 30
  /// No file is longer than this, in bytes.
  static let largest = 64 << 20

  let campaignFile: String
  let rows: [Row]

  /// Evaluates the numbers of a campaign.
  /// - Throws: `CampaignError.Code.badData` when one has no bound.
  init(campaignFile: String, numbers: [ClosedFormNumber]) throws(CampaignError) {
    self.campaignFile = campaignFile
    var rows: [Row] = []
    for number in numbers { rows.append(Row(number, try number.exact())) }
    self.rows = rows
  }

  var text: String {
    var lines = ["# \(Self.format) \(campaignFile)", Self.columns.joined(separator: ",")]
    for row in rows {
      let ends = [row.low, row.high].map {
        CertifiedDecimal($0, digits: 2 * Self.digits).description
      }
      lines.append(
        ([row.number.formula, row.number.argumentText] + ends + [row.exact])
          .joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads a file that `text` made.
  /// - Throws: `CampaignError.Code.badData` with the line that is wrong.
  init(readingFrom path: String) throws(CampaignError) {
    try self.init(bytes: AtomicFile.read(path), path: path)
  }

  init(bytes: [UInt8], path: String) throws(CampaignError) {
    func fault(_ line: Int, _ what: String) -> CampaignError {
      CampaignError(
        .badData, file: path, line: line, what,
        remedy: "`redoubt proof certify` writes the file again.")
    }
    guard bytes.count <= Self.largest, let text = String(validating: bytes, as: UTF8.self) else {
      throw fault(1, "is no text of at most \(Self.largest) bytes")
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let prefix = "# \(Self.format) "
    guard lines[0].hasPrefix(prefix), lines[0].utf8.count > prefix.utf8.count else {
      throw fault(1, "does not begin with '\(prefix)CAMPAIGN FILE'")
    }
    guard lines.count > 2, lines[1] == Self.columns.joined(separator: ",") else {
      throw fault(2, "has not the columns \(Self.columns.joined(separator: ", "))")
    }
    guard lines.last == "" else { throw fault(lines.count, "is cut off") }
    campaignFile = String(lines[0].dropFirst(prefix.count))
    var rows: [Row] = []
    for (index, line) in lines.enumerated().dropFirst(2).dropLast() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count == Self.columns.count else {
        throw fault(index + 1, "has \(fields.count) fields, not \(Self.columns.count)")
      }
      guard
        let number = ClosedFormNumber(
          formula: String(fields[0]), argumentText: String(fields[1])),
        let low = Rational(fields[2]), let high = Rational(fields[3]), low <= high
      else { throw fault(index + 1, "holds no number between two decimals") }
      rows.append(Row(number: number, low: low, high: high, exact: String(fields[4])))
    }
    self.rows = rows
  }
}

extension NumberFile.Row {
  /// What the bound says, with ends that are rounded outward to decimals.
  init(_ number: ClosedFormNumber, _ value: BoundValue) {
    let (low, high) = value.ends
    let fraction = low.description
    let exact = low == high && fraction.count <= NumberFile.longestFraction ? fraction : ""
    self.init(
      number: number, low: low.decimal(NumberFile.digits, roundedUp: false),
      high: high.decimal(NumberFile.digits, roundedUp: true), exact: exact)
  }
}

extension Rational {
  /// The nearest decimal of so many significant digits that is not above it, or not below it.
  func decimal(_ digits: Int, roundedUp: Bool) -> Rational {
    if sign == 0 { return self }
    // As many decimals as give at least that many digits: log10(2) is above 0.3.
    let bits = numerator.bitWidth - denominator.bitWidth
    let place = digits - Int((Double(bits) * 0.30103).rounded(.down))
    let scale = Rational(10).power(place)
    let scaled = self * scale
    let whole = roundedUp ? -(-scaled).floor : scaled.floor
    return Rational(whole) / scale
  }
}
