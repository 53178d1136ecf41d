import NodeCredentials

extension CorpusBuilder {
  private static func malformed(_ detail: String) -> CertificateRejection {
    .malformed("the certificate is not in the distinguished encoding: \(detail)")
  }

  /// Octets that are no certificate, or not in the one encoding, and files that hold too much.
  mutating func addEncodings() throws {
    try addOuterEncodings()
    try addInnerEncodings()
    let leaf = try main.leaf("armour")
    let armoured = try PEM.encode(leaf, label: "CERTIFICATE")
    profile(
      "file-two-certificates", "two PEM blocks, of which a careless reader judges the first",
      .malformed("more follows after the first certificate; give one at a time"),
      armoured + armoured)
    profile(
      "file-wrong-label", "a certificate in the armour of a revocation list",
      .malformed("neither DER nor a PEM block of kind CERTIFICATE"),
      shares: "a file without a certificate, be it empty or not",
      try PEM.encode(leaf, label: "X509 CRL"))
    let oversize = try main.leaf("file-oversize") {
      $0.extensions.append(
        Self.unknown(isCritical: false).with(
          value: DERTree(0x04, [UInt8](repeating: 0, count: 9_000)).encoded))
    }
    profile(
      "file-oversize", "a sound certificate of more than 8,192 octets",
      .malformed("\(oversize.count) octets are more than the 8192 allowed"), oversize)
  }

  /// Faults outside the signed part: the signature is good.
  private mutating func addOuterEncodings() throws {
    let leaf = try main.leaf("encoding-outer")
    let tree = try DERTree(reading: leaf)
    x509(
      "encoding-empty", .encoding, "no octets at all",
      .malformed("neither DER nor a PEM block of kind CERTIFICATE"),
      [])
    x509(
      "encoding-truncated", .encoding, "the last octet is missing",
      Self.malformed("octet 0: the element ends early"), [UInt8](leaf.dropLast()))
    x509(
      "encoding-trailing", .encoding, "an octet follows",
      Self.malformed("1 octet too many at the end"), leaf + [0])
    var padded = tree
    padded.lengthForm = .padded
    x509(
      "encoding-long-length", .encoding, "a length with a zero in front, outside the signed part",
      Self.malformed("octet 1: the length is not in its shortest form"), padded.encoded)
    var indefinite = tree
    indefinite.lengthForm = .indefinite
    x509(
      "encoding-indefinite", .encoding, "indefinite length, as BER has it",
      Self.malformed("octet 1: the length is indefinite"), indefinite.encoded)
    var pieces = tree
    let bits = tree.elements[2].octets
    pieces.elements[2] = DERTree(
      0x23, [DERTree(0x03, [0] + bits[1..<9]), DERTree(0x03, [0] + bits[9...])])
    let place = leaf.count - tree.elements[2].encoded.count
    x509(
      "encoding-pieces", .encoding, "the signature as a BIT STRING in two pieces, as BER has it",
      Self.malformed("octet \(place): a value in pieces"), pieces.encoded)
  }

  /// Faults inside the signed part, which is signed as it is.
  private mutating func addInnerEncodings() throws {
    let inner: [(String, String, String, (inout DERTree) -> Void)] = [
      (
        "encoding-inner-length", "a length with a zero in front, inside the signed part",
        "octet 44: the length is not in its shortest form",
        { $0.elements[DERTree.issuer].lengthForm = .padded }
      ),
      (
        "encoding-integer", "a serial number with a zero in front that is not needed",
        "octet 13: an INTEGER is not in its shortest form",
        { $0.elements[DERTree.serial].octets.insert(0, at: 0) }
      ),
      (
        "encoding-false", "the default value of critical written out",
        "octet 303: FALSE is the default and must be left out",
        { $0.extensionList.elements[Self.extended].elements.insert(DERTree(0x01, [0]), at: 1) }
      ),
      (
        "encoding-true", "critical is 01, which is TRUE in BER alone",
        "octet 273: a BOOLEAN is 00 or FF",
        { $0.extensionList.elements[Self.basic].elements[1].octets = [1] }
      ),
      (
        "encoding-deep", "a name of forty SEQUENCEs in each other",
        "octet 174: more than 32 elements in each other",
        { part in
          var deep = DERTree(0x30, [DERTree]())
          for _ in 0..<40 { deep = DERTree(0x30, [deep]) }
          part.elements[DERTree.subject] = deep
        }
      ),
    ]
    for (name, fault, detail, change) in inner {
      x509(
        name, .encoding, fault, Self.malformed(detail), try main.bentLeaf(name, change: change))
    }
  }
}
