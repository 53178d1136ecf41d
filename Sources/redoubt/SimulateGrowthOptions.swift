import ArgumentParser
import EventSimulation

/// Sizes of overlays on the command line, separated by commas.
struct NodeCountsArgument: ExpressibleByArgument {
  /// Ascending, each once.
  let counts: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    let sorted = numbers.sorted()
    guard numbers.count == parts.count, zip(sorted, sorted.dropFirst()).allSatisfy(<),
      numbers.allSatisfy({ (2...SimulateOptions.nodesMax).contains($0) })
    else { return nil }
    counts = sorted
  }
}

/// What all sizes of a study have in common.
struct SimulateGrowthOptions: ParsableArguments {
  @OptionGroup var overlay: SimulateStudyOverlay

  @Option(help: ArgumentHelp("Lookups at each size.", valueName: "n"))
  var lookups: UInt64 = 10_000

  @Option(
    help: ArgumentHelp(
      "Keep so many lookups under way; one that ends starts the next.", valueName: "n"))
  var inFlight = 100

  /// The options of `simulate run` but `--nodes`, by name; the run of a size is the run with them.
  var settings: [TraceSetting] {
    overlay.settings + [
      TraceSetting("lookups", "\(lookups)"), TraceSetting("in-flight", "\(inFlight)"),
    ]
  }

  /// The same with the number of nodes.
  func settings(nodes: Int) -> [TraceSetting] { [TraceSetting("nodes", "\(nodes)")] + settings }

  func validate() throws { try SimulateOptions.validate(settings(nodes: 2)) }
}
