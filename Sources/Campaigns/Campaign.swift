/// A campaign that can be planned, run, resumed, merged, reported and verified.
public struct Campaign: Sendable {
  /// The cells.
  public let plan: CampaignPlan
  /// The nodeIds of a ledger or file; nil for random ones and when they were not needed yet.
  let identifiers: IdentifierSet?
  /// The campaign file as it was named; nil for an absolute path, which only this machine has.
  let specPath: String?

  /// Reads a campaign file, and the ledger or file that it takes nodeIds from.
  /// - Throws: `CampaignError.Code.badSpec` or `.badData`.
  public init(specPath: String) async throws(CampaignError) {
    try await self.init(
      spec: try CampaignSpec(path: specPath), specPath: specPath.hasPrefix("/") ? nil : specPath)
  }

  init(spec: CampaignSpec, specPath: String? = nil) async throws(CampaignError) {
    self.specPath = specPath
    identifiers = try await spec.overlay.identifiers.load()
    plan = try CampaignPlan(spec: spec, identifiers: identifiers?.summary)
  }

  /// Opens a run directory; nodeIds are taken by the content hash that its manifest records.
  /// - Throws: `CampaignError.Code.badData` when it is none, or spec.yaml and manifest differ.
  public init(runDirectory path: String) throws(CampaignError) {
    let directory = RunDirectory(path: path)
    guard directory.holdsRun else {
      throw CampaignError(
        .badData, file: path, "is not a run directory: it has no manifest.json",
        remedy: "`redoubt campaign run FILE --output \(path)` makes one.")
    }
    let manifest = try Manifest(readingFrom: directory.manifestPath)
    identifiers = nil
    specPath = nil
    plan = try CampaignPlan(
      spec: try CampaignSpec(path: directory.specPath), identifiers: manifest.identifiers)
    guard plan.specHash == manifest.specHash else {
      throw CampaignError(
        .badData, file: directory.specPath, "is not the specification that manifest.json records",
        remedy: "Put the original file back, or start a new run.")
    }
  }

  /// The engine over the plan's nodeIds, read again if need be.
  /// - Throws: `.badData` when the ledger or file no longer holds the nodeIds of the run.
  func engine() async throws(CampaignError) -> any CellSampling {
    var nodeIds = identifiers
    if nodeIds == nil { nodeIds = try await plan.spec.overlay.identifiers.load() }
    if nodeIds?.summary.digest != plan.identifiers?.digest {
      throw CampaignError(
        .badData, file: plan.spec.overlay.identifiers.origin,
        "no longer holds the nodeIds that the run began with",
        remedy: "Put them back, or run into another --output.")
    }
    return CampaignEngine(seed: plan.spec.seed, identifiers: nodeIds)
  }
}

extension IdentifierSource {
  /// Where the nodeIds are read, for messages.
  var origin: String {
    switch self {
    case .random: "random"
    case .ledger(let path, _), .file(let path): path
    }
  }

  /// Reads the nodeIds; nil when they are random.
  func load() async throws(CampaignError) -> IdentifierSet? {
    switch self {
    case .random: nil
    case .ledger(let path, let overlay): try await IdentifierSet(ledger: path, overlay: overlay)
    case .file(let path): try IdentifierSet(file: path)
    }
  }
}
