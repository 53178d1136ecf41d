import EventSimulation
import Glibc
import ProtocolTime
import RouteSampling

/// Rough run times, for `plan` and for the progress bar; results do not depend on them.
enum CostModel {
  /// Single-core time of one route of one engine pass, in nanoseconds.
  static func nanosecondsPerRoute(_ cell: CellParameters, lanes: Int) -> Double {
    if cell.engine == .events { return nanosecondsPerLookup(cell) }
    let levels = log2(Double(cell.overlay.nodes)) / Double(cell.overlay.digitBits)
    let hop = cell.overlay.nodes > 300_000 ? 30.0 : 15.0
    let path = 40 + hop * levels
    let work = path * cell.router.descriptor.routesPerLookup(cell.router)
    switch cell.method ?? cell.router.methods[0] {
    case .exact: return work
    case .masks:
      // All lanes share the walk, and fault sets are drawn where it looks.
      return 2 * work
    case .trials: return Double(lanes) * (work + 1_000)
    }
  }

  /// Single-core time of one lookup of the event engine with its share of the run, in nanoseconds:
  /// a run constructs the overlay, and events take about a microsecond.
  private static func nanosecondsPerLookup(_ cell: CellParameters) -> Double {
    let isPlain = cell.router.protocolRouter(cell.overlay)?.lookups == .plain
    let lookup = isPlain ? 20_000.0 : 450_000
    // With churn, nodes join, probe and repair, and a run begins some minutes before its lookups.
    let minutes = (cell.events?.warmUp ?? .minutes(5)).seconds / 60
    let node = cell.events?.churn == nil ? 100_000.0 : 500_000 + 100_000 * minutes
    return lookup + node * Double(cell.overlay.nodes) / Double(cell.precision.routesPerBatch)
  }

  /// Single-core time to build one overlay, in nanoseconds.
  static func nanosecondsToBuild(_ overlay: OverlayParameters) -> Double {
    let rows = log2(Double(overlay.nodes)) / Double(overlay.digitBits)
    let cells = Double(overlay.nodes) * rows * Double(1 << overlay.digitBits)
    return 150 * Double(overlay.nodes) + 10 * cells
  }
}

extension Precision {
  /// Routes of a cell, rounded up to whole batches; a guess for a half-width.
  var expectedRoutes: Int {
    switch stop {
    case .routes: maxBatches * routesPerBatch
    case .halfWidth: min(maxBatches, max(minBatches, 2_000)) * routesPerBatch
    }
  }
}
