import RouteSampling

/// The engine, as the runner sees it: tests put a cheap one here.
protocol CellSampling: Sendable {
  /// Prepares one pass over `cells`, which agree in everything but f and c.
  /// - Throws: `CampaignError` when the engine cannot measure them.
  func sampler(for cells: [Cell]) throws(CampaignError) -> any BatchSampling
}

/// One pass of the engine over up to 8 cells.
protocol BatchSampling: Sendable {
  var method: SamplingMethod { get }

  /// Measures batch number `batch`: a pure function of the pass and the number, and each lane
  /// independent of the other lanes.
  func sample(batch: Int) -> BatchSample
}

/// The outcome of one batch.
struct BatchSample: Sendable {
  /// Routes in the batch.
  let routes: Int
  /// Independent fault sets in the batch; 0 when exact.
  let faultSets: Int
  /// One per cell of the pass, in order.
  let lanes: [LaneSample]
}

/// The outcome of one batch for one cell.
struct LaneSample: Sendable {
  /// Mean probability or frequency of delivery, in 0...1.
  let delivered: Double
  /// Mean hops of the routes.
  let hops: Double
  /// Mean messages per route.
  let messages: Double
  /// The faulty fraction that the adversary reached.
  let faultyFraction: Double
  /// Fraction of lookups in which the routing failure test fired or no answer came.
  let testFired: Double
  /// Fraction of lookups in which a forged root set was accepted.
  let forgeryAccepted: Double
}
