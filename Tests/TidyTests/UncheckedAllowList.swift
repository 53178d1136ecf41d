/// Files that may waive the compiler's checks with `@unchecked Sendable` or `nonisolated(unsafe)`,
/// each with the proof, in at least five words, that no two threads can meet there.
///
/// The tidy test refuses a waiver without an entry, and an entry without a waiver.
let uncheckedAllowList: [String: String] = [
  "Sources/NodeCredentials/OpenSSL/OpenSSLKeys.swift":
    "a key owns its only handle and never changes; OpenSSL 3 allows concurrent use of such a key",
  "Sources/NodeCredentials/OpenSSL/OpenSSLStatus.swift":
    "a signer's certificate is only read after init; OpenSSL 3 lets threads read one",
  "Sources/NodeCredentials/OpenSSL/OpenSSLVerification.swift":
    "nothing changes after init; OpenSSL 3 lets threads share an unchanging store",
  "proofs/Bounds/BigInteger+Unsafe.swift":
    "a cell is written while it is made, before anybody else has it, and never after",
  "Tests/Fuzzing/Sources/redoubt-fuzz/main.swift":
    "set before the fuzzer starts, which calls back on the main thread alone",
  "Sources/RouteSampling/FlatColumn+Unsafe.swift":
    "only the initialiser that fills a column writes it, before its owner is shared with a thread",
]
