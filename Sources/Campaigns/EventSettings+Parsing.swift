import ProtocolTime

extension EventSettings {
  /// The longest delay of a network.
  static let delayMax = TimeSpan.minutes(1)
  /// Mean sessions that churn may have.
  static let churnRange = TimeSpan.minutes(1)...TimeSpan.hours(24 * 365)
  /// Times before the first lookup.
  static let warmUpRange = TimeSpan.zero...TimeSpan.hours(24)

  /// Reads the section `events` of a campaign.
  /// - Parameter smallestLeafSet: the least l of the campaign, which bounds r.
  init(_ node: SpecNode?, smallestLeafSet: Int) throws(CampaignError) {
    self.init()
    guard let node else { return }
    let map = try node.mapping(.events)
    if let network = map["network"] { self.network = try EventNetwork(network) }
    if let churn = map["churn"] { self.churn = try Self.churn(churn) }
    if let warmUp = map["warmUp"] {
      self.warmUp = try Self.span(
        warmUp, in: Self.warmUpRange,
        "a time before the first lookup, from 0s to 24h, such as 5min or 2h")
    }
    if let delivered = map["delivered"] { self.delivered = try delivered.word(Delivered.self) }
    if let wanted = map["replicas"] {
      replicas = try wanted.integer(in: 1...Self.replicasMax(leafSetSize: smallestLeafSet))
    }
  }

  private static func churn(_ node: SpecNode) throws(CampaignError) -> TimeSpan? {
    if try node.text() == "none" { return nil }
    return try span(
      node, in: churnRange, "none, or a mean session length from 1min to 365d such as 2.3h")
  }

  /// - Parameter legal: what it may be, for the remedy.
  private static func span(
    _ node: SpecNode, in range: ClosedRange<TimeSpan>, _ legal: String
  ) throws(CampaignError) -> TimeSpan {
    let text = try node.text()
    guard let span = TimeSpan(text: text), range.contains(span) else {
      throw node.failure("\(node.path) cannot be '\(text)'", remedy: "It is \(legal).")
    }
    return span
  }
}

extension EventNetwork {
  /// The words that name a network, with the delay taken when none is given.
  private static let standardDelays: [(name: String, delay: String)] = [
    ("constant", "50ms"), ("sphere", "150ms"), ("plane", "150ms"),
  ]

  /// Reads `sphere`, `sphere:150ms`, `constant:50ms`, `plane:150ms` or `transit-stub`, the words of
  /// `redoubt simulate --network` that need no file.
  init(_ node: SpecNode) throws(CampaignError) {
    let text = try node.text()
    guard let network = Self(text) else {
      throw node.failure(
        "\(node.path) cannot be '\(text)'",
        remedy: "Known: constant:DELAY, sphere:DELAY, plane:DELAY with a delay up to 1min such "
          + "as 150ms, and transit-stub.")
    }
    self = network
  }

  private init?(_ text: String) {
    if text == "transit-stub" {
      self = .transitStub
      return
    }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let standard = Self.standardDelays.first(where: { $0.name == parts[0] }),
      let span = TimeSpan(text: parts.count > 1 ? String(parts[1]) : standard.delay),
      span > .zero, span <= EventSettings.delayMax
    else { return nil }
    switch standard.name {
    case "constant": self = .constant(span)
    case "sphere": self = .sphere(farthest: span)
    default: self = .plane(side: span)
    }
  }
}

extension TimeSpan {
  /// Reads a number and its unit, as on the command line: `150ms`, `2.3h`; nil for anything else.
  init?(text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    let unit = text.dropFirst(digits.count)
    guard let number = DecimalNumber(String(digits)),
      let factor = TimeSpan.seconds(in: unit)
    else { return nil }
    self.init(seconds: number.value * factor)
  }
}
