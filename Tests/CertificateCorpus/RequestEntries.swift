import NodeCredentials

extension CorpusBuilder {
  private static func malformed(_ detail: String) -> RequestRejection {
    .malformed("it is not in the distinguished encoding: \(detail)")
  }

  /// Certification requests, good and bad.
  mutating func addRequests() throws {
    let key = try PrivateKey(generating: .p256)
    let request = try CertificationRequest.der(for: key)
    let armoured = try PEM.encode(request, label: "CERTIFICATE REQUEST")
    let edwards = try PrivateKey(generating: .ed25519)
    good("request-p256", "a P-256 key", request, kind: .request)
    good(
      "request-ed25519", "an Ed25519 key", try CertificationRequest.der(for: edwards),
      kind: .request)
    good("request-pem", "in PEM", armoured, kind: .request)
    good(
      "request-new-label", "in PEM with the older label",
      try PEM.encode(request, label: "NEW CERTIFICATE REQUEST"), kind: .request)
    try addUnprovenRequests(request, key)
    try addRequestForms(request, armoured)
    try addRequestKeys(edwards)
  }

  private mutating func addUnprovenRequests(
    _ request: [UInt8], _ key: borrowing PrivateKey
  ) throws {
    let other = try PrivateKey(generating: .p256)
    self.request(
      "request-other-key", "signed with another key than the one inside", .noProofOfPossession,
      try CorpusAuthority.signed(request, by: other) { _ in })
    var swapped = try DERTree(reading: request)
    swapped.elements[0].elements[2] = try DERTree(reading: other.publicKey.subjectPublicKeyInfo)
    self.request(
      "request-key-swapped", "somebody else's key put into a signed request",
      .noProofOfPossession, shares: "changed octets and another key's signature look the same",
      swapped.encoded)
    self.request(
      "request-sha1", "signed with ecdsa-with-SHA1", .unsupportedSignature,
      try CertificationRequest.der(for: key, hash: .sha1))
    self.request(
      "request-version", "version 7, with a good signature", .malformed("its version is not 1"),
      try CorpusAuthority.signed(request, by: key) { $0.elements[0].octets = [6] })
    self.request(
      "request-certificate", "a certificate instead of a request",
      .malformed(
        "OpenSSL failed to parse a request: wrong tag; nested asn1 error; nested asn1 error; "
          + "nested asn1 error"),
      try main.leaf("request-certificate"))
  }

  private mutating func addRequestForms(_ request: [UInt8], _ armoured: [UInt8]) throws {
    self.request(
      "request-empty", "no octets at all",
      .malformed("neither DER nor a PEM block of kind CERTIFICATE REQUEST"), [])
    self.request(
      "request-wrong-label", "a request in the armour of a certificate",
      .malformed("neither DER nor a PEM block of kind CERTIFICATE REQUEST"),
      shares: "a file without a request, be it empty or not",
      try PEM.encode(request, label: "CERTIFICATE"))
    self.request(
      "request-two", "two PEM blocks",
      .malformed("more follows after the first request; give one at a time"), armoured + armoured)
    self.request(
      "request-truncated", "the last octet is missing",
      Self.malformed("octet 0: the element ends early"), [UInt8](request.dropLast()))
    self.request(
      "request-trailing", "an octet follows", Self.malformed("1 octet too many at the end"),
      request + [0])
    var padded = try DERTree(reading: request)
    padded.lengthForm = .padded
    self.request(
      "request-long-length", "a length with a zero in front",
      Self.malformed("octet 1: the length is not in its shortest form"), padded.encoded)
    var indefinite = try DERTree(reading: request)
    indefinite.lengthForm = .indefinite
    self.request(
      "request-indefinite", "indefinite length, as BER has it",
      Self.malformed("octet 1: the length is indefinite"), indefinite.encoded)
    self.request(
      "request-oversize", "more than 16,384 octets", .malformed("16385 octets are too many"),
      [UInt8](repeating: 0x30, count: CertificationRequest.maximumCount + 1))
  }

  private mutating func addRequestKeys(_ edwards: borrowing PrivateKey) throws {
    let keys: [(String, String, ProfileRule, String)] = [
      ("request-rsa", "an RSA key", .publicKeyAlgorithm, ForeignKeys.rsaRequest),
      ("request-p384", "a P-384 key", .publicKeyCurve, ForeignKeys.p384Request),
      ("request-explicit", "a curve spelt out", .publicKeyParameters, ForeignKeys.explicitRequest),
      ("request-compressed", "a compressed point", .publicKeyForm, ForeignKeys.compressedRequest),
    ]
    for (name, fault, rule, text) in keys {
      request(name, fault, .unsupportedKey(rule), try ForeignKeys.der(text))
    }
    // The neutral point as key and as R, and S = 0: the equation holds for every message.
    let neutral = [1] + [UInt8](repeating: 0, count: 31)
    var forged = try DERTree(reading: CertificationRequest.der(for: edwards))
    forged.elements[0].elements[2].elements[1].octets = [0] + neutral
    forged.elements[2].octets = [0] + neutral + [UInt8](repeating: 0, count: 32)
    request(
      "request-small-order", "a key and a signature that fit any message",
      .unsupportedKey(.publicKeyOrder), forged.encoded)
  }
}
