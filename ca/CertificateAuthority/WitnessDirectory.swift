public import Foundation
public import NodeCredentials
public import TransparencyLog

/// Where the parts of a witness lie.
///
///     witness.key     Ed25519, mode 0600
///     witness.pub     published: the key as text
///     witness.state   the last cosigned checkpoint of each log
///     evidence/       pairs of checkpoints that a log signed and that contradict each other
public struct WitnessDirectory: Hashable, Sendable {
  /// The directory itself.
  public let url: URL

  /// Names a directory; nothing is read.
  public init(_ url: URL) { self.url = url }

  /// The private key.
  public var key: URL { url.appendingPathComponent("witness.key") }
  /// The public key as text.
  public var verifierKey: URL { url.appendingPathComponent("witness.pub") }
  /// What the witness remembers.
  public var state: URL { url.appendingPathComponent("witness.state") }
  /// What proves forks.
  public var evidence: URL { url.appendingPathComponent("evidence") }
  /// Held by the process that decides.
  var lock: URL { url.appendingPathComponent("witness.lock") }

  /// Makes a new witness: a key, and a state in which nothing was cosigned yet.
  ///
  /// The state comes last and a witness without one does not start: a witness that forgot what it
  /// cosigned would cosign a fork.
  /// - Parameter passphrase: encrypts the key; nil keeps it in plain text, mode 0600.
  /// - Returns: the key that verifies its cosignatures.
  /// - Throws: `.alreadyExists` when there is a witness or anything else, `.cannotCreate`, `.io`.
  public func create(
    name: KeyName, passphrase: borrowing Passphrase? = nil
  ) throws(AuthorityError) -> VerifierKey {
    if FileManager.default.fileExists(atPath: url.path) {
      let names = try? FileManager.default.contentsOfDirectory(atPath: url.path)
      guard names?.isEmpty == true else { throw .alreadyExists(path: url.path) }
    } else {
      try AuthorityFile.makeDirectory(url, mode: 0o700)
    }
    try AuthorityFile.makeDirectory(evidence, mode: 0o755)
    let key = try signing { () throws(OpenSSLError) in try PrivateKey(generating: .ed25519) }
    let text = try OverlayAuthority.armoured(key, passphrase)
    let cosigner: Cosigner
    do {
      cosigner = try Cosigner(name: name, key: key)
    } catch {
      throw .invalid(path: url.path, line: nil, detail: error.description)
    }
    try AuthorityFile.write(text, to: self.key, .secret)
    try AuthorityFile.write(
      Array("\(cosigner.verifierKey)\n".utf8), to: verifierKey, .published)
    try AuthorityFile.write(WitnessState().octets, to: state, .published)
    return cosigner.verifierKey
  }
}
