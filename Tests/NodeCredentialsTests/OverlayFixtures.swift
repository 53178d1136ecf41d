import NodeCredentials
import RingIdentifiers
import Testing

/// A configuration with something in every element.
enum OverlaySample {
  static let plugin = OverlayConfiguration.pastryPlugin

  static func nodeId(_ digit: String) throws -> NodeId {
    try NodeId(hex: String(repeating: digit, count: 40))
  }

  static func configuration(
    _ authority: TestAuthority, sequence: UInt16 = 7, expiration: CredentialTime = expiration,
    badNodes: [NodeId] = [], roots: [[UInt8]]? = nil, servers: [String] = servers
  ) throws -> OverlayConfiguration {
    try OverlayConfiguration(
      overlay: authority.overlay, sequence: #require(OverlaySequence(sequence)),
      expiration: expiration, roots: roots ?? [authority.root.certificate],
      enrollmentServers: servers,
      bootstrapNodes: [
        #require(NodeAddress("192.0.2.1:4000")), #require(NodeAddress("[2001:db8::1]:65535")),
      ],
      badNodes: badNodes, kindSigners: [nodeId("5")],
      mandatoryExtensions: ["urn:ietf:params:xml:ns:p2p:config-ext1"])
  }

  static let expiration = TestAuthority.moment(2027)
  static let servers = ["https://ca.example/enroll", "https://ca.example/enroll?a=1&b='2'"]

  /// The reason for which a document is refused; nil when it is accepted.
  static func rejection(
    _ bytes: [UInt8], _ authority: TestAuthority, at time: CredentialTime = TestAuthority.now
  ) -> OverlayDocumentRejection? {
    do {
      _ = try OverlayDocument(
        verifying: bytes, overlay: authority.overlay, root: authority.root.certificate, at: time)
      return nil
    } catch {
      return error
    }
  }

  /// A verified document.
  static func document(_ configuration: OverlayConfiguration, _ authority: TestAuthority) throws
    -> OverlayDocument
  {
    try OverlayDocument(
      verifying: configuration.signedJSON(by: authority.issuing), overlay: authority.overlay,
      root: authority.root.certificate, at: TestAuthority.now)
  }
}

extension [UInt8] {
  /// The octets with the first place of one text replaced by another.
  func replacing(_ old: String, with new: String) throws -> [UInt8] {
    let place = try #require(indices.first { self[$0...].starts(with: old.utf8) }, "\(old)")
    return Array(self[..<place]) + Array(new.utf8) + self[(place + old.utf8.count)...]
  }
}
