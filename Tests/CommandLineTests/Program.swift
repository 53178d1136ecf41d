import Foundation

/// Runs a program to its end and keeps what it printed.
struct Program {
  var status: Int32
  var output: String
  var errors: String

  /// The `redoubt` that was built along with these tests: it lies beside the test bundle.
  static let redoubt = URL(filePath: CommandLine.arguments[0])
    .resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "redoubt")

  /// Runs `executable` in `folder`; both streams are read while it runs, so none can fill up.
  static func run(
    _ executable: URL, _ arguments: [String], environment: [String: String]? = nil,
    in folder: URL? = nil
  ) throws -> Program {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.environment = environment ?? ProcessInfo.processInfo.environment
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    let errorFile = FileManager.default.temporaryDirectory.appending(
      path: "redoubt-stderr-\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString)")
    try Data().write(to: errorFile)
    defer { try? FileManager.default.removeItem(at: errorFile) }
    let errorHandle = try FileHandle(forWritingTo: errorFile)
    process.standardError = errorHandle
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try errorHandle.close()
    return Program(
      status: process.terminationStatus,
      output: String(decoding: output, as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self))
  }
}
