/// The adversary takes ids of its choice and packs them around one target key.
///
/// All replica roots of the key are then its own. Possible only where nodes choose their ids: a
/// certified id is drawn at random by the authority, and the chance to get `count` ids there is
/// nil. The campaign therefore refuses this attack on ids from an authority's ledger.
struct ChosenIds: Attack {
  static let descriptor = AttackDescriptor(
    name: "chosen-ids",
    summary: "Ids of the adversary's choice surround one target key; only without an authority.",
    parameters: [
      AttackParameter(
        "count", summary: "ids packed around the key, half on each side", unit: "nodes",
        domain: .integer(1...4096), defaultValue: "64")
    ],
    source: "[Castro02], nodeId assignment",
    defence: "nodeIds assigned and certified by an authority")

  private let count: Int

  init(parameters: AttackParameters) throws(AttackError) {
    count = parameters.integer("count")
  }

  var staticForm: StaticForm? { StaticForm(identities: .chosen(count: count)) }

  /// Identities are there before the first message: members have them, and behave as honest nodes.
  var protocolForm: (any ProtocolForm)? { Form() }
}

private struct Form: ProtocolForm {}
