/// The keys that one mapping of a campaign file may hold.
///
/// The parser accepts nothing else, and a test holds the published JSON Schema to the same lists.
struct SpecKeys: Sendable {
  /// The name of this mapping in messages and, under `$defs`, in the JSON Schema.
  let name: String
  /// Every key, in the order of the documentation.
  let keys: [String]

  static let campaign = SpecKeys(
    name: "campaign",
    keys: [
      "apiVersion", "name", "title", "description", "engine", "seed", "overlay", "events",
      "routers", "attacks", "faultyFraction", "coalitionFraction", "success", "method", "precision",
      "references",
      "formulas", "thresholds", "figures", "exclude",
    ])
  static let overlay = SpecKeys(
    name: "overlay",
    keys: ["ids", "nodes", "digitBits", "leafSetSize", "tables", "network"])
  static let identifiers = SpecKeys(name: "ids", keys: ["random", "ledger", "overlay", "file"])
  static let network = SpecKeys(name: "network", keys: ["plane"])
  static let events = SpecKeys(
    name: "events", keys: ["network", "churn", "warmUp", "replicas", "delivered"])
  static let router = SpecKeys(
    name: "router", keys: ["name", "label"] + RouterRegistry.parameterNames)
  /// A composed attack; a single attack may hold its own parameters instead of `compose`.
  static let attack = SpecKeys(name: "attack", keys: ["name", "label", "compose"])
  static let fractionRange = SpecKeys(name: "fractionRange", keys: ["from", "to", "step"])
  static let precision = SpecKeys(
    name: "precision",
    keys: ["routes", "halfWidth", "confidence", "minBatches", "maxRoutes", "routesPerBatch"])
  static let reference = SpecKeys(
    name: "reference",
    keys: [
      "quantity", "closedForm", "parameters", "values", "relation", "source", "tolerance",
      "relativeTolerance", "because", "require", "engine", "router", "attack", "nodes",
      "digitBits", "leafSetSize",
    ])
  static let formula = SpecKeys(
    name: "formula",
    keys: [
      "title", "formula", "parameters", "published", "relation", "source", "tolerance",
      "relativeTolerance", "because", "require",
    ])
  static let figure = SpecKeys(
    name: "figure", keys: ["name", "title", "x", "y", "scale", "series", "where", "references"])
  static let filter = SpecKeys(
    name: "filter",
    keys: [
      "engine", "router", "attack", "nodes", "digitBits", "leafSetSize", "faultyFraction",
      "coalitionFraction",
    ])

  static let all: [SpecKeys] = [
    campaign, overlay, identifiers, network, events, router, attack, fractionRange, precision,
    reference,
    formula, figure, filter,
  ]

  /// The known key that `key` most resembles, when it is near enough to be a slip of the pen.
  func nearest(to key: String) -> String? {
    Self.nearest(to: key, among: keys)
  }

  /// The candidate within a third of its length in edits, the first of the nearest ones.
  static func nearest(to word: String, among candidates: [String]) -> String? {
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
      let distance = editDistance(Array(word.lowercased()), Array(candidate.lowercased()))
      guard distance <= max(2, candidate.count / 3) else { continue }
      if best.map({ distance < $0.distance }) ?? true { best = (distance, candidate) }
    }
    return best?.candidate
  }

  /// Levenshtein distance.
  private static func editDistance(_ left: [Character], _ right: [Character]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let substituted = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[right.count]
  }
}
