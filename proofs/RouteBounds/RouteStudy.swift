import Adversary
public import Bounds
import Randomness
public import RouteSampling

/// Pairs of a sender and a key on one random overlay: the exact delivery of each beside what the
/// sampling engine counts.
///
/// The two sides share the ids, the sender and the key, and nothing else: exact values come from
/// `DefinedRoutes` and integers, counts from the engine's tables, walks and fault sets. Both
/// routers get the same pairs and fault sets.
public struct RouteStudy: Sendable {
  /// What is compared.
  public struct Settings: Hashable, Sendable {
    /// N.
    public var nodes = 100_000
    /// b.
    public var digitBits = 4
    /// l.
    public var leafSetSize = 32
    /// Pairs of a random sender and a random key.
    public var pairs = 100
    /// `prefix` and `anycast`.
    public var routers: [Router] = [.prefix, .anycast(copies: 32)]
    /// Which event is delivery.
    public var event = DeliveryEvent.replicaRoots
    /// f, at most 8 of them, each in 0...1.
    public var faultyFractions = [
      Rational(1, 20), Rational(1, 10), Rational(1, 5), Rational(3, 10), Rational(2, 5),
    ]
    /// Fault sets for each pair and f; the next multiple of 64 is taken.
    public var trials = 10_000_000
    /// Of all random choices.
    public var seed: UInt64 = 1

    /// The comparison of `experiments/exact`.
    public init() {}
  }

  /// What is compared.
  public let settings: Settings
  /// Fault sets for each pair and f, a multiple of 64.
  public var trials: Int { faultBatches * 64 }
  /// Comparisons in all: routers, pairs and f.
  public var comparisons: Int {
    settings.routers.count * settings.pairs * settings.faultyFractions.count
  }

  private let cells: [SamplingCell]
  private let routes: DefinedRoutes
  private var faultBatches: Int { (settings.trials + 63) / 64 }

  /// Builds the overlay.
  /// - Throws: `RouteStudyError` where the engine refuses the settings.
  public init(_ settings: Settings) throws(RouteStudyError) {
    self.settings = settings
    guard settings.trials >= 1, settings.nodes >= 2 else {
      throw RouteStudyError("a comparison needs trials and nodes")
    }
    let stream = StreamKey(seed: settings.seed)["proof routes"]
    var random = RandomStream(stream["nodeIds"][settings.nodes])
    let identifiers = (0..<settings.nodes).map { _ in random.next() }
    do {
      let overlay = try SampledOverlay(
        leadingBits: identifiers,
        configuration: OverlayConfiguration(
          digitBits: settings.digitBits, leafSetSize: settings.leafSetSize))
      let drop = try AttackRegistry.make(AttackSelection(name: "drop", parameters: []))
      let adversary = try StaticAdversary(composing: [drop])
      cells = try settings.routers.map { router in
        try SamplingCell(
          overlay: overlay, router: router, adversary: adversary,
          lanes: settings.faultyFractions.map {
            FaultLane(faultyFraction: $0.double, coalitionFraction: $0.double)
          },
          event: settings.event, stream: stream["lookups"], routesPerBatch: settings.pairs,
          method: .masks)
      }
    } catch {
      throw RouteStudyError("\(error)")
    }
    routes = DefinedRoutes(
      identifiers, digitBits: settings.digitBits, leafSetSize: settings.leafSetSize)
  }

  /// The pairs: the lookups of the engine's first batch.
  public var pairs: [(source: Int, key: UInt64)] { cells.first?.lookups(batch: 0) ?? [] }

  /// The exact delivery of every pair.
  /// - Throws: `RouteStudyError` for a router without copies that stay together.
  /// - Complexity: milliseconds per pair.
  public func exact(_ router: Router) throws(RouteStudyError) -> [RouteDelivery] {
    let copies: Int?
    switch router {
    case .prefix: copies = nil
    case .anycast(let count): copies = count
    default: throw RouteStudyError("the routes of \(router.name) are no forest; take anycast")
    }
    var deliveries: [RouteDelivery] = []
    for (source, key) in pairs {
      let routes = routes.routes(from: source, to: key, copies: copies, event: settings.event)
      guard let delivery = RouteDelivery(routes) else {
        throw RouteStudyError("routes to one key part after they met: the tables are wrong")
      }
      deliveries.append(delivery)
    }
    return deliveries
  }

  /// In how many fault sets the engine delivers each pair, by f.
  /// - Parameters:
  ///   - threads: tasks at a time; the counts do not depend on it.
  ///   - report: takes the fraction that is done.
  public func sampled(
    _ router: Router, threads: Int, report: (Double) -> Void = { _ in }
  ) async -> [[Int]] {
    guard let cell = cells.first(where: { $0.router == router }) else {
      preconditionFailure("\(router.name) is not among the routers of the study")
    }
    let size = max(1, min(512, faultBatches / (4 * threads)))
    let parts = (faultBatches + size - 1) / size
    let zero = [Int](repeating: 0, count: settings.faultyFractions.count)
    var totals = [[Int]](repeating: zero, count: settings.pairs)
    await withTaskGroup(of: [[Int]].self) { group in
      var started = 0
      func start() {
        guard started < parts else { return }
        let part = started * size..<min((started + 1) * size, faultBatches)
        started += 1
        group.addTask { cell.deliveries(batch: 0, faultBatches: part) }
      }
      for _ in 0..<threads { start() }
      var done = 0
      while let counts = await group.next() {
        // Sums of integers: the order of arrival does not matter.
        for pair in totals.indices {
          for lane in zero.indices { totals[pair][lane] += counts[pair][lane] }
        }
        done += 1
        report(Double(done) / Double(parts))
        start()
      }
    }
    return totals
  }

  /// Compares every pair.
  /// - Parameter report: takes the name of a router and the fraction that is done.
  /// - Throws: as `exact`.
  public func compare(
    threads: Int, report: (String, Double) -> Void = { _, _ in }
  ) async throws(RouteStudyError) -> [RouteComparison] {
    var results: [RouteComparison] = []
    for router in settings.routers {
      let exact = try exact(router)
      let counts = await sampled(router, threads: threads) { report(router.name, $0) }
      for (number, pair) in pairs.enumerated() {
        results.append(
          RouteComparison(
            router: router, number: number, source: pair.source, key: pair.key,
            delivery: exact[number], delivered: counts[number], study: self))
      }
    }
    return results
  }
}

/// Why a study cannot be made; the text says what to change.
public struct RouteStudyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The whole message.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}
