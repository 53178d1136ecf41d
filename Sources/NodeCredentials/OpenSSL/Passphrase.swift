import COpenSSL

/// A passphrase that protects a private key; its octets are wiped when the value goes out of scope.
///
/// - Note: what the caller read it from (a file's contents, a prompt's line) is the caller's to
///   wipe; `wipe` does that for arrays.
public struct Passphrase: ~Copyable {
  /// The octets and a NUL after them.
  private let octets: UnsafeMutableBufferPointer<UInt8>

  /// More octets than this are refused; other programs cut there, and would open with less.
  public static let maximumCount = 1_000

  /// Takes the first line of a text, as `openssl -passin file:` does: everything up to the first
  /// line feed, without a carriage return before it.
  /// - Returns: nil when it is empty, too long, or holds a NUL, where other programs would stop.
  public init?(firstLineOf text: [UInt8]) {
    var line = text.prefix { $0 != 0x0A }
    if line.last == 0x0D { line = line.dropLast() }
    guard !line.isEmpty, line.count <= Passphrase.maximumCount, !line.contains(0) else {
      return nil
    }
    octets = .allocate(capacity: line.count + 1)
    octets.initialize(repeating: 0)
    _ = octets.update(fromContentsOf: line)
  }

  deinit {
    OPENSSL_cleanse(octets.baseAddress, octets.count)
    octets.deallocate()
  }

  /// Overwrites octets that hold a secret and empties the array.
  public static func wipe(_ secret: inout [UInt8]) {
    secret.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
    secret = []
  }

  /// Lends the octets in the form that OpenSSL takes, with their count; a NUL follows them.
  borrowing func withCharacters<Result>(
    _ body: (UnsafePointer<CChar>?, Int32) -> Result
  ) -> Result {
    UnsafeRawBufferPointer(octets).withMemoryRebound(to: CChar.self) {
      body($0.baseAddress, Int32(clamping: $0.count - 1))
    }
  }
}
