import ArgumentParser
import Foundation
import RecordedTrials
import SecureRouting

/// `redoubt detect`: are the nodes around a key too close together to be honest?
struct DetectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect",
    abstract: "Say whether the ids closest to a key are denser than honest nodes would be.",
    usage: """
      redoubt detect --target ID --closest FILE --network-size N [--network-size-error SIGMA]
                     [--false-alarm-rate A] [--format FORMAT]
      redoubt detect --ipfs-trials FILE... [--false-alarm-rate A]
      redoubt detect <subcommand>
      """,
    discussion: """
      The first form judges one list of ids and exits with 1 when it takes it for an attack, with \
      0 when not. The second form reads recorded trials and prints one CSV row per trial. \
      'redoubt detect list --help' explains the options of both.
      """,
    subcommands: [
      DetectList.self, DetectROC.self, DetectEclipse.self, DetectCalibrate.self,
      DetectPlacement.self,
    ],
    defaultSubcommand: DetectList.self)
}

/// `redoubt detect [list]`: one list, or the trials of recorded files.
struct DetectList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Judge one list of ids, or every list in recorded files.",
    discussion: """
      Ids are accepted in three forms: peer ids and content ids of IPFS (Qm…, 12D3KooW…, bafy…; \
      their point is the SHA-256 of the multihash), keys of the 256-bit XOR space in 64 \
      lower-case hexadecimal digits, and Redoubt nodeIds on the 160-bit ring in 40. Target and \
      list must be in the same space. FILE has one id per line, in any order, each once, without \
      the target itself: all of the k closest that a lookup found, k at least 2 (20 on IPFS). \
      Empty lines and lines that begin with '#' do not count.

      Without --network-size-error the null model is the IPFS network of 2023, calibrated on \
      recorded lists of 20 without Sybils; of longer lists the 20 closest are judged. With it, \
      ids are taken as uniform and the natural log of the network size as normal with that \
      standard deviation; ring nodeIds need it.

      --ipfs-trials prints file,line,sybils,listed_peers,p_value,fired,kl_recorded,kl_fired; lines \
      count from 1, the client's included. A trial that lists fewer than two peers cannot be \
      tested: its p_value is empty and fired is false. A trial without a network size is judged by \
      how its peers crowd alone. Lines and files that cannot be read are named on standard error; \
      the others are judged all the same, and the exit code is 65.

      Exit codes: 0 no attack seen (with --ipfs-trials also when there is one), 1 attack, 64 wrong \
      use, 65 bad data, 74 output not written.
      """)

  @Option(help: "The key that the ids are around.")
  var target: String?

  @Option(help: ArgumentHelp("A file with one id per line.", valueName: "file"))
  var closest: String?

  @Option(help: ArgumentHelp("The estimated number of nodes.", valueName: "n"))
  var networkSize: Double?

  @Option(help: ArgumentHelp("Standard deviation of its natural log.", valueName: "sigma"))
  var networkSizeError: Double?

  @Option(
    name: .customLong("ipfs-trials"), parsing: .upToNextOption,
    help: ArgumentHelp("Recorded trials, as JSON lines.", valueName: "file"))
  var trialFiles: [String] = []

  @Option(help: ArgumentHelp("Share of honest lists that may be rejected.", valueName: "a"))
  var falseAlarmRate = 0.02

  @Option(help: "How the verdict on one list is printed: text or json.")
  var format: VerdictFormat?

  func validate() throws {
    guard falseAlarmRate > 0 && falseAlarmRate < 1 else {
      throw ValidationError("--false-alarm-rate must be above 0 and below 1")
    }
    let single: [(String, Bool)] = [
      ("--target", target != nil), ("--closest", closest != nil),
      ("--network-size", networkSize != nil), ("--network-size-error", networkSizeError != nil),
      ("--format", format != nil),
    ]
    if !trialFiles.isEmpty {
      if let (name, _) = single.first(where: \.1) {
        throw ValidationError("--ipfs-trials brings its own lists: \(name) does not go with it")
      }
      return
    }
    if let (name, _) = single.prefix(3).first(where: { !$0.1 }) {
      throw ValidationError(
        "\(name) is missing: give --target, --closest and --network-size, or --ipfs-trials")
    }
    if let networkSize, !(networkSize >= 1 && networkSize < 1e18) {
      throw ValidationError("--network-size must be at least 1 and below 1e18")
    }
    if let networkSizeError, !(0...3).contains(networkSizeError) {
      throw ValidationError("--network-size-error must be in 0...3")
    }
  }

  func run() throws {
    try DetectConsole.run { () throws(TrialDataError) in
      if let target, let closest, let networkSize {
        return try judge(target, closest, networkSize)
      }
      return try printTrials()
    }
  }

  private func judge(
    _ targetText: String, _ path: String, _ networkSize: Double
  ) throws(TrialDataError) -> ExitCode {
    let target = try OverlayIdentifier(targetText)
    if case .ring = target, networkSizeError == nil {
      StandardError.note(
        "error: nodeIds on the ring have no calibrated model: give --network-size-error")
      return .validationFailure
    }
    let list = try IdentifierList(path: path, target: target)
    let model = networkSizeError.map(HonestListModel.uniform(sizeLogError:)) ?? .ipfs2023
    let used = networkSizeError == nil ? nearest(list.fractions) : list.fractions
    if networkSizeError == nil, used.count < HonestListModel.ipfsListSize / 2 {
      StandardError.note(
        "warning: the model of IPFS is calibrated on lists of \(HonestListModel.ipfsListSize); "
          + "with \(used.count) ids false alarms may be twice as many")
    }
    let verdict = ListDensityTest(model: model).verdict(
      scaledDistances: used.map { $0 * networkSize })
    let fired = verdict.fires(falseAlarmRate: falseAlarmRate)
    let report = VerdictReport(
      verdict: verdict, fired: fired, rate: falseAlarmRate, count: used.count)
    report.show(as: format ?? .text)
    return fired ? ExitCode(1) : .success
  }

  /// The ids that the model of IPFS can judge.
  private func nearest(_ distances: [Double]) -> [Double] {
    Array(distances.prefix(HonestListModel.ipfsListSize))
  }

  /// The p-value of a trial: by the shape alone where no network size is recorded, nil where fewer
  /// than two peers are listed.
  private func pValue(_ trial: SybilTrial, _ test: ListDensityTest) -> Double? {
    if let scaled = trial.scaledDistances {
      return test.verdict(scaledDistances: nearest(scaled)).pValue
    }
    if trial.distances.count < 2 { return nil }
    return test.shapePValue(distances: nearest(trial.distances))
  }

  private func printTrials() throws(TrialDataError) -> ExitCode {
    var badLines: [TrialDataError] = []
    var files: [SybilTrialFile] = []
    for path in trialFiles {
      do throws(TrialDataError) {
        files.append(try SybilTrialFile(path: path, badLines: &badLines))
      } catch {
        badLines.append(error)
      }
    }
    let test = ListDensityTest(model: .ipfs2023)
    var printer = RecordPrinter(
      .csv,
      [
        "file", "line", "sybils", "listed_peers", "p_value", "fired", "kl_recorded", "kl_fired",
      ].map { RecordColumn($0, 0) })
    for file in files {
      for trial in file.trials {
        let pValue = pValue(trial, test)
        printer.row([
          .text(file.name), .integer(Int64(trial.line)), .integer(Int64(trial.sybils)),
          .integer(Int64(trial.distances.count)), pValue.map { .number($0) } ?? .none,
          .text("\(pValue.map { $0 <= falseAlarmRate } ?? false)"),
          .number(trial.recordedDivergence), .text("\(trial.recordedDetection)"),
        ])
      }
    }
    printer.end()
    for error in badLines { StandardError.note("error: \(error.description)") }
    return badLines.isEmpty ? .success : ExitCode(65)
  }
}

