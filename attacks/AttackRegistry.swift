/// Every attack that a campaign can name. Adding an attack is one file and one line here.
public enum AttackRegistry {
  /// The attack types, in the order in which they are listed.
  public static let types: [any Attack.Type] = [
    Drop.self,
    Misroute.self,
    Corrupt.self,
    ImpersonateRoot.self,
    SuppressIds.self,
    PoisonTables.self,
    Sybil.self,
    ChosenIds.self,
    HostileBootstrap.self,
    StaleCertificates.self,
    Eclipse.self,
    AlternateSuppression.self,
    PartialSilence.self,
    Slow.self,
    JoinLeave.self,
    Flooding.self,
    Replay.self,
  ]

  /// The descriptors of all attacks.
  public static var all: [AttackDescriptor] { types.map { $0.descriptor } }

  /// Makes the attack that a specification selects.
  /// - Throws: `AttackError` naming the known attacks or parameters and the line of the mistake.
  public static func make(_ selection: AttackSelection) throws(AttackError) -> any Attack {
    guard let type = types.first(where: { $0.descriptor.name == selection.name }) else {
      throw AttackError(
        .unknownAttack,
        "unknown attack \(selection.name); the registry has "
          + all.map(\.name).joined(separator: ", "), line: selection.line)
    }
    let parameters = try AttackParameters(selection, of: type.descriptor)
    return try type.init(parameters: parameters)
  }
}
