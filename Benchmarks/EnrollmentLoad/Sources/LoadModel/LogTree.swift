public import Foundation

/// Why a published log cannot be read.
public struct LogTreeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Which file, and what is wrong with it.
  public let description: String

  init(_ description: String) { self.description = description }
}

/// A transparency log as its static files show it: C2SP tiles, read without the authority's code.
///
/// Only what the crash test needs: size and root of the checkpoint, the leaves, and the root that
/// follows from them by the definition of RFC 6962 section 2.1. Signatures are the audit's part.
public struct LogTree: Sendable {
  /// How many leaves the checkpoint speaks for.
  public let size: Int
  /// The root hash that the checkpoint states.
  public let root: [UInt8]
  /// The leaves: DER certificates.
  public let leaves: [[UInt8]]

  /// How many entries a full bundle has.
  public static let bundleCount = 256
  /// A larger log is not read: 10 million certificates are beyond any crash test.
  public static let sizeMax = 10_000_000

  /// Reads the checkpoint and all entry bundles below `folder`.
  /// - Throws: `LogTreeError` at the first file that is missing or malformed.
  /// - Complexity: O(size).
  public init(folder: URL) throws(LogTreeError) {
    let head = try LogTree.checkpoint([UInt8](LogTree.read(folder, "checkpoint")))
    (size, root) = head
    var leaves: [[UInt8]] = []
    leaves.reserveCapacity(size)
    for (path, count) in LogTree.bundlePaths(size: size) {
      guard let entries = LogTree.entries(bundle: [UInt8](try LogTree.read(folder, path))),
        entries.count == count
      else { throw LogTreeError("\(path) does not hold \(count) entries") }
      leaves += entries
    }
    self.leaves = leaves
  }

  private static func read(_ folder: URL, _ path: String) throws(LogTreeError) -> Data {
    do {
      return try Data(contentsOf: folder.appending(path: path))
    } catch {
      throw LogTreeError("\(path) cannot be read")
    }
  }

  /// Size and root of a checkpoint; its other lines and its signatures are skipped.
  /// - Throws: `LogTreeError`.
  public static func checkpoint(
    _ bytes: [UInt8]
  ) throws(LogTreeError) -> (size: Int, root: [UInt8]) {
    let lines = bytes.split(
      separator: 0x0A, maxSplits: 3, omittingEmptySubsequences: false)
    guard lines.count == 4, !lines[0].isEmpty, let first = lines[1].first,
      lines[1].allSatisfy({ (0x30...0x39).contains($0) }), lines[1].count == 1 || first != 0x30,
      let size = Int(String(decoding: lines[1], as: UTF8.self)), size <= sizeMax,
      let root = Data(base64Encoded: Data(lines[2])), root.count == 32
    else { throw LogTreeError("the checkpoint is not origin, size and root on three lines") }
    return (size, [UInt8](root))
  }

  /// The bundles of a log of this size in order, with the number of entries in each.
  public static func bundlePaths(size: Int) -> [(path: String, count: Int)] {
    stride(from: 0, to: size, by: bundleCount).map { start in
      let count = min(bundleCount, size - start)
      let path = "tile/entries/" + tileName(start / bundleCount)
      return (count == bundleCount ? path : path + ".p/\(count)", count)
    }
  }

  /// A tile number in groups of three digits, all but the last marked with an x.
  static func tileName(_ number: Int) -> String {
    var rest = number
    var groups: [String] = []
    repeat {
      let digits = String(rest % 1_000)
      let padded = String(repeating: "0", count: 3 - digits.count) + digits
      groups.append(groups.isEmpty ? padded : "x" + padded)
      rest /= 1_000
    } while rest > 0
    return groups.reversed().joined(separator: "/")
  }

  /// The entries of a bundle: each has its length in two octets before it.
  /// - Returns: nil when the last one is cut off.
  public static func entries(bundle bytes: [UInt8]) -> [[UInt8]]? {
    var entries: [[UInt8]] = []
    var rest = bytes[...]
    while let high = rest.popFirst() {
      guard let low = rest.popFirst() else { return nil }
      let count = Int(high) << 8 | Int(low)
      guard count <= rest.count else { return nil }
      entries.append([UInt8](rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    return entries
  }

  /// The root hash of leaves by the recursive definition; the plainest form there is.
  /// - Parameter hash: SHA-256.
  /// - Complexity: O(n) hashes, O(log n) depth.
  public static func root<Failure>(
    of leaves: ArraySlice<[UInt8]>, hash: ([UInt8]) throws(Failure) -> [UInt8]
  ) throws(Failure) -> [UInt8] {
    guard let first = leaves.first else { return try hash([]) }
    guard leaves.count > 1 else { return try hash([0] + first) }
    var half = 1
    while half * 2 < leaves.count { half *= 2 }
    let middle = leaves.startIndex + half
    let left = try root(of: leaves[..<middle], hash: hash)
    let right = try root(of: leaves[middle...], hash: hash)
    return try hash([1] + left + right)
  }
}
