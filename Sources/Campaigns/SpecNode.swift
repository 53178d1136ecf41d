import Yams

/// One node of a campaign file, with its place, read strictly.
struct SpecNode {
  let node: Node
  let file: String
  /// The keys that lead here, for messages: `overlay.nodes`.
  let path: String

  /// The error that `message` describes, at this place.
  func failure(_ message: String, remedy: String? = nil) -> CampaignError {
    CampaignError(
      .badSpec, file: file, line: node.mark?.line, column: node.mark?.column, message,
      remedy: remedy)
  }

  /// What kind of node this is; an alias that leads nowhere counts as a scalar.
  enum Shape {
    case scalar, sequence, mapping
  }

  var shape: Shape {
    switch node {
    case .scalar, .alias: .scalar
    case .sequence: .sequence
    case .mapping: .mapping
    }
  }

  /// The line of this node, from 1.
  var line: Int? { node.mark?.line }

  /// The mapping held here; every key must be one of `known`.
  func mapping(_ known: SpecKeys) throws(CampaignError) -> SpecMapping {
    let mapping = try openMapping()
    for entry in mapping.entries where !known.keys.contains(entry.key) {
      let hint = known.nearest(to: entry.key).map { "Did you mean '\($0)'? " } ?? ""
      throw entry.keyNode.failure(
        "unknown key '\(entry.key)' in \(known.name)",
        remedy: hint + "Known keys: \(known.keys.joined(separator: ", ")).")
    }
    return mapping
  }

  /// The mapping held here, whatever its keys.
  func openMapping() throws(CampaignError) -> SpecMapping {
    guard case .mapping(let mapping) = node else {
      throw failure("\(path) must be a mapping (key: value)")
    }
    var entries: [SpecMapping.Entry] = []
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else {
        throw SpecNode(node: key, file: file, path: path).failure("a key must be a word")
      }
      let name = path.isEmpty ? scalar.string : "\(path).\(scalar.string)"
      entries.append(
        .init(
          key: scalar.string, keyNode: SpecNode(node: key, file: file, path: path),
          value: SpecNode(node: value, file: file, path: name)))
    }
    return SpecMapping(owner: self, entries: entries)
  }

  /// The elements of a sequence, at least one.
  func elements() throws(CampaignError) -> [SpecNode] {
    guard case .sequence(let sequence) = node else {
      throw failure("\(path) must be a list ([a, b] or one '- item' per line)")
    }
    guard !sequence.isEmpty else { throw failure("\(path) must not be empty") }
    return sequence.enumerated().map { index, element in
      SpecNode(node: element, file: file, path: "\(path)[\(index)]")
    }
  }

  /// A list, or one value that stands for a list of one.
  func oneOrMore() throws(CampaignError) -> [SpecNode] {
    if case .sequence = node { return try elements() }
    return [self]
  }

  /// Any scalar as text, at most 4096 characters.
  func text() throws(CampaignError) -> String {
    guard case .scalar(let scalar) = node else { throw failure("\(path) must be a text") }
    guard !scalar.string.isEmpty else { throw failure("\(path) must not be empty") }
    guard scalar.string.count <= 4096 else {
      throw failure("\(path) is longer than 4096 characters")
    }
    return scalar.string
  }

  /// One of the given words.
  func word<Choice: RawRepresentable & CaseIterable>(
    _ type: Choice.Type
  ) throws(CampaignError) -> Choice where Choice.RawValue == String {
    let word = try word(among: type.allCases.map(\.rawValue))
    guard let choice = Choice(rawValue: word) else { throw failure("\(path) cannot be '\(word)'") }
    return choice
  }

  /// One of the given words.
  func word(among choices: [String]) throws(CampaignError) -> String {
    let text = try text()
    guard choices.contains(text) else {
      let hint = SpecKeys.nearest(to: text, among: choices).map { "Did you mean '\($0)'? " } ?? ""
      throw failure(
        "\(path) cannot be '\(text)'", remedy: hint + "Known: \(choices.joined(separator: ", ")).")
    }
    return text
  }

  /// `true` or `false`.
  func flag() throws(CampaignError) -> Bool {
    switch plainText {
    case "true": return true
    case "false": return false
    default: throw failure("\(path) must be true or false")
    }
  }

  /// A whole number in `range`; `1e5` is one.
  func integer(in range: ClosedRange<Int>) throws(CampaignError) -> Int {
    guard let text = plainText, let value = Self.integer(text) else {
      throw failure("\(path) must be a whole number, not '\(printed)'")
    }
    guard range.contains(value) else {
      throw failure("\(path) must be in \(range.lowerBound)...\(range.upperBound), got \(value)")
    }
    return value
  }

  /// A whole number in 0..<2^53, the range that JSON carries exactly.
  func seed() throws(CampaignError) -> UInt64 {
    UInt64(try integer(in: 0...(1 << 53) - 1))
  }

  /// A finite number in `range`.
  func number(in range: ClosedRange<Double>) throws(CampaignError) -> Double {
    let value = try decimal().value
    guard range.contains(value) else {
      throw failure("\(path) must be in \(range.lowerBound)...\(range.upperBound), got \(value)")
    }
    return value
  }

  /// A finite number as it is written.
  func decimal() throws(CampaignError) -> DecimalNumber {
    guard let text = plainText, let value = DecimalNumber(text) else {
      throw failure("\(path) must be a number, not '\(printed)'")
    }
    return value
  }

  /// The text of an unquoted scalar.
  private var plainText: String? {
    guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else {
      return nil
    }
    return scalar.string
  }

  private var printed: String {
    switch node {
    case .scalar(let scalar): String(scalar.string.prefix(60))
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }

  private static func integer(_ text: String) -> Int? {
    if let value = Int(text) { return value }
    guard text.contains("e") || text.contains("E"), let value = Double(text), value.isFinite,
      value.magnitude < 0x1p53
    else { return nil }
    return Int(exactly: value)
  }
}

/// A mapping of a campaign file, in file order.
struct SpecMapping {
  struct Entry {
    let key: String
    let keyNode: SpecNode
    let value: SpecNode
  }

  let owner: SpecNode
  let entries: [Entry]

  /// The value of `key`, nil when absent.
  subscript(key: String) -> SpecNode? {
    entries.first { $0.key == key }?.value
  }

  /// The value of `key`, which must be there.
  func required(_ key: String) throws(CampaignError) -> SpecNode {
    guard let value = self[key] else {
      let place = owner.path.isEmpty ? "the campaign" : owner.path
      throw owner.failure("\(place) has no '\(key)'")
    }
    return value
  }
}
