import Campaigns
import EventSimulation
import Foundation

/// The folder in which the results of finished sizes are kept, so that a study goes on where it was
/// stopped.
struct SimulateGrowthStore {
  /// What all results of a folder have in common.
  private struct Settings: Codable, Equatable {
    var schema = SimulateGrowthStore.schema
    var version = SimulateGrowthStore.version
    let settings: [String: String]
  }

  static let schema = "redoubt-growth"
  static let version = 1

  let folder: String

  /// Opens a folder for results of these settings, or makes it.
  /// - Throws: `SimulateError` when it holds results of other settings or cannot be written.
  init(_ folder: String, settings: [TraceSetting]) throws(SimulateError) {
    self.folder = folder
    let wanted = Settings(settings: settings.byName)
    let path = folder + "/settings.json"
    if FileManager.default.fileExists(atPath: path) {
      let found: Settings = try Self.read(path)
      guard found != wanted else { return }
      throw SimulateError(
        .usage,
        "\(folder): holds results of other settings (\(Self.difference(found, wanted))); "
          + "choose another --output, or give the settings that it has")
    }
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw SimulateError(.inputOutput, "\(folder): cannot be made: \(error.localizedDescription)")
    }
    try Self.write(wanted, to: path)
  }

  private static func difference(_ found: Settings, _ wanted: Settings) -> String {
    if found.schema != wanted.schema || found.version != wanted.version {
      return "\(found.schema) \(found.version), not \(wanted.schema) \(wanted.version)"
    }
    let names = Set(found.settings.keys).union(wanted.settings.keys).sorted()
    return names.filter { found.settings[$0] != wanted.settings[$0] }
      .map { name in
        "\(name): \(found.settings[name] ?? "none") there, "
          + "\(wanted.settings[name] ?? "none") now"
      }.joined(separator: "; ")
  }

  /// Where the result of a size is.
  func path(nodes: Int) -> String { "\(folder)/\(nodes).json" }

  /// The result of a size; nil when it is still to be run.
  /// - Throws: `SimulateError` when the file is damaged.
  func result(nodes: Int) throws(SimulateError) -> SimulateGrowthSize? {
    let path = path(nodes: nodes)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let size: SimulateGrowthSize = try Self.read(path)
    guard size.nodes == nodes else {
      throw SimulateError(
        .data, "\(path): is the result of \(size.nodes) nodes; delete it to run this size again")
    }
    return size
  }

  /// Keeps the result of a size: whole or not at all.
  static func write(_ value: some Encodable, to path: String) throws(SimulateError) {
    let file = try SimulateOutputFile(path, isStream: false)
    try file.write(json: value)
    try file.finish()
  }

  private static func read<Value: Decodable>(_ path: String) throws(SimulateError) -> Value {
    let data = Data(try SimulateInputFile.data(path))
    do {
      return try JSONDecoder().decode(Value.self, from: data)
    } catch {
      throw SimulateError(
        .data, "\(path): is not what 'simulate growth' writes; delete it to run this again")
    }
  }
}
