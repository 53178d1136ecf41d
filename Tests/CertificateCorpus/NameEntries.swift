import NodeCredentials
import RingIdentifiers

extension CorpusBuilder {
  private static let hex = CorpusAuthority.hex
  private static let other = CorpusAuthority.otherHex
  private static let good = "reload://0114\(hex)@overlay.example/"

  private static let uris: [(String, String, ProfileRule, String, String?)] = [
    (
      "uri-scheme", "https instead of reload", .uriScheme,
      "https://0114\(hex)@overlay.example/", nil
    ),
    (
      "uri-upper-case", "the nodeId in upper case", .uriCase,
      "reload://0114\(hex.uppercased())@overlay.example/", nil
    ),
    (
      "uri-escape", "the first digit as %61, which unescapes to the same nodeId", .uriEscape,
      "reload://0114%61\(hex.dropFirst())@overlay.example/", nil
    ),
    (
      "uri-two-ats", "two @, so that the nodeId depends on which one a reader takes", .uriAt,
      "reload://0114\(other)@0114\(hex)@overlay.example/", nil
    ),
    (
      "uri-no-at", "a host name that begins with the nodeId, and no @", .uriAt,
      "reload://0114\(hex).overlay.example/", "the same rule, broken from the other side"
    ),
    (
      "uri-user-part", "a host and a colon before the nodeId: the trap of splitting on :,/@",
      .uriDestination, "reload://other.example:0114\(hex)@overlay.example/", nil
    ),
    (
      "uri-comma", "two nodeIds with a comma: the trap of splitting on :,/@", .uriDestination,
      "reload://0114\(other),0114\(hex)@overlay.example/",
      "the same trap, entered by another separator"
    ),
    (
      "uri-digits", "a letter that is no hex digit", .uriDigits,
      "reload://0114\(hex.dropLast())g@overlay.example/", nil
    ),
    (
      "uri-nul", "a NUL and another overlay behind the first", .uriOctets,
      "reload://0114\(hex)@overlay.example\u{0}.other.example/", nil
    ),
    (
      "uri-resource", "a destination of the type resource", .destinationType,
      "reload://0214\(hex)@overlay.example/", nil
    ),
    (
      "uri-128-bits", "a nodeId of 16 octets, as the example of RFC 6940 has it",
      .destinationLength, "reload://0110\(hex.dropLast(8))@overlay.example/", nil
    ),
    (
      "uri-two-destinations", "a list of two nodes", .destinationCount,
      "reload://0114\(other)0114\(hex)@overlay.example/", nil
    ),
    (
      "uri-trailing", "a specifier after the destination", .destinationEnd,
      "reload://0114\(hex)0104@overlay.example/", nil
    ),
    (
      "uri-mixed-forms", "a bare nodeId with a Destination List behind it", .destinationForm,
      "reload://\(hex)0114\(hex)@overlay.example/", nil
    ),
    ("uri-port", "a port", .uriPort, "reload://0114\(hex)@overlay.example:6084/", nil),
    ("uri-path", "a path", .uriPath, "reload://0114\(hex)@overlay.example/x", nil),
    (
      "uri-overlay-case", "the overlay in upper case", .uriOverlay,
      "reload://0114\(hex)@OVERLAY.example/", nil
    ),
  ]

  /// One URI that is not that of a node, no URI, and several.
  mutating func addURIs() throws {
    for (name, fault, rule, uri, shares) in Self.uris {
      profile(
        name, fault, .profile(rule), shares: shares,
        try main.leaf(name) { $0.extensions[Self.names] = Self.alternativeNames(uri: uri) })
    }
    profile(
      "uri-other-overlay", "the URI names another overlay",
      .foreignOverlay(expected: "overlay.example", found: "other.example"),
      try main.leaf("uri-other-overlay") {
        $0.extensions[Self.names] = Self.alternativeNames(
          uri: "reload://0114\(Self.hex)@other.example/")
      })
    let several: [(String, String, ProfileRule, [String], String?)] = [
      ("uri-missing", "no URI", .uriMissing, [], nil),
      (
        "uri-last-wins", "another node's URI first: the trap of keeping the last", .uriCount,
        ["reload://0114\(Self.other)@overlay.example/", Self.good], nil
      ),
      (
        "uri-both-forms", "the URI in both forms, with one nodeId", .uriCount,
        [Self.good, "reload://\(Self.hex)@overlay.example/"],
        "two are too many even where they agree"
      ),
    ]
    for (name, fault, rule, uris, shares) in several {
      profile(
        name, fault, .profile(rule), shares: shares,
        try main.leaf(name) {
          $0.extensions[Self.names] = .subjectAlternativeName(
            uris: uris, hosts: ["\(Self.hex).overlay.example"],
            ips: [IPAddress("192.0.2.7")].compactMap { $0 })
        })
    }
  }

