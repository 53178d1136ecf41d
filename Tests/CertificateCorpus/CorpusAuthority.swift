package import NodeCredentials
import RingIdentifiers

/// An authority with fixed times and names, whose certificates can be bent and signed again.
///
/// All is valid from 2020 to 2049, so that programs that insist on the real time agree with
/// verification at `CorpusAuthority.now`. The keys are new each time.
package struct CorpusAuthority: Sendable {
  package static let now = moment(2026)
  package static let validity = ValidityPeriod(notBefore: moment(2020), notAfter: moment(2049))
  package static let listURL = "http://overlay.example/issuing.crl"
  package static let overlay: OverlayName = name("overlay.example")
  package static let foreignOverlay: OverlayName = name("other.example")

  /// The nodeId of nearly all entries; it begins with a letter, so that case and escapes matter.
  package static let hex = "a1b2c3d4e5f60718293a4b5c6d7e8f9001234567"
  package static let otherHex = "00112233445566778899aabbccddeeff01234567"
  package static let address = "192.0.2.7:4000"

  package let root: AuthorityCredentials
  package let issuing: AuthorityCredentials
  /// DER of the issuing certificate that others see.
  private var published: [UInt8]

  /// A new root and issuing authority.
  package init(
    algorithm: KeyAlgorithm = .p256, overlay: OverlayName = CorpusAuthority.overlay
  ) throws {
    root = try AuthorityCredentials.root(
      overlay: overlay, algorithm: algorithm, validity: CorpusAuthority.validity)
    issuing = try root.issuingAuthority(algorithm: algorithm, validity: CorpusAuthority.validity)
    published = issuing.certificate
  }

  /// An authority from its two tiers.
  package init(root: AuthorityCredentials, issuing: AuthorityCredentials) {
    self.root = root
    self.issuing = issuing
    published = issuing.certificate
  }

  private static func name(_ text: String) -> OverlayName {
    do {
      return try OverlayName(text)
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// January 1st of a year.
  package static func moment(_ year: Int) -> CredentialTime {
    CredentialTime(year: year, month: 1, day: 1) ?? CredentialTime(secondsSinceEpoch: 0)
  }

  /// The serial number of an entry: the same in every run.
  package static func serial(_ name: String) throws -> SerialNumber {
    var bytes = [UInt8](try Digest.sha256(Array(name.utf8)).prefix(16))
    bytes[0] = bytes[0] & 0x3F | 0x40
    guard let serial = SerialNumber(bytes: bytes) else { throw DERTree.ReadError() }
    return serial
  }

  /// What a good leaf holds.
  package func content(
    _ name: String, algorithm: KeyAlgorithm = .p256,
    validity: ValidityPeriod = CorpusAuthority.validity, address: String = CorpusAuthority.address
  ) throws -> CertificateContent {
    guard let address = NodeAddress(address) else { throw DERTree.ReadError() }
    let key = try PrivateKey(generating: algorithm)
    return try issuing.nodeContent(
      nodeId: NodeId(hex: CorpusAuthority.hex), serial: CorpusAuthority.serial(name),
      publicKey: key.publicKey, address: address, validity: validity,
      distributionPoint: CorpusAuthority.listURL)
  }

  /// A leaf whose content is changed before it is signed.
  package func leaf(
    _ name: String, algorithm: KeyAlgorithm = .p256,
    validity: ValidityPeriod = CorpusAuthority.validity, address: String = CorpusAuthority.address,
    hash: SignatureHash = .sha256, change: (inout CertificateContent) throws -> Void = { _ in }
  ) throws -> [UInt8] {
    var content = try content(name, algorithm: algorithm, validity: validity, address: address)
    try change(&content)
    return try issuing.sign(content, hash: hash)
  }

  /// A leaf whose signed part is changed as octets, and then signed.
  package func bentLeaf(
    _ name: String, change: (inout DERTree) throws -> Void
  ) throws -> [UInt8] {
    try CorpusAuthority.signed(leaf(name), by: issuing, change: change)
  }

  /// The certificate or list with a changed first part, signed by `signer`.
  package static func signed(
    _ der: [UInt8], by signer: AuthorityCredentials, change: (inout DERTree) throws -> Void
  ) throws -> [UInt8] {
    try signed(der, by: PrivateKey(pem: signer.privateKeyPEM()), change: change)
  }

  /// The certificate, list or request with a changed first part, signed by `key`.
  package static func signed(
    _ der: [UInt8], by key: borrowing PrivateKey, change: (inout DERTree) throws -> Void
  ) throws -> [UInt8] {
    var whole = try DERTree(reading: der)
    try change(&whole.elements[0])
    whole.elements[2].octets = try [0] + key.signature(over: whole.elements[0].encoded)
    return whole.encoded
  }

  /// The same authority, which publishes a changed issuing certificate.
  package func withIssuing(
    change: (inout DERTree) throws -> Void
  ) throws -> CorpusAuthority {
    var other = self
    other.published = try CorpusAuthority.signed(issuing.certificate, by: root, change: change)
    return other
  }

  /// A list that is current from 2020 to 2049.
  package func list(
    _ revoked: [SerialNumber] = [], thisUpdate: CredentialTime = moment(2020),
    nextUpdate: CredentialTime = moment(2049), hash: SignatureHash = .sha256
  ) throws -> [UInt8] {
    try issuing.revocationList(
      number: 7, thisUpdate: thisUpdate, nextUpdate: nextUpdate,
      entries: revoked.map {
        RevokedCertificate(
          serial: $0, time: CorpusAuthority.moment(2025), reason: .keyCompromise)
      }, hash: hash)
  }

  /// The authority as it is published.
  package func setting(_ name: String, list: [UInt8]? = nil) throws -> CorpusSetting {
    CorpusSetting(
      name: name, root: root.certificate, issuing: published,
      list: try list ?? self.list())
  }
}

extension CorpusAuthority {
  /// The address of nearly all entries.
  func address() throws -> NodeAddress {
    guard let address = NodeAddress(CorpusAuthority.address) else { throw DERTree.ReadError() }
    return address
  }
}
