import NodeCredentials

/// A parser of octets from strangers, as the fuzzer and the replay of its seeds call it.
///
/// A new parser is a new case here; nothing else names them one by one.
public enum ParserExercise: String, CaseIterable, Sendable {
  /// A certificate as it comes.
  case certificate
  /// A certificate whose signed part, whatever it holds, is signed by the authority: this reaches
  /// the checks that come after the signature.
  case signedCertificate
  /// A certification request as it comes.
  case request
  /// A request whose signed part is signed with a key that is put into it.
  case signedRequest
  /// A revocation list as it comes.
  case list
  /// A list whose signed part is signed by the authority.
  case signedList
  /// An OCSP request; nothing in it is signed.
  case statusRequest
  /// A message of the overlay; what is signed is around it.
  case overlayMessage

  /// The folder whose inputs it starts from.
  public var seedFolder: String {
    switch self {
    case .certificate, .signedCertificate: "certificate"
    case .request, .signedRequest: "request"
    case .list, .signedList: "list"
    case .statusRequest: "status"
    case .overlayMessage: "message"
    }
  }

  /// Whether a signature vouches for what is accepted, so that no changed octet is.
  public var isSigned: Bool {
    switch self {
    case .certificate, .signedCertificate, .request, .signedRequest, .list, .signedList: true
    case .statusRequest, .overlayMessage: false
    }
  }
}

/// An authority whose keys follow from their names, so that it is the same in every process.
public final class ParserBench: Sendable {
  let authority: CorpusAuthority
  private let key: PrivateKey
  private let verifier: CertificateVerifier

  /// Makes the authority.
  public init() throws {
    authority = try CorpusAuthority.derived()
    key = try PrivateKey(pem: authority.issuing.privateKeyPEM())
    verifier = try CertificateVerifier(
      overlay: CorpusAuthority.overlay, root: authority.root.certificate,
      issuing: authority.issuing.certificate, revocation: .list(authority.list()))
  }

  /// Feeds one parser.
  ///
  /// Traps when something is accepted that a second, dumb reader encodes otherwise: then it was not
  /// in the distinguished encoding. A message must be written again as it was.
  /// - Returns: whether the octets were accepted.
  @discardableResult
  public func run(_ exercise: ParserExercise, _ octets: [UInt8]) -> Bool {
    switch exercise {
    case .certificate: return accepts(certificate: octets)
    case .signedCertificate:
      guard let signed = signedAnew(octets) else { return false }
      return accepts(certificate: signed)
    case .request: return accepts(request: octets)
    case .signedRequest:
      guard let signed = signedAnew(octets, putting: true) else { return false }
      return accepts(request: signed)
    case .list: return accepts(list: octets)
    case .signedList:
      guard let signed = signedAnew(octets) else { return false }
      return accepts(list: signed)
    case .statusRequest: return (try? OCSPRequest(der: octets)) != nil
    case .overlayMessage: return MessageExercise.accepts(octets)
    }
  }

  private func accepts(certificate octets: [UInt8]) -> Bool {
    do {
      let certificate = try UnverifiedNodeCertificate(pemOrDER: octets)
      let node = try verifier.verify(certificate, at: CorpusAuthority.now)
      demandOneForm(certificate.der)
      precondition(node.serial.bytes.count == SerialNumber.byteCount, "\(node.serial)")
      return true
    } catch {
      return false
    }
  }

  private func accepts(request octets: [UInt8]) -> Bool {
    guard (try? CertificationRequest(pemOrDER: octets)) != nil else { return false }
    if octets.first == 0x30 { demandOneForm(octets) }
    return true
  }

  private func accepts(list octets: [UInt8]) -> Bool {
    guard (try? verifier.revocationList(from: octets)) != nil else { return false }
    demandOneForm(octets)
    return true
  }

  private func demandOneForm(_ der: [UInt8]) {
    let again = try? DERTree(reading: der).encoded
    precondition(again == der, "accepted in a form that is not DER: \(Hexadecimal.text(der))")
  }

