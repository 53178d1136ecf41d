public import Pastry
public import SecureRouting

/// The octets of overlay messages, in the bounds of one overlay.
///
/// A message is an octet with the version of the format, one with its kind, and the kind's fields,
/// whose layouts are in `WireKind`. Nodes are named by nodeId. Every message has exactly one
/// encoding, so that octets can be signed and compared: what `decode` accepts, `encode` writes
/// again octet by octet. Who sent a message, where it ends in a stream and who signed it is said
/// around it, not in it.
///
/// The same inputs give the same octets in every process.
public struct WireFormat: Hashable, Sendable {
  /// The version that is written, and the only one that is read.
  public static let version: UInt8 = 1

  /// What is allowed at most.
  let limits: WireLimits
  /// The most octets of any message: an upper bound that the longest one reaches.
  public let sizeMax: Int

  /// The format in the bounds that `isBounded(by:)` demands under these configurations.
  ///
  /// Whatever they allow, a list ends at 65,535 nodes and an object at 2^31 - 1 octets: that is
  /// what a count can say.
  public init(pastry: PastryConfiguration, read: ReadConfiguration = ReadConfiguration()) {
    let limits = WireLimits(pastry: pastry, read: read)
    self.limits = limits
    sizeMax = WireKind.allCases.reduce(0) { max($0, limits.octetsMax(of: $1)) }
  }

  /// The most octets of a message of one kind; its longest message reaches it.
  public func sizeMax(of kind: WireKind) -> Int { limits.octetsMax(of: kind) }

  /// Writes a message.
  /// - Parameters:
  ///   - message: bounded by the configurations of this format.
  ///   - book: where the nodes that it names have their nodeIds.
  /// - Returns: at most `sizeMax` octets.
  /// - Throws: `notInBook` for a node that is not in the book, and for `NodeIndex.none` anywhere
  ///   but in the slot of a cluster's answer; `tooLong` for a list or an object out of bounds.
  /// - Complexity: O(octets), about 40 ns for each node of a list.
  public func encode(
    _ message: OverlayMessage, book: PeerBook
  ) throws(WireEncodingError) -> [UInt8] {
    var writer = WireWriter(self, book, WireKind(message))
    try writer.write(message)
    return writer.octets
  }

  /// Reads a message from a stranger.
  ///
  /// Form comes first: unknown nodes are reported only of octets that are a message otherwise.
  /// - Parameters:
  ///   - octets: one whole message; of any length and content.
  ///   - directory: the nodes whose certificates were verified.
  /// - Returns: a message that `isBounded(by:)` accepts and that names nodes of the directory only.
  /// - Throws: `unknownNodes` when certificates are missing; any other case of `WireError` when
  ///   this is no message.
  /// - Complexity: O(octets), about 50 ns for each node of a list and 150 for an unknown one.
  ///   Nothing is allocated for a list before its count was held against its bound and against the
  ///   octets that are there.
  public func decode(
    _ octets: [UInt8], directory: NodeDirectory
  ) throws(WireError) -> OverlayMessage {
    guard octets.count <= sizeMax else {
      throw .oversize(count: octets.count, limit: sizeMax)
    }
    var reader = WireReader(self, octets, directory)
    let version = try reader.octet()
    guard version == WireFormat.version else { throw .unknownVersion(version) }
    let number = try reader.octet()
    guard let kind = WireKind(octet: number) else { throw .unknownKind(number) }
    let message = try reader.message(kind)
    try reader.finish()
    return message
  }
}
