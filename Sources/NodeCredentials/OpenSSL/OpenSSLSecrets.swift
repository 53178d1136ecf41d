import COpenSSL

/// Comparison of octets of which at least one side is secret.
public enum SecretBytes {
  /// Whether both are the same, in a time that depends on their counts alone.
  /// - Complexity: O(count).
  public static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
  }
}

extension Digest {
  /// scrypt (RFC 7914) with a given salt: for `SecretHash`, and for its tests against the vectors.
  /// - Parameters:
  ///   - rounds: N, a power of two above 1.
  ///   - blockSize: r.
  ///   - parallelism: p.
  ///   - count: how many octets to derive.
  /// - Throws: `OpenSSLError` for parameters that RFC 7914 does not allow, and without memory.
  /// - Complexity: 128 N r octets of memory; time in proportion to N r p.
  package static func scrypt(
    _ secret: [UInt8], salt: [UInt8], rounds: UInt64, blockSize: UInt64, parallelism: UInt64,
    count: Int
  ) throws(OpenSSLError) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: count)
    let status = output.withUnsafeMutableBufferPointer { buffer in
      secret.withUnsafeBytes { bytes in
        EVP_PBE_scrypt(
          bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, salt, salt.count, rounds,
          blockSize, parallelism, scryptMemoryMax, buffer.baseAddress, buffer.count)
      }
    }
    try succeed(status, "compute scrypt")
    return output
  }

  /// A little above the memory of the greatest cost, for the blocks beside the table.
  private static let scryptMemoryMax = UInt64(ScryptCost.memoryByteCountMax) + 1 << 20
}
