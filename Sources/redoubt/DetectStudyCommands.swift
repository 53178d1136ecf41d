import ArgumentParser
import RecordedTrials
import SecureRouting
import Statistics

/// `redoubt detect roc`.
struct DetectROC: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "roc", abstract: "Compare detectors on recorded trials: the ROC table.",
    discussion: """
      Only trials that list at least --listed-peers peers count. Rows: the published detector with \
      its published threshold; the joint test with the p-value of its shipped null model; the \
      same held out, each file's honest trials judged by a model of the others'; then each \
      detector with the empirical threshold, the lowest that keeps false alarms on these trials \
      at or below the rate. Columns: false alarms, then attacks found per number of Sybils, with \
      95 % Wilson intervals. --curve prints false-alarm rate and detection of every detector at \
      every threshold instead, for drawing.
      """)

  @Argument(help: "Recorded trials, as JSON lines; some without Sybils.")
  var files: [String]

  @Option(help: "Print as table, json or csv.")
  var format = RecordFormat.table

  @Option(help: "Peers that a trial must list to count.")
  var listedPeers = 20

  @Flag(help: "Print the whole curves as CSV.")
  var curve = false

  static let rates = [0.01, 0.02, 0.05, 0.10]

  func validate() throws {
    guard (2...100_000).contains(listedPeers) else {
      throw ValidationError("--listed-peers must be in 2...100000")
    }
  }

  func run() throws {
    try DetectConsole.run { () throws(TrialDataError) in
      let groups = try DetectConsole.read(files).map(\.trials)
      let comparison = DetectorComparison(
        trials: groups.flatMap(\.self), listedPeers: listedPeers,
        test: ListDensityTest(model: .ipfs2023))
      guard comparison.honestCount > 0, !comparison.sybilCounts.isEmpty else {
        StandardError.note(
          "error: a comparison needs trials with and without Sybils that list \(listedPeers) peers")
        return ExitCode(65)
      }
      if curve { printCurve(comparison) } else { printTable(comparison, groups) }
      return .success
    }
  }

  private func printTable(_ comparison: DetectorComparison, _ groups: [[SybilTrial]]) {
    let sizes = comparison.sybilCounts
    var printer = RecordPrinter(
      format,
      [
        RecordColumn("detector", 23), RecordColumn("rate", 5),
        RecordColumn("false_alarms", 26),
      ] + sizes.map { RecordColumn("s\($0)", 26) } + [RecordColumn("all_attacks", 28)])
    var rows = [comparison.publishedRow()]
    rows += Self.rates.map { comparison.modelRow(rate: $0) }
    rows += comparison.heldOutRows(groups: groups, rates: Self.rates) ?? []
    rows += Detector.allCases.flatMap { comparison.row($0, rates: Self.rates) }
    for row in rows {
      printer.row(
        [.text(row.detector), row.requestedRate.map { .number($0) } ?? .none]
          + ([row.falseAlarms] + row.found + [row.foundInAll]).map { .text(text($0)) })
    }
    printer.end()
  }

  private func printCurve(_ comparison: DetectorComparison) {
    var printer = RecordPrinter(
      .csv,
      ["detector", "false_alarm_rate", "detection", "low", "high"].map { RecordColumn($0, 0) })
    let count = comparison.honestCount
    for detector in Detector.allCases {
      let rates = (0..<count).map { Double($0) / Double(count) }
      for row in comparison.row(detector, rates: rates) {
        let interval = row.foundInAll.interval
        printer.row([
          .text(row.detector), .number(row.falseAlarms.value ?? 0),
          .number(row.foundInAll.value ?? 0), .number(interval.low), .number(interval.high),
        ])
      }
    }
    let published = comparison.publishedRow()
    let interval = published.foundInAll.interval
    printer.row([
      .text("published"), .number(published.falseAlarms.value ?? 0),
      .number(published.foundInAll.value ?? 0), .number(interval.low), .number(interval.high),
    ])
    printer.end()
  }
}

