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
  func sample(batch: Int) -> BatchOutcome
}

extension SamplingCell: BatchSampling {}
