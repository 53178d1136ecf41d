import CertificateCorpus
import Foundation
import NodeCredentials

/// Writes the corpus of good and bad certificates to files, or judges requests of other programs.
@main struct CorpusTool {
  static let usage = """
    usage: redoubt-corpus write DIRECTORY   all entries, their authorities and manifest.csv
           redoubt-corpus seeds DIRECTORY   inputs for the fuzzer, a folder per kind of document
           redoubt-corpus requests FILE...  whether ours accepts each certification request

    Exits with 1 when a verdict is not the expected one or a request is refused, with 64 for wrong
    usage, with 74 when a file cannot be written or read.
    """

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      switch (arguments.first, arguments.count) {
      case ("write", 2): exit(try write(to: URL(fileURLWithPath: arguments[1])) ? 0 : 1)
      case ("seeds", 2):
        try writeSeeds(to: URL(fileURLWithPath: arguments[1]))
      case ("requests", 2...): exit(try judge(requests: arguments.dropFirst()) ? 0 : 1)
      default:
        complain(usage)
        exit(64)
      }
    } catch {
      complain("redoubt-corpus: \(error)")
      exit(74)
    }
  }

  /// Whether all verdicts are the expected ones.
  private static func write(to directory: URL) throws -> Bool {
    let corpus = try Corpus()
    for folder in ["entries", "settings"] {
      try FileManager.default.createDirectory(
        at: directory.appendingPathComponent(folder), withIntermediateDirectories: true)
    }
    var rows = [Manifest.header]
    var isAsExpected = true
    var written: Set<String> = []
    for entry in corpus.entries {
      let file = "entries/\(entry.name).\(entry.isPEM ? "pem" : "der")"
      try Data(entry.octets).write(to: directory.appendingPathComponent(file))
      if written.insert(entry.setting.name).inserted {
        try write(entry.setting, below: directory.appendingPathComponent("settings"))
      }
      let verdict = entry.verdict()
      if verdict != entry.expected {
        isAsExpected = false
        complain("\(entry.name): is \(verdict), must be \(entry.expected)")
      }
      rows.append(Manifest.row(entry, file: file, verdict: verdict))
    }
    let text = rows.map { $0.joined(separator: ",") + "\n" }.joined()
    try Data(text.utf8).write(to: directory.appendingPathComponent("manifest.csv"))
    return isAsExpected
  }

  /// Inputs that reach far: the corpus, signed by the authority of the parser bench.
  private static func writeSeeds(to directory: URL) throws {
    for (name, seeds) in try ParserSeeds.all() {
      let folder = directory.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for seed in seeds {
        try Data(seed.octets).write(
          to: folder.appendingPathComponent("\(seed.name).\(seed.ending)"))
      }
    }
  }

  private static func write(_ setting: CorpusSetting, below directory: URL) throws {
    let folder = directory.appendingPathComponent(setting.name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func write(_ der: [UInt8], _ name: String, _ label: String) throws {
      try Data(der).write(to: folder.appendingPathComponent("\(name).der"))
      try Data(PEM.encode(der, label: label))
        .write(to: folder.appendingPathComponent("\(name).pem"))
    }
    try write(setting.root, "root", "CERTIFICATE")
    try write(setting.issuing, "issuing", "CERTIFICATE")
    try write(setting.list, "list", "X509 CRL")
    for (index, certificate) in setting.between.enumerated() {
      try write(certificate, "between-\(index)", "CERTIFICATE")
    }
  }

  /// Whether all are accepted; one line each.
  private static func judge(requests files: ArraySlice<String>) throws -> Bool {
    var isGood = true
    for file in files {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
      let name = URL(fileURLWithPath: file).lastPathComponent
      do {
        let request = try CertificationRequest(pemOrDER: bytes)
        print("\(name): accepted, \(request.publicKey.algorithm.rawValue)")
      } catch {
        isGood = false
        print("\(name): refused, \(error)")
      }
    }
    return isGood
  }
}

/// The columns of manifest.csv.
enum Manifest {
  static let header = [
    "name", "class", "family", "file", "setting", "between", "expected", "reason", "detail", "ours",
    "shares", "fault",
  ]

  static func row(_ entry: CorpusEntry, file: String, verdict: CorpusVerdict) -> [String] {
    [
      entry.name, entry.kind.rawValue, entry.family.rawValue, file, entry.setting.name,
      String(entry.setting.between.count), word(entry.expected), entry.expected.reason ?? "",
      entry.expected.detail, word(verdict), entry.shares ?? "", entry.fault,
    ].map(quoted)
  }

  private static func word(_ verdict: CorpusVerdict) -> String {
    verdict.reason == nil ? "accepted" : "refused"
  }

  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { ",\"\n".contains($0) }) else { return text }
    return "\"\(text.replacingOccurrences(of: "\"", with: "\"\""))\""
  }
}

/// Prints a line on standard error.
private func complain(_ text: String) {
  FileHandle.standardError.write(Data((text + "\n").utf8))
}
