import Glibc

/// Standard error, for progress and messages; data goes to standard output.
enum StandardError {
  /// Writes a text; it is lost when standard error cannot take it (`FileHandle` would trap).
  static func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }

  /// Writes one line.
  static func note(_ line: String) {
    write(line + "\n")
  }
}
