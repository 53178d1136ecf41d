import ArgumentParser
import Bounds
import RouteBounds
import RouteSampling

/// `redoubt proof routes`.
struct ProofRoutesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "routes",
    abstract: "Exact delivery of given senders and keys against the sampling engine.",
    discussion: """
      Draws an overlay and pairs of a sender and a key. The exact delivery of a pair is a \
      polynomial with integer coefficients in 1 - f, from the routes of all copies; the engine \
      counts the fault sets in which the same pair is delivered. All exact values must be in \
      Clopper-Pearson intervals with an error of .001 for all of them together; else the exit code \
      is 1.

      A decimal that ends in … goes on; its digits are cut off, not rounded. The same seed gives \
      the same output at any number of threads.
      """)

  @Option(help: "Nodes of the overlay, N.")
  var nodes = 100_000

  @Option(help: "Bits per digit, b.")
  var digitBits = 4

  @Option(help: "Leaf-set size, l: even.")
  var leafSet = 32

  @Option(help: "Pairs of a random sender and a random key.")
  var pairs = 100

  @Option(help: "Router: prefix or anycast; give it twice for both, as without it.")
  var router: [ProvenRouter] = [.prefix, .anycast]

  @Option(help: "Copies that anycast sends, at most the leaf-set size.")
  var copies = 32

  @Option(
    help: """
      Faulty fraction f in 0...1, exact, such as 0.05 or 1/20, of at most 1,200 digits; at most 8 \
      of them.
      """)
  var faultyFraction: [FractionArgument] = [
    FractionArgument(1, 20), FractionArgument(1, 10), FractionArgument(1, 5),
    FractionArgument(3, 10), FractionArgument(2, 5),
  ]

  @Option(help: "What counts as delivery: replica-roots, path or root.")
  var event = ProvenEvent.replicaRoots

  @Option(help: "Fault sets for each pair and f; the next multiple of 64 is taken.")
  var trials = 10_000_000

  @Option(help: "Seed of all random choices.")
  var seed: UInt64 = 1

  @Option(help: "Also write every comparison to this file.")
  var csv: String?

  @Option(
    help:
      "Also write curves over f of the lowest, middle and highest pair of a router to this file."
  )
  var curves: String?

  @Option(help: "Print as text or json.")
  var format = ProvenRoutesFormat.text

  @Option(help: "Sample on this many threads; results do not depend on it.")
  var threads = ThreadCount.all

  func validate() throws {
    guard (3...10_000_000).contains(nodes) else {
      throw ValidationError("--nodes must be in 3...10000000")
    }
    guard (1...10_000).contains(pairs) else {
      throw ValidationError("--pairs must be in 1...10000")
    }
    guard (1...1_000_000_000_000).contains(trials) else {
      throw ValidationError("--trials must be in 1...10^12")
    }
    guard (1...8).contains(faultyFraction.count) else {
      throw ValidationError("--faulty-fraction can be given at most 8 times")
    }
    guard Set(router).count == router.count else {
      throw ValidationError("--router names a router twice")
    }
    guard Set(faultyFraction).count == faultyFraction.count else {
      throw ValidationError("--faulty-fraction names a fraction twice")
    }
  }

  func run() async throws {
    var settings = RouteStudy.Settings()
    settings.nodes = nodes
    settings.digitBits = digitBits
    settings.leafSetSize = leafSet
    settings.pairs = pairs
    settings.routers = router.map { $0 == .prefix ? .prefix : .anycast(copies: copies) }
    settings.event = event.engineEvent
    settings.faultyFractions = faultyFraction.map(\.value)
    settings.trials = trials
    settings.seed = seed
    // A file that cannot be written is known before the sampling starts.
    let csvFile = try csv.map(Self.open)
    let curvesFile = try curves.map(Self.open)
    let report: RouteReport
    do {
      let study = try RouteStudy(settings)
      let progress = TenthsProgress()
      report = RouteReport(
        study, try await study.compare(threads: threads.value) { progress.show($0, $1) })
    } catch {
      StandardError.note("error: \(error)")
      throw ExitCode(65)
    }
    switch format {
    case .text: print(report.text, terminator: "")
    case .json: print(report.json, terminator: "")
    }
    if let csvFile { try Self.write(report.csv, to: csvFile) }
    if let curvesFile { try Self.write(report.curves, to: curvesFile) }
    if report.outside > 0 {
      StandardError.note("\(report.outside) exact values are outside of their intervals")
      throw ExitCode(1)
    }
  }

  private static func open(_ path: String) throws -> SimulateOutputFile {
    try orExit { () throws(SimulateError) in try SimulateOutputFile(path, isStream: false) }
  }

  private static func write(_ text: String, to file: SimulateOutputFile) throws {
    try orExit { () throws(SimulateError) in
      try file.write(Array(text.utf8))
      try file.finish()
    }
  }

  private static func orExit<Value>(_ work: () throws(SimulateError) -> Value) throws -> Value {
    do throws(SimulateError) {
      return try work()
    } catch {
      StandardError.note("error: \(error)")
      throw ExitCode(74)
    }
  }
}

/// The routers whose routes are known to stay together.
enum ProvenRouter: String, ExpressibleByArgument, CaseIterable {
  case prefix
  case anycast
}

/// How `redoubt proof routes` prints.
enum ProvenRoutesFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
}

/// The events by their names on the command line.
enum ProvenEvent: String, ExpressibleByArgument, CaseIterable {
  case replicaRoots = "replica-roots"
  case path
  case root

  var engineEvent: DeliveryEvent {
    switch self {
    case .replicaRoots: .replicaRoots
    case .path: .path
    case .root: .root
    }
  }
}

/// A fraction in 0...1 on the command line, exact.
struct FractionArgument: ExpressibleByArgument, Hashable {
  let value: Rational

  init(_ numerator: Int, _ denominator: Int) {
    value = Rational(numerator, denominator)
  }

  init?(argument: String) {
    // As many digits as a bound takes: longer fractions would be weighed for hours.
    guard argument.utf8.count <= 2_500, let value = Rational(argument),
      BoundParameter.Domain.fraction.fault(of: value) == nil
    else { return nil }
    self.value = value
  }

  var defaultValueDescription: String { CertifiedDecimal(value, digits: 6).description }
}
