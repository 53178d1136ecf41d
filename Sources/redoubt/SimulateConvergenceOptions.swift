import ArgumentParser
import EventSimulation
import ProtocolTime

/// The overlay of a convergence study, and how many pairs are looked at.
struct SimulateConvergenceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Nodes of the overlay.", valueName: "n"))
  var nodes = 10_000

  @Option(
    help: ArgumentHelp(
      "joined: every node joins through the protocol; constructed: all nodes are there, with "
        + "the nearest of 16 random nodes in each slot, so that near nodes have not near tables.",
      valueName: "how"))
  var build = BuildArgument.joined

  @Option(help: ArgumentHelp("Pairs of sources in each bin of delays, 2 to 1e6.", valueName: "n"))
  var pairs = 1_000

  @Option(help: ArgumentHelp("Names every random draw.", valueName: "s"))
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Bits of a digit, b, 1 to 8.", valueName: "b"))
  var digitBits = 4

  @Option(help: ArgumentHelp("Members of a leaf set, l, even, 2 to 64.", valueName: "l"))
  var leafSet = 32

  @Option(
    help: ArgumentHelp(
      "As for 'simulate run', with all its models but 'constant', which has no near and far.",
      valueName: "model"))
  var network = NetworkArgument.standard

  @Option(
    help: ArgumentHelp(
      "Time between the last join of a joined overlay and the lookups.", valueName: "span"))
  var settle = SpanArgument(.seconds(60), "60s")

  /// The same overlay as options of `simulate run`.
  var runOptions: [TraceSetting] {
    [
      TraceSetting("nodes", "\(nodes)"), TraceSetting("seed", "\(seed)"),
      TraceSetting("digit-bits", "\(digitBits)"), TraceSetting("leaf-set", "\(leafSet)"),
      TraceSetting("network", network.text), TraceSetting("build", build.rawValue),
      TraceSetting("settle", settle.text),
    ]
  }

  /// Those options, parsed.
  func parsed() throws -> SimulateOptions {
    try SimulateOptions.parse(runOptions.map { "--\($0.name)=\($0.value)" })
  }

  func validate() throws {
    do {
      _ = try parsed()
    } catch {
      // Which values are legal is said in one place.
      throw ValidationError(SimulateOptions.message(for: error))
    }
    guard (2...1_000_000).contains(pairs) else {
      throw ValidationError("--pairs must be 2 to 1000000")
    }
    if network.model == .constant {
      throw ValidationError(
        "--network constant puts all nodes equally far apart: choose one with near and far nodes")
    }
    guard nodes >= 10 else { throw ValidationError("--nodes must be at least 10") }
  }
}
