import Adversary
import EventSimulation
import NetworkModels
import Pastry
import Randomness
import RingIdentifiers
import RouteSampling
import Synchronization

/// Both engines: each cell goes to its own.
struct CampaignEngine: CellSampling {
  private let sampling: RouteSamplingEngine
  private let events: EventEngine

  /// - Parameter identifiers: the nodeIds of a ledger or file; nil for random ones.
  init(seed: UInt64, identifiers: IdentifierSet?) {
    sampling = RouteSamplingEngine(seed: seed, identifiers: identifiers)
    events = EventEngine(seed: seed, identifiers: identifiers)
  }

  func sampler(for cells: [Cell]) throws(CampaignError) -> any BatchSampling {
    switch cells.first?.parameters.engine {
    case .events: try events.sampler(for: cells)
    case .sampling, nil: try sampling.sampler(for: cells)
    }
  }
}

/// The deterministic event simulation behind the runner: the real protocol, message by message.
///
/// One batch is one run: an overlay, a fault set, and `routesPerBatch` lookups. Streams are named
/// by the campaign seed, the overlay and the batch, never by router, attack or f: the run draws all
/// else below them, so that cells that differ in those alone share what they can (common random
/// numbers). NodeIds are those of the sampling engine.
final class EventEngine: CellSampling {
  /// The simulation holds no more coalitions.
  static let coalitionsMax = 32_000.0

  /// Runs one trial: tests put a cheap one here.
  typealias Runner = @Sendable (EventTrial) throws(AttackError) -> EventTrialOutcome

  private struct WorldKey: Equatable {
    let overlay: OverlayParameters
    let network: EventNetwork
    let chosenIdentifiers: Int
  }

  private struct World {
    let nodeIds: ContiguousArray<NodeId>
    /// The ids that the adversary took, and the key that it took them for.
    let chosen: ChosenPlacement?
    let network: Network
  }

  private let seed: UInt64
  private let identifiers: IdentifierSet?
  private let run: Runner
  /// The nodes of the pass before: a plan goes through its overlays one after the other.
  private let last = Mutex<(key: WorldKey, world: World)?>(nil)

  /// - Parameter identifiers: the nodeIds of a ledger or file; nil for random ones.
  init(
    seed: UInt64, identifiers: IdentifierSet?,
    run: @escaping Runner = { trial throws(AttackError) in try trial.run() }
  ) {
    self.seed = seed
    self.identifiers = identifiers
    self.run = run
  }

  func sampler(for cells: [Cell]) throws(CampaignError) -> any BatchSampling {
    guard cells.count == 1, let settings = cells[0].parameters.events else {
      throw CampaignError(.inconsistent, "a pass of the event engine needs one cell of it")
    }
    let cell = cells[0].parameters
    guard let router = cell.router.protocolRouter(cell.overlay) else {
      throw CampaignError(
        .inconsistent, "router '\(cell.router.name)' does not run on engine events")
    }
    let adversary = cell.attack.adversary.identities
    let world = try world(
      WorldKey(
        overlay: cell.overlay, network: settings.network,
        chosenIdentifiers: adversary.chosenIdentifiers))
    let faulty = adversary.faultyFraction(base: cell.faultyFraction, nodes: cell.overlay.nodes)
    let bought = faulty - cell.faultyFraction
    let stream = stream["events"][cell.overlay.canonical(for: .events).text]
    // Bought identities join the coalition. Without one, every faulty node is its own.
    let coalition = max(
      min(cell.coalitionFraction + bought, faulty), 1 / Double(cell.overlay.nodes))
    guard faulty / coalition < Self.coalitionsMax else {
      throw CampaignError(
        .badSpec, "cell '\(cells[0].title)' has more than \(Int(Self.coalitionsMax)) coalitions",
        remedy: "Give a larger coalitionFraction, or exclude the cell.")
    }
    let trial = EventTrial(
      nodeIds: world.nodeIds,
      pastry: PastryConfiguration(
        digitBits: cell.overlay.digitBits, leafSetSize: cell.overlay.leafSetSize),
      lookups: router.lookups, joinsSecurely: router.joinsSecurely, network: world.network,
      churn: settings.churn, faultyFraction: faulty, coalitionFraction: coalition,
      attacks: cell.attack.adversary.protocolAttacks, chosenIds: world.chosen?.nodeIds ?? [],
      replicas: UInt8(settings.replicas),
      lookupCount: cell.precision.routesPerBatch, targetKey: world.chosen?.key,
      warmUp: settings.warmUp, stream: stream)
    return EventPass(
      title: cells[0].title, trial: trial, stream: stream, success: cell.success,
      countsEvery: settings.delivered == .every, run: run)
  }

