import ArgumentParser
import EventSimulation
import NetworkModels
import Pastry
import ProtocolTime

/// Everything that a run depends on: the same options give the same events.
struct SimulateOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Nodes of the overlay; under drawn churn their mean number, with a file of sessions the "
        + "first nodes of the file. (default: 1000, or all of the file)", valueName: "n"))
  var nodes: Int?

  @Option(help: ArgumentHelp("Names every random draw.", valueName: "s"))
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Bits of a digit, b, 1 to 8.", valueName: "b"))
  var digitBits = 4

  @Option(help: ArgumentHelp("Members of a leaf set, l, even, 2 to 64.", valueName: "l"))
  var leafSet = 32

  @Option(
    help: ArgumentHelp(
      "constant:SPAN, sphere:SPAN (the farthest), plane:SPAN (a side), planetlab:FILE, "
        + "seattle:FILE, wondernetwork:FILE, freepastry:FILE, coordinates:FILE (fitted to round "
        + "trips), coordinates-one-way:FILE, "
        + "transit-stub, or transit-stub:FILE (GT-ITM). "
        + "Files are plain, not compressed.", valueName: "model"))
  var network = NetworkArgument.standard

  @Option(
    help: ArgumentHelp(
      "constructed: all nodes are there with the state that joining would give them; joined: "
        + "every node joins. (default: constructed; joined with churn)", valueName: "how"))
  var build: BuildArgument?

  @Option(
    help: ArgumentHelp(
      "Measure until so many lookups have ended, in every phase. (default: 10000 unless "
        + "--duration is given or nodes churn)", valueName: "n"))
  var lookups: UInt64?

  @Option(
    help: ArgumentHelp(
      "Lookups per second and node, at exponential intervals. (default: 0.01 with churn or "
        + "--duration)", valueName: "r"))
  var lookupRate: Double?

  @Option(
    help: ArgumentHelp(
      "Keep so many lookups under way; one that ends starts the next. (default: 100 otherwise)",
      valueName: "n"))
  var inFlight: Int?

  @Option(
    help: ArgumentHelp(
      "Measure for this long. (default: 1h with churn unless --lookups is given)",
      valueName: "span"))
  var duration: SpanArgument?

  @Option(
    help: ArgumentHelp(
      "none, exponential:MEAN, weibull:SHAPE:SCALE, pareto:SHAPE:MINIMUM (sessions; another "
        + ":MEAN is the mean time away, else that of the sessions), gnutella:FILE or skype:FILE "
        + "(recorded sessions, from their first moment).", valueName: "model"))
  var churn = ChurnArgument.none

  @Option(
    help: ArgumentHelp(
      "Stop this share of the nodes at one moment without a word, and measure before, right "
        + "after, and after repair.", valueName: "share"))
  var failures: Double?

  @Option(help: ArgumentHelp("Time for repair after failures.", valueName: "span"))
  var repair = SpanArgument(.minutes(10), "10min")

  @Option(
    help: ArgumentHelp(
      "Time between the last join of a joined overlay and the measurement.", valueName: "span"))
  var settle = SpanArgument(.seconds(60), "60s")

  @Option(help: ArgumentHelp("Probability that the network loses a message.", valueName: "p"))
  var loss = 0.0

  @Option(
    help: ArgumentHelp("The most that chance adds to a delay, uniformly.", valueName: "span"))
  var jitter = SpanArgument(.zero, "0s")

  @Option(
    help: ArgumentHelp("The most that a node's clock is ahead at the start.", valueName: "span"))
  var clockSkew = SpanArgument(.zero, "0s")

  @Option(
    help: ArgumentHelp(
      "The most that a node's clock gains or loses, in parts of 2^20 (about ppm), 0 to 1049.",
      valueName: "parts"))
  var clockDrift: Int32 = 0

  @Option(
    help: ArgumentHelp("After this time a lookup counts as lost.", valueName: "span"))
  var deadline = SpanArgument(.seconds(60), "60s")

  /// The most nodes: 16 GiB of state and more.
  static let nodesMax = 4_000_000

  func validate() throws {
    try check("--nodes", nodes.map { (2...Self.nodesMax).contains($0) }, "2 to \(Self.nodesMax)")
    try check("--digit-bits", (1...8).contains(digitBits), "1 to 8")
    try check(
      "--leaf-set", (2...64).contains(leafSet) && leafSet % 2 == 0, "an even number, 2 to 64")
    try check("--lookups", lookups.map { (1...1_000_000_000_000).contains($0) }, "1 to 1e12")
    try check("--lookup-rate", lookupRate.map { $0 >= 1e-6 && $0 <= 1e3 }, "1e-6 to 1000")
    try check("--in-flight", inFlight.map { (1...10_000_000).contains($0) }, "1 to 1e7")
    try check(
      "--duration", duration.map { $0.span > .zero && $0.span <= .hours(2400) },
      "above zero and at most 100d")
    try check("--failures", failures.map { $0 > 0 && $0 < 1 }, "above 0 and below 1")
    try check("--loss", loss >= 0 && loss <= 1, "0 to 1")
    try check("--clock-drift", (0...NodeClock.driftMax).contains(clockDrift), "0 to 1049")
    try check("--jitter", jitter.span <= .minutes(1), "at most 60s")
    try check("--clock-skew", clockSkew.span <= .hours(2400), "at most 100d")
    try check("--repair", repair.span <= .hours(240), "at most 10d")
    try check("--settle", settle.span <= .hours(240), "at most 10d")
    try check(
      "--deadline", deadline.span > .zero && deadline.span <= .hours(1), "above zero, at most 1h")
    if inFlight != nil && lookupRate != nil {
      throw ValidationError("--in-flight and --lookup-rate are two workloads: give one of them")
    }
    if failures != nil && (!churn.isNone || lookupRate != nil || duration != nil) {
      throw ValidationError(
        "--failures measures --lookups with --in-flight in three phases: leave out --churn, "
          + "--lookup-rate and --duration")
    }
    if !churn.isNone && build == .constructed {
      throw ValidationError(
        "--build constructed puts all nodes into the overlay: with --churn use --build joined")
    }
  }

  private func check(_ name: String, _ isLegal: Bool?, _ legal: String) throws {
    if isLegal == false { throw ValidationError("\(name) must be \(legal)") }
  }
}

