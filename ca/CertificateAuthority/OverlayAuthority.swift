public import Foundation
public import NodeCredentials
import RingIdentifiers
import TransparencyLog

/// The moments of an issuance between which a crash can fall; tests stop at each.
package enum IssuanceStep: Hashable, Sendable {
  /// The ids are committed, nothing is signed.
  case reserved
  /// Signed, not recorded.
  case signed
  /// Recorded, not yet handed out.
  case recorded
}

/// A certificate that was issued, and where its files are.
public struct IssuedNode: Hashable, Sendable {
  /// The node as the authority's own verifier sees it.
  public let node: CertifiedNode
  /// The certificate in DER.
  public let certificate: [UInt8]
  /// The PEM file of the certificate.
  public let certificateFile: URL
  /// The PEM file of the private key, mode 0600; nil when the applicant holds the key.
  public let keyFile: URL?
}

/// A certificate authority at work: it issues, revokes and publishes.
///
/// Every certificate takes the same way: serial number and nodeId are drawn and committed to the
/// ledger, then signed, recorded, and only then handed out. Before it is recorded the authority's
/// own verifier checks it; of a bulk issue it checks the first of every thousand. A crash at any
/// point burns the ids and never issues them twice. nodeIds are uniform and chosen here, never by
/// the applicant. Source: [Castro02], routing table maintenance.1.
public final class OverlayAuthority: Sendable {
  /// Where everything lies.
  public let directory: AuthorityDirectory
  /// The overlay served.
  public let overlay: OverlayName
  /// How certificates are made.
  public let profile: CertificateProfile
  let keys: AuthorityKeys
  let rootCertificate: [UInt8]
  /// DER, oldest first.
  let issuerCertificates: [[UInt8]]
  let ledger: Ledger
  let projection: LogProjection
  let verifier: CertificateVerifier
  let observer: (@Sendable (IssuanceStep) throws -> Void)?

  /// Opens an existing authority for work.
  /// - Parameters:
  ///   - wait: seconds to wait for a ledger that another process has locked.
  ///   - passphrase: of the authority's keys; nil when they are kept in plain text.
  /// - Throws: `AuthorityError`.
  public convenience init(
    opening url: URL, wait: Double = 10, passphrase: borrowing Passphrase? = nil
  ) throws(AuthorityError) {
    try self.init(
      opening: url, wait: wait, passphrase: passphrase, maximumPageCount: nil, observer: nil)
  }

  /// The same with hooks for tests: a bound on the database's size and a look at every step.
  package init(
    opening url: URL, wait: Double, passphrase: borrowing Passphrase? = nil,
    maximumPageCount: Int?,
    observer: (@Sendable (IssuanceStep) throws -> Void)?
  ) throws(AuthorityError) {
    directory = AuthorityDirectory(url)
    self.observer = observer
    let paths = directory
    let reader = try wrapping { () throws(LedgerError) in try LedgerReader(directory: url) }
    overlay = reader.overlayName
    // The ledger alone decides what is revoked; a certificate just made is in neither.
    verifier = try wrapping { () throws(LedgerError) in try reader.verifier(revoked: []) }
    profile = try CertificateProfile(
      yaml: String(decoding: try AuthorityFile.read(paths.profile), as: UTF8.self),
      path: paths.profile.path)
    rootCertificate = reader.rootCertificate
    issuerCertificates = reader.issuers.map(\.der)
    keys = try AuthorityKeys(opening: reader, passphrase: passphrase)
    ledger = try wrapping { () throws(LedgerError) in
      try Ledger(paths.ledger, wait: wait, maximumPageCount: maximumPageCount)
    }
    projection = LogProjection(ledger, directory: paths.log)
  }

  /// Brings the log's static files up to what the ledger holds; gives the log's size.
  /// - Throws: `AuthorityError`.
  @discardableResult
  public func publishLog() throws(AuthorityError) -> UInt64 { try projection.publish() }

  // MARK: single issue

  /// Issues one certificate with a new key; writes `nodes/<nodeId>.key` and `.crt`.
  /// - Parameter algorithm: of the node's key; nil for the profile's.
  /// - Throws: `AuthorityError`; whatever happens, a reserved nodeId is never used again.
  public func issue(
    address: NodeAddress, algorithm: KeyAlgorithm? = nil, at now: CredentialTime
  ) throws(AuthorityError) -> IssuedNode {
    let reservation = try reserve(1, at: now)[0]
    let key = try generatedKey(algorithm ?? profile.keyAlgorithm)
    let keyFile = directory.nodes.appendingPathComponent("\(reservation.nodeId.hex).key")
    let text = try signing { () throws(OpenSSLError) in try key.pem() }
    try AuthorityFile.write(text, to: keyFile, .secret)
    return try finish(
      reservation, publicKey: key.publicKey, address: address, keyFile: keyFile, at: now)
  }