/// `redoubt detect eclipse`.
struct DetectEclipse: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eclipse", abstract: "How far the recorded attacks got, per number of Sybils.",
    discussion: """
      eclipsed: the client found no provider record (as recorded); full_lists: every listed peer \
      is a Sybil; sybil_share: mean share of Sybils among the listed peers, from the lists \
      (95 % intervals); recorded_share: the same mean as recorded, which differs in part of the \
      trials. Trials that list no peers are left out, but counted.
      """)

  @Argument(help: "Recorded trials, as JSON lines.")
  var files: [String]

  @Option(help: "Print as table, json or csv.")
  var format = RecordFormat.table

  func run() throws {
    try DetectConsole.run { () throws(TrialDataError) in
      let rows = EclipseRow.table(try DetectConsole.read(files).flatMap(\.trials))
      var printer = RecordPrinter(
        format,
        [
          RecordColumn("sybils", 6), RecordColumn("listing", 9), RecordColumn("eclipsed", 27),
          RecordColumn("full_lists", 27), RecordColumn("sybil_share", 20),
          RecordColumn("recorded_share", 14),
        ])
      for row in rows {
        let interval = row.listedShareInterval.map(text) ?? ""
        printer.row([
          .integer(Int64(row.sybils)), .text("\(row.listing.count)/\(row.listing.total)"),
          .text(text(row.eclipsed)), .text(text(row.fullLists)),
          .text(thousandths(row.listedShare) + " " + interval),
          .text(thousandths(row.recordedShare)),
        ])
      }
      printer.end()
      return .success
    }
  }
}

/// `redoubt detect calibrate`.
struct DetectCalibrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate", abstract: "Estimate what honest lists look like.",
    discussion: """
      Reads trials, leaves out those with Sybils and those that list fewer than --listed-peers \
      peers, and prints the constants of the null model as JSON. The shipped constants were made \
      by this command.
      """)

  @Argument(help: "Recorded trials, as JSON lines.")
  var files: [String]

  @Option(help: "Peers that a trial must list to count.")
  var listedPeers = 20

  func run() throws {
    try DetectConsole.run { () throws(TrialDataError) in
      let honest = try DetectConsole.read(files).flatMap(\.trials)
        .filter { $0.sybils == 0 && $0.distances.count >= max(listedPeers, 2) }
        .compactMap(\.scaledDistances)
      guard honest.count >= HonestListModel.fitListsMin else {
        StandardError.note(
          "error: \(honest.count) trials without Sybils; a calibration needs "
            + "\(HonestListModel.fitListsMin)")
        return ExitCode(65)
      }
      guard let model = HonestListModel(fitting: honest) else {
        StandardError.note(
          "error: the \(honest.count) lists are too alike to calibrate on\n"
            + "  Give lists around different targets.")
        return ExitCode(65)
      }
      let record: [(name: String, value: Double)] = [
        ("near_exponent", model.nearExponent), ("log_density_mean", model.logDensityMean),
        ("log_density_deviation", model.logDensityDeviation),
        ("score_correlation", model.scoreCorrelation),
      ]
      print("{\n  \"lists\": \(honest.count),")
      print(
        record.map { "  \"\($0.name)\": \(($0.value * 1e6).rounded() / 1e6)" }
          .joined(separator: ",\n") + "\n}")
      return .success
    }
  }
}

/// A share as `.993 [.981, .998]` with the counts before it.
func text(_ share: Share) -> String {
  guard let value = share.value else { return "-" }
  return "\(share.count)/\(share.total) " + thousandths(value) + " " + text(share.interval)
}

/// An interval inside 0...1.
func text(_ interval: Interval) -> String {
  "[" + thousandths(interval.low) + ", " + thousandths(interval.high) + "]"
}

/// A number in 0...1 with three decimals and no leading zero.
func thousandths(_ value: Double) -> String {
  let count = Int((min(max(value, 0), 1) * 1000).rounded())
  if count >= 1000 { return "1.000" }
  let digits = String(count)
  return "." + String(repeating: "0", count: 3 - digits.count) + digits
}
