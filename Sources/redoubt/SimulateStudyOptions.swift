import ArgumentParser
import Campaigns
import EventSimulation
import ProtocolTime

/// The overlay of a study of many runs: options of `simulate run`, with joining as the default.
struct SimulateStudyOverlay: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "joined: every node joins through the protocol; constructed: all nodes are there, with the "
        + "nearest of 16 random nodes in each slot.", valueName: "how"))
  var build = BuildArgument.joined

  @Option(help: ArgumentHelp("Names every random draw.", valueName: "s"))
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Bits of a digit, b, 1 to 8.", valueName: "b"))
  var digitBits = 4

  @Option(help: ArgumentHelp("Members of a leaf set, l, even, 2 to 64.", valueName: "l"))
  var leafSet = 32

  @Option(
    help: ArgumentHelp("As for 'simulate run', with all its models.", valueName: "model"))
  var network = NetworkArgument.standard

  @Option(
    help: ArgumentHelp(
      "Time between the last join of a joined overlay and the lookups.", valueName: "span"))
  var settle = SpanArgument(.seconds(60), "60s")

  /// In headings, after what is run on it.
  var text: String {
    "b = \(digitBits), l = \(leafSet), \(network.text), seed \(seed)"
  }

  /// The same as options of `simulate run`, by name.
  var settings: [TraceSetting] {
    [
      TraceSetting("seed", "\(seed)"), TraceSetting("digit-bits", "\(digitBits)"),
      TraceSetting("leaf-set", "\(leafSet)"), TraceSetting("network", network.text),
      TraceSetting("build", build.rawValue), TraceSetting("settle", settle.text),
    ]
  }
}

extension TraceSetting {
  /// As an argument of `simulate run`.
  var argument: String { "--\(name)=\(value)" }
}

extension [TraceSetting] {
  /// For JSON; of a name that is there twice the first counts.
  var byName: [String: String] {
    Dictionary(map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}

extension SimulateOptions {
  /// The options of `simulate run` with this text.
  static func parsed(_ settings: [TraceSetting]) throws(SimulateError) -> SimulateOptions {
    do {
      return try parse(settings.map(\.argument))
    } catch {
      throw SimulateError(.usage, message(for: error))
    }
  }

  /// Lets `simulate run` say which values are legal, so that it is said in one place.
  /// - Throws: `ValidationError`.
  static func validate(_ settings: [TraceSetting]) throws {
    do throws(SimulateError) {
      _ = try parsed(settings)
    } catch {
      throw ValidationError(error.description)
    }
  }
}

/// Where a study goes besides standard output.
struct SimulateStudyOutputs: ParsableArguments {
  @Option(help: ArgumentHelp("Write all measures as JSON.", valueName: "file"))
  var json: String?

  @Option(
    help: ArgumentHelp(
      "Draw them (.svg or .pdf) with gnuplot; data and script go beside it.", valueName: "file"))
  var figure: String?

  func validate() throws {
    if let figure, !StudyFigure.canDraw(figure) {
      throw ValidationError("--figure must end in .svg or .pdf")
    }
  }

  /// Opens the file of `--json`, so that one that cannot be written is known before the work.
  func openJSON() throws(SimulateError) -> SimulateOutputFile? {
    try json.map { path throws(SimulateError) in try SimulateOutputFile(path, isStream: false) }
  }

  /// Writes what is wanted.
  /// - Parameter file: what `openJSON` gave.
  func write(
    _ record: some Encodable, to file: SimulateOutputFile?, _ drawing: () -> StudyFigure,
    drawnBy command: String
  ) throws(SimulateError) {
    if let file {
      try file.write(json: record)
      try file.finish()
    }
    guard let figure else { return }
    do throws(CampaignError) {
      try drawing().draw(to: figure, drawnBy: command)
    } catch {
      throw SimulateError(.inputOutput, "--figure: \(error.description)")
    }
  }
}
