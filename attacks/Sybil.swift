/// The adversary buys as many certified identities as its budget and the authority's policy allow.
///
/// The faulty fraction is the outcome: identities obtained over the number of nodes of the overlay
/// (bought ones included), added to the fraction that is faulty anyway.
struct Sybil: Attack {
  static let descriptor = AttackDescriptor(
    name: "sybil",
    summary: "The adversary buys identities; the faulty fraction follows from price and rate.",
    parameters: [
      AttackParameter(
        "budget", summary: "money spent on certificates", unit: "USD",
        domain: .number(0...1e12), defaultValue: "2000"),
      AttackParameter(
        "price", summary: "the authority's price of one certificate", unit: "USD",
        domain: .number(0.0001...1e9), defaultValue: "20"),
      AttackParameter(
        "rate", summary: "certificates that the authority sells to one buyer per day",
        unit: "1/day", domain: .number(0...1e9), defaultValue: "1000000000"),
      AttackParameter(
        "days", summary: "time that the adversary has", unit: "day",
        domain: .number(0...36500), defaultValue: "365"),
    ],
    source: "[Douceur02]; [Castro02], nodeId assignment",
    defence: "a price or a rate limit on certificates")

  private let purchase: SybilPurchase

  init(parameters: AttackParameters) throws(AttackError) {
    purchase = SybilPurchase(
      budget: parameters.number("budget"), price: parameters.number("price"),
      ratePerDay: parameters.number("rate"), days: parameters.number("days"))
  }

  var staticForm: StaticForm? { StaticForm(identities: .bought(purchase)) }

  /// Identities are there before the first message: members have them, and behave as honest nodes.
  var protocolForm: (any ProtocolForm)? { Form() }
}

private struct Form: ProtocolForm {}

/// What an adversary can buy from an authority.
public struct SybilPurchase: Sendable, Equatable {
  /// Money, in the price's currency.
  public let budget: Double
  /// Price of one certificate; above zero.
  public let price: Double
  /// Certificates per day that the rate limit lets one buyer have.
  public let ratePerDay: Double
  /// Days that the adversary has.
  public let days: Double

  /// Describes a purchase.
  /// - Precondition: `price > 0`; all values finite and not negative.
  public init(budget: Double, price: Double, ratePerDay: Double, days: Double) {
    precondition(price > 0, "a certificate's price must be above zero, got \(price)")
    precondition(
      budget >= 0 && ratePerDay >= 0 && days >= 0 && (budget + ratePerDay + days).isFinite,
      "budget, rate and days must be finite and not negative")
    self.budget = budget
    self.price = price
    self.ratePerDay = ratePerDay
    self.days = days
  }

  /// How many identities the adversary gets: the lesser of what money and what time allows, whole.
  public var identities: Int {
    Int(min(budget / price, ratePerDay * days, 0x1p53).rounded(.down))
  }
}
