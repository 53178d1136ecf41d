import RingIdentifiers

/// Where the verifier learns which certificates are revoked.
public enum RevocationSource: Sendable {
  /// A DER revocation list; it must be current at the time of verification.
  case list([UInt8])
  /// The authority's own ledger, which is always current.
  case ledger([RevokedCertificate])
}

/// Turns an `UnverifiedNodeCertificate` into a `CertifiedNode`, or gives one named reason.
///
/// Checks, in this order: DER form; chain to the overlay's root with OpenSSL's strict rules and the
/// issuing certificate's name constraints; time; revocation; every rule of the node profile; one
/// nodeId in URI, host name and common name; last, what the caller expects of the peer. The nodeId
/// is not looked at before the chain is good. The time is an argument: there is no clock inside.
public struct CertificateVerifier: Sendable {
  /// The overlay whose nodes are accepted.
  public let overlay: OverlayName
  fileprivate let anchor: TrustAnchor
  private let revoked: [SerialNumber: RevokedCertificate]

  /// Checks the authority's certificates and list once.
  /// - Parameters:
  ///   - root: DER of the root certificate, trusted.
  ///   - issuing: DER of the issuing certificate.
  /// - Throws: `.malformed`, `.chain` or `.foreignOverlay`, naming the part at fault.
  public init(
    overlay: OverlayName, root: [UInt8], issuing: [UInt8], revocation: RevocationSource
  ) throws(CertificateRejection) {
    self.overlay = overlay
    let entries: [RevokedCertificate]
    switch revocation {
    case .list(let der):
      anchor = try TrustAnchor(
        root: root, issuing: issuing, revocationList: der, overlay: overlay)
      entries = anchor.revocationList?.entries ?? []
    case .ledger(let known):
      anchor = try TrustAnchor(
        root: root, issuing: issuing, revocationList: nil, overlay: overlay)
      entries = known
    }
    revoked = Dictionary(entries.map { ($0.serial, $0) }) { first, _ in first }
  }

  /// The revocation list in use; nil when the ledger is asked instead.
  public var revocationList: RevocationList? { anchor.revocationList }

  /// Checks one certificate.
  /// - Throws: the one `CertificateRejection` that applies first.
  /// - Complexity: about 0.25 ms: parsing the key, one signature, and the strict checks.
  public func verify(
    _ certificate: UnverifiedNodeCertificate, at time: CredentialTime,
    expecting expectation: PeerExpectation = PeerExpectation()
  ) throws(CertificateRejection) -> CertifiedNode {
    let handle = try CertificateHandle(der: certificate.der)
    try anchor.check(handle, at: time, overlay: overlay)
    let fields: CertificateFields
    do {
      fields = try handle.fields()
    } catch {
      throw .malformed("\(error)")
    }
    let serial = SerialNumber(bytes: fields.serial)
    if let list = anchor.revocationList {
      guard time >= list.thisUpdate else {
        throw .revocationListNotYetValid(thisUpdate: list.thisUpdate)
      }
      guard time <= list.nextUpdate else {
        throw .revocationListStale(nextUpdate: list.nextUpdate)
      }
    }
    if let serial, let entry = revoked[serial] { throw .revoked(entry) }
    let node = try NodeProfile(overlay: overlay, issuingKeyIdentifier: anchor.issuingKeyIdentifier)
      .certifiedNode(from: fields)
    try check(node, against: expectation)
    return node
  }

  private func check(
    _ node: CertifiedNode, against expectation: PeerExpectation
  ) throws(CertificateRejection) {
    if let nodeId = expectation.nodeId, nodeId != node.nodeId {
      throw .nodeIdMismatch(expected: nodeId.hex, found: node.nodeId.hex)
    }
    let found = node.address
    if let ip = expectation.ip, ip != found.ip {
      throw .addressMismatch(expected: "\(ip)", found: "\(found.ip)")
    }
    if let port = expectation.port, port != found.port {
      throw .addressMismatch(expected: "port \(port)", found: "port \(found.port)")
    }
  }
}

extension CertificateVerifier {
  /// Checks a DER revocation list of this authority and reads it; its times are not judged.
  /// - Throws: `.malformed` or `.chain`.
  public func revocationList(from der: [UInt8]) throws(CertificateRejection) -> RevocationList {
    try anchor.verifiedList(der)
  }
}
