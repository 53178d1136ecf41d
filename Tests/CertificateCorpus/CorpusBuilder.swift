import NodeCredentials

/// Every entry of the corpus, made with new keys.
package struct Corpus {
  package let entries: [CorpusEntry]

  /// Makes all entries; about a tenth of a second.
  /// - Parameter authority: who signs what needs no authority of its own; a new one when nil.
  package init(authority: CorpusAuthority? = nil) throws {
    var builder = try CorpusBuilder(main: authority ?? CorpusAuthority())
    try builder.addGood()
    try builder.addEncodings()
    try builder.addChains()
    try builder.addRevocations()
    try builder.addFields()
    try builder.addExtensions()
    try builder.addKeys()
    try builder.addURIs()
    try builder.addNames()
    try builder.addAuthorities()
    try builder.addRequests()
    entries = builder.entries
  }
}

/// Collects entries; one extension per kind of fault.
struct CorpusBuilder {
  let main: CorpusAuthority
  let setting: CorpusSetting
  var entries: [CorpusEntry] = []

  // Positions of the extensions in a node certificate.
  static let (basic, usage, extended, subjectKey, authorityKey, names, point, port) =
    (0, 1, 2, 3, 4, 5, 6, 7)

  init(main: CorpusAuthority) throws {
    self.main = main
    setting = try main.setting("main")
  }

  mutating func good(
    _ name: String, _ why: String, _ octets: [UInt8], in setting: CorpusSetting? = nil,
    expecting: PeerExpectation = PeerExpectation(), kind: CorpusClass = .good
  ) {
    entries.append(
      CorpusEntry(
        name: name, fault: why, kind: kind, family: .none, octets: octets,
        setting: setting ?? self.setting, expectation: expecting, expected: .accepted, shares: nil))
  }

  /// A certificate that breaks a rule of X.509.
  mutating func x509(
    _ name: String, _ family: CorpusFamily, _ fault: String, _ expected: CertificateRejection,
    in setting: CorpusSetting? = nil, shares: String? = nil, _ octets: [UInt8]
  ) {
    entries.append(
      CorpusEntry(
        name: name, fault: fault, kind: .x509, family: family, octets: octets,
        setting: setting ?? self.setting, expectation: PeerExpectation(),
        expected: CorpusVerdict(expected), shares: shares))
  }

  /// A certificate that breaks a rule of the profile alone.
  mutating func profile(
    _ name: String, _ fault: String, _ expected: CertificateRejection,
    in setting: CorpusSetting? = nil, expecting: PeerExpectation = PeerExpectation(),
    shares: String? = nil, _ octets: [UInt8]
  ) {
    entries.append(
      CorpusEntry(
        name: name, fault: fault, kind: .profile, family: .none, octets: octets,
        setting: setting ?? self.setting, expectation: expecting,
        expected: CorpusVerdict(expected), shares: shares))
  }

  /// A request that is refused.
  mutating func request(
    _ name: String, _ fault: String, _ expected: RequestRejection, shares: String? = nil,
    _ octets: [UInt8]
  ) {
    entries.append(
      CorpusEntry(
        name: name, fault: fault, kind: .request, family: .none, octets: octets, setting: setting,
        expectation: PeerExpectation(), expected: CorpusVerdict(expected), shares: shares))
  }
}
