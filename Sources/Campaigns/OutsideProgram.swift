import Foundation

/// A program of somebody else's that is run to its end.
struct OutsideProgram {
  /// Where it is.
  let path: String

  /// The first program of that name on PATH; nil when there is none.
  init?(named name: String) {
    let places = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    let found = places.split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let found else { return nil }
    path = found
  }

  /// How a run ended.
  struct Outcome {
    let status: Int32
    /// What it wrote to standard output.
    let output: [UInt8]
    /// What it wrote to standard error.
    let errors: String
  }

  /// Runs it with an empty standard input.
  ///
  /// Standard error goes to a file, so that a program that fills both outputs cannot block.
  /// - Throws: `CampaignError.Code.toolMissing` when it cannot be started.
  func run(_ arguments: [String], in directory: String? = nil) throws(CampaignError) -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    let output = Pipe()
    let name = "redoubt-\(UUID().uuidString)"
    let errors = FileManager.default.temporaryDirectory.appendingPathComponent(name)
    guard FileManager.default.createFile(atPath: errors.path, contents: nil),
      let sink = FileHandle(forWritingAtPath: errors.path)
    else { throw CampaignError(.cannotCreate, file: errors.path, "cannot be created") }
    defer { try? FileManager.default.removeItem(at: errors) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = sink
    do {
      try process.run()
    } catch {
      throw CampaignError(.toolMissing, file: path, "cannot be started: \(error)")
    }
    let bytes = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    let trouble = (try? Data(contentsOf: errors)).map { String(decoding: $0, as: UTF8.self) }
    return Outcome(status: process.terminationStatus, output: bytes, errors: trouble ?? "")
  }
}