  /// Issues one certificate for an applicant's request; writes `nodes/<nodeId>.crt`.
  ///
  /// Of the request only the key counts, once its proof of possession is good.
  /// - Throws: `AuthorityError`; a refused request reserves nothing.
  public func issue(
    request: URL, address: NodeAddress, at now: CredentialTime
  ) throws(AuthorityError) -> IssuedNode {
    let bytes = try AuthorityFile.read(request)
    let accepted: CertificationRequest
    do {
      accepted = try CertificationRequest(pemOrDER: bytes)
    } catch {
      throw .request(path: request.path, rejection: error)
    }
    let reservation = try reserve(1, at: now)[0]
    return try finish(
      reservation, publicKey: accepted.publicKey, address: address, keyFile: nil, at: now)
  }

  private func finish(
    _ reservation: Reservation, publicKey: PublicKey, address: NodeAddress, keyFile: URL?,
    at now: CredentialTime
  ) throws(AuthorityError) -> IssuedNode {
    let signed = try sign(reservation, publicKey: publicKey, address: address, at: now)
    let node = try checked(signed, at: now)
    _ = try record([signed], at: now)
    try publishLog()
    let url = directory.nodes.appendingPathComponent("\(reservation.nodeId.hex).crt")
    let text = try signing { () throws(OpenSSLError) in
      try PEM.encode(signed.der, label: "CERTIFICATE")
    }
    try AuthorityFile.write(text, to: url, .published)
    return IssuedNode(
      node: node, certificate: signed.der, certificateFile: url, keyFile: keyFile)
  }

  private func generatedKey(_ algorithm: KeyAlgorithm) throws(AuthorityError) -> PrivateKey {
    do {
      return try PrivateKey(generating: algorithm)
    } catch {
      throw .cryptography(error)
    }
  }

  // MARK: steps

  func reserve(_ count: Int, at now: CredentialTime) throws(AuthorityError) -> [Reservation] {
    let ledger = ledger
    let reservations = try wrapping { () throws(LedgerError) in
      try ledger.reserve(count, at: now)
    }
    try observe(.reserved)
    return reservations
  }

  func sign(
    _ reservation: Reservation, publicKey: PublicKey, address: NodeAddress,
    at now: CredentialTime
  ) throws(AuthorityError) -> SignedNode {
    let validity = profile.validity(days: profile.nodeValidityDays, from: now)
    let der = try signing { () throws(OpenSSLError) in
      try keys.issuing.certify(
        nodeId: reservation.nodeId, serial: reservation.serial, publicKey: publicKey,
        address: address, validity: validity,
        distributionPoint: profile.distributionPoint(overlay, issuer: keys.current))
    }
    return SignedNode(
      reservation: reservation, issuer: keys.current, address: address, validity: validity, der: der
    )
  }

  /// The authority's own verdict on what it signed, before anyone else sees it.
  func checked(
    _ signed: SignedNode, at now: CredentialTime
  ) throws(AuthorityError) -> CertifiedNode {
    do {
      return try verifier.verify(
        UnverifiedNodeCertificate(der: signed.der), at: now,
        expecting: PeerExpectation(
          nodeId: signed.reservation.nodeId, ip: signed.address.ip, port: signed.address.port))
    } catch {
      throw .selfCheck(error)
    }
  }

  /// Commits certificates and their place in the log.
  func record(
    _ nodes: [SignedNode], at now: CredentialTime
  ) throws(AuthorityError) -> [LogProof] {
    try observe(.signed)
    let ledger = ledger
    let proofs = try wrapping { () throws(LedgerError) in
      try ledger.record(nodes, signedBy: keys.log, at: now)
    }
    try observe(.recorded)
    return proofs
  }

  func observe(_ step: IssuanceStep) throws(AuthorityError) {
    do {
      try observer?(step)
    } catch {
      throw .io(path: directory.url.path, detail: "interrupted: \(error)")
    }
  }
}

/// Runs ledger work; its errors become the authority's.
func wrapping<Value>(_ body: () throws(LedgerError) -> Value) throws(AuthorityError) -> Value {
  do {
    return try body()
  } catch {
    throw .ledger(error)
  }
}

/// Runs OpenSSL work; its errors become the authority's.
func signing<Value: ~Copyable>(_ body: () throws(OpenSSLError) -> Value) throws(AuthorityError)
  -> Value
{
  do {
    return try body()
  } catch {
    throw .cryptography(error)
  }
}