/// What the options mean, with their defaults filled in.
extension SimulateOptions {
  var isJoined: Bool { build == .joined || !churn.isNone }

  /// How long is measured; nil when a number of lookups ends it.
  var measuredSpan: TimeSpan? {
    duration?.span ?? (churn.isNone || lookups != nil ? nil : .hours(1))
  }

  /// How many lookups end a phase; nil when time does.
  var lookupGoal: UInt64? { lookups ?? (measuredSpan == nil ? 10_000 : nil) }

  /// The number of lookups kept under way; nil when they come at a rate.
  var lookupsInFlight: Int? {
    inFlight ?? (lookupRate == nil && measuredSpan == nil && churn.isNone ? 100 : nil)
  }

  /// Lookups per second and node.
  var ratePerNode: Double { lookupRate ?? 0.01 }

  /// All options as text; parsing them again gives the same run.
  var settings: [TraceSetting] {
    var list: [TraceSetting] = []
    func add(_ name: String, _ value: (some CustomStringConvertible)?) {
      if let value { list.append(TraceSetting(name, value.description)) }
    }
    add("nodes", nodes)
    add("digit-bits", digitBits)
    add("leaf-set", leafSet)
    add("network", network.text)
    add("build", build?.rawValue)
    add("lookups", lookups)
    add("lookup-rate", lookupRate)
    add("in-flight", inFlight)
    add("duration", duration?.text)
    add("churn", churn.text)
    add("failures", failures)
    add("repair", repair.text)
    add("settle", settle.text)
    add("loss", loss)
    add("jitter", jitter.text)
    add("clock-skew", clockSkew.text)
    add("clock-drift", clockDrift)
    add("deadline", deadline.text)
    return list
  }
}