  /// The SEQUENCE { part, algorithm, signature } with a good signature over its part; nil when the
  /// octets are not of this shape.
  private func signedAnew(_ octets: [UInt8], putting isRequest: Bool = false) -> [UInt8]? {
    var rest = octets[...]
    guard let whole = ParserBench.next(&rest), whole.tag == 0x30, rest.isEmpty else { return nil }
    var inside = whole.content
    let start = inside.startIndex
    guard ParserBench.next(&inside) != nil else { return nil }
    var part = [UInt8](octets[start..<inside.startIndex])
    let middle = inside.startIndex
    guard ParserBench.next(&inside) != nil else { return nil }
    let algorithm = [UInt8](octets[middle..<inside.startIndex])
    if isRequest {
      // Wherever a key of this kind stands, ours takes its place.
      let info = key.publicKey.subjectPublicKeyInfo
      let head = info.dropLast(32)
      if let place = part.indices.first(where: { part[$0...].starts(with: head) }),
        place + info.count <= part.count
      {
        part.replaceSubrange(place..<place + info.count, with: info)
      }
    }
    guard let signature = try? key.signature(over: part) else { return nil }
    let content = part + algorithm + DERTree(0x03, [0] + signature).encoded
    // The tree writes what is primitive as it is, so the tag is set afterwards.
    var output = DERTree(0x04, content).encoded
    output[0] = 0x30
    return output
  }

  /// The next element by its length alone.
  private static func next(
    _ rest: inout ArraySlice<UInt8>
  ) -> (tag: UInt8, content: ArraySlice<UInt8>)? {
    guard let tag = rest.popFirst(), let first = rest.popFirst() else { return nil }
    var count = Int(first)
    if first >= 0x80 {
      count = 0
      guard first & 0x7F <= 3 else { return nil }
      for _ in 0..<(first & 0x7F) {
        guard let octet = rest.popFirst() else { return nil }
        count = count << 8 | Int(octet)
      }
    }
    guard count <= rest.count else { return nil }
    let content = rest.prefix(count)
    rest = rest.dropFirst(count)
    return (tag, content)
  }
}

extension CorpusAuthority {
  /// The authority with Ed25519 keys made from their names: always the same octets.
  static func derived() throws -> CorpusAuthority {
    let model = try CorpusAuthority(algorithm: .ed25519)
    let rootKey = try PrivateKey(pem: derivedKey("root"))
    let issuingKey = try PrivateKey(pem: derivedKey("issuing"))
    let rootIdentifier = try rootKey.publicKey.identifier()
    let rootInfo = rootKey.publicKey.subjectPublicKeyInfo
    let root = try signed(model.root.certificate, by: rootKey) {
      // basicConstraints, keyUsage, subject and authority key identifiers
      $0.elements[DERTree.serial].octets = try serial("root").bytes
      $0.elements[DERTree.key] = try DERTree(reading: rootInfo)
      $0.extensionList.elements[2].elements[1].octets = DERTree(0x04, rootIdentifier).encoded
      $0.extensionList.elements[3].elements[1].octets =
        DERTree(0x30, [DERTree(0x80, rootIdentifier)]).encoded
    }
    let identifier = try issuingKey.publicKey.identifier()
    let info = issuingKey.publicKey.subjectPublicKeyInfo
    let issuing = try signed(model.issuing.certificate, by: rootKey) {
      // basicConstraints, keyUsage, nameConstraints, subject and authority key identifiers
      $0.elements[DERTree.serial].octets = try serial("issuing").bytes
      $0.elements[DERTree.key] = try DERTree(reading: info)
      $0.extensionList.elements[3].elements[1].octets = DERTree(0x04, identifier).encoded
      $0.extensionList.elements[4].elements[1].octets =
        DERTree(0x30, [DERTree(0x80, rootIdentifier)]).encoded
    }
    return CorpusAuthority(
      root: try AuthorityCredentials.root(overlay: overlay, certificate: root, key: rootKey),
      issuing: try AuthorityCredentials.issuing(
        overlay: overlay, certificate: issuing, key: issuingKey))
  }

  /// PKCS#8 in PEM.
  private static func derivedKey(_ name: String) throws -> [UInt8] {
    let seed = try Digest.sha256(Array("redoubt parser bench: \(name)".utf8))
    let info = DERTree(
      0x30,
      [
        DERTree(0x02, [0]), DERTree(0x30, [DERTree(0x06, [0x2B, 0x65, 0x70])]),
        DERTree(0x04, DERTree(0x04, seed).encoded),
      ])
    return try PEM.encode(info.encoded, label: "PRIVATE KEY")
  }
}
