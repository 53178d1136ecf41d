public import RingIdentifiers

extension Key {
  /// The key of some data as the papers define it: its SHA-1 digest.
  /// - Throws: `OpenSSLError` when the digest fails.
  public init(sha1Of bytes: [UInt8]) throws(OpenSSLError) {
    self = try Key.named(by: try Digest.sha1(bytes))
  }

  /// The key of some data: the first 160 bits of its SHA-256 digest.
  /// - Throws: `OpenSSLError` when the digest fails.
  public init(truncatedSHA256Of bytes: [UInt8]) throws(OpenSSLError) {
    self = try Key.named(by: try Digest.sha256(bytes))
  }

  private static func named(by digest: [UInt8]) throws(OpenSSLError) -> Key {
    do {
      return try Key(digest: digest)
    } catch {
      throw OpenSSLError(operation: "compute a key", reasons: ["\(error)"])
    }
  }
}

extension NodeId {
  /// A fresh nodeId, uniform over the ring, from the system's generator: for authorities only.
  ///
  /// Uniform and chosen by the authority, so that nobody can place a node beside a key.
  /// Source: [Castro02], routing table maintenance.1.
  /// - Throws: `OpenSSLError` when no entropy can be had.
  public static func assigned() throws(OpenSSLError) -> NodeId {
    let bytes = try SecureRandom.bytes(count: 20)
    do {
      return try NodeId(bytes: bytes)
    } catch {
      throw OpenSSLError(operation: "assign a nodeId", reasons: ["\(error)"])
    }
  }
}
