import ArgumentParser
import EventSimulation

/// The overlay of a convergence study, and how many pairs are looked at.
struct SimulateConvergenceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Nodes of the overlay.", valueName: "n"))
  var nodes = 10_000

  @Option(help: ArgumentHelp("Pairs of sources in each bin of delays, 2 to 1e6.", valueName: "n"))
  var pairs = 1_000

  @OptionGroup var overlay: SimulateStudyOverlay

  /// The same overlay as options of `simulate run`.
  var settings: [TraceSetting] { [TraceSetting("nodes", "\(nodes)")] + overlay.settings }

  /// Over tables and figures.
  var heading: String {
    "\(nodes) nodes, b = \(overlay.digitBits), l = \(overlay.leafSet), "
      + "\(overlay.build.rawValue), \(overlay.network.text), seed \(overlay.seed)"
  }

  func validate() throws {
    try SimulateOptions.validate(settings)
    guard (2...1_000_000).contains(pairs) else {
      throw ValidationError("--pairs must be 2 to 1000000")
    }
    if overlay.network.model == .constant {
      throw ValidationError(
        "--network constant puts all nodes equally far apart: choose one with near and far nodes")
    }
    guard nodes >= 10 else { throw ValidationError("--nodes must be at least 10") }
  }
}
