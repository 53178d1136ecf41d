import Yams

/// Why a file is not a policy.
public struct AdmissionPolicyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// The line, from 1; nil when no line is to blame.
  public let line: Int?
  /// What is wrong and what would be right.
  public let detail: String

  /// `path:line: detail`.
  public var description: String {
    line.map { "\(path):\($0): \(detail)" } ?? "\(path): \(detail)"
  }
}

extension AdmissionPolicy {
  /// No policy is longer than this many octets.
  public static let maximumByteCount = 65_536

  /// Reads a policy; a missing key keeps its default, an unknown or repeated one is an error.
  ///
  /// Where a policy has nothing for a default to apply to, the default is dropped: all settings of
  /// accounts with `accounts: open`, the re-roll limit without a cap.
  /// - Throws: `AdmissionPolicyError` with path and line.
  public init(yaml text: String, path: String) throws(AdmissionPolicyError) {
    guard text.utf8.count <= AdmissionPolicy.maximumByteCount else {
      throw AdmissionPolicyError(path: path, line: nil, detail: "longer than 65,536 octets")
    }
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch {
      throw AdmissionPolicyError(
        path: path, line: (error as? YamlError).flatMap(AdmissionPolicy.line),
        detail: "not YAML, or a key is given twice: \(error)")
    }
    var reader = PolicyReader(path: path)
    self.init()
    try reader.read(node, into: &self)
    reader.dropDefaultsWithoutSubject(&self)
    if let conflict {
      throw AdmissionPolicyError(
        path: path, line: reader.line(of: conflict.setting),
        detail: "\"\(conflict.setting)\" \(conflict.detail)")
    }
  }

  private static func line(_ error: YamlError) -> Int? {
    switch error {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      mark.line
    case .duplicatedKeysInMapping(_, let context): context.mark.line
    default: nil
    }
  }

  /// The policy as YAML with every setting; reads back as the same policy.
  public var yaml: String {
    var text = """
      testnet: \(testnet)
      accounts: \(accounts.rawValue)
      creditsPerAccount: \(creditsPerAccount)
      priceCredits: \(priceCredits)
      identitiesPerAccount: \(identitiesPerAccount)
      nodeIdsPerRequest: \(nodeIdsPerRequest)
      addressBinding: \(addressBinding.rawValue)
      defaultPort: \(defaultPort)
      secretCostLog2: \(secretCostLog2)
      asmap: "\(asmap)"
      limits:

      """
    for scope in LimitScope.allCases {
      let value = limits[scope].map {
        "{burst: \($0.burst), count: \($0.count), periodSeconds: \($0.periodSeconds)}"
      }
      text += "  \(scope.rawValue): \(value ?? "off")\n"
    }
    text += """
      puzzle:
        difficultyBits: \(puzzle.difficultyBits)
        epochSeconds: \(puzzle.epochSeconds)
        oldEpochs: \(puzzle.oldEpochs)
        renewals: \(puzzle.renewals)

      """
    return text
  }
}

/// One pass over a policy file.
private struct PolicyReader {
  let path: String
  private var lines: [String: Int] = [:]

  init(path: String) {
    self.path = path
  }

  /// The line on which a setting is given; that of its section when it is not given itself.
  func line(of setting: String) -> Int? {
    lines[setting] ?? setting.split(separator: ".").first.flatMap { lines[String($0)] }
  }

  mutating func read(
    _ node: Node?, into policy: inout AdmissionPolicy
  ) throws(AdmissionPolicyError) {
    for (name, value) in try entries(node, section: nil) {
      switch name {
      case "testnet": policy.testnet = try flag(value, name)
      case "accounts": policy.accounts = try word(value, name)
      case "addressBinding": policy.addressBinding = try word(value, name)
      case "asmap":
        guard let text = value.scalar?.string, AdmissionPolicy.isPath(text) else {
          throw failure(
            name, "must be a path of at most 512 printable ASCII characters, or \"\"")
        }
        policy.asmap = text
      case "limits": try readLimits(value, into: &policy)
      case "puzzle": try readPuzzle(value, into: &policy.puzzle)
      case "creditsPerAccount": policy.creditsPerAccount = try integer(value, name)
      case "priceCredits": policy.priceCredits = try integer(value, name)
      case "identitiesPerAccount": policy.identitiesPerAccount = try integer(value, name)
      case "nodeIdsPerRequest": policy.nodeIdsPerRequest = try integer(value, name)
      case "secretCostLog2": policy.secretCostLog2 = try integer(value, name)
      case "defaultPort": policy.defaultPort = UInt16(clamping: try integer(value, name))
      default:
        throw unknown(
          name,
          known: [
            "testnet", "accounts", "creditsPerAccount", "priceCredits", "identitiesPerAccount",
            "nodeIdsPerRequest", "addressBinding", "defaultPort", "secretCostLog2", "asmap",
            "limits", "puzzle",
          ])
      }
    }
  }

