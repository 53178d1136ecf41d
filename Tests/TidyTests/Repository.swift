import Foundation

/// One broken rule, printed as `path:line: what is wrong, and the way out`.
struct Violation: Hashable, CustomStringConvertible {
  var path: String
  var line: Int
  var message: String

  var description: String { "\(path):\(line): \(message)" }
}

/// A text file of the repository, with a view of its code alone.
struct SourceFile: Sendable {
  /// Relative to the root of the repository, with forward slashes.
  let path: String
  let text: String
  /// The text with comments and the contents of string literals blanked; same line numbers.
  let code: String
  /// The text with everything but comments blanked; same line numbers.
  let comments: String

  init(path: String, text: String) {
    self.path = path
    self.text = text
    let mask = SourceMask(text)
    code = mask.code
    comments = mask.comments
  }

  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

  var isSwift: Bool { path.hasSuffix(".swift") }

  /// The part of the house that the file belongs to.
  var owner: Owner { Owner(path: path) }
}

/// A target, or a folder of another kind.
enum Owner: Hashable {
  case target(String)
  case tests
  case benchmarks
  case other

  init(path: String) {
    let parts = path.split(separator: "/").map(String.init)
    switch parts.first {
    case "Sources" where parts.count > 2: self = .target(parts[1])
    case "ca" where parts.count > 2 && path.hasSuffix(".swift"): self = .target(parts[1])
    case "attacks" where path.hasSuffix(".swift"): self = .target("Adversary")
    case "proofs" where parts.count > 2 && path.hasSuffix(".swift"): self = .target(parts[1])
    case "Tests": self = .tests
    case "Benchmarks": self = .benchmarks
    default: self = .other
    }
  }
}

/// The working tree, found from the place of this file.
enum Repository {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Names that git ignores, and git itself.
  static let ignoredNames: Set<String> = [
    ".git", ".build", ".swiftpm", "Package.resolved", "out", "runs",
  ]

  /// Endings of files that are data for programs, not text for readers.
  static let binaryEndings = [".png", ".pdf", ".sqlite", ".der", ".gz", ".zst", ".o", ".profraw"]

  /// Every text file, in path order.
  static func textFiles() throws -> [SourceFile] {
    var paths: [String] = []
    try collect("", into: &paths)
    return try paths.sorted().compactMap { path in
      let data = try Data(contentsOf: root.appending(path: path))
      guard let text = String(data: data, encoding: .utf8) else { return nil }
      return SourceFile(path: path, text: text)
    }
  }

  private static func collect(_ folder: String, into paths: inout [String]) throws {
    let url = folder.isEmpty ? root : root.appending(path: folder)
    for name in try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() {
      // At any depth for the build products, only at the top for the output folders.
      let isOutput = name == "out" || name == "runs"
      if ignoredNames.contains(name) && (!isOutput || folder.isEmpty) { continue }
      let path = folder.isEmpty ? name : folder + "/" + name
      var isDirectory: ObjCBool = false
      let place = root.appending(path: path).path
      guard FileManager.default.fileExists(atPath: place, isDirectory: &isDirectory) else {
        continue
      }
      if isDirectory.boolValue {
        try collect(path, into: &paths)
      } else if !binaryEndings.contains(where: { path.hasSuffix($0) }) {
        paths.append(path)
      }
    }
  }
}
