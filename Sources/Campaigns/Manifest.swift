import Foundation

/// What a run directory is: which specification, which build, which machine, when.
///
/// Nothing of it enters `results.csv`.
struct Manifest: Codable, Equatable {
  static let currentFormat = "redoubt-run/1"

  /// One start of `run` or `resume`.
  struct Run: Codable, Equatable {
    var started: String
    var finished: String?
    var host: Host
    var threads: Int
    var slice: String?
    /// Cells computed by this start.
    var computed: Int
    /// Cells that an earlier start had finished.
    var reused: Int
  }

  /// The machine.
  struct Host: Codable, Equatable {
    var name: String
    var system: String
    var architecture: String
    var cores: Int
  }

  var format: String
  var campaign: String
  var specHash: String
  /// The campaign file as it was named, unless by an absolute path.
  var specPath: String?
  /// SHA-256 of spec.yaml.
  var specFile: String
  var seed: UInt64
  var cells: Int
  var version: String
  var toolchain: String
  var identifiers: IdentifierSummary?
  var runs: [Run]

  init(plan: CampaignPlan) {
    format = Self.currentFormat
    campaign = plan.spec.name
    specHash = plan.specHash
    specFile = ContentHash.hex(of: plan.spec.text)
    seed = plan.spec.seed
    cells = plan.cells.count
    version = CampaignVersion.current
    toolchain = CampaignVersion.toolchain
    identifiers = plan.identifiers
    runs = []
  }

  /// - Throws: `CampaignError.Code.badData`.
  init(readingFrom path: String) throws(CampaignError) {
    let bytes = try AtomicFile.read(path)
    do {
      self = try JSONDecoder().decode(Manifest.self, from: Data(bytes))
    } catch {
      throw CampaignError(.badData, file: path, "is not the manifest of a campaign run")
    }
    guard format == Self.currentFormat else {
      throw CampaignError(
        .badData, file: path, "the run has format '\(format)'",
        remedy: "This build reads \(Self.currentFormat).")
    }
  }

  /// Readable JSON, keys sorted.
  func text() throws(CampaignError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    } catch {
      throw CampaignError(.inconsistent, "the manifest cannot be written: \(error)")
    }
  }
}

extension Manifest.Host {
  /// This machine.
  static var current: Manifest.Host {
    let process = ProcessInfo.processInfo
    #if arch(x86_64)
      let architecture = "x86_64"
    #elseif arch(arm64)
      let architecture = "arm64"
    #else
      let architecture = "other"
    #endif
    return Manifest.Host(
      name: process.hostName, system: process.operatingSystemVersionString,
      architecture: architecture, cores: process.processorCount)
  }
}

/// Which build this is.
public enum CampaignVersion {
  /// The version of Redoubt that shards and manifests record.
  public static let current = "0.1.0"

  /// The compiler, as far as it can be told at build time.
  static var toolchain: String {
    #if compiler(>=6.4)
      "Swift 6.4 or later"
    #elseif compiler(>=6.3)
      "Swift 6.3"
    #else
      "Swift 6.2"
    #endif
  }
}
