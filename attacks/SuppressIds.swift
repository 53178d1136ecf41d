/// Coalition members hide, so that honest density measurements come out too sparse.
///
/// At the root side the honest root set fails the routing failure test more often; at the sender
/// side the sender accepts sparser forged sets. With `worst` the adversary knows, for each lookup,
/// whether it holds the route, and hides where that lookup is hurt more. A real coalition must
/// hide before it knows, so `worst` bounds what it can do from above.
struct SuppressIds: Attack {
  static let descriptor = AttackDescriptor(
    name: "suppress-ids",
    summary: "Coalition members hide their nodeIds from density measurements.",
    parameters: [
      AttackParameter(
        "side", summary: "where they hide", unit: "1",
        domain: .choice(SuppressionSide.allCases.map(\.rawValue)), defaultValue: "worst")
    ],
    source: "[Castro02], routing failure test",
    defence: "a density threshold chosen for suppression; more samples")

  private let side: SuppressionSide

  init(parameters: AttackParameters) throws(AttackError) {
    side = SuppressionSide(rawValue: parameters.text("side")) ?? .worst
  }

  var staticForm: StaticForm? { StaticForm(suppression: side) }
}
