import NodeCredentials

extension CorpusBuilder {
  /// Certified keys that are not supported, and points that are none.
  mutating func addKeys() throws {
    let point = try PrivateKey(generating: .p256).publicKey
    let info = try DERTree(reading: point.subjectPublicKeyInfo)
    func with(_ octets: [UInt8]) -> [UInt8] {
      var changed = info
      changed.elements[1].octets = [0] + octets
      return changed.encoded
    }
    let raw = point.rawRepresentation
    let compressed = with([2 + raw[64] % 2] + raw[1...32])
    let beside = with(raw.dropLast() + [raw[64] ^ 1])
    let edwards = try PrivateKey(generating: .ed25519).publicKey.subjectPublicKeyInfo
    let keys: [(String, String, ProfileRule, [UInt8], String?)] = [
      (
        "key-rsa", "an RSA key of 2048 bits", .publicKeyAlgorithm,
        try ForeignKeys.der(ForeignKeys.rsa),
        nil
      ),
      ("key-p384", "a P-384 key", .publicKeyCurve, try ForeignKeys.der(ForeignKeys.p384), nil),
      (
        "key-secp256k1", "a secp256k1 key", .publicKeyCurve,
        try ForeignKeys.der(ForeignKeys.secp256k1), "one rule for all other curves"
      ),
      ("key-compressed", "a compressed point", .publicKeyForm, compressed, nil),
      (
        "key-small-order", "the neutral point of Ed25519, for which anybody can sign",
        .publicKeyOrder, edwards.dropLast(32) + [1] + [UInt8](repeating: 0, count: 31), nil
      ),
    ]
    for (name, fault, rule, key, shares) in keys {
      profile(name, fault, .profile(rule), shares: shares, try leaf(name, key: key))
    }
    x509(
      "key-explicit-curve", .key, "a P-256 key with the parameters of its curve spelt out",
      .profile(.publicKeyParameters),
      try leaf("key-explicit-curve", key: ForeignKeys.der(ForeignKeys.explicit)))
    x509(
      "key-off-curve", .key, "coordinates that are no point of the curve",
      .profile(.publicKeyPoint), try leaf("key-off-curve", key: beside))
  }

  private func leaf(_ name: String, key: [UInt8]) throws -> [UInt8] {
    let key = try DERTree(reading: key)
    // Without the count of unused bits: what the key identifier is made of.
    let identifier = try Digest.sha256([UInt8](key.elements[1].octets.dropFirst())).prefix(20)
    return try main.bentLeaf(name) {
      $0.elements[DERTree.key] = key
      $0.extensionList.elements[Self.subjectKey].elements[1].octets =
        DERTree(0x04, [UInt8](identifier)).encoded
    }
  }
}
