import COpenSSL

/// Cryptographic digests of byte strings.
public enum Digest {
  /// The SHA-1 digest, 20 octets; for keys as the papers define them, never for signatures.
  /// - Throws: `OpenSSLError` when the library refuses the algorithm.
  /// - Complexity: O(bytes.count).
  public static func sha1(_ bytes: [UInt8]) throws(OpenSSLError) -> [UInt8] {
    try digest(bytes, EVP_sha1(), count: 20)
  }

  /// The SHA-256 digest, 32 octets.
  /// - Throws: `OpenSSLError` when the library refuses the algorithm.
  /// - Complexity: O(bytes.count).
  public static func sha256(_ bytes: [UInt8]) throws(OpenSSLError) -> [UInt8] {
    try digest(bytes, EVP_sha256(), count: 32)
  }

  /// HMAC with SHA-256 (RFC 2104), 32 octets; key and message may have any length.
  /// - Throws: `OpenSSLError` when the library refuses the algorithm.
  /// - Complexity: O(key.count + message.count).
  public static func hmacSHA256(
    key: [UInt8], message: [UInt8]
  ) throws(OpenSSLError) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: 32)
    var count = 0
    let result = output.withUnsafeMutableBufferPointer { buffer in
      EVP_Q_mac(
        nil, "HMAC", nil, "SHA256", nil, key, key.count, message, message.count,
        buffer.baseAddress, buffer.count, &count)
    }
    guard result != nil, count == 32 else { throw OpenSSLError.drained("compute an HMAC") }
    return output
  }

  private static func digest(
    _ bytes: [UInt8], _ algorithm: OpaquePointer?, count: Int
  ) throws(OpenSSLError) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: count)
    var written: UInt32 = 0
    let status = output.withUnsafeMutableBufferPointer { buffer in
      EVP_Digest(bytes, bytes.count, buffer.baseAddress, &written, algorithm, nil)
    }
    guard status == 1, Int(written) == count else { throw OpenSSLError.drained("compute a digest") }
    return output
  }
}

/// The operating system's cryptographic random generator, reached through OpenSSL.
public enum SecureRandom {
  /// Fresh unpredictable octets.
  /// - Throws: `OpenSSLError` when no entropy can be had.
  public static func bytes(count: Int) throws(OpenSSLError) -> [UInt8] {
    precondition(count > 0, "count must be positive, got \(count)")
    var output = [UInt8](repeating: 0, count: count)
    let status = output.withUnsafeMutableBufferPointer { buffer in
      RAND_bytes(buffer.baseAddress, Int32(clamping: buffer.count))
    }
    try succeed(status, "draw random octets")
    return output
  }
}
