/// The signature algorithms that node and authority keys may use.
public enum KeyAlgorithm: String, Hashable, Sendable, CaseIterable {
  /// ECDSA on NIST P-256 with SHA-256; every verifier tried accepts it.
  case p256
  /// Ed25519 (RFC 8410); accepted by OpenSSL and GnuTLS, refused by some others for authorities.
  case ed25519
}

/// A public key of one of the supported algorithms.
public struct PublicKey: Hashable, Sendable {
  /// The algorithm.
  public let algorithm: KeyAlgorithm
  /// The uncompressed point (65 octets, P-256) or the 32 octets of RFC 8032 (Ed25519).
  public let rawRepresentation: [UInt8]

  init?(algorithm: KeyAlgorithm, rawRepresentation: [UInt8]) {
    switch algorithm {
    case .p256:
      guard rawRepresentation.count == 65, rawRepresentation.first == 4 else { return nil }
    case .ed25519:
      guard rawRepresentation.count == 32, !SmallOrderPoints.contains(rawRepresentation) else {
        return nil
      }
    }
    self.algorithm = algorithm
    self.rawRepresentation = rawRepresentation
  }

  /// Takes the 32 octets of an Ed25519 key (RFC 8032); nil for another count and for points of
  /// small order, for which anybody can sign.
  ///
  /// Whether the octets are a point of the curve is not checked here; no signature fits if not.
  public init?(ed25519 octets: [UInt8]) {
    self.init(algorithm: .ed25519, rawRepresentation: octets)
  }

  /// Reads a DER SubjectPublicKeyInfo; nil for another algorithm, curve or point form.
  ///
  /// Points of small order are refused too: whoever knows no private key can sign for them. Whether
  /// the point lies on the curve is not checked here.
  public init?(subjectPublicKeyInfo der: [UInt8]) {
    for algorithm in KeyAlgorithm.allCases {
      let prefix = PublicKey.infoPrefix(algorithm)
      guard der.starts(with: prefix) else { continue }
      self.init(algorithm: algorithm, rawRepresentation: [UInt8](der.dropFirst(prefix.count)))
      return
    }
    return nil
  }

  /// Which rule a SubjectPublicKeyInfo breaks that is no `PublicKey`, or that OpenSSL cannot use.
  static func fault(in der: [UInt8]) -> ProfileRule {
    do {
      var outer = DERReader(der)
      var info = try outer.descend(DER.sequenceTag)
      var algorithm = try info.descend(DER.sequenceTag)
      let identifier = try algorithm.content(DER.objectIdentifierTag)
      let key = try info.content(DER.bitStringTag).dropFirst()
      if identifier.elementsEqual(ObjectIdentifiers.ed25519) {
        return SmallOrderPoints.contains([UInt8](key)) ? .publicKeyOrder : .publicKeyForm
      }
      guard identifier.elementsEqual(ObjectIdentifiers.ecPublicKey) else {
        return .publicKeyAlgorithm
      }
      let parameters = try algorithm.element()
      guard parameters.tag == DER.objectIdentifierTag else { return .publicKeyParameters }
      guard parameters.content.elementsEqual(ObjectIdentifiers.prime256v1) else {
        return .publicKeyCurve
      }
      return key.count == 65 && key.first == 4 ? .publicKeyPoint : .publicKeyForm
    } catch {
      return .publicKeyForm
    }
  }

  /// The DER SubjectPublicKeyInfo.
  public var subjectPublicKeyInfo: [UInt8] {
    PublicKey.infoPrefix(algorithm) + rawRepresentation
  }

  /// Everything of a SubjectPublicKeyInfo that comes before the key's own octets.
  private static func infoPrefix(_ algorithm: KeyAlgorithm) -> [UInt8] {
    let identifier = DER.sequence(algorithm.identifier)
    let keyCount = algorithm == .p256 ? 65 : 32
    let bitString: [UInt8] = [DER.bitStringTag, UInt8(keyCount + 1), 0]
    let contentCount = identifier.count + bitString.count + keyCount
    return [DER.sequenceTag, UInt8(contentCount)] + identifier + bitString
  }
}

extension KeyAlgorithm {
  /// The elements of the AlgorithmIdentifier of a key, without the enclosing SEQUENCE.
  var identifier: [UInt8] {
    switch self {
    case .p256:
      DER.objectIdentifier(ObjectIdentifiers.ecPublicKey)
        + DER.objectIdentifier(ObjectIdentifiers.prime256v1)
    case .ed25519:
      DER.objectIdentifier(ObjectIdentifiers.ed25519)
    }
  }
}