/// How the verdict on one list is printed.
enum VerdictFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
}

/// What the verdict on one list says.
struct VerdictReport {
  let verdict: ListDensityVerdict
  let fired: Bool
  let rate: Double
  let count: Int

  /// Why, in one sentence.
  var reason: String {
    let scores = verdict.scores
    let level =
      "the \(count) ids are \(rounded(verdict.densityRatio)) times as dense as the network size "
      + "says (\(rounded(scores.levelScore)) standard deviations)"
    let shape =
      scores.shapeScore >= 0
      ? "crowd towards the key (\(rounded(scores.shapeScore)))"
      : "do not crowd towards the key (\(rounded(scores.shapeScore)))"
    return level + " and " + shape
      + (fired
        ? ": of honest lists a share of \(rounded(verdict.pValue)) is as suspicious"
        : ": that is within what honest lists do")
  }

  func show(as format: VerdictFormat) {
    let record: [(name: String, value: RecordValue)] = [
      ("verdict", .text(fired ? "attack" : "no attack seen")),
      ("p_value", .number(verdict.pValue)), ("false_alarm_rate", .number(rate)),
      ("listed", .integer(Int64(count))), ("density_ratio", .number(verdict.densityRatio)),
      ("level_score", .number(verdict.scores.levelScore)),
      ("shape_score", .number(verdict.scores.shapeScore)), ("score", .number(verdict.score)),
      ("reason", .text(reason)),
    ]
    var printer = RecordPrinter(
      format == .json ? .json : .table, record.map { RecordColumn($0.name, 0) })
    printer.row(record.map(\.value))
    printer.end()
  }

  private func rounded(_ value: Double) -> String {
    String(format: "%.3g", value)
  }
}

/// Reading and errors of the detect commands.
enum DetectConsole {
  /// Runs a command's work and turns its errors into a message and exit code 65.
  static func run(_ work: () throws(TrialDataError) -> ExitCode) throws {
    var code: ExitCode
    do throws(TrialDataError) {
      code = try work()
    } catch {
      StandardError.note("error: \(error.description)")
      code = ExitCode(65)
    }
    if code != .success { throw code }
  }

  /// All files, in the order of the arguments.
  static func read(_ paths: [String]) throws(TrialDataError) -> [SybilTrialFile] {
    var files: [SybilTrialFile] = []
    for path in paths { files.append(try SybilTrialFile(path: path)) }
    return files
  }
}
