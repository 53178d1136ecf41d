import Admission

/// A study of what identities cost an adversary under admission policies.
///
/// Made from one YAML file by `EconomicsStudy.init(path:)`; every price in it is an assumption that
/// a reader can change.
public struct EconomicsStudy: Sendable {
  /// A policy under study.
  struct Policy: Sendable {
    let name: String
    let policy: AdmissionPolicy
    /// What one account costs the adversary: the operator's check of who asks.
    let accountUSD: Double
  }

  /// Prices and rates that hold for all policies.
  struct Prices: Sendable {
    /// One credit.
    let creditUSD: Double
    /// Tries of the puzzle for one dollar.
    let triesPerUSD: Double
    /// Tries per second of all machines that the adversary can get.
    let triesPerSecond: Double
    /// Tries per second of an honest applicant.
    let honestTriesPerSecond: Double
  }

  /// What a reader may rely on: a price that is at least or at most so much.
  struct PriceClaim: Sendable {
    enum Relation: String, CaseIterable {
      case atLeast = "at-least"
      case atMost = "at-most"
    }

    let policy: String
    let days: Int
    let fraction: Double
    let relation: Relation
    let usd: Double
    let line: Int?
  }

  /// Names the study in every output.
  public let name: String
  let title: String
  let seed: UInt64
  /// N, the nodes that are not the adversary's.
  let honestNodes: Int
  /// The campaign that measures delivery against f.
  let deliveryPath: String
  /// Delivery below this counts as lost.
  let level: Double
  /// The f of the curves.
  let fractions: [Double]
  /// The f of the table.
  let tableFractions: [Double]
  /// Horizons.
  let days: [Int]
  /// The horizon of table and figures.
  let tableDays: Int
  /// Budgets of the second table.
  let budgets: [Double]
  let repetitions: Int
  let confidence: Double
  let prices: Prices
  let supplies: [AddressSupply]
  let policies: [Policy]
  /// Prefix files whose nodes enroll as the honest, and in how many days all of them come.
  let honestFiles: [(name: String, path: String)]
  let honestDays: Int
  let claims: [PriceClaim]
}

/// Where an adversary gets addresses.
struct AddressSupply: Sendable {
  enum Kind: Sendable {
    /// Each address lies where a node of the file lies, drawn by the number of nodes.
    case drawn(path: String)
    /// Any address in the prefixes of the largest autonomous systems of the file.
    case hosted(path: String, systems: Int)
    /// The /48s of one IPv6 block of one autonomous system.
    case block(IPv6Block)
  }

  /// An IPv6 block of at most 48 bits.
  struct IPv6Block: Sendable {
    /// The first 64 bits of its first address.
    let high: UInt64
    let bits: Int
    let system: UInt32
  }

  let name: String
  let kind: Kind
  /// One address for 30 days; no less than 30 days are rented.
  let addressUSD: Double
  /// All of them for 30 days, on top.
  let fixedUSD: Double

  /// What `count` addresses cost for so many days.
  func price(of count: Int, days: Int) -> Double {
    count == 0 ? 0 : (fixedUSD + addressUSD * Double(count)) * max(1, Double(days) / 30)
  }
}
