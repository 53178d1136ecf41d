public import RingIdentifiers

/// An overlay document whose signature, signer, overlay and time were checked.
///
/// It comes as RELOAD XML (`application/p2p-overlay+xml`) or as a JSON Web Signature. What is
/// checked is the same: the signature; the signer's chain to the root that the reader already
/// trusts; that the signer is an issuing authority of this overlay (path length 0 and the overlay's
/// name constraints); the validity of both authority certificates; then the content: the overlay's
/// name, the reader's root among `root-cert`, the signer's own nodeId as `configuration-signer`,
/// and the expiration. No value of the content is read before the chain is good.
///
/// In XML the octets from the `<` of `<configuration` to the `>` of `</configuration>` are signed,
/// and `signature` holds the `SecurityBlock` in base 64 (RFC 6940 section 11.1).
/// - Deviation: RFC 6940 has the signer of a document named by a `configuration-signer` of the one
///   before it, and finds the nodeId in the URI of the signer's certificate. Here the root decides:
///   any issuing authority that it certified for the overlay may sign. That authority is no node;
///   its nodeId is the identifier of its key (160 bits of SHA-256, RFC 7093), which is also its
///   certificate's subject key identifier.
/// - Deviation: RFC 6940 has messages signed together with the signer's identity and does not say
///   whether documents are. Here the element alone is signed; the block must name the certificate
///   that it carries.
public struct OverlayDocument: Hashable, Sendable {
  /// The content.
  public let configuration: OverlayConfiguration
  /// The identifier of the signer's key, in the form of a nodeId.
  public let signer: NodeId

  /// More octets than this are refused unread.
  public static let maximumCount = OverlayConfiguration.Bounds.document

  /// Reads and checks a document of either form.
  ///
  /// The octets must be those that the authority made: nothing may be reformatted on the way.
  /// - Parameters:
  ///   - bytes: the whole document, XML or JSON.
  ///   - overlay: the overlay that the reader wants to join.
  ///   - root: DER of the root certificate, trusted.
  ///   - time: the instant for which it is judged.
  /// - Throws: the one `OverlayDocumentRejection` that applies first.
  /// - Complexity: O(bytes.count); about 1.5 ms for a document without bad nodes.
  public init(
    verifying bytes: [UInt8], overlay: OverlayName, root: [UInt8], at time: CredentialTime
  ) throws(OverlayDocumentRejection) {
    guard bytes.count <= OverlayDocument.maximumCount else { throw .tooLarge(bytes.count) }
    let read: (content: OverlayConfiguration, signer: NodeId)
    let signer: NodeId
    do {
      if bytes.first == 0x3C {
        let (element, block) = try OverlayDocument.parts(ofXML: bytes)
        signer = try OverlayDocument.check(
          block.certificate, block.algorithm, block.signature, over: element, overlay: overlay,
          root: root, at: time)
        read = try OverlayXML.read(element)
      } else {
        let signed = try JSONWebSignature(bytes)
        signer = try OverlayDocument.check(
          signed.certificate, signed.algorithm, signed.signature, over: signed.signedOctets,
          overlay: overlay, root: root, at: time)
        read = try OverlayJSON.read(signed.payload)
      }
    } catch let error as TextError {
      throw .malformed(error.problem)
    } catch let error as OverlayDocumentRejection {
      throw error
    } catch {
      throw .malformed("\(error)")
    }
    let content = read.content
    guard content.overlay == overlay else {
      throw .foreignOverlay(expected: overlay.value, found: content.overlay.value)
    }
    guard content.roots.contains(root) else { throw .foreignRoot }
    guard read.signer == signer else { throw .foreignSigner }
    guard time <= content.expiration else { throw .expired(content.expiration) }
    configuration = content
    self.signer = signer
  }

  /// The signed element and the block, without a look inside the element.
  private static func parts(
    ofXML bytes: [UInt8]
  ) throws -> (element: [UInt8], block: SecurityBlock) {
    let prologue = Array(OverlayXML.prologue.utf8)
    let end = Array((OverlayXML.configurationEnd + OverlayXML.signatureStart).utf8)
    let epilogue = Array(OverlayXML.epilogue.utf8)
    guard bytes.starts(with: prologue), bytes.count >= prologue.count + epilogue.count,
      bytes.suffix(epilogue.count).elementsEqual(epilogue)
    else { throw TextError(problem: "the document does not begin and end as it must") }
    let body = bytes[prologue.count..<bytes.count - epilogue.count]
    // No letter of base 64 opens a tag, so the last one is that of the signature.
    guard let tag = body.lastIndex(of: 0x3C),
      case let place = tag - OverlayXML.configurationEnd.utf8.count - 1,
      place >= body.startIndex, body[place...].starts(with: end),
      let octets = Base64.octets(body[(place + end.count)...]),
      let block = try SecurityBlock(octets)
    else { throw TextError(problem: "there is no signature behind one configuration") }
    return (Array(body[..<(place + OverlayXML.configurationEnd.utf8.count)]), block)
  }

