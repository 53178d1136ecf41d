import Foundation

/// The measured networks that ship with the repository, and texts for parsers.
enum BundledData {
  struct Failure: Error {
    var path: String
  }

  /// The bytes of a file below `experiments/networks`, unzipped if its name ends in `.gz`.
  static func bytes(_ name: String) throws -> [UInt8] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    // The sources may be reached by a symbolic link; the data lie beside the real ones.
    let path = root.appendingPathComponent("Tests").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("experiments/networks/\(name)").path
    guard name.hasSuffix(".gz") else {
      guard let data = FileManager.default.contents(atPath: path) else {
        throw Failure(path: path)
      }
      return [UInt8](data)
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/gzip")
    process.arguments = ["-dc", path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0, !data.isEmpty else { throw Failure(path: path) }
    return [UInt8](data)
  }

  /// Calls `parse` on every beginning of a text; what it throws or returns is left to it.
  static func sweep(_ text: String, _ parse: ([UInt8]) -> Void) {
    let bytes = [UInt8](text.utf8)
    for count in 0...bytes.count { parse(Array(bytes.prefix(count))) }
    // Each byte replaced by some that matter to parsers.
    for place in bytes.indices {
      for byte: UInt8 in [0, 9, 10, 32, 34, 44, 45, 46, 57, 255] {
        var changed = bytes
        changed[place] = byte
        parse(changed)
      }
    }
  }
}

/// FNV-1a over whole numbers, to compare results between machines.
struct Digest {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func absorb(_ number: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      value = (value ^ (number >> shift & 0xFF)) &* 0x100_0000_01B3
    }
  }
}