  private var stream: StreamKey { StreamKey(seed: seed)["campaign"] }

  private func world(_ key: WorldKey) throws(CampaignError) -> World {
    if let hit = last.withLock({ $0.flatMap { $0.key == key ? $0.world : nil } }) { return hit }
    let nodes = key.overlay.nodes
    let nodeIds =
      identifiers.map { ContiguousArray($0.nodeIds) }
      ?? IdentifierSet.drawnNodeIds(nodes: nodes, seed: seed)
    var chosen: ChosenPlacement?
    if key.chosenIdentifiers > 0 {
      let placement = IdentifierSet.drawnPlacement(
        count: key.chosenIdentifiers, nodes: nodes, seed: seed)
      if placement.enclosed(among: nodeIds.lazy.map(\.value.high)) != nil {
        throw CampaignError(
          .badSpec, "the chosen ids around key \(placement.key.hex) would enclose a nodeId",
          remedy: "Another seed gives another target key.")
      }
      chosen = placement
    }
    let world = World(
      nodeIds: nodeIds, chosen: chosen,
      network: try key.network.network(
        nodes: nodes + key.chosenIdentifiers, stream: stream["network"][nodes]))
    last.withLock { $0 = (key, world) }
    return world
  }
}

/// One cell of the event engine.
struct EventPass: BatchSampling {
  let title: String
  /// The run, its stream left to the batch.
  let trial: EventTrial
  let stream: StreamKey
  let success: DeliveryEvent
  /// Whether all correct replica roots must have the message of a secure lookup.
  let countsEvery: Bool
  let run: EventEngine.Runner

  var evaluation: Evaluation { .events }
  var hasLongBatches: Bool { true }
  /// A run counts messages and not their bytes, and waits without telling those in vain apart. Hops
  /// are counted of plain lookups, rounds of secure ones.
  var unmeasured: [Quantity] { [.bytes, .timeouts, isPlain ? .rounds : .hops] }

  private var isPlain: Bool { trial.lookups == .plain }

  func sample(batch: Int) throws(CampaignError) -> BatchOutcome {
    var trial = trial
    trial.stream = stream[batch]
    let outcome: EventTrialOutcome
    do {
      outcome = try run(trial)
    } catch {
      throw CampaignError(
        .badSpec, "cell '\(title)' cannot be simulated: \(error.description)",
        remedy: "Correct the campaign file, or exclude the cell.")
    }
    let isFaultless =
      trial.faultyFraction == 0 && trial.chosenIds.isEmpty && trial.churn == nil
    return BatchOutcome(
      routes: outcome.lookups, faultSets: isFaultless ? 0 : 1, lanes: [lane(outcome)])
  }

  private func lane(_ outcome: EventTrialOutcome) -> LaneOutcome {
    let lookups = Double(max(1, outcome.lookups))
    let answered = Double(max(1, outcome.answered))
    return LaneOutcome(
      deliveredMean: delivered(outcome), hopsMean: Double(outcome.hops) / answered,
      messagesMean: Double(outcome.messages) / lookups,
      faultyFraction: trial.faultyFraction, testFiredMean: Double(outcome.positives) / lookups,
      forgeryAcceptedMean: Double(outcome.falselyAccepted) / lookups,
      costs: LookupCosts(
        bytesMean: 0, roundsMean: Double(outcome.rounds) / answered, timeoutsMean: 0))
  }

  /// The share of lookups that were delivered; 0 when none could be.
  private func delivered(_ outcome: EventTrialOutcome) -> Double {
    let (count, possible) =
      switch (success, isPlain) {
      case (.root, _), (.path, _): (outcome.complete, outcome.lookups)
      case (.replicaRoots, false) where countsEvery:
        // Where all replica roots are faulty there is nobody to be delivered to.
        (outcome.complete, outcome.lookups - outcome.vacuous)
      case (.replicaRoots, _): (outcome.reached, outcome.lookups)
      }
    return possible > 0 ? Double(count) / Double(possible) : 0
  }
}