  /// Checks signature and signer.
  /// - Returns: the identifier of the signer's key.
  private static func check(
    _ certificate: [UInt8], _ algorithm: KeyAlgorithm, _ signature: [UInt8],
    over message: [UInt8], overlay: OverlayName, root: [UInt8], at time: CredentialTime
  ) throws -> NodeId {
    let anchor: TrustAnchor
    let key: PublicKey
    do {
      let fields = try CertificateHandle(der: certificate).fields()
      guard fields.isKeyUsable, let held = PublicKey(subjectPublicKeyInfo: fields.publicKeyInfo),
        held.algorithm == algorithm
      else { throw OverlayDocumentRejection.chain("the signer's key is of another kind") }
      // The cheaper check first: garbage costs one signature and no chain.
      guard held.isSignature(signature, over: message) else {
        throw OverlayDocumentRejection.signature
      }
      anchor = try TrustAnchor(
        root: root, issuing: certificate, revocationList: nil, overlay: overlay)
      key = held
    } catch let rejection as CertificateRejection {
      throw OverlayDocumentRejection.chain(rejection.description)
    }
    guard time >= anchor.notBefore else {
      throw OverlayDocumentRejection.chain("the signer is valid only from \(anchor.notBefore)")
    }
    guard time <= anchor.notAfter else {
      throw OverlayDocumentRejection.chain("the signer was valid until \(anchor.notAfter)")
    }
    return try NodeId(bytes: key.identifier())
  }
}

extension OverlayConfiguration {
  /// The document as RELOAD XML, `application/p2p-overlay+xml`.
  ///
  /// ECDSA gives other octets each time: sign once per sequence number and keep the result.
  /// - Throws: `OpenSSLError`.
  /// - Precondition: the authority is the issuing authority of the same overlay.
  public func signedXML(by authority: AuthorityCredentials) throws(OpenSSLError) -> [UInt8] {
    let signer = try signer(authority)
    let element = OverlayXML.configuration(self, signer: signer)
    let block = SecurityBlock(
      certificate: authority.certificate, algorithm: authority.algorithm,
      signature: try authority.signature(over: element))
    return Array(OverlayXML.prologue.utf8) + element + Array(OverlayXML.signatureStart.utf8)
      + Array((Base64.text(try block.encoded()) + OverlayXML.epilogue).utf8)
  }

  /// The document as a JSON Web Signature, `application/jose+json`.
  ///
  /// ECDSA gives other octets each time: sign once per sequence number and keep the result.
  /// - Throws: `OpenSSLError`.
  /// - Precondition: the authority is the issuing authority of the same overlay.
  public func signedJSON(by authority: AuthorityCredentials) throws(OpenSSLError) -> [UInt8] {
    let payload = OverlayJSON.configuration(self, signer: try signer(authority))
    return try JSONWebSignature(payload: payload, by: authority).encoded()
  }

  private func signer(_ authority: AuthorityCredentials) throws(OpenSSLError) -> NodeId {
    precondition(
      overlay == authority.overlay, "\(authority.overlay) must not sign for \(overlay)")
    return try authority.signerId()
  }
}

/// The one reason why an overlay document was not accepted.
///
/// The checks run in this order: size, form, signature, chain, form of the content, overlay, root,
/// signer, expiration.
public enum OverlayDocumentRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// So many octets are too many.
  case tooLarge(Int)
  /// Not a document of the one form.
  case malformed(String)
  /// The signature is not one over this content by the key of the certificate that comes with it.
  case signature
  /// The signer is no issuing authority of the overlay under the root, or not at this time.
  case chain(String)
  /// The document is about another overlay.
  case foreignOverlay(expected: String, found: String)
  /// The reader's root is not among the document's.
  case foreignRoot
  /// The document names another signer than its own.
  case foreignSigner
  /// Good only up to the given time.
  case expired(CredentialTime)

  /// A stable lower-case word per reason, for scripts.
  public var name: String {
    switch self {
    case .tooLarge: "too-large"
    case .malformed: "malformed"
    case .signature: "signature"
    case .chain: "chain"
    case .foreignOverlay: "foreign-overlay"
    case .foreignRoot: "foreign-root"
    case .foreignSigner: "foreign-signer"
    case .expired: "expired"
    }
  }

  /// One line that names the reason and the facts behind it.
  public var description: String {
    switch self {
    case .tooLarge(let count):
      "too large: \(count) octets are more than the \(OverlayDocument.maximumCount) allowed"
    case .malformed(let detail): "malformed: \(detail)"
    case .signature: "signature: it is not by the certificate that comes with it"
    case .chain(let detail): "chain: \(detail)"
    case .foreignOverlay(let expected, let found):
      "foreign overlay: expected \(expected), found \(found)"
    case .foreignRoot: "foreign root: the trusted root is not among the document's"
    case .foreignSigner: "foreign signer: configuration-signer names another key"
    case .expired(let time): "expired: good until \(time)"
    }
  }
}