  /// Host names, common names and addresses that do not fit the URI, and peers that do not fit.
  mutating func addNames() throws {
    try addHosts()
    try addAddresses()
    let cn = { (found: String) in
      CertificateRejection.nodeIdMismatch(expected: Self.hex, found: "common name \(found)")
    }
    profile(
      "name-other", "the common name is another nodeId", cn(Self.other),
      try main.leaf("name-other") { $0.subject = Self.other })
    profile(
      "name-nul", "the common name goes on after a NUL", cn("\(Self.hex)..other.example"),
      try main.leaf("name-nul") { $0.subject = "\(Self.hex)\u{0}.other.example" })
    profile(
      "name-upper-case", "the common name in upper case", cn(Self.hex.uppercased()),
      try main.leaf("name-upper-case") { $0.subject = Self.hex.uppercased() })
    profile(
      "peer-other-node", "good, but not the node that was dialled",
      .nodeIdMismatch(expected: Self.other, found: Self.hex),
      expecting: PeerExpectation(nodeId: try NodeId(hex: Self.other)),
      try main.leaf("peer-other-node"))
    profile(
      "peer-other-address", "good, but at another IP address",
      .addressMismatch(expected: "192.0.2.8", found: "192.0.2.7"),
      expecting: PeerExpectation(ip: IPAddress("192.0.2.8")), try main.leaf("peer-other-address"))
    profile(
      "peer-other-port", "good, but at another port",
      .addressMismatch(expected: "port 4001", found: "port 4000"),
      expecting: PeerExpectation(port: 4001), try main.leaf("peer-other-port"))
  }

  private mutating func addHosts() throws {
    let host = "\(Self.hex).overlay.example"
    func mismatch(_ found: String) -> CertificateRejection {
      .nodeIdMismatch(expected: host, found: "DNS name \(found)")
    }
    let hosts: [(String, String, CertificateRejection, [String])] = [
      ("host-missing", "no host name", .profile(.hostMissing), []),
      ("host-twice", "the host name twice", .profile(.hostCount), [host, host]),
      (
        "host-other", "the host name of another node", mismatch("\(Self.other).overlay.example"),
        ["\(Self.other).overlay.example"]
      ),
      ("host-wildcard", "a wildcard", mismatch("*.overlay.example"), ["*.overlay.example"]),
      (
        "host-nul", "a NUL behind the nodeId",
        mismatch("\(Self.hex)..overlay.example"), ["\(Self.hex)\u{0}.overlay.example"]
      ),
    ]
    for (name, fault, expected, hosts) in hosts {
      profile(
        name, fault, expected,
        try main.leaf(name) { $0.extensions[Self.names] = Self.alternativeNames(hosts: hosts) })
    }
  }

  private mutating func addAddresses() throws {
    let lists: [(String, String, ProfileRule, [String])] = [
      ("address-missing", "no IP address", .addressMissing, []),
      (
        "address-two", "two IP addresses, which would let one node answer for two", .addressCount,
        ["192.0.2.7", "192.0.2.8"]
      ),
    ]
    for (name, fault, rule, ips) in lists {
      profile(
        name, fault, .profile(rule),
        try main.leaf(name) { $0.extensions[Self.names] = Self.alternativeNames(ips: ips) })
    }
    func appending(_ name: String, _ element: DERTree, without tag: UInt8?) throws -> [UInt8] {
      try main.leaf(name) {
        var names = try DERTree(reading: $0.extensions[Self.names].value)
        names.elements.removeAll { $0.tag == tag }
        names.elements.append(element)
        $0.extensions[Self.names] = $0.extensions[Self.names].with(value: names.encoded)
      }
    }
    x509(
      "address-5-octets", .extensions, "an IP address of 5 octets", .profile(.addressForm),
      try appending("address-5-octets", DERTree(0x87, [192, 0, 2, 7, 0]), without: 0x87))
    profile(
      "name-mail", "a mail address among the alternative names", .profile(.alternativeNameKind),
      try appending("name-mail", DERTree(0x81, Array("a@overlay.example".utf8)), without: nil))
  }
}
