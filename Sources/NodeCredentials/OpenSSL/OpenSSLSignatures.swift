import COpenSSL

/// The digest under a P-256 signature; only SHA-256 is accepted, SHA-1 is for tests of refusals.
package enum SignatureHash: Sendable {
  case sha256
  case sha1
}

/// The signature algorithms that this package accepts, by their AlgorithmIdentifier.
enum AcceptedSignature {
  /// ecdsa-with-SHA256 and Ed25519, both without parameters (RFC 5758, RFC 8410).
  private static let identifiers = [
    DER.sequence(DER.objectIdentifier(ObjectIdentifiers.ecdsaWithSHA256)),
    DER.sequence(DER.objectIdentifier(ObjectIdentifiers.ed25519)),
  ]

  /// Whether this is one of them; that both places of it agree is checked with the signature.
  static func includes(_ algorithm: UnsafePointer<X509_ALGOR>?) -> Bool {
    guard let algorithm,
      let der = try? derBytes("encode an algorithm", { i2d_X509_ALGOR(algorithm, $0) })
    else {
      ERR_clear_error()
      return false
    }
    return identifiers.contains(der)
  }
}

extension CertificateHandle {
  /// Whether the certificate is signed in an accepted way.
  borrowing func hasAcceptedSignature() -> Bool {
    var algorithm: UnsafePointer<X509_ALGOR>?
    X509_get0_signature(nil, &algorithm, pointer)
    return AcceptedSignature.includes(algorithm)
  }

  /// Whether the algorithm inside the signed part is the one beside the signature.
  borrowing func hasOneAlgorithm() -> Bool {
    var outer: UnsafePointer<X509_ALGOR>?
    X509_get0_signature(nil, &outer, pointer)
    return X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(pointer)) == 0
  }
}

extension RequestHandle {
  /// Whether the request is signed in an accepted way.
  borrowing func hasAcceptedSignature() -> Bool {
    var algorithm: UnsafePointer<X509_ALGOR>?
    X509_REQ_get0_signature(pointer, nil, &algorithm)
    return AcceptedSignature.includes(algorithm)
  }
}

extension RevocationListHandle {
  /// Whether the list is signed in an accepted way.
  borrowing func hasAcceptedSignature() -> Bool {
    var algorithm: UnsafePointer<X509_ALGOR>?
    X509_CRL_get0_signature(pointer, nil, &algorithm)
    return AcceptedSignature.includes(algorithm)
  }
}
