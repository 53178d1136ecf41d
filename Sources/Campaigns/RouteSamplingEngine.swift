import Adversary
import NetworkModels
import Randomness
import RouteSampling
import Synchronization

/// The static Monte Carlo engine behind the runner.
///
/// Streams are named by the campaign seed and the overlay, never by router, attack or f: cells that
/// differ in those alone see the same nodes, routes and coupled faults, so that their difference is
/// paired (common random numbers).
final class RouteSamplingEngine: CellSampling {
  private struct OverlayKey: Equatable {
    let parameters: OverlayParameters
    let chosenIdentifiers: Int
  }

  private let seed: UInt64
  private let identifiers: IdentifierSet?
  /// The overlay of the pass before: a plan goes through its overlays one after the other.
  private let last = Mutex<(key: OverlayKey, overlay: SampledOverlay)?>(nil)

  /// - Parameter identifiers: the nodeIds of a ledger or file; nil for random ones.
  init(seed: UInt64, identifiers: IdentifierSet?) {
    self.seed = seed
    self.identifiers = identifiers
  }

  func sampler(for cells: [Cell]) throws(CampaignError) -> any BatchSampling {
    guard let first = cells.first?.parameters, let adversary = first.attack.adversary.staticForm
    else {
      throw CampaignError(.inconsistent, "a pass of the sampling engine needs a cell of it")
    }
    let overlay = try overlay(
      OverlayKey(
        parameters: first.overlay,
        chosenIdentifiers: adversary.chosenIdentifiers))
    do {
      let cell = try SamplingCell(
        overlay: overlay, router: first.router.engineRouter(first.overlay),
        adversary: adversary,
        lanes: cells.map {
          FaultLane(
            faultyFraction: $0.parameters.faultyFraction,
            coalitionFraction: $0.parameters.coalitionFraction)
        },
        event: first.success, stream: routeStream(first.overlay),
        routesPerBatch: first.precision.routesPerBatch, method: first.method)
      return cell
    } catch {
      throw CampaignError(
        .badSpec, "cell '\(cells[0].title)' cannot be sampled: \(error.description)",
        remedy: "Correct the campaign file, or exclude the cell.")
    }
  }

  /// The stream of routes and fault sets, from the seed and the overlay alone.
  private func routeStream(_ overlay: OverlayParameters) -> StreamKey {
    StreamKey(seed: seed)["campaign"]["routes"][overlay.canonical(for: .sampling).text]
  }

  private func overlay(_ key: OverlayKey) throws(CampaignError) -> SampledOverlay {
    if let hit = last.withLock({ $0.flatMap { $0.key == key ? $0.overlay : nil } }) { return hit }
    // Drop the old graph before the new one is built.
    last.withLock { $0 = nil }
    let built = try build(key)
    last.withLock { $0 = (key, built) }
    return built
  }

  private func build(_ key: OverlayKey) throws(CampaignError) -> SampledOverlay {
    let parameters = key.parameters
    let bits =
      identifiers?.leadingBits ?? IdentifierSet.drawn(nodes: parameters.nodes, seed: seed)
    var positions: [SIMD2<Float>]?
    if parameters.tables == .proximity {
      positions = Plane.positions(
        count: bits.count,
        stream: StreamKey(seed: seed)["campaign"]["positions"][parameters.nodes])
    }
    var chosen: ChosenPlacement?
    if key.chosenIdentifiers > 0 {
      guard parameters.identifiers == .random else {
        throw CampaignError(
          .badSpec, "chosen-ids is impossible where an authority or a file gives the nodeIds",
          remedy: "That is the defence. Use ids: {random: true} to see the attack succeed.")
      }
      chosen = IdentifierSet.drawnPlacement(
        count: key.chosenIdentifiers, nodes: parameters.nodes, seed: seed)
    }
    do {
      return try SampledOverlay(
        leadingBits: bits,
        configuration: try OverlayConfiguration(
          digitBits: parameters.digitBits, leafSetSize: parameters.leafSetSize,
          tables: parameters.tables),
        positions: positions, chosen: chosen)
    } catch {
      throw CampaignError(
        .badSpec, "the overlay of \(parameters.nodes) nodes cannot be built: \(error.description)",
        remedy: chosen == nil ? nil : "Another seed gives another target key.")
    }
  }
}
