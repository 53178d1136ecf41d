import NodeCredentials
import RingIdentifiers

extension CorpusBuilder {
  // Positions of the extensions in an issuing certificate.
  private static let (limits, signing, constraints) = (0, 1, 2)

  /// Good certificates under authorities that are none.
  mutating func addAuthorities() throws {
    try addChangedIssuers()
    try addExpiredAuthorities()
    try addForeignAuthorities()
    try addThirdTier()
  }

  private mutating func addChangedIssuers() throws {
    func extensionValue(_ place: Int, _ value: [UInt8]) -> (inout DERTree) -> Void {
      { $0.extensionList.elements[place].elements[2].octets = value }
    }
    try issuing(
      "issuer-no-authority", .authority, "the issuing certificate says cA=FALSE",
      .chain("the issuing certificate: Key usage keyCertSign invalid for non-CA cert"),
      change: extensionValue(Self.limits, [0x30, 0]))
    try issuing(
      "issuer-usage", .authority, "the issuing certificate may sign lists alone",
      .chain("the issuing certificate: Path length given without key usage keyCertSign"),
      change: extensionValue(Self.signing, [3, 2, 1, 2]))
    try issuing(
      "issuer-list-usage", .revocation, "the issuing certificate may sign certificates alone",
      .chain("the issuing certificate may not sign certificates and lists"),
      change: extensionValue(Self.signing, [3, 2, 2, 4]))
    try issuing(
      "issuer-path-length", nil, "the issuing certificate has no path length",
      .chain("the issuing certificate is no authority of path length 0"),
      change: extensionValue(Self.limits, [0x30, 3, 1, 1, 0xFF]))
    try issuing(
      "issuer-no-constraints", nil, "the issuing certificate has no name constraints",
      .foreignOverlay(expected: "overlay.example", found: "no name constraints")
    ) { $0.extensionList.elements.remove(at: Self.constraints) }
    let weak = CorpusAuthority(
      root: main.root,
      issuing: try main.root.issuingAuthority(
        algorithm: .p256, validity: CorpusAuthority.validity, hash: .sha1))
    x509(
      "issuer-sha1", .algorithm, "the issuing certificate is signed with ecdsa-with-SHA1",
      .profile(.signatureAlgorithm), in: try weak.setting("issuer-sha1"),
      shares: "one rule for the signatures of the whole chain", try weak.leaf("issuer-sha1"))
  }

  /// A good leaf under a changed issuing certificate; of the profile when no family is given.
  private mutating func issuing(
    _ name: String, _ family: CorpusFamily?, _ fault: String, _ expected: CertificateRejection,
    shares: String? = nil, change: (inout DERTree) throws -> Void
  ) throws {
    let authority = try main.withIssuing(change: change)
    let setting = try authority.setting(name)
    let leaf = try authority.leaf(name)
    if let family {
      x509(name, family, fault, expected, in: setting, shares: shares, leaf)
    } else {
      profile(name, fault, expected, in: setting, shares: shares, leaf)
    }
  }

  private mutating func addExpiredAuthorities() throws {
    let moment = CorpusAuthority.moment
    func past(_ year: Int) -> ValidityPeriod {
      ValidityPeriod(notBefore: moment(2020), notAfter: moment(year))
    }
    let late = CorpusAuthority(
      root: main.root,
      issuing: try main.root.issuingAuthority(algorithm: .p256, validity: past(2022)))
    x509(
      "issuer-expired", .time, "the issuing certificate expired in 2022", .expired(moment(2022)),
      in: try late.setting("issuer-expired"), try late.leaf("issuer-expired"))
    let old = try AuthorityCredentials.root(
      overlay: CorpusAuthority.overlay, algorithm: .p256, validity: past(2023))
    let orphan = CorpusAuthority(
      root: old,
      issuing: try old.issuingAuthority(algorithm: .p256, validity: CorpusAuthority.validity))
    x509(
      "root-expired", .time, "the root expired in 2023", .expired(moment(2023)),
      in: try orphan.setting("root-expired"), try orphan.leaf("root-expired"))
  }

  private mutating func addForeignAuthorities() throws {
    let namesake = try CorpusAuthority()
    x509(
      "root-namesake", .signature, "the issuing certificate is signed by a root of the same name",
      .chain("the issuing certificate: authority and subject key identifier mismatch"),
      in: CorpusSetting(
        name: "root-namesake", root: namesake.root.certificate,
        issuing: main.issuing.certificate, list: try main.list()), try main.leaf("root-namesake"))
    let foreign = try CorpusAuthority(overlay: CorpusAuthority.foreignOverlay)
    profile(
      "issuer-other-overlay", "root, issuing authority and node of another overlay",
      .foreignOverlay(expected: "overlay.example", found: "other.example"),
      in: try foreign.setting("issuer-other-overlay"),
      shares: "another overlay, shown by the constraints instead of the URI",
      try foreign.leaf("issuer-other-overlay"))
  }

  /// An authority that the issuing one certified although its path length is 0.
  private mutating func addThirdTier() throws {
    let title = DERTree(0x0C, Array("overlay.example third CA".utf8))
    let name = DERTree(
      0x30, [DERTree(0x31, [DERTree(0x30, [DERTree(0x06, [0x55, 0x04, 0x03]), title])])])
    let plain = try main.issuing.issuingAuthority(
      algorithm: .p256, validity: CorpusAuthority.validity)
    let third = CorpusAuthority(root: main.root, issuing: plain)
    let certificate = try CorpusAuthority.signed(plain.certificate, by: main.issuing) {
      $0.elements[DERTree.subject] = name
    }
    let list = try CorpusAuthority.signed(third.list(), by: plain) { $0.elements[2] = name }
    var setting = CorpusSetting(
      name: "third-tier", root: main.root.certificate, issuing: certificate, list: list)
    setting.between = [main.issuing.certificate]
    x509(
      "issuer-third-tier", .authority, "an authority below the issuing one, whose path length is 0",
      .chain("the issuing certificate: subject issuer mismatch"), in: setting,
      try CorpusAuthority.signed(third.leaf("issuer-third-tier"), by: plain) {
        $0.elements[DERTree.issuer] = name
      })
  }
}
