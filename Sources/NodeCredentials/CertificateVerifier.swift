import RingIdentifiers

/// Where the verifier learns which certificates are revoked.
public enum RevocationSource: Sendable {
  /// A DER revocation list; it must be current at the time of verification.
  case list([UInt8])
  /// The authority's own ledger, which is always current.
  case ledger([RevokedCertificate])
}

/// One issuing certificate of an overlay, and where its revocations are to be learnt.
///
/// When the issuing key is replaced, the certificates of the old one stay in force until they end,
/// so for a while there are two, with one name and different keys; each signs a list of its own.
public struct IssuerRevocation: Sendable {
  /// DER of the issuing certificate.
  public let certificate: [UInt8]
  /// For the certificates of this issuing key alone.
  public let revocation: RevocationSource

  /// An issuer from its parts.
  public init(certificate: [UInt8], revocation: RevocationSource) {
    self.certificate = certificate
    self.revocation = revocation
  }
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
  /// In the order given; each checks the leaves of its own key.
  private let issuers: [Issuer]

  /// More issuing certificates than this are refused: rotations overlap, they do not pile up.
  public static let issuerCountMax = 16

  private struct Issuer: Sendable {
    let anchor: TrustAnchor
    let revoked: [SerialNumber: RevokedCertificate]

    init(
      _ issuer: IssuerRevocation, root: [UInt8], overlay: OverlayName
    ) throws(CertificateRejection) {
      let entries: [RevokedCertificate]
      switch issuer.revocation {
      case .list(let der):
        anchor = try TrustAnchor(
          root: root, issuing: issuer.certificate, revocationList: der, overlay: overlay)
        entries = anchor.revocationList?.entries ?? []
      case .ledger(let known):
        anchor = try TrustAnchor(
          root: root, issuing: issuer.certificate, revocationList: nil, overlay: overlay)
        entries = known
      }
      revoked = Dictionary(entries.map { ($0.serial, $0) }) { first, _ in first }
    }
  }

  /// Checks the authority's certificates and list once.
  /// - Parameters:
  ///   - root: DER of the root certificate, trusted.
  ///   - issuing: DER of the issuing certificate.
  /// - Throws: `.malformed`, `.chain` or `.foreignOverlay`, naming the part at fault.
  public init(
    overlay: OverlayName, root: [UInt8], issuing: [UInt8], revocation: RevocationSource
  ) throws(CertificateRejection) {
    try self.init(
      overlay: overlay, root: root,
      issuers: [IssuerRevocation(certificate: issuing, revocation: revocation)])
  }

  /// Checks the certificates and lists of an authority whose issuing key was replaced.
  ///
  /// A leaf is checked by the issuer that its authority key identifier names, and by the list of
  /// that issuer: the list of another does not vouch for it.
  /// - Parameters:
  ///   - root: DER of the root certificate, trusted.
  ///   - issuers: 1 to `issuerCountMax`, with different keys.
  /// - Throws: `.malformed`, `.chain` or `.foreignOverlay`, naming the part at fault.
  public init(
    overlay: OverlayName, root: [UInt8], issuers: [IssuerRevocation]
  ) throws(CertificateRejection) {
    guard (1...CertificateVerifier.issuerCountMax).contains(issuers.count) else {
      throw .chain(
        "there are \(issuers.count) issuing certificates; "
          + "1 to \(CertificateVerifier.issuerCountMax) are allowed")
    }
    var checked: [Issuer] = []
    for issuer in issuers {
      let next = try Issuer(issuer, root: root, overlay: overlay)
      let identifier = next.anchor.issuingKeyIdentifier
      guard !checked.contains(where: { $0.anchor.issuingKeyIdentifier == identifier }) else {
        throw .chain("two issuing certificates have the same key identifier")
      }
      checked.append(next)
    }
    self.overlay = overlay
    self.issuers = checked
  }

  /// The revocation list in use, of the first issuer; nil when the ledger is asked instead.
  public var revocationList: RevocationList? { issuers.first?.anchor.revocationList }

  /// The revocation lists in use, one for each issuer that has one, in the order of the issuers.
  public var revocationLists: [RevocationList] { issuers.compactMap(\.anchor.revocationList) }

  /// The issuer that the leaf names; else, for the sake of the reason given, the one that signed
  /// it, or the first.
  private func issuer(
    of leaf: borrowing CertificateHandle
  ) throws(CertificateRejection) -> Issuer {
    for issuer in issuers where issuer.anchor.isNamed(by: leaf) { return issuer }
    for issuer in issuers where issuer.anchor.isIssuer(of: leaf) { return issuer }
    guard let first = issuers.first else { throw .chain("there is no issuing certificate") }
    return first
  }

  /// Checks one certificate.
  /// - Throws: the one `CertificateRejection` that applies first.
  /// - Complexity: about 0.25 ms: parsing the key, one signature, and the strict checks.
  public func verify(
    _ certificate: UnverifiedNodeCertificate, at time: CredentialTime,
    expecting expectation: PeerExpectation = PeerExpectation()
  ) throws(CertificateRejection) -> CertifiedNode {
    let handle = try CertificateHandle(der: certificate.der)
    let issuer = try issuer(of: handle)
    let anchor = issuer.anchor
    let fields: CertificateFields
    do {
      fields = try handle.fields()
    } catch {
      throw .malformed("\(error)")
    }
    let profile = NodeProfile(
      overlay: overlay, issuingKeyIdentifier: anchor.issuingKeyIdentifier)
    do {
      try anchor.check(handle, at: time, overlay: overlay)
    } catch {
      // OpenSSL's strict rules are general; where the profile has the rule too, its name is better.
      if error == .profile(.strictForm) { _ = try profile.certifiedNode(from: fields) }
      throw error
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
    if let serial, let entry = issuer.revoked[serial] { throw .revoked(entry) }
    let node = try profile.certifiedNode(from: fields)
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
  /// Checks a DER revocation list of this authority, by whichever of its issuing keys, and reads
  /// it; its times are not judged.
  /// - Throws: `.malformed`, `.chain` or `.profile(.signatureAlgorithm)`.
  public func revocationList(from der: [UInt8]) throws(CertificateRejection) -> RevocationList {
    var reason = CertificateRejection.chain("there is no issuing certificate")
    for issuer in issuers {
      do throws(CertificateRejection) {
        return try issuer.anchor.verifiedList(der)
      } catch {
        guard case .chain = error else { throw error }
        reason = error
      }
    }
    throw reason
  }
}
