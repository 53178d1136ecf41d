import NodeCredentials

/// SHA-256 as 64 lower-case hex digits: names cells, specifications and shards by their content.
enum ContentHash {
  /// The digest of the UTF-8 bytes of `text`.
  static func hex(of text: String) -> String {
    hex(of: text.utf8)
  }

  /// The digest of `bytes`.
  /// - Complexity: O(bytes).
  static func hex(of bytes: some Sequence<UInt8>) -> String {
    guard let digest = try? Digest.sha256(Array(bytes)) else {
      preconditionFailure("this OpenSSL refuses SHA-256")
    }
    let digits = Array("0123456789abcdef")
    return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
