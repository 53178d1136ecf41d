/// What an EST server tells applicants to put into their requests.
public enum CSRAttributes {
  /// The CsrAttrs of RFC 7030 section 4.5.2 (clarified by RFC 8951) for these algorithms of keys:
  /// for P-256 the attribute ecPublicKey with prime256v1 and ecdsa-with-SHA256, for Ed25519 its
  /// identifier, which stands for key and signature alike.
  /// - Parameter algorithms: what the profile allows; order and repetition do not matter.
  /// - Returns: DER.
  public static func der(allowing algorithms: [KeyAlgorithm]) -> [UInt8] {
    var content: [UInt8] = []
    if algorithms.contains(.p256) {
      let curve = DER.objectIdentifier(ObjectIdentifiers.prime256v1)
      content += DER.sequence(
        DER.objectIdentifier(ObjectIdentifiers.ecPublicKey) + DER.element(DER.setTag, curve))
      content += DER.objectIdentifier(ObjectIdentifiers.ecdsaWithSHA256)
    }
    if algorithms.contains(.ed25519) {
      content += DER.objectIdentifier(ObjectIdentifiers.ed25519)
    }
    return DER.sequence(content)
  }
}
