import NodeCredentials
import RingIdentifiers

extension CorpusBuilder {
  private static func unsigned(_ detail: String) -> CertificateRejection {
    .chain("it is not signed by the issuing authority (\(detail))")
  }

  /// Certificates that the issuing authority did not sign, and those out of their time.
  mutating func addChains() throws {
    try addForgeries()
    try addStrangers()
    x509(
      "signature-sha1", .algorithm, "signed by the issuing authority with ecdsa-with-SHA1",
      .profile(.signatureAlgorithm), try main.leaf("signature-sha1", hash: .sha1))
    let moment = CorpusAuthority.moment
    x509(
      "time-expired", .time, "valid in 2020 alone", .expired(moment(2021)),
      try main.leaf(
        "time-expired",
        validity: ValidityPeriod(notBefore: moment(2020), notAfter: moment(2021))))
    x509(
      "time-not-yet-valid", .time, "valid from 2048 on", .notYetValid(moment(2048)),
      try main.leaf(
        "time-not-yet-valid",
        validity: ValidityPeriod(notBefore: moment(2048), notAfter: moment(2049))))
    let outside = "\(CorpusAuthority.hex).other.example"
    x509(
      "constraints-host", .constraints, "a host name outside the name constraints",
      .foreignOverlay(
        expected: "overlay.example",
        found: "a name outside its domain (permitted subtree violation)"),
      try main.leaf("constraints-host") {
        $0.extensions[Self.names] = Self.alternativeNames(hosts: [outside])
      })
  }

  /// A good certificate, changed after it was signed.
  private mutating func addForgeries() throws {
    let leaf = try main.leaf("forgery")
    var swapped = try DERTree(reading: leaf)
    let mine = try PrivateKey(generating: .p256)
    swapped.elements[0].elements[DERTree.key] = try DERTree(
      reading: mine.publicKey.subjectPublicKeyInfo)
    x509(
      "signature-key-swapped", .signature, "somebody else's key put into a signed certificate",
      Self.unsigned("certificate signature failure"), swapped.encoded)
    var mixed = try DERTree(reading: leaf)
    // ecdsa-with-SHA384
    mixed.elements[1].elements[0].octets = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03]
    x509(
      "signature-two-algorithms", .signature, "the algorithm beside the signature is another",
      Self.unsigned("its two signature algorithms differ"), mixed.encoded)
  }

  /// Certificates signed by somebody else.
  private mutating func addStrangers() throws {
    let namesake = try CorpusAuthority()
    var content = try namesake.content("signature-namesake")
    content.extensions[Self.authorityKey] = try main.content("").extensions[Self.authorityKey]
    x509(
      "signature-namesake", .signature,
      "signed by an authority of the same name that claims the same key: the trap of comparing the "
        + "signer with itself",
      Self.unsigned("certificate signature failure"),
      shares: "changed octets and another key's signature cannot be told apart",
      try namesake.issuing.sign(content))
    x509(
      "signature-other-key", .signature,
      "signed by an authority of the same name with a key of its own",
      Self.unsigned("authority and subject key identifier mismatch"),
      try namesake.leaf("signature-other-key"))
    let stranger = try CorpusAuthority(overlay: CorpusAuthority.foreignOverlay)
    x509(
      "signature-other-issuer", .signature, "signed by the authority of another overlay",
      Self.unsigned("subject issuer mismatch"),
      try stranger.leaf("signature-other-issuer"))
    let key = try PrivateKey(generating: .p256)
    let own = DERTree(0x30, [DERTree(0x80, try key.publicKey.identifier())])
    let selfSigned = try CorpusAuthority.signed(main.leaf("signature-self"), by: key) {
      $0.elements[DERTree.issuer] = $0.elements[DERTree.subject]
      $0.elements[DERTree.key] = try DERTree(reading: key.publicKey.subjectPublicKeyInfo)
      $0.extensionList.elements[Self.authorityKey].elements[1].octets = own.encoded
      $0.extensionList.elements[Self.subjectKey].elements[1].octets =
        DERTree(0x04, try key.publicKey.identifier()).encoded
    }
    x509(
      "signature-self", .signature, "signed with its own key",
      Self.unsigned("self-signed certificate"), selfSigned)
    let node = try main.root.nodeContent(
      nodeId: NodeId(hex: CorpusAuthority.hex), serial: CorpusAuthority.serial("signature-root"),
      publicKey: key.publicKey, address: main.address(), validity: CorpusAuthority.validity,
      distributionPoint: CorpusAuthority.listURL)
    profile(
      "signature-root", "signed by the root itself, past the issuing authority and its constraints",
      Self.unsigned("subject issuer mismatch"),
      shares: "the root is no issuing authority, as a stranger is none",
      try main.root.sign(node))
  }
}
