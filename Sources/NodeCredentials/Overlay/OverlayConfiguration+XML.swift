import RingIdentifiers

/// The `configuration` element of RFC 6940 section 11.1.1 in one form only.
///
/// Elements in a fixed order, one to a line, no white space inside, every element that has one
/// value present. The reader accepts what the writer writes and nothing else: no comments, no
/// declarations of types or entities, no character data sections, no other namespaces.
/// - Deviation: RFC 6940 readers accept far more. A document of another authority's making cannot
///   be read here; our documents can be read there.
enum OverlayXML {
  static let prologue =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    + "<overlay xmlns=\"urn:ietf:params:xml:ns:p2p:config-base\">\n"
  static let configurationEnd = "</configuration>"
  static let signatureStart = "\n<signature>"
  static let epilogue = "</signature>\n</overlay>\n"

  /// The element from `<configuration` to `</configuration>`, without a line end after it.
  static func configuration(_ content: OverlayConfiguration, signer: NodeId) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(4_096 + 64 * content.badNodes.count)
    func write(_ text: String) { output.append(contentsOf: text.utf8) }
    func element(_ name: String, _ value: String) {
      write("<\(name)>\(escaped(value))</\(name)>\n")
    }
    write(
      "<configuration instance-name=\"\(escaped(content.overlay.value))\" "
        + "sequence=\"\(content.sequence)\" expiration=\"\(content.expiration)\">\n")
    element("topology-plugin", content.topologyPlugin)
    element("node-id-length", String(OverlayConfiguration.nodeIdLength))
    for root in content.roots {
      element("root-cert", Base64.text(root))
    }
    for url in content.enrollmentServers { element("enrollment-server", url) }
    write("<self-signed-permitted digest=\"sha256\">false</self-signed-permitted>\n")
    for node in content.bootstrapNodes {
      write("<bootstrap-node address=\"\(node.ip)\" port=\"\(node.port)\"/>\n")
    }
    element("clients-permitted", String(content.clientsPermitted))
    element("max-message-size", String(content.messageSizeMax))
    element("initial-ttl", String(content.initialTTL))
    for nodeId in content.kindSigners { element("kind-signer", nodeId.hex) }
    element("configuration-signer", signer.hex)
    for nodeId in content.badNodes { element("bad-node", nodeId.hex) }
    for name in content.mandatoryExtensions { element("mandatory-extension", name) }
    write(configurationEnd)
    return output
  }

  /// Reads the element back; only what `configuration(_:signer:)` would write is accepted.
  static func read(
    _ bytes: [UInt8]
  ) throws(TextError) -> (content: OverlayConfiguration, signer: NodeId) {
    var cursor = TextCursor(bytes)
    var fields = OverlayFields()
    fields.overlay = try attribute("<configuration instance-name", &cursor)
    fields.sequence = try attribute(" sequence", &cursor)
    fields.expiration = try attribute(" expiration", &cursor)
    try cursor.expect(">\n")
    fields.topologyPlugin = try element("topology-plugin", &cursor)
    try cursor.expect(line("node-id-length", String(OverlayConfiguration.nodeIdLength)))
    fields.roots = try elements("root-cert", &cursor)
    fields.enrollmentServers = try elements("enrollment-server", &cursor)
    try cursor.expect("<self-signed-permitted digest=\"sha256\">false</self-signed-permitted>\n")
    while cursor.skip("<bootstrap-node address") {
      try fields.requireRoom(fields.bootstrapNodes.count, for: "bootstrap-node")
      let address = try attribute("", &cursor)
      let port = try attribute(" port", &cursor)
      fields.bootstrapNodes.append((address, port))
      try cursor.expect("/>\n")
    }
    fields.clientsPermitted = try element("clients-permitted", &cursor)
    fields.messageSizeMax = try element("max-message-size", &cursor)
    fields.initialTTL = try element("initial-ttl", &cursor)
    fields.kindSigners = try elements("kind-signer", &cursor)
    fields.signer = try element("configuration-signer", &cursor)
    fields.badNodes = try elements("bad-node", &cursor)
    fields.mandatoryExtensions = try elements("mandatory-extension", &cursor)
    try cursor.expect(configurationEnd)
    let read = try fields.values()
    guard cursor.isAtEnd, configuration(read.content, signer: read.signer) == bytes else {
      throw TextError(problem: "the configuration is not in its one form")
    }
    return read
  }

  private static func line(_ name: String, _ value: String) -> String {
    "<\(name)>\(value)</\(name)>\n"
  }

  private static func attribute(
    _ name: String, _ cursor: inout TextCursor
  ) throws(TextError) -> String {
    try cursor.expect("\(name)=\"")
    return try plain(cursor.value(until: 0x22, limit: OverlayFields.valueLimit, called: name))
  }

  private static func element(
    _ name: String, _ cursor: inout TextCursor
  ) throws(TextError) -> String {
    try cursor.expect("<\(name)>")
    return try rest(of: name, &cursor)
  }

  private static func elements(
    _ name: String, _ cursor: inout TextCursor
  ) throws(TextError) -> [String] {
    var values: [String] = []
    while cursor.skip("<\(name)>") {
      guard values.count < OverlayConfiguration.Bounds.badNodes else {
        throw TextError(problem: "there are too many elements \(name)")
      }
      values.append(try rest(of: name, &cursor))
    }
    return values
  }

  private static func rest(
    of name: String, _ cursor: inout TextCursor
  ) throws(TextError) -> String {
    let value = try cursor.value(until: 0x3C, limit: OverlayFields.valueLimit, called: name)
    try cursor.expect("/\(name)>\n")
    return try plain(value)
  }

  private static let escapes: [(letter: UInt8, text: String)] = [
    (0x26, "&amp;"), (0x3C, "&lt;"), (0x3E, "&gt;"), (0x22, "&quot;"),
  ]

  /// The text with `&`, `<`, `>` and `"` escaped, good in an element and in an attribute.
  static func escaped(_ text: String) -> String {
    var output: [UInt8] = []
    for letter in text.utf8 {
      if let escape = escapes.first(where: { $0.letter == letter }) {
        output.append(contentsOf: escape.text.utf8)
      } else {
        output.append(letter)
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// The reverse of `escaped`; other entities and references are refused.
  static func plain(_ bytes: [UInt8]) throws(TextError) -> String {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var rest = bytes[...]
    while let letter = rest.first {
      if letter != 0x26 {
        output.append(letter)
        rest = rest.dropFirst()
      } else if let escape = escapes.first(where: { rest.starts(with: $0.text.utf8) }) {
        output.append(escape.letter)
        rest = rest.dropFirst(escape.text.utf8.count)
      } else {
        throw TextError(problem: "there is a reference to an entity")
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}
