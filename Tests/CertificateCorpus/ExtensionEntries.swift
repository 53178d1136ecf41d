import NodeCredentials

extension CorpusBuilder {
  private typealias Change = (inout CertificateContent) -> Void

  /// Extensions that are missing, twice there, critical or of the wrong value.
  mutating func addExtensions() throws {
    try addGeneralExtensions()
    let critical = "the common rule for critical extensions, whatever they are called"
    x509(
      "extension-unknown-critical", .critical, "an unknown extension that is critical",
      .profile(.unknownCriticalExtension),
      try main.leaf("extension-unknown-critical") {
        $0.extensions.append(Self.unknown(isCritical: true))
      })
    x509(
      "extension-uuid-critical", .critical, "an extension named by a UUID that is critical",
      .profile(.unknownCriticalExtension), shares: critical,
      try main.leaf("extension-uuid-critical") {
        $0.extensions.append(Self.byUUID(isCritical: true))
      })
    profile(
      "extension-no-basic", "no basic constraints", .profile(.basicConstraints),
      shares: "one rule for basic constraints that are not those of a node",
      try main.leaf("extension-no-basic") { $0.extensions.remove(at: Self.basic) })
    profile(
      "extension-authority", "cA=TRUE on a node, which X.509 does not forbid", .profile(.authority),
      try main.leaf("extension-authority") {
        $0.extensions[Self.basic] = $0.extensions[Self.basic].with(value: [0x30, 3, 1, 1, 0xFF])
      })
    let own: [(String, String, ProfileRule, Change)] = [
      (
        "extension-no-usage", "no key usage", .keyUsageMissing,
        { $0.extensions.remove(at: Self.usage) }
      ),
      (
        "extension-no-purpose", "no extended key usage", .extendedKeyUsageMissing,
        { $0.extensions.remove(at: Self.extended) }
      ),
      (
        "extension-no-key-identifier", "no subject key identifier", .subjectKeyIdentifier,
        { $0.extensions.remove(at: Self.subjectKey) }
      ),
      (
        "extension-no-list", "no distribution point", .distributionPoint,
        { $0.extensions.remove(at: Self.point) }
      ),
      (
        "extension-critical-names", "critical alternative names beside a subject",
        .alternativeNamesCritical,
        { $0.extensions[Self.names] = $0.extensions[Self.names].with(isCritical: true) }
      ),
      (
        "extension-no-names", "no alternative names", .alternativeNamesMissing,
        { $0.extensions.remove(at: Self.names) }
      ),
    ]
    for (name, fault, rule, change) in own {
      profile(name, fault, .profile(rule), try main.leaf(name, change: change))
    }
    try addPorts()
  }

  private mutating func addGeneralExtensions() throws {
    let twice = "one rule for all kinds of extensions"
    let general: [(String, CorpusFamily, String, ProfileRule, String?, Change)] = [
      (
        "extension-port-twice", .extensions, "the port extension twice, with two ports",
        .duplicateExtension, nil, { $0.extensions.append(.nodePort(4001)) }
      ),
      (
        "extension-names-twice", .extensions, "alternative names twice", .duplicateExtension, twice,
        { $0.extensions.append($0.extensions[Self.names]) }
      ),
      (
        "extension-no-authority-key", .extensions, "no authority key identifier",
        .authorityKeyIdentifier, nil, { $0.extensions.remove(at: Self.authorityKey) }
      ),
      (
        "extension-path-length", .extensions, "a path length, but no authority", .basicConstraints,
        nil,
        {
          $0.extensions[Self.basic] = $0.extensions[Self.basic].with(value: [0x30, 3, 2, 1, 0])
        }
      ),
      (
        "purpose-usage", .purpose, "key usage cRLSign alone", .keyUsage, nil,
        { $0.extensions[Self.usage] = $0.extensions[Self.usage].with(value: [3, 2, 1, 2]) }
      ),
      (
        "purpose-client", .purpose, "extended key usage clientAuth alone", .extendedKeyUsage, nil,
        {
          let client: [UInt8] = [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02]
          $0.extensions[Self.extended] = $0.extensions[Self.extended].with(
            value: DERTree(0x30, [DERTree(0x06, client)]).encoded)
        }
      ),
    ]
    for (name, family, fault, rule, shares, change) in general {
      x509(
        name, family, fault, .profile(rule), shares: shares, try main.leaf(name, change: change))
    }
  }

  private mutating func addPorts() throws {
    let values: [(String, String, ProfileRule, [UInt8]?, String?)] = [
      ("port-missing", "no port extension", .portMissing, nil, nil),
      ("port-zero", "port 0", .port, [0x30, 3, 2, 1, 0], nil),
      (
        "port-65536", "port 65536", .port, [0x30, 5, 2, 3, 1, 0, 0],
        "the other end of the same range"
      ),
      ("port-form", "an INTEGER that is in no SEQUENCE", .portForm, [2, 2, 0x0F, 0xA0], nil),
    ]
    for (name, fault, rule, value, shares) in values {
      profile(
        name, fault, .profile(rule), shares: shares,
        try main.leaf(name) {
          if let value {
            $0.extensions[Self.port] = $0.extensions[Self.port].with(value: value)
          } else {
            $0.extensions.remove(at: Self.port)
          }
        })
    }
  }
}
