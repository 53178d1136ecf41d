/// A construct that has no place somewhere, with what to use instead.
///
/// Every rule carries a sample that it must catch and one that it must leave alone; the tests run
/// both, so that no rule can be added that never fires.
struct BannedCall: Sendable {
  enum Place: Sendable {
    /// Deterministic code: the cores and the engines.
    case deterministic
    /// Every target, but not the tests.
    case sources
    case tests
    /// Every target but the named one, save files that are named `+Unsafe.swift`.
    case outside(String)
  }

  let name: String
  let place: Place
  /// A regular expression over code without comments and literals.
  let pattern: String
  /// Labels, one of which makes the call legal; empty when nothing does.
  var legalLabels: [String] = []
  let replacement: String
  let violating: String
  let legal: String

  /// Targets whose output must be a function of their inputs alone.
  static let deterministicTargets: Set<String> = [
    "RingIdentifiers", "Randomness", "Statistics", "SecureRouting", "NetworkModels", "Adversary",
    "RouteSampling", "ProtocolTime", "Pastry", "OverlayWire", "EventSimulation", "Bounds",
  ]

  func applies(to owner: Owner) -> Bool {
    switch (place, owner) {
    case (.deterministic, .target(let target)): Self.deterministicTargets.contains(target)
    case (.sources, .target): true
    case (.outside(let home), .target(let target)): target != home
    case (.tests, .tests): true
    default: false
    }
  }

  func violations(in file: SourceFile) throws -> [Violation] {
    guard file.isSwift, applies(to: file.owner) else { return [] }
    if case .outside = place, file.path.hasSuffix("+Unsafe.swift") { return [] }
    return try file.matches(pattern).compactMap { match in
      if !legalLabels.isEmpty {
        let arguments = Self.arguments(after: match.rest.dropFirst(match.text.count - 1))
        if legalLabels.contains(where: { arguments.contains($0) }) { return nil }
      }
      return Violation(
        path: file.path, line: match.line, message: "\(name) is banned here; \(replacement)")
    }
  }

  /// The text between the parenthesis at the start of `text` and the one that closes it.
  private static func arguments(after text: Substring) -> Substring {
    var depth = 0
    for index in text.indices {
      if text[index] == "(" { depth += 1 }
      if text[index] == ")" { depth -= 1 }
      if depth == 0 { return text[..<index] }
    }
    return text
  }
}

extension BannedCall {
  private static let stream = "draw from a named Randomness.RandomStream"
  private static let input = "take it as an input"

  static let all: [BannedCall] = randomness + time + concurrency + traps + pointers + tests

  private static let randomness: [BannedCall] = [
    BannedCall(
      name: "random(in:) without a generator", place: .sources,
      pattern: #"\.random\s*\((?=\s*in\b)"#, legalLabels: ["using:"],
      replacement: "\(stream) (`using:`)", violating: "let die = Int.random(\n  in: 1...6)",
      legal: "let die = Int.random(\n  in: 1...6, using: &stream)"),
    // NodeCredentials draws secrets and serial numbers from the system generator, under this name.
    BannedCall(
      name: "random() without a generator", place: .deterministic,
      pattern: #"\.random\s*\((?!\s*in\b)"#, legalLabels: ["using:", "from:"],
      replacement: "\(stream) (`using:` or `from:`)", violating: "let coin = Bool.random()",
      legal: "let id = NodeId.random(from: &stream)"),
    BannedCall(
      name: "shuffling without a generator", place: .sources, pattern: #"\.shuffled?\s*\("#,
      legalLabels: ["using:"], replacement: "\(stream) (`shuffled(using:)`)",
      violating: "let order = nodes.shuffled()", legal: "let order = nodes.shuffled(using: &stream)"
    ),
    BannedCall(
      name: "randomElement without a generator", place: .sources,
      pattern: #"\.randomElement\s*\("#, legalLabels: ["using:"],
      replacement: "\(stream) (`randomElement(using:)`)",
      violating: "let node = nodes.randomElement()",
      legal: "let node = nodes.randomElement(using: &stream)"),
    BannedCall(
      name: "SystemRandomNumberGenerator", place: .sources,
      pattern: #"\bSystemRandomNumberGenerator\b"#,
      replacement: "\(stream), or for secrets the system generator behind NodeCredentials",
      violating: "var generator = SystemRandomNumberGenerator()",
      legal: "var generator = RandomStream(key)"),
    BannedCall(
      name: "the C library's generator", place: .sources,
      pattern: #"\b(?:arc4random\w*|drand48|rand|srand|srandom)\s*\("#, replacement: stream,
      violating: "let x = drand48()", legal: "let x = stream.unit(); operand(x)"),
    BannedCall(
      name: "UUID", place: .deterministic, pattern: #"\bUUID\b"#,
      replacement: "name things by their place: (cell, trial, node)",
      violating: "let name = UUID()", legal: "let name = cell.index // no UUID"),
    BannedCall(
      name: "Hasher for a stored value", place: .deterministic,
      pattern: #"\bHasher\s*\(|\.hashValue\b"#,
      replacement: "it differs between processes: use StreamKey or a digest",
      violating: "let digest = key.hashValue",
      legal: "func hash(into hasher: inout Hasher) { hasher.combine(code) }"),
    BannedCall(
      name: "iterating keys or values of a dictionary", place: .deterministic,
      pattern: #"\bin\s+[\w.]+\.(?:keys|values)\s*(?:\{|where\b)"#,
      replacement: "the order differs between processes: iterate `.keys.sorted()` or an array",
      violating: "for key in table.keys { emit(key) }",
      legal: "for key in table.keys.sorted() { emit(key) }"),
  ]

