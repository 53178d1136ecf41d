/// What an attack does in the sampling engine, where the overlay is a graph and not a protocol.
///
/// Every field is one place where a fault can act; an attack sets the fields that it uses and
/// leaves the others alone, and attacks compose field by field (`StaticAdversary`).
public struct StaticForm: Sendable, Equatable {
  /// How identities are obtained beyond those that the fault fraction gives.
  public var identities: IdentityAcquisition?
  /// The fraction of the slots of an unconstrained routing table that the attack has filled with
  /// faulty nodes, in 0...1. A constrained table has no such slots: its entries are fixed by ids.
  /// Every hop but the last one to the root counts as a slot, and nothing is poisoned while no
  /// node is faulty.
  public var tablePoisoning: Double
  /// What a faulty node does with a message that it should forward.
  public var interception: Interception?
  /// Where coalition members hide their existence from density measurements.
  public var suppression: SuppressionSide?

  /// A form that changes nothing except what is named.
  public init(
    identities: IdentityAcquisition? = nil, tablePoisoning: Double = 0,
    interception: Interception? = nil, suppression: SuppressionSide? = nil
  ) {
    self.identities = identities
    self.tablePoisoning = tablePoisoning
    self.interception = interception
    self.suppression = suppression
  }
}

/// What a faulty node does with a message that it should forward.
public enum Interception: String, Sendable, Equatable {
  /// It keeps the message and stays silent.
  case silence
  /// It hands the message to an accomplice, who keeps it: one more message, then silence.
  case diversion
  /// It forwards an altered message, which the receiver's authentication rejects.
  case corruption
  /// It answers in the name of the replica roots with the densest set of coalition members around
  /// the key.
  case rootImpersonation
}

/// Where coalition members hide their existence.
public enum SuppressionSide: String, Sendable, Equatable, CaseIterable {
  /// Around the key, so that the honest root set looks too sparse.
  case root
  /// Around the sender, so that the sender's own measurement of the density is too sparse.
  case sender
  /// Whichever hurts this lookup more.
  case worst
}

/// How an adversary obtains identities.
public enum IdentityAcquisition: Sendable, Equatable {
  /// Certificates bought from the authority; their nodeIds are random.
  case bought(SybilPurchase)
  /// Ids of the adversary's choice, `count` of them packed around a target key; no authority.
  case chosen(count: Int)
}

/// The composition of the attacks of one campaign cell: what the sampling engine runs.
///
/// Faulty nodes that no attack instructs stay silent, so every attack is meaningful on its own and
/// no faulty node ever helps.
public struct StaticAdversary: Sendable, Equatable {
  /// The names of the attacks, in the order given.
  public let names: [String]
  /// What a faulty node does with a message that it should forward.
  public let interception: Interception
  /// Fraction of poisoned slots of unconstrained tables, in 0...1.
  public let tablePoisoning: Double
  /// Where coalition members hide, if they do.
  public let suppression: SuppressionSide?
  /// Certificates bought, if any.
  public let purchase: SybilPurchase?
  /// Number of ids packed around a target key; 0 without the chosen-ids attack.
  public let chosenIdentifiers: Int

  /// Composes attacks field by field.
  ///
  /// Poisoning from several attacks adds up as independent events.
  /// - Throws: `AttackError` with code `noStaticForm`, or `conflict` when two attacks decide the
  ///   same field differently.
  public init(composing attacks: [any Attack]) throws(AttackError) {
    var interception: Interception?
    var suppression: SuppressionSide?
    var purchase: SybilPurchase?
    var chosen = 0
    var cleanSlots = 1.0
    for attack in attacks {
      let name = type(of: attack).descriptor.name
      guard let form = attack.staticForm else {
        throw AttackError(
          .noStaticForm,
          "attack \(name) has no static form; run it on the event engine or remove it")
      }
      if let wanted = form.interception {
        if let other = interception, other != wanted {
          throw AttackError(
            .conflict,
            "attack \(name) and an earlier attack both say what a faulty hop does "
              + "(\(wanted.rawValue), \(other.rawValue)); keep one of them")
        }
        interception = wanted
      }
      if let wanted = form.suppression {
        if let other = suppression, other != wanted {
          throw AttackError(
            .conflict, "suppression is asked for at two sides; use side: worst once")
        }
        suppression = wanted
      }
      switch form.identities {
      case .bought(let wanted):
        if purchase != nil {
          throw AttackError(.conflict, "two attacks buy identities; add their budgets in one")
        }
        purchase = wanted
      case .chosen(let count):
        if chosen > 0 {
          throw AttackError(.conflict, "two attacks choose ids; add their counts in one")
        }
        chosen = count
      case nil: break
      }
      cleanSlots *= 1 - form.tablePoisoning
    }
    self.names = attacks.map { type(of: $0).descriptor.name }
    self.interception = interception ?? .silence
    self.suppression = suppression
    self.purchase = purchase
    self.chosenIdentifiers = chosen
    self.tablePoisoning = 1 - cleanSlots
  }

  /// The faulty fraction of an overlay of `nodes` nodes, of which a fraction `base` is faulty
  /// before the adversary buys identities; at most all nodes but the sender.
  public func faultyFraction(base: Double, nodes: Int) -> Double {
    guard let purchase else { return base }
    let bought = Double(purchase.identities) / Double(nodes)
    return max(base, min(base + bought, 1 - 1 / Double(nodes)))
  }
}
