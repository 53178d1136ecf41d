public import NodeCredentials

/// A key of a log, which signs checkpoints.
public struct LogSigner: ~Copyable, Sendable {
  /// The public half, for those who verify.
  public let verifierKey: VerifierKey
  private let key: PrivateKey

  /// Signs under this name, which should be the log's origin.
  /// - Throws: `policy` for a key that is not Ed25519.
  public init(name: KeyName, key: consuming PrivateKey) throws(TransparencyRejection) {
    verifierKey = try VerifierKey(name: name, kind: .note, publicKey: key.publicKey)
    self.key = key
  }

  /// Signs a checkpoint. The caller answers for signing only trees that grew out of each other.
  /// - Throws: `cryptography` when OpenSSL refuses.
  public borrowing func sign(_ checkpoint: Checkpoint) throws(TransparencyRejection) -> SignedNote {
    let text = checkpoint.text
    let octets: [UInt8]
    do {
      octets = try key.signature(over: text)
    } catch {
      throw .cryptography(error)
    }
    return SignedNote(
      text: text,
      signatures: [
        NoteSignature(name: verifierKey.name, keyId: verifierKey.id, octets: octets)
      ])
  }
}

/// A key of a witness, which cosigns checkpoints of logs that it has seen growing.
///
/// The signed message does not hold the witness's name, so one key must serve one name only.
/// Source: [TlogCosignature26], the Ed25519 form.
public struct Cosigner: ~Copyable, Sendable {
  /// The public half, for those who verify.
  public let verifierKey: VerifierKey
  private let key: PrivateKey

  /// Seconds since 1970 stay below 2^63.
  static let timeMax = UInt64(Int64.max)

  /// Cosigns under this name.
  /// - Throws: `policy` for a key that is not Ed25519.
  public init(name: KeyName, key: consuming PrivateKey) throws(TransparencyRejection) {
    verifierKey = try VerifierKey(name: name, kind: .cosignature, publicKey: key.publicKey)
    self.key = key
  }

  /// Cosigns the text of a checkpoint. `Witness` decides whether to; here nothing is checked.
  /// - Parameter time: seconds since 1970, 1..<2^63.
  /// - Throws: `cryptography` when OpenSSL refuses.
  borrowing func cosign(
    text: [UInt8], time: UInt64
  ) throws(TransparencyRejection) -> NoteSignature {
    precondition((1...Cosigner.timeMax).contains(time), "no cosignature at the time \(time)")
    let octets: [UInt8]
    do {
      octets = try key.signature(over: Cosigner.message(text: text, time: time))
    } catch {
      throw .cryptography(error)
    }
    let stamp = (0..<8).map { UInt8(truncatingIfNeeded: time >> (56 - 8 * UInt64($0))) }
    return NoteSignature(
      name: verifierKey.name, keyId: verifierKey.id, octets: stamp + octets)
  }

  /// What a cosignature signs: a line for the purpose, one for the time, and the checkpoint.
  static func message(text: [UInt8], time: UInt64) -> [UInt8] {
    [UInt8]("cosignature/v1\ntime \(time)\n".utf8) + text
  }
}
