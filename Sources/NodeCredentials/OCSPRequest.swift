/// Why octets are no OCSP request that can be answered; the answer is `OCSPFailure`
/// `.malformedRequest`.
public struct OCSPRequestError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public let detail: String

  /// One line.
  public var description: String { "the OCSP request is malformed: \(detail)" }
}

/// A question about the status of certificates (RFC 6960), read strictly and within bounds.
///
/// A signature of the request and the name of whoever asks are not looked at: anybody may ask.
public struct OCSPRequest: Hashable, Sendable {
  /// One certificate that is asked about.
  public struct Entry: Hashable, Sendable {
    /// DER of the CertID, which the response repeats.
    let identifier: [UInt8]
    /// DER content octets of the digest's object identifier.
    let digest: [UInt8]
    let issuerNameHash: [UInt8]
    let issuerKeyHash: [UInt8]
    /// The serial number; nil when it is not one of this kind of authority (16 octets).
    public let serial: SerialNumber?
  }

  /// In the order of the request; 1 to `entryCountMax`.
  public let entries: [Entry]
  /// 1 to `nonceCountMax` octets that the response must repeat.
  public let nonce: [UInt8]?

  /// More octets than this are refused unread.
  public static let maximumCount = 8_192
  /// More certificates than this are not answered at once.
  public static let entryCountMax = 32
  /// The longest nonce. Source: RFC 8954 section 2.1.
  public static let nonceCountMax = 32

  /// Reads exactly one DER request.
  /// - Throws: `OCSPRequestError`.
  public init(der: [UInt8]) throws(OCSPRequestError) {
    guard der.count <= OCSPRequest.maximumCount else {
      throw OCSPRequestError(detail: "\(der.count) octets are too many")
    }
    let handle = try StatusRequestHandle(der: der)
    entries = try handle.entries()
    nonce = try handle.nonce()
  }

  /// Reads the request that a GET carries in its path, after percent-decoding: base 64 of the DER,
  /// without white space.
  /// - Throws: `OCSPRequestError`.
  public init(base64 text: [UInt8]) throws(OCSPRequestError) {
    guard text.count <= 2 * OCSPRequest.maximumCount, let der = Base64.octets(text) else {
      throw OCSPRequestError(detail: "it is not base 64")
    }
    try self.init(der: der)
  }
}

/// What is known of one certificate.
public enum OCSPStatus: Hashable, Sendable {
  /// Issued and not revoked.
  case good
  /// Revoked for good.
  case revoked(time: CredentialTime, reason: RevocationReason)
  /// Not issued by this authority.
  case unknown
}

/// The answers without contents, by the names and codes of RFC 6960 section 4.2.1; unsigned.
public enum OCSPFailure: UInt8, Hashable, Sendable, CaseIterable {
  /// The request cannot be read.
  case malformedRequest = 1
  /// The responder is at fault.
  case internalError = 2
  /// The responder is overloaded or stopping.
  case tryLater = 3
  /// The request is about certificates of other authorities.
  case unauthorized = 6

  /// DER of the OCSPResponse.
  public var der: [UInt8] { DER.sequence(DER.element(DER.enumeratedTag, [rawValue])) }
}

/// The hashes by which requests name an issuing certificate.
struct OCSPIssuer: Sendable {
  /// Digest identifier, hash of the issuer's name, hash of its key; for SHA-1 and SHA-256.
  private let forms: [(digest: [UInt8], name: [UInt8], key: [UInt8])]

  /// - Parameter name: DER of the issuing certificate's subject.
  init(name: [UInt8], key: PublicKey) throws(OpenSSLError) {
    let raw = key.rawRepresentation
    forms = [
      (ObjectIdentifiers.sha1, try Digest.sha1(name), try Digest.sha1(raw)),
      (ObjectIdentifiers.sha256, try Digest.sha256(name), try Digest.sha256(raw)),
    ]
  }

  /// Whether the entry is about a certificate of this issuer.
  func isIssuer(of entry: OCSPRequest.Entry) -> Bool {
    forms.contains {
      $0.digest == entry.digest && $0.name == entry.issuerNameHash && $0.key == entry.issuerKeyHash
    }
  }
}

extension AuthorityCredentials {
  /// The certificates of this issuing key that a request is about, in its order; empty when the
  /// request is for another authority, or another generation of this one.
  public func serials(in request: OCSPRequest) -> [SerialNumber] {
    request.entries.compactMap { statusIssuer.isIssuer(of: $0) ? $0.serial : nil }
  }

  /// Whether at least one certificate that is asked about names this issuing key as its issuer.
  public func isIssuer(in request: OCSPRequest) -> Bool {
    request.entries.contains { statusIssuer.isIssuer(of: $0) }
  }

  /// Answers a request, signed with the issuing key itself; responder by key, nonce repeated.
  ///
  /// A certificate without a status, with another issuer or with a serial number of another kind
  /// is `unknown`. When nothing that is asked about names this key as its issuer, the answer is
  /// `OCSPFailure.unauthorized`.
  /// - Returns: DER of the OCSPResponse.
  /// - Throws: `OpenSSLError`.
  /// - Complexity: O(entries); about 0.1 ms for one.
  public func ocspResponse(
    to request: OCSPRequest, statuses: [SerialNumber: OCSPStatus], thisUpdate: CredentialTime,
    nextUpdate: CredentialTime, producedAt: CredentialTime
  ) throws(OpenSSLError) -> [UInt8] {
    guard isIssuer(in: request) else { return OCSPFailure.unauthorized.der }
    let answers = request.entries.map { entry -> StatusAnswer in
      var status = OCSPStatus.unknown
      if statusIssuer.isIssuer(of: entry), let serial = entry.serial {
        status = statuses[serial] ?? .unknown
      }
      return StatusAnswer(identifier: entry.identifier, status: status)
    }
    return try signedStatusResponse(
      StatusResponseContent(
        answers: answers, nonce: request.nonce, thisUpdate: thisUpdate, nextUpdate: nextUpdate,
        producedAt: producedAt))
  }
}
