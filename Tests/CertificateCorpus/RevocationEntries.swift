import NodeCredentials

extension CorpusBuilder {
  /// Revoked certificates, and lists that cannot be relied on.
  mutating func addRevocations() throws {
    let moment = CorpusAuthority.moment
    let serial = try CorpusAuthority.serial("revoked")
    x509(
      "revoked", .revocation, "on the list since 2025, reason keyCompromise",
      .revoked(RevokedCertificate(serial: serial, time: moment(2025), reason: .keyCompromise)),
      in: try main.setting("revoked", list: main.list([serial])), try main.leaf("revoked"))
    try list(
      "list-stale", "the list was good until 2021",
      .revocationListStale(nextUpdate: moment(2021)), main.list(nextUpdate: moment(2021)))
    try list(
      "list-not-yet-valid", "the list is good from 2048 on",
      .revocationListNotYetValid(thisUpdate: moment(2048)), main.list(thisUpdate: moment(2048)))
    let unsigned = CertificateRejection.chain(
      "the revocation list is not signed by the issuing authority")
    try list(
      "list-namesake", "the list is signed by an authority of the same name", unsigned,
      CorpusAuthority().list())
    try list(
      "list-other-issuer", "the list is that of another overlay's authority", unsigned,
      CorpusAuthority(overlay: CorpusAuthority.foreignOverlay).list(),
      shares: "a list by somebody else, whatever name it bears")
    try list(
      "list-sha1", "the list is signed with ecdsa-with-SHA1", .profile(.signatureAlgorithm),
      main.list(hash: .sha1),
      shares: "one rule for the signatures of certificates and lists")
    try addBentLists()
  }

  private mutating func addBentLists() throws {
    let good = try main.list()
    try list(
      "list-trailing", "an octet follows the list",
      .malformed(
        "the revocation list is not in the distinguished encoding: 1 octet too many at the end"),
      good + [0])
    // issuingDistributionPoint, critical, onlyContainsCACerts
    let scope = DERTree(
      0x30,
      [
        DERTree(0x06, [0x55, 0x1D, 0x1C]), DERTree(0x01, [0xFF]),
        DERTree(0x04, DERTree(0x30, [DERTree(0x82, [0xFF])]).encoded),
      ])
    try list(
      "list-scope", "a critical extension says that the list is about authorities alone",
      .malformed("the revocation list has a critical extension"),
      bent(good) {
        $0.elements[5].elements[0].elements.append(scope)
      })
    try list(
      "list-without-number", "the list has no number",
      .malformed("the revocation list has no number"),
      bent(good) {
        $0.elements[5].elements[0].elements.removeLast()
      }, isProfile: true)
    try list(
      "list-without-end", "the list does not say when the next one is due",
      .malformed("the revocation list does not say when the next one is due"),
      bent(good) { $0.elements.remove(at: 4) })
  }

  /// A changed list, signed again. Fields: version, algorithm, issuer, two times, extensions.
  private func bent(_ list: [UInt8], _ change: (inout DERTree) -> Void) throws -> [UInt8] {
    try CorpusAuthority.signed(list, by: main.issuing, change: change)
  }

  /// A good certificate that is judged with a bad list.
  private mutating func list(
    _ name: String, _ fault: String, _ expected: CertificateRejection, _ list: [UInt8],
    isProfile: Bool = false, shares: String? = nil
  ) throws {
    let setting = try main.setting(name, list: list)
    let leaf = try main.leaf(name)
    if isProfile {
      profile(name, fault, expected, in: setting, shares: shares, leaf)
    } else {
      x509(name, .revocation, fault, expected, in: setting, shares: shares, leaf)
    }
  }
}
