public import RingIdentifiers

/// What a node must know to take part in an overlay: the content of RFC 6940's overlay
/// configuration document, before it is signed and after it was verified.
///
/// Source: RFC 6940 section 11.1, whose names the document uses. The length of a nodeId (20 octets)
/// and that nobody may certify itself are the same in every overlay here and are not settings.
/// - Deviation: RFC 6940 lets the elements that are left out have defaults, `CHORD-RELOAD` and 16
///   octets among them. Here every element with one value is written.
public struct OverlayConfiguration: Hashable, Sendable {
  /// `instance-name`.
  public let overlay: OverlayName
  /// `sequence`: the newer document counts.
  public let sequence: OverlaySequence
  /// `expiration`: the last second in which the document counts.
  public let expiration: CredentialTime
  /// `topology-plugin`: the routing algorithm.
  public let topologyPlugin: String
  /// `root-cert`: DER of the root, and while it is being replaced of the next one.
  public let roots: [[UInt8]]
  /// `enrollment-server`: URLs that begin with `https://`.
  public let enrollmentServers: [String]
  /// `bootstrap-node`: where to join.
  public let bootstrapNodes: [NodeAddress]
  /// `clients-permitted`: whether nodes may stay that route and store nothing.
  public let clientsPermitted: Bool
  /// `max-message-size`: octets of the longest message.
  public let messageSizeMax: UInt32
  /// `initial-ttl`: hops that a message may take.
  public let initialTTL: UInt8
  /// `kind-signer`: whose certificates may sign kinds of stored data.
  public let kindSigners: [NodeId]
  /// `bad-node`: nodeIds whose certificates must not be accepted, ascending.
  public let badNodes: [NodeId]
  /// `mandatory-extension`: XML namespaces that every node must support.
  public let mandatoryExtensions: [String]

  /// Our routing algorithm.
  /// - Deviation: the name is not registered with IANA (RFC 6940 section 14.4 asks for that). A
  ///   foreign RELOAD node does not know it and so, rightly, does not join.
  public static let pastryPlugin = "REDOUBT-PASTRY"

  /// `node-id-length`, in octets.
  static let nodeIdLength = 20

  /// A configuration from its parts.
  ///
  /// The defaults of message size and hops are those of RFC 6940. Bad nodes are brought into
  /// ascending order, each once.
  /// - Throws: `OverlayConfigurationError` for too many or ill-formed parts.
  public init(
    overlay: OverlayName, sequence: OverlaySequence, expiration: CredentialTime, roots: [[UInt8]],
    enrollmentServers: [String], bootstrapNodes: [NodeAddress], badNodes: some Sequence<NodeId>,
    topologyPlugin: String = pastryPlugin, clientsPermitted: Bool = false,
    messageSizeMax: UInt32 = 5_000, initialTTL: UInt8 = 100, kindSigners: [NodeId] = [],
    mandatoryExtensions: [String] = []
  ) throws(OverlayConfigurationError) {
    self.overlay = overlay
    self.sequence = sequence
    self.expiration = expiration
    self.roots = roots
    self.enrollmentServers = enrollmentServers
    self.bootstrapNodes = bootstrapNodes
    self.badNodes = OverlayConfiguration.ascending(badNodes)
    self.topologyPlugin = topologyPlugin
    self.clientsPermitted = clientsPermitted
    self.messageSizeMax = messageSizeMax
    self.initialTTL = initialTTL
    self.kindSigners = kindSigners
    self.mandatoryExtensions = mandatoryExtensions
    try check()
  }

  private func check() throws(OverlayConfigurationError) {
    let counts = [
      ("root-cert", roots.count, Bounds.roots), ("bad-node", badNodes.count, Bounds.badNodes),
      ("enrollment-server", enrollmentServers.count, Bounds.short),
      ("bootstrap-node", bootstrapNodes.count, Bounds.bootstrapNodes),
      ("kind-signer", kindSigners.count, Bounds.short),
      ("mandatory-extension", mandatoryExtensions.count, Bounds.short),
    ]
    for (name, count, limit) in counts where count > limit {
      throw OverlayConfigurationError(element: name, problem: "\(count) are more than \(limit)")
    }
    guard !roots.isEmpty, roots.allSatisfy({ (1...Bounds.certificate).contains($0.count) }) else {
      throw OverlayConfigurationError(
        element: "root-cert",
        problem: "there must be at least one, of 1 to \(Bounds.certificate) octets")
    }
    guard (1...Bounds.pluginName).contains(topologyPlugin.utf8.count),
      topologyPlugin.utf8.allSatisfy(OverlayConfiguration.isPluginLetter)
    else {
      throw OverlayConfigurationError(
        element: "topology-plugin",
        problem: "it must be 1 to \(Bounds.pluginName) of A-Z, 0-9 and hyphen")
    }
    for url in enrollmentServers where !url.hasPrefix("https://") || url.utf8.count < 9 {
      throw OverlayConfigurationError(
        element: "enrollment-server", problem: "it must begin with https:// and name a host")
    }
    for (name, texts) in [
      ("enrollment-server", enrollmentServers), ("mandatory-extension", mandatoryExtensions),
    ] {
      for text in texts where !OverlayConfiguration.isURI(text) {
        throw OverlayConfigurationError(
          element: name, problem: "it must be a URI of 1 to \(Bounds.uri) octets")
      }
    }
    guard messageSizeMax > 0, initialTTL > 0 else {
      throw OverlayConfigurationError(
        element: messageSizeMax > 0 ? "initial-ttl" : "max-message-size", problem: "it is 0")
    }
  }

  private static func ascending(_ nodeIds: some Sequence<NodeId>) -> [NodeId] {
    var output: [NodeId] = []
    for nodeId in nodeIds.sorted() where output.last != nodeId { output.append(nodeId) }
    return output
  }

  private static func isPluginLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x41...0x5A, 0x30...0x39, 0x2D: true
    default: false
    }
  }

  /// Only letters that RFC 3986 allows: visible ASCII without quotes, brackets of other kinds,
  /// backslash, caret and bar. So a URI needs no escape in JSON, and in XML only for `&`.
  private static func isURI(_ text: String) -> Bool {
    let excluded = Array(#""<>\^`{|}"#.utf8)
    return (1...Bounds.uri).contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !excluded.contains($0) }
  }

  /// How much there may be of anything, for writer and reader alike.
  enum Bounds {
    /// The root and, while it is being replaced, the next one, with room to spare.
    static let roots = 4
    /// Octets of a certificate; a root has about 500.
    static let certificate = 4_096
    /// URLs, kind signers and extensions: lists that people write by hand.
    static let short = 16
    /// Addresses to join at: one that answers is enough.
    static let bootstrapNodes = 64
    /// 64 octets each in XML, so 6.4 MB; an overlay that revokes more needs shorter validities.
    static let badNodes = 100_000
    /// Letters of a plugin's name.
    static let pluginName = 64
    /// Octets of a URI.
    static let uri = 512
    /// Octets of a whole document: the largest one by the bounds above fits.
    static let document = 8 << 20
  }
}

/// Which element of a configuration cannot be, and why.
public struct OverlayConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The element's name in RFC 6940.
  public let element: String
  /// What is wrong with it.
  public let problem: String

  /// One line.
  public var description: String { "\(element): \(problem)" }
}
