public import Admission
public import Foundation
public import NodeCredentials

extension OverlayAuthority {
  /// Makes a new authority: root, issuing and log key, certificates, ledger, revocation list.
  ///
  /// Everything is made in a hidden directory inside `url` and moved up at the end, the ledger
  /// last: without a ledger there is no authority. A directory that exists stays the same one, with
  /// its mode. What a killed run left behind is cleared away by the next.
  /// - Parameter passphrase: encrypts the private keys; nil keeps them in plain text, mode 0600.
  /// - Throws: `.alreadyExists` when `url` is not empty, `.cannotCreate`, `.io`, ...
  public static func create(
    at url: URL, overlay: OverlayName, profile: CertificateProfile,
    policy: AdmissionPolicy = AdmissionPolicy(), passphrase: borrowing Passphrase? = nil,
    now: CredentialTime
  ) throws(AuthorityError) {
    let target = url.standardizedFileURL
    let parent = target.deletingLastPathComponent()
    let isNew = !FileManager.default.fileExists(atPath: target.path)
    if isNew {
      try? FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
      try AuthorityFile.makeDirectory(target, mode: 0o755)
    } else {
      try requireRoom(in: target)
    }
    let partial = target.appendingPathComponent(
      ".init-\(getpid())-\(UUID().uuidString).partial", isDirectory: true)
    do throws(AuthorityError) {
      do {
        try AuthorityFile.makeDirectory(partial, mode: 0o700)
      } catch .cannotCreate(_, let detail) {
        throw .cannotCreate(path: url.path, detail: detail)
      }
      try build(
        AuthorityDirectory(partial), overlay: overlay, profile: profile, policy: policy,
        passphrase: passphrase, now: now)
      try moveUp(from: partial, to: target)
    } catch {
      try? FileManager.default.removeItem(at: partial)
      if isNew { rmdir(target.path) }
      throw error
    }
    rmdir(partial.path)
    try AuthorityFile.synchronizeDirectory(target)
    if isNew { try AuthorityFile.synchronizeDirectory(parent) }
  }

  /// The parts of an authority; the root's comes first, the ledger last.
  private static let parts = [
    "root", "issuing", "nodes", "log", "root.crt", "issuing.crt", "issuing.crl", "log.pub",
    "profile.yaml", "policy.yaml", "ledger.sqlite",
  ]