  func dropDefaultsWithoutSubject(_ policy: inout AdmissionPolicy) {
    func drop(_ scope: LimitScope) {
      if lines["limits.\(scope.rawValue)"] == nil { policy.limits[scope] = nil }
    }
    if policy.accounts == .open {
      if lines["priceCredits"] == nil { policy.priceCredits = 0 }
      if lines["creditsPerAccount"] == nil { policy.creditsPerAccount = 0 }
      if lines["identitiesPerAccount"] == nil { policy.identitiesPerAccount = 0 }
      for scope in [LimitScope.account, .reroll, .failedAccount, .failedPrefix] { drop(scope) }
    }
    if policy.identitiesPerAccount == 0 { drop(.reroll) }
  }

  private mutating func readLimits(
    _ node: Node, into policy: inout AdmissionPolicy
  ) throws(AdmissionPolicyError) {
    for (name, value) in try entries(node, section: "limits") {
      guard let scope = LimitScope(rawValue: String(name.dropFirst("limits.".count))) else {
        throw unknown(name, known: LimitScope.allCases.map(\.rawValue))
      }
      if plain(value) == "off" {
        policy.limits[scope] = nil
        continue
      }
      var numbers: [String: Int] = [:]
      let ranges = [
        "burst": RateLimit.burstRange, "count": RateLimit.countRange,
        "periodSeconds": RateLimit.periodRange,
      ]
      for (key, number) in try entries(value, section: name) {
        let word = String(key.dropFirst(name.count + 1))
        guard let range = ranges[word] else {
          throw unknown(key, known: ["burst", "count", "periodSeconds"])
        }
        numbers[word] = try integer(number, key, in: range)
      }
      guard let burst = numbers["burst"], let count = numbers["count"],
        let period = numbers["periodSeconds"]
      else {
        throw failure(name, "must be off or {burst: B, count: C, periodSeconds: P}")
      }
      policy.limits[scope] = RateLimit(burst: burst, count: count, periodSeconds: period)
    }
  }

  private mutating func readPuzzle(
    _ node: Node, into puzzle: inout AdmissionPolicy.Puzzle
  ) throws(AdmissionPolicyError) {
    for (name, value) in try entries(node, section: "puzzle") {
      switch name {
      case "puzzle.difficultyBits": puzzle.difficultyBits = try integer(value, name)
      case "puzzle.epochSeconds": puzzle.epochSeconds = try integer(value, name)
      case "puzzle.oldEpochs": puzzle.oldEpochs = try integer(value, name)
      case "puzzle.renewals": puzzle.renewals = try flag(value, name)
      default:
        throw unknown(name, known: ["difficultyBits", "epochSeconds", "oldEpochs", "renewals"])
      }
    }
  }

  /// The entries of a mapping under their full names, each name once.
  private mutating func entries(
    _ node: Node?, section: String?
  ) throws(AdmissionPolicyError) -> [(String, Node)] {
    guard case .mapping(let mapping) = node else {
      let detail = "expected a mapping of settings"
      guard let section else { throw AdmissionPolicyError(path: path, line: 1, detail: detail) }
      throw failure(section, detail)
    }
    var found: [(String, Node)] = []
    for (key, value) in mapping {
      let word = key.scalar?.string ?? ""
      let name = section.map { "\($0).\(word)" } ?? word
      guard lines.updateValue(key.mark?.line ?? 1, forKey: name) == nil else {
        throw failure(name, "is given twice")
      }
      found.append((name, value))
    }
    return found
  }

  private func failure(_ setting: String, _ detail: String) -> AdmissionPolicyError {
    AdmissionPolicyError(
      path: path, line: line(of: setting), detail: "\"\(setting.prefix(64))\" \(detail)")
  }

  private func unknown(_ setting: String, known: [String]) -> AdmissionPolicyError {
    failure(setting, "is no setting; known are \(known.joined(separator: ", "))")
  }

  /// A whole number in plain decimal digits, within the range that the policy has for it.
  private func integer(
    _ node: Node, _ setting: String, in range: ClosedRange<Int>? = nil
  ) throws(AdmissionPolicyError) -> Int {
    let allowed =
      range ?? AdmissionPolicy().integers.first { $0.setting == setting }?.range ?? 0...0
    guard let text = plain(node), text.utf8.count <= 10,
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text),
      allowed.contains(value)
    else {
      throw failure(
        setting,
        "must be a whole number from \(allowed.lowerBound) to \(allowed.upperBound)")
    }
    return value
  }

  private func flag(_ node: Node, _ setting: String) throws(AdmissionPolicyError) -> Bool {
    switch plain(node) {
    case "true": return true
    case "false": return false
    default: throw failure(setting, "must be true or false")
    }
  }

  private func word<Choice: RawRepresentable & CaseIterable>(
    _ node: Node, _ setting: String
  ) throws(AdmissionPolicyError) -> Choice where Choice.RawValue == String {
    guard let choice = plain(node).flatMap({ Choice(rawValue: $0) }) else {
      let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw failure(setting, "must be one of \(words)")
    }
    return choice
  }

  /// The text of an unquoted scalar.
  private func plain(_ node: Node) -> String? {
    guard case .scalar(let scalar) = node, scalar.style == .plain else { return nil }
    return scalar.string
  }
}
