/// Files that may waive the compiler's checks with `@unchecked Sendable` or `nonisolated(unsafe)`,
/// each with the proof, in at least five words, that no two threads can meet there.
///
/// The tidy test refuses a waiver without an entry, and an entry without a waiver.
let uncheckedAllowList: [String: String] = [
  "Sources/RouteSampling/FlatColumn+Unsafe.swift":
    "only the initialiser that fills a column writes it, before the owner is shared with any thread"
]
