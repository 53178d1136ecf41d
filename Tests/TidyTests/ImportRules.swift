import Foundation

/// Who may import whom: the arrows of docs/ARCHITECTURE.md as a table.
enum ImportRules {
  /// Module to the modules that it may import. A folder that is not listed here breaks the rule:
  /// a new target draws its arrows first.
  static let allowed: [String: Set<String>] = [
    // Cores: nothing but each other. Statistics takes log, exp and lgamma from the C library.
    "RingIdentifiers": [],
    "Randomness": [],
    "Statistics": ["Glibc", "Musl", "Darwin"],
    "ProtocolTime": [],
    "NetworkModels": ["Randomness", "ProtocolTime", "CPrefetch"],
    "Pastry": ["RingIdentifiers", "Randomness", "ProtocolTime", "CPrefetch"],
    "SecureRouting": ["RingIdentifiers", "Randomness", "Statistics", "ProtocolTime", "Pastry"],
    "OverlayWire": ["RingIdentifiers", "Pastry", "SecureRouting"],
    "Adversary": ["RingIdentifiers", "Randomness", "ProtocolTime", "Pastry", "SecureRouting"],
    "EventSimulation": [
      "RingIdentifiers", "Randomness", "ProtocolTime", "Pastry", "SecureRouting", "Adversary",
      "NetworkModels", "CPrefetch", "Glibc",
    ],
    // The engine's C library is for huge pages under its tables.
    "RouteSampling": [
      "RingIdentifiers", "Randomness", "Adversary", "SecureRouting", "CPrefetch", "Glibc",
    ],

    // Exact arithmetic. CGMP is behind Bounds and nowhere else.
    "Bounds": ["CGMP"],
    // Exact values beside what the sampling engine counts.
    "RouteBounds": ["Bounds", "Randomness", "Statistics", "Adversary", "RouteSampling"],
    // What a trace shows of the protocol, beside its model in Promela.
    "ProtocolModel": ["RingIdentifiers", "EventSimulation"],

    // Identities. COpenSSL is behind NodeCredentials and nowhere else; its one lock is around the
    // process's PKCS#11 engine.
    "NodeCredentials": ["RingIdentifiers", "COpenSSL", "Foundation", "Synchronization"],
    // The policy of enrollment decides without clock, randomness, files or sockets.
    "Admission": ["NodeCredentials", "Yams"],
    // Proofs and notes are values.
    "TransparencyLog": ["NodeCredentials"],
    "CertificateAuthority": [
      "RingIdentifiers", "NodeCredentials", "Statistics", "TransparencyLog", "Admission", "GRDB",
      "Yams", "Foundation", "Glibc", "Synchronization",
    ],
    // HTTPS in front of the authority; the web server's packages are imported nowhere else.
    // NIOHTTP1 is for the one client, the authority that asks its witnesses, and for the errors of
    // requests that break off.
    "EnrollmentServer": [
      "RingIdentifiers", "NodeCredentials", "TransparencyLog", "Admission",
      "CertificateAuthority", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "HTTPTypes",
      "Logging", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOHTTPTypes", "NIOSSL",
      "ServiceLifecycle", "UnixSignals", "Foundation", "Glibc", "Synchronization",
    ],

    // Experiments and the command line.
    "RecordedTrials": [
      "RingIdentifiers", "Randomness", "Statistics", "SecureRouting", "NodeCredentials",
      "Foundation",
    ],
    "Campaigns": [
      "RingIdentifiers", "Randomness", "Statistics", "Adversary", "NetworkModels",
      "RouteSampling", "SecureRouting", "ProtocolTime", "Pastry", "EventSimulation",
      "NodeCredentials", "CertificateAuthority", "Admission", "Bounds", "GRDB", "Yams",
      "Foundation", "Glibc", "Dispatch", "Synchronization",
    ],
    "redoubt": [
      "RingIdentifiers", "Randomness", "Statistics", "Adversary", "NetworkModels",
      "RouteSampling", "SecureRouting", "NodeCredentials", "TransparencyLog", "Admission",
      "CertificateAuthority", "EnrollmentServer", "Campaigns", "RecordedTrials",
      "ProtocolTime", "Pastry", "EventSimulation", "Bounds", "RouteBounds", "ProtocolModel",
      "ArgumentParser", "Logging", "Foundation", "Glibc", "Dispatch", "Synchronization",
    ],
  ]

  private static let pattern =
    #"^[ \t]*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?"#
    + #"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)"#

  static func violations(in file: SourceFile) throws -> [Violation] {
    guard file.isSwift, case .target(let target) = file.owner else { return [] }
    guard let permitted = allowed[target] else {
      return [
        Violation(
          path: file.path, line: 1,
          message: """
            target \(target) has no row in the import table (Tests/TidyTests/ImportRules.swift): \
            draw its arrows in docs/ARCHITECTURE.md, then add it
            """)
      ]
    }
    return try file.matches(pattern, options: .anchorsMatchLines).compactMap { match in
      let module = match.groups[0]
      if permitted.contains(module) { return nil }
      let list = permitted.isEmpty ? "nothing" : permitted.sorted().joined(separator: ", ")
      return Violation(
        path: file.path, line: match.line,
        message: """
          \(target) must not import \(module); it may import \(list). Move the code to where the \
          arrow exists, or record a new arrow in docs/decisions
          """)
    }
  }
}

/// One place where a pattern was found.
struct PatternMatch {
  var line: Int
  /// The whole match.
  var text: String
  /// The captured groups, empty where a group took no part.
  var groups: [String]
  /// The text from the match to the end of the file, for rules that read on.
  var rest: Substring
}

extension SourceFile {
  /// Finds `pattern` in the code of the file.
  func matches(_ pattern: String, options: NSRegularExpression.Options = []) throws
    -> [PatternMatch]
  {
    try Self.matches(pattern, in: code, options: options)
  }

  static func matches(
    _ pattern: String, in text: String, options: NSRegularExpression.Options = []
  ) throws -> [PatternMatch] {
    let expression = try NSRegularExpression(pattern: pattern, options: options)
    let whole = NSRange(text.startIndex..., in: text)
    return expression.matches(in: text, range: whole).compactMap { result in
      guard let range = Range(result.range, in: text) else { return nil }
      let groups = (1..<max(1, result.numberOfRanges)).map { index in
        Range(result.range(at: index), in: text).map { String(text[$0]) } ?? ""
      }
      // The keyword of a match that begins with blank lines is on its last line.
      let before = text[..<range.lowerBound].utf8.count { $0 == UInt8(ascii: "\n") }
      return PatternMatch(
        line: before + 1, text: String(text[range]), groups: groups, rest: text[range.lowerBound...]
      )
    }
  }
}
