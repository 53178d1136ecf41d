import RouteSampling

/// The engine, as the runner sees it: tests put a cheap one here.
protocol CellSampling: Sendable {
  /// Prepares one pass over `cells`, which agree in everything but f and c.
  /// - Throws: `CampaignError` when the engine cannot measure them.
  func sampler(for cells: [Cell]) throws(CampaignError) -> any BatchSampling
}

/// One pass of the engine over up to 8 cells.
protocol BatchSampling: Sendable {
  /// How the cells are evaluated.
  var evaluation: Evaluation { get }
  /// Quantities that are not measured although a batch has a place for them.
  var unmeasured: [Quantity] { get }
  /// Whether a batch takes so long that a round has only a few.
  var hasLongBatches: Bool { get }

  /// Measures batch number `batch`: a pure function of the pass and the number, and each lane
  /// independent of the other lanes.
  /// - Throws: `CampaignError` when the engine refuses what was not checked before.
  func sample(batch: Int) throws(CampaignError) -> BatchOutcome
}

extension BatchSampling {
  /// Everything is measured.
  var unmeasured: [Quantity] { [] }

  /// Batches are short.
  var hasLongBatches: Bool { false }
}

extension SamplingCell: BatchSampling {
  var evaluation: Evaluation { Evaluation(method) }
}
