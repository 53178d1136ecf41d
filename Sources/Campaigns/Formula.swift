import SecureRouting

/// A closed form: a name, the parameters it takes, and the function.
public struct Formula: Sendable {
  /// The name used in campaign files.
  public let name: String
  /// One sentence: what it computes, under which assumption.
  public let summary: String
  /// The names of its parameters. A reference takes them from the cell where the cell has them.
  public let parameters: [String]
  /// Where it comes from, as keys of `docs/references.bib`.
  public let source: String
  /// The function; every parameter is there.
  let evaluate: @Sendable (Arguments) -> Double

  /// Arguments by name; one that is missing reads as not a number.
  struct Arguments {
    let values: [String: Double]

    subscript(name: String) -> Double { values[name] ?? .nan }
  }

  /// The value at these arguments; not a number when they are out of its domain.
  func value(_ arguments: [String: Double]) -> Double {
    evaluate(Arguments(values: arguments))
  }

  /// The formula of that name.
  public static func named(_ name: String) -> Formula? {
    all.first { $0.name == name }
  }

  /// The closed forms that a campaign may name. A new one is one entry here.
  public static let all: [Formula] = published + secureRouting

  private static let published: [Formula] = [
    Formula(
      name: "forwarding",
      summary: "(1 - f)^(log N / log 2^b): one path of expected length, independent faults.",
      parameters: ["nodes", "digitBits", "faultyFraction"],
      source: "[Castro02], message forwarding",
      evaluate: { $0.singleRoute($0.pastryHops) }),
    Formula(
      name: "forwarding-chord",
      summary: "(1 - f)^(log2(N) / 2): the same over Chord fingers.",
      parameters: ["nodes", "faultyFraction"],
      source: "[Castro02], message forwarding",
      evaluate: { $0.singleRoute($0.hops(.chord)) }),
    Formula(
      name: "forwarding-can",
      summary: "(1 - f)^(d N^(1/d) / 4): the same over a CAN of d dimensions.",
      parameters: ["nodes", "dimensions", "faultyFraction"],
      source: "[Castro02], message forwarding",
      evaluate: { arguments in
        guard let d = arguments.whole("dimensions", in: 1...64) else { return .nan }
        return arguments.singleRoute(arguments.hops(.can(dimensions: d)))
      }),
    Formula(
      name: "anycast-independent",
      summary: "1 - (1 - (1 - f)^(h + extraHops))^copies, h = log N / log 2^b: routes taken as "
        + "independent.",
      parameters: ["nodes", "digitBits", "copies", "extraHops", "faultyFraction"],
      source: "[Castro02], redundant routing",
      evaluate: { $0.redundantDelivery ?? .nan }),
    Formula(
      name: "secure-routing-independent",
      summary: "sigma (1 - alpha) + (sigma alpha + (1 - sigma) (1 - beta)) rho with independent "
        + "routes, alpha without and beta with suppression at the sender.",
      parameters: [
        "nodes", "digitBits", "leafSetSize", "samples", "densityThreshold", "copies", "extraHops",
        "faultyFraction",
      ],
      source: "[Castro02], secure routing",
      evaluate: { $0.composedDelivery ?? .nan }),
    Formula(
      name: "certificate-price",
      summary: "price N fraction: what that share of the identities costs.",
      parameters: ["nodes", "fraction", "price"],
      source: "[Castro02], secure nodeId assignment",
      evaluate: { arguments in
        guard let f = arguments.fraction("fraction"), let nodes = arguments.nodes
        else { return .nan }
        return PublishedModel.price(
          ofFraction: f, nodes: nodes, perCertificate: arguments["price"])
      }),
    Formula(
      name: "certificate-price-targeted",
      summary: "price N: the price of the nodeId closest to one chosen point with probability 1/2; "
        + "the paper calls it expected, but the mean is infinite.",
      parameters: ["nodes", "price"],
      source: "[Castro02], secure nodeId assignment",
      evaluate: { arguments in
        guard let nodes = arguments.nodes else { return .nan }
        return arguments["price"]
          * PublishedModel.certificatesForClosestId(chance: 0.5, nodes: nodes)
      }),
  ]
}

extension Formula.Arguments {
  /// The expected hops of an overlay of N nodes.
  fileprivate func hops(_ overlay: PublishedModel.Overlay) -> Double? {
    nodes.map { PublishedModel.expectedHops(overlay, nodes: $0) }
  }

  /// log N / log 2^b.
  var pastryHops: Double? {
    whole("digitBits", in: 1...160).flatMap { hops(.pastry(digitBits: $0)) }
  }

  /// Probability that one route of that many hops meets no faulty node; NaN out of its domain.
  fileprivate func singleRoute(_ hops: Double?) -> Double {
    guard let hops, let f = fraction("faultyFraction") else { return .nan }
    return PublishedModel.singleRoute(hops: hops, faultyFraction: f)
  }

  /// Probability that one of `copies` independent routes meets no faulty node.
  fileprivate var redundantDelivery: Double? {
    guard let hops = pastryHops, let extra = number("extraHops", in: 0...1e6),
      let copies = whole("copies", in: 1...1 << 30), let f = fraction("faultyFraction")
    else { return nil }
    return PublishedModel.anycast(
      copies: copies, exponent: hops + extra, faultyFraction: f)
  }

  /// One path, the failure test on its answer, and redundant routing where it fires.
  fileprivate var composedDelivery: Double? {
    guard let redundant = redundantDelivery, let f = fraction("faultyFraction"), f < 1,
      let k = whole("leafSetSize", in: 1...1 << 20), let n = whole("samples", in: 1...1 << 20),
      let gamma = number("densityThreshold", in: 0...4096)
    else { return nil }
    let test = RoutingFailureTest(rootGaps: k, localGaps: n, densityThreshold: gamma)
    return PublishedModel.composed(
      single: singleRoute(pastryHops),
      falseAlarm: test.falsePositiveRate(coalitionFraction: f, suppression: .none),
      forgery: test.falseNegativeRate(coalitionFraction: f, suppression: .senderSide),
      redundant: redundant)
  }
}
