import Foundation

/// The immutable record of one finished cell.
///
/// Two lines of JSON: a header that names the specification, the cell and the SHA-256 of the second
/// line, and the record itself. Both are canonical, so a cell has the same bytes whoever computes
/// it; the header says which version did.
struct Shard: Equatable {
  static let format = "redoubt-shard/2"
  static let fileExtension = "json"

  let specHash: String
  let version: String
  let cell: String
  let parameters: CanonicalJSON
  let result: CellResult

  init(specHash: String, version: String, cell: Cell, result: CellResult) {
    self.specHash = specHash
    self.version = version
    self.cell = cell.identity
    self.parameters = cell.parameters.canonical
    self.result = result
  }

  /// The bytes of the file.
  var text: String {
    let record = record.text
    let header = CanonicalJSON.object([
      "format": .text(Self.format),
      "spec": .text(specHash),
      "version": .text(version),
      "cell": .text(cell),
      "sha256": .text(ContentHash.hex(of: record)),
    ])
    return header.text + "\n" + record + "\n"
  }

  private var record: CanonicalJSON {
    var quantities: [String: CanonicalJSON] = [:]
    for quantity in Quantity.allCases {
      guard let estimate = result[quantity] else { continue }
      quantities[quantity.rawValue] = .array(
        [estimate.mean, estimate.low, estimate.high].map { .number($0) })
    }
    return .object([
      "parameters": parameters,
      "routes": .integer(result.routes),
      "faultSets": .integer(result.faultSets),
      "quantities": .object(quantities),
      "method": .text(result.evaluation.rawValue),
      "stop": .text(result.end.rawValue),
      "faultyFraction": .number(result.faultyFraction),
      "batchMeans": .array(result.batchMeans.map { .number($0) }),
    ])
  }

  /// Reads the shard of `expected` and checks that it is whole and belongs to this specification.
  /// - Throws: `CampaignError.Code.badData` when it is damaged, `.specMismatch` when it is foreign.
  init(bytes: [UInt8], path: String, expected: Cell, specHash: String) throws(CampaignError) {
    let damaged = { (what: String) in
      CampaignError(
        .badData, file: path, "the shard is damaged: \(what)",
        remedy: "Delete the file, then `redoubt campaign resume` computes the cell again.")
    }
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    guard lines.count == 3, lines[2].isEmpty else { throw damaged("it is cut off") }
    guard let header = try? JSONDecoder().decode(Header.self, from: Data(lines[0])) else {
      throw damaged("its header is not readable")
    }
    guard header.format == Self.format else {
      throw CampaignError(
        .badData, file: path, "the shard has format '\(header.format)'",
        remedy: "This build reads \(Self.format). Run the campaign into a new --output, or delete "
          + "the shards and resume.")
    }
    guard header.spec == specHash else {
      throw CampaignError(
        .specMismatch, file: path, "the shard belongs to another specification",
        remedy: "Only shards of the same campaign file can be put together.")
    }
    guard ContentHash.hex(of: lines[1]) == header.sha256 else {
      throw damaged("its content does not have the SHA-256 of its header")
    }
    guard let record = try? JSONDecoder().decode(Record.self, from: Data(lines[1])),
      let result = record.result
    else { throw damaged("its record is not readable") }
    guard header.cell == expected.identity else {
      throw damaged("it holds cell \(header.cell.prefix(16))")
    }
    self.specHash = specHash
    version = header.version
    cell = header.cell
    parameters = expected.parameters.canonical
    self.result = result
    // The parameters are part of the hashed line: writing again must give the same bytes.
    guard Array(text.utf8) == bytes else { throw damaged("its parameters are not the cell's") }
  }

  private struct Header: Decodable {
    let format: String
    let spec: String
    let version: String
    let cell: String
    let sha256: String
  }

  private struct Record: Decodable {
    let routes: Int
    let faultSets: Int
    /// Mean, low and high by quantity.
    let quantities: [String: [Double]]
    let method: String
    let stop: String
    let faultyFraction: Double
    let batchMeans: [Double]

    var result: CellResult? {
      guard let evaluation = Evaluation(rawValue: method),
        let end = CellAccumulator.End(rawValue: stop), !batchMeans.isEmpty
      else { return nil }
      var estimates: [Quantity: CellEstimate] = [:]
      for quantity in Quantity.allCases {
        guard let values = quantities[quantity.rawValue] else { continue }
        guard values.count == 3 else { return nil }
        estimates[quantity] = CellEstimate(mean: values[0], low: values[1], high: values[2])
      }
      guard estimates[.delivered] != nil else { return nil }
      return CellResult(
        batchMeans: batchMeans, routes: routes, faultSets: faultSets,
        faultyFraction: faultyFraction, evaluation: evaluation, end: end,
        estimates: estimates)
    }
  }
}
