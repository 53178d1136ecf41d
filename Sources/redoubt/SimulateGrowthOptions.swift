import ArgumentParser
import EventSimulation
import ProtocolTime

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
  @Option(
    help: ArgumentHelp(
      "joined: every node joins through the protocol; constructed: all nodes are there with the "
        + "state that joining would give them.", valueName: "how"))
  var build = BuildArgument.joined

  @Option(help: ArgumentHelp("Lookups at each size.", valueName: "n"))
  var lookups: UInt64 = 10_000

  @Option(
    help: ArgumentHelp(
      "Keep so many lookups under way; one that ends starts the next.", valueName: "n"))
  var inFlight = 100

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

  /// The options of `simulate run` but `--nodes`, by name; the run of a size is the run with them.
  var runOptions: [TraceSetting] {
    [
      TraceSetting("seed", "\(seed)"), TraceSetting("digit-bits", "\(digitBits)"),
      TraceSetting("leaf-set", "\(leafSet)"), TraceSetting("network", network.text),
      TraceSetting("build", build.rawValue), TraceSetting("lookups", "\(lookups)"),
      TraceSetting("in-flight", "\(inFlight)"), TraceSetting("settle", settle.text),
    ]
  }

  /// The arguments of `simulate run` at one size.
  func arguments(nodes: Int) -> [String] {
    ["--nodes=\(nodes)"] + runOptions.map { "--\($0.name)=\($0.value)" }
  }

  func validate() throws {
    do {
      // Which values are legal is said in one place.
      _ = try SimulateOptions.parse(arguments(nodes: 2))
    } catch {
      throw ValidationError(SimulateOptions.message(for: error))
    }
  }
}
