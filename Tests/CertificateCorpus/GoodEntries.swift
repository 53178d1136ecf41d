import NodeCredentials
import RingIdentifiers

extension CorpusBuilder {
  /// Certificates that everybody must accept.
  mutating func addGood() throws {
    for algorithm in KeyAlgorithm.allCases {
      for (version, address) in [("ipv4", CorpusAuthority.address), ("ipv6", "[2001:db8::7]:6084")]
      {
        let name = "good-\(algorithm.rawValue)-\(version)"
        good(
          name, "a \(algorithm.rawValue) key, an address of \(version)",
          try main.leaf(name, algorithm: algorithm, address: address))
      }
    }
    let edwards = try CorpusAuthority(algorithm: .ed25519)
    good(
      "good-ed25519-authority", "root, issuing authority and node have Ed25519 keys",
      try edwards.leaf("good-ed25519-authority", algorithm: .ed25519),
      in: try edwards.setting("ed25519"))
    good(
      "good-bare-uri", "the URI holds the bare nodeId, as another implementation writes it",
      try main.leaf("good-bare-uri") {
        $0.extensions[Self.names] = Self.alternativeNames(
          uri: "reload://\(CorpusAuthority.hex)@overlay.example/")
      })
    good(
      "good-others-revoked", "the list names other certificates",
      try main.leaf("good-others-revoked"),
      in: try main.setting(
        "others-revoked",
        list: main.list([CorpusAuthority.serial("somebody"), CorpusAuthority.serial("else")])))
    good(
      "good-unknown-extension", "an unknown extension that is not critical",
      try main.leaf("good-unknown-extension") {
        $0.extensions.append(Self.unknown(isCritical: false))
      })
    good(
      "tolerated-uuid", "an extension named by a UUID, arc 2.25 with 128 bits, not critical",
      try main.leaf("tolerated-uuid") { $0.extensions.append(Self.byUUID(isCritical: false)) },
      kind: .tolerated)
    let address = NodeAddress(CorpusAuthority.address)
    good(
      "good-expected-peer", "the peer that was dialled, at its address and port",
      try main.leaf("good-expected-peer"),
      expecting: PeerExpectation(
        nodeId: try NodeId(hex: CorpusAuthority.hex), ip: address?.ip, port: address?.port))
  }

  /// The three names of a node, of which some are changed.
  static func alternativeNames(
    uri: String? = "reload://0114\(CorpusAuthority.hex)@overlay.example/",
    hosts: [String] = ["\(CorpusAuthority.hex).overlay.example"], ips: [String] = ["192.0.2.7"]
  ) -> CertificateExtension {
    .subjectAlternativeName(
      uris: [uri].compactMap { $0 }, hosts: hosts, ips: ips.compactMap { IPAddress($0) })
  }

  /// 1.3.6.1.4.1.32473.9 with a NULL inside.
  static func unknown(isCritical: Bool) -> CertificateExtension {
    CertificateExtension(
      objectIdentifier: [0x2B, 0x06, 0x01, 0x04, 0x01, 0x81, 0xFD, 0x59, 0x09],
      isCritical: isCritical, value: [5, 0])
  }

  /// 2.25.340282366920938463463374607431768211455 with a NULL inside.
  static func byUUID(isCritical: Bool) -> CertificateExtension {
    CertificateExtension(
      objectIdentifier: [0x69, 0x83] + [UInt8](repeating: 0xFF, count: 17) + [0x7F],
      isCritical: isCritical, value: [5, 0])
  }
}

extension CertificateExtension {
  /// The same extension, changed.
  func with(isCritical: Bool? = nil, value: [UInt8]? = nil) -> CertificateExtension {
    CertificateExtension(
      objectIdentifier: objectIdentifier, isCritical: isCritical ?? self.isCritical,
      value: value ?? self.value)
  }
}