  /// Checks that a directory is empty, but for what runs that were killed left in it; clears that.
  private static func requireRoom(in target: URL) throws(AuthorityError) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: target.path).sorted()
    } catch {
      throw .alreadyExists(path: target.path)
    }
    let unfinished = names.filter { $0.hasPrefix(".init-") && $0.hasSuffix(".partial") }
    let others = names.filter { !unfinished.contains($0) }
    let dead = unfinished.filter { !isAtWork($0) }
    // Parts without a ledger beside an unfinished run: it was killed while it moved them up.
    let isCutShort =
      !dead.isEmpty && dead == unfinished && others.allSatisfy { parts.dropLast().contains($0) }
    guard others.isEmpty || isCutShort else { throw .alreadyExists(path: target.path) }
    for name in dead + others {
      try? FileManager.default.removeItem(at: target.appendingPathComponent(name))
    }
  }

  /// Whether the process that names its unfinished directory so is alive.
  private static func isAtWork(_ name: String) -> Bool {
    let fields = name.split(separator: "-")
    guard fields.count > 1, let process = pid_t(fields[1]), process > 0 else { return false }
    return kill(process, 0) == 0 || errno == EPERM
  }

  /// Moves the parts; of two processes the second finds a `root` that is not empty and stops.
  private static func moveUp(from partial: URL, to target: URL) throws(AuthorityError) {
    var moved: [URL] = []
    for name in parts {
      let place = target.appendingPathComponent(name)
      guard rename(partial.appendingPathComponent(name).path, place.path) == 0 else {
        let detail = String(cString: strerror(errno))
        for place in moved { try? FileManager.default.removeItem(at: place) }
        throw .cannotCreate(path: place.path, detail: detail)
      }
      moved.append(place)
    }
  }

  private static func build(
    _ paths: AuthorityDirectory, overlay: OverlayName, profile: CertificateProfile,
    policy: AdmissionPolicy, passphrase: borrowing Passphrase?, now: CredentialTime
  ) throws(AuthorityError) {
    for name in ["root", "issuing", "nodes"] {
      try AuthorityFile.makeDirectory(paths.url.appendingPathComponent(name), mode: 0o700)
    }
    try AuthorityFile.makeDirectory(paths.log, mode: 0o755)
    let issuing = try makeTiers(
      paths, overlay: overlay, profile: profile, passphrase: passphrase, now: now)
    let log = try makeLogKey(paths, overlay: overlay, passphrase: passphrase)
    try AuthorityFile.write(Array(profile.yaml.utf8), to: paths.profile, .published)
    try AuthorityFile.write(Array(policy.yaml.utf8), to: paths.policy, .published)
    let ledger = try wrapping { () throws(LedgerError) in
      let ledger = try Ledger(paths.ledger, wait: 1)
      try ledger.create(overlay: overlay, issuing: issuing, log: log, at: now)
      return ledger
    }
    // Accounts' secrets are in it, if only as hashes; the files beside it get the same mode.
    guard chmod(paths.ledger.path, 0o600) == 0 else {
      throw .cannotCreate(path: paths.ledger.path, detail: String(cString: strerror(errno)))
    }
    try wrapping { () throws(LedgerError) in try ledger.close() }
    let authority = try OverlayAuthority(opening: paths.url, passphrase: passphrase)
    _ = try authority.renewRevocationList(at: now)
    try authority.publishLog()
    try wrapping { () throws(LedgerError) in try authority.ledger.close() }
  }

  /// Makes root and issuing authority and writes their keys and certificates; gives the latter.
  private static func makeTiers(
    _ paths: AuthorityDirectory, overlay: OverlayName, profile: CertificateProfile,
    passphrase: borrowing Passphrase?, now: CredentialTime
  ) throws(AuthorityError) -> [UInt8] {
    let algorithm = profile.keyAlgorithm
    let (root, issuing) = try signing { () throws(OpenSSLError) in
      let root = try AuthorityCredentials.root(
        overlay: overlay, algorithm: algorithm,
        validity: profile.validity(days: profile.rootValidityDays, from: now))
      let issuing = try root.issuingAuthority(
        algorithm: algorithm,
        validity: profile.validity(days: profile.issuingValidityDays, from: now))
      return (root, issuing)
    }
    let key = try armoured(root, passphrase)
    try AuthorityFile.write(key, to: paths.rootKey, .secret)
    try writeTier(root.certificate, to: paths.rootCertificate)
    let issuingKey = try armoured(issuing, passphrase)
    try AuthorityFile.write(issuingKey, to: paths.issuingKey, .secret)
    try writeTier(issuing.certificate, to: paths.issuingCertificate)
    return issuing.certificate
  }

  static func writeTier(_ certificate: [UInt8], to url: URL) throws(AuthorityError) {
    let text = try signing { () throws(OpenSSLError) in
      try PEM.encode(certificate, label: "CERTIFICATE")
    }
    try AuthorityFile.write(text, to: url, .published)
  }

  /// The log's key is Ed25519, whatever the profile says: the format knows no other.
  private static func makeLogKey(
    _ paths: AuthorityDirectory, overlay: OverlayName, passphrase: borrowing Passphrase?
  ) throws(AuthorityError) -> LogNotary {
    let key = try signing { () throws(OpenSSLError) in try PrivateKey(generating: .ed25519) }
    let text = try armoured(key, passphrase)
    try AuthorityFile.write(text, to: paths.logKey, .secret)
    let log = try LogNotary(key: key, overlay: overlay, path: paths.logKey.path)
    try AuthorityFile.write(
      Array((log.verifierKey + "\n").utf8), to: paths.logVerifierKey, .published)
    return log
  }

  /// A key's text, encrypted when there is a passphrase.
  static func armoured(
    _ key: borrowing PrivateKey, _ passphrase: borrowing Passphrase?
  ) throws(AuthorityError) -> [UInt8] {
    do {
      switch passphrase {
      case .some(let passphrase): return try key.pem(passphrase: passphrase)
      case .none: return try key.pem()
      }
    } catch {
      throw .cryptography(error)
    }
  }

  /// A tier's key as text, encrypted when there is a passphrase.
  static func armoured(
    _ tier: AuthorityCredentials, _ passphrase: borrowing Passphrase?
  ) throws(AuthorityError) -> [UInt8] {
    do {
      switch passphrase {
      case .some(let passphrase): return try tier.privateKeyPEM(passphrase: passphrase)
      case .none: return try tier.privateKeyPEM()
      }
    } catch {
      throw .cryptography(error)
    }
  }
}
