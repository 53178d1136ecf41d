/// Whom a verifier trusts: a log by its keys, and some number of witnesses.
public struct LogPolicy: Hashable, Sendable {
  /// The log.
  public let origin: LogOrigin
  /// The log's keys; one good signature by any of them is needed.
  public let logKeys: [VerifierKey]
  /// The witnesses that count.
  public let witnesses: [VerifierKey]
  /// How many of them must have cosigned; with 0 the log alone is trusted.
  public let requiredWitnesses: Int

  /// A policy.
  /// - Throws: `policy` without a log key, for keys of the wrong kind, for a public key that
  ///   occurs twice (under two names it would count twice), or for more required witnesses than
  ///   there are.
  public init(
    origin: LogOrigin, logKeys: [VerifierKey], witnesses: [VerifierKey] = [],
    requiredWitnesses: Int = 0
  ) throws(TransparencyRejection) {
    guard !logKeys.isEmpty, logKeys.allSatisfy({ $0.kind == .note }) else {
      throw .policy("a log is trusted by one note key or more")
    }
    guard witnesses.allSatisfy({ $0.kind == .cosignature }) else {
      throw .policy("a witness is trusted by a cosignature key")
    }
    guard Set((logKeys + witnesses).map(\.publicKey)).count == logKeys.count + witnesses.count
    else {
      throw .policy("the same public key stands for two signers")
    }
    guard (0...witnesses.count).contains(requiredWitnesses) else {
      throw .policy("\(requiredWitnesses) of \(witnesses.count) witnesses cannot be required")
    }
    self.origin = origin
    self.logKeys = logKeys
    self.witnesses = witnesses
    self.requiredWitnesses = requiredWitnesses
  }

  /// Accepts a signed checkpoint iff it is of this log, signed by it, and cosigned by enough
  /// witnesses.
  /// - Returns: the checkpoint, and the verified cosignatures.
  /// - Throws: `malformed` or `oversize` for a note that is no checkpoint, `foreignOrigin`,
  ///   `badSignature`, `unsigned`, `tooFewWitnesses`.
  public func verify(
    _ note: SignedNote
  ) throws(TransparencyRejection) -> (checkpoint: Checkpoint, cosignatures: [VerifiedSignature]) {
    let checkpoint = try Checkpoint(text: note.text)
    guard checkpoint.origin == origin else {
      throw .foreignOrigin(expected: "\(origin)", found: "\(checkpoint.origin)")
    }
    guard try !note.signatures(by: logKeys).isEmpty else { throw .unsigned }
    let cosignatures = try note.signatures(by: witnesses)
    guard cosignatures.count >= requiredWitnesses else {
      throw .tooFewWitnesses(required: requiredWitnesses, found: cosignatures.count)
    }
    return (checkpoint, cosignatures)
  }
}