  private static let time: [BannedCall] = [
    BannedCall(
      name: "Date", place: .deterministic, pattern: #"\bDate\b"#,
      replacement: "\(input) (`now`, UInt64 nanoseconds)",
      violating: "let start = Date()", legal: "let start = now // not a Date"),
    BannedCall(
      name: "a clock", place: .deterministic,
      pattern: #"\b(?:ContinuousClock|SuspendingClock|DispatchTime|clock_gettime|gettimeofday)\b"#,
      replacement: "\(input) (`now`, UInt64 nanoseconds)",
      violating: "let clock = ContinuousClock()", legal: "let clockwise = key &- node"),
  ]

  private static let concurrency: [BannedCall] = [
    BannedCall(
      name: "a task", place: .deterministic,
      pattern: #"\b(?:Task|with\w*TaskGroup|Dispatch\w+|Thread)\b|\basync\s+let\b"#,
      replacement: "cores are values; Campaigns runs independent batches in a task group",
      violating: "Task { await step() }", legal: "let taskCount = batches.count"),
    BannedCall(
      name: "async code", place: .deterministic, pattern: #"\b(?:async|await|actor)\b"#,
      replacement: "cores are values; append actions to the caller's buffer",
      violating: "func step() async {}", legal: "func step() {} // async elsewhere"),
  ]

  private static let traps: [BannedCall] = [
    BannedCall(
      name: "try!", place: .sources, pattern: #"\btry!"#,
      replacement: "handle the error, or declare `throws(SpecificError)`",
      violating: "let file = try! open()", legal: "let file = try? open()"),
    BannedCall(
      name: "fatalError", place: .sources, pattern: #"\bfatalError\s*\("#,
      replacement: "use `precondition` with values for a programmer error, throw for the rest",
      violating: "fatalError()", legal: "preconditionFailure(\"fatalError( in a text\")"),
    BannedCall(
      name: "a forced cast", place: .sources, pattern: #"\bas!"#,
      replacement: "use `as?` and handle nil", violating: "let x = y as! Node",
      legal: "let x = y as? Node"),
  ]

  private static let pointers: [BannedCall] = [
    BannedCall(
      name: "a C pointer", place: .outside("NodeCredentials"), pattern: #"\bOpaquePointer\b"#,
      replacement: "OpenSSL handles live in NodeCredentials: use its owning types",
      violating: "let handle: OpaquePointer? = nil", legal: "let handle: PrivateKey? = nil")
  ]

  private static let tests: [BannedCall] = [
    BannedCall(
      name: "sleeping in a test", place: .tests,
      pattern: #"\b(?:usleep|nanosleep|sleep)\s*\(|\b(?:Task|Thread)\s*\.\s*sleep\b"#,
      replacement: "wait for the event itself: read its output, its exit, its file",
      violating: "usleep(1000)", legal: "process.waitUntilExit()"),
    BannedCall(
      name: "chance in a test", place: .tests,
      pattern: #"\bSystemRandomNumberGenerator\b|\.randomElement\s*\(\s*\)|\.shuffled\s*\(\s*\)"#,
      replacement: "use a RandomStream with a fixed seed",
      violating: "let order = nodes.shuffled()", legal: "let order = nodes.shuffled(using: &stream)"
    ),
  ]
}
