import Glibc
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

    /// A whole number, 0 when it is none.
    func count(_ name: String) -> Int { Int(exactly: self[name].rounded()) ?? 0 }
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
  public static let all: [Formula] = [
    Formula(
      name: "forwarding",
      summary: "(1 - f)^(log N / log 2^b): one path of expected length, independent faults.",
      parameters: ["nodes", "digitBits", "faultyFraction"],
      source: "[Castro02], message forwarding",
      evaluate: { pow(1 - $0["faultyFraction"], $0.pastryHops) }),
    Formula(
      name: "forwarding-chord",
      summary: "(1 - f)^(log2(N) / 2): the same over Chord fingers.",
      parameters: ["nodes", "faultyFraction"],
      source: "[Castro02], message forwarding",
      evaluate: { pow(1 - $0["faultyFraction"], log2($0["nodes"]) / 2) }),
    Formula(
      name: "forwarding-can",
      summary: "(1 - f)^(d N^(1/d) / 4): the same over a CAN of d dimensions.",
      parameters: ["nodes", "dimensions", "faultyFraction"],
      source: "[Castro02], message forwarding",
      evaluate: {
        let d = $0["dimensions"]
        return pow(1 - $0["faultyFraction"], d / 4 * pow($0["nodes"], 1 / d))
      }),
    Formula(
      name: "anycast-independent",
      summary: "1 - (1 - (1 - f)^(h + extraHops))^copies, h = log N / log 2^b: routes taken as "
        + "independent.",
      parameters: ["nodes", "digitBits", "copies", "extraHops", "faultyFraction"],
      source: "[Castro02], redundant routing",
      evaluate: { $0.redundantDelivery }),
    Formula(
      name: "secure-routing-independent",
      summary: "sigma (1 - alpha) + (sigma alpha + (1 - sigma) (1 - beta)) rho with independent "
        + "routes, alpha without and beta with suppression at the sender.",
      parameters: [
        "nodes", "digitBits", "leafSetSize", "samples", "densityThreshold", "copies", "extraHops",
        "faultyFraction",
      ],
      source: "[Castro02], secure routing",
      evaluate: { $0.composedDelivery }),
    Formula(
      name: "certificate-price",
      summary: "price N fraction: what that share of the identities costs.",
      parameters: ["nodes", "fraction", "price"],
      source: "[Castro02], secure nodeId assignment",
      evaluate: { $0["nodes"] * $0["fraction"] * $0["price"] }),
    Formula(
      name: "certificate-price-targeted",
      summary: "price N: the expected price of the nodeId closest to one chosen point.",
      parameters: ["nodes", "price"],
      source: "[Castro02], secure nodeId assignment",
      evaluate: { $0["nodes"] * $0["price"] }),
  ]
}

extension Formula.Arguments {
  /// log N / log 2^b.
  fileprivate var pastryHops: Double { log2(self["nodes"]) / self["digitBits"] }

  /// Probability that one of `copies` independent routes meets no faulty node.
  fileprivate var redundantDelivery: Double {
    let one = pow(1 - self["faultyFraction"], pastryHops + self["extraHops"])
    return 1 - pow(1 - one, self["copies"])
  }

  /// One path, the failure test on its answer, and redundant routing where it fires.
  fileprivate var composedDelivery: Double {
    let test = RoutingFailureTest(
      rootGaps: min(max(count("leafSetSize"), 1), 1 << 20),
      localGaps: min(max(count("samples"), 1), 1 << 20),
      densityThreshold: min(max(self["densityThreshold"], 0), 4096))
    let f = self["faultyFraction"]
    let sigma = pow(1 - f, pastryHops)
    let alpha = test.falsePositiveRate(coalitionFraction: f, suppression: .none)
    let beta = test.falseNegativeRate(coalitionFraction: f, suppression: .senderSide)
    return sigma * (1 - alpha) + (sigma * alpha + (1 - sigma) * (1 - beta)) * redundantDelivery
  }
}
