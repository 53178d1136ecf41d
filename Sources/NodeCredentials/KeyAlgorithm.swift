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
