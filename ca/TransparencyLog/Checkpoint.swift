/// The identity of a log, the first line of its checkpoints.
///
/// Two origins are equal only when all their octets are.
public struct LogOrigin: Hashable, Comparable, Sendable, CustomStringConvertible {
  private let text: ExactText

  /// Reads an origin of 1 to 255 octets of UTF-8 on one line.
  /// - Throws: `malformed` or `oversize`.
  public init(_ origin: String) throws(TransparencyRejection) {
    try self.init(line: [UInt8](origin.utf8))
  }

  /// Reads an origin from the octets of a line.
  init(line: some Collection<UInt8>) throws(TransparencyRejection) {
    text = try ExactText(line: line, "an origin")
  }

  /// The origin.
  public var description: String { text.string }

  /// By octets.
  public static func < (left: LogOrigin, right: LogOrigin) -> Bool { left.text < right.text }
}

/// What a log signs: that its tree of this size has this root.
///
/// Source: [TlogCheckpoint25].
public struct Checkpoint: Hashable, Sendable {
  /// Which log.
  public let origin: LogOrigin
  /// The number of leaves, below 2^63.
  public let size: UInt64
  /// The root of the tree.
  public let root: MerkleHash
  /// The octets of further lines, which say nothing here; at most 16, and none is empty.
  public let extensionLines: [[UInt8]]

  /// A checkpoint without further lines.
  /// - Precondition: `size` is below 2^63.
  public init(origin: LogOrigin, size: UInt64, root: MerkleHash) {
    precondition(size <= LogLimits.treeSizeMax, "no tree has \(size) leaves")
    self.origin = origin
    self.size = size
    self.root = root
    extensionLines = []
  }

  /// Reads the text of a note; there is one text for each checkpoint.
  /// - Throws: `malformed` or `oversize`.
  public init(text: [UInt8]) throws(TransparencyRejection) {
    var reader = LineReader(text)
    origin = try LogOrigin(line: try reader.line("the origin"))
    guard let size = Decimal.parse(try reader.line("the tree size")) else {
      throw .malformed("the tree size is no decimal number below 2^63 in its shortest form")
    }
    self.size = size
    guard let root = MerkleHash(base64: try reader.line("the root hash")) else {
      throw .malformed("the root hash is no base64 of 32 octets")
    }
    self.root = root
    var lines: [[UInt8]] = []
    while !reader.isAtEnd {
      let line = try reader.line("an extension line")
      guard !line.isEmpty else { throw .malformed("an empty line in a checkpoint") }
      guard lines.count < LogLimits.extensionLinesMax else {
        throw .oversize(part: "a checkpoint's lines", limit: LogLimits.extensionLinesMax)
      }
      lines.append([UInt8](line))
    }
    extensionLines = lines
  }

  /// The text that is signed.
  public var text: [UInt8] {
    var text = [UInt8]("\(origin)\n\(size)\n\(root.base64)\n".utf8)
    for line in extensionLines {
      text += line
      text.append(ASCII.newline)
    }
    return text
  }
}
