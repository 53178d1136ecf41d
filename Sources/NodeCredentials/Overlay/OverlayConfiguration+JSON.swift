import RingIdentifiers

/// The same configuration as one line of JSON (RFC 8259), the payload of the signed form.
///
/// Names as in XML, in the same order; lists are always present. No value needs an escape:
/// `OverlayConfiguration` lets none in that would. Only what the writer writes is read.
enum OverlayJSON {
  static func configuration(_ content: OverlayConfiguration, signer: NodeId) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(4_096 + 43 * content.badNodes.count)
    func write(_ text: String) { output.append(contentsOf: text.utf8) }
    func list(_ name: String, _ values: [String]) {
      write(",\"\(name)\":[\(values.joined(separator: ","))]")
    }
    func quoted(_ text: String) -> String { "\"\(text)\"" }
    write("{\"instance-name\":\"\(content.overlay)\",\"sequence\":\(content.sequence)")
    write(",\"expiration\":\"\(content.expiration)\"")
    write(",\"topology-plugin\":\"\(content.topologyPlugin)\"")
    write(",\"node-id-length\":\(OverlayConfiguration.nodeIdLength)")
    list(
      "root-cert",
      content.roots.map { quoted(Base64.text($0)) })
    list("enrollment-server", content.enrollmentServers.map(quoted))
    write(",\"self-signed-permitted\":false")
    list(
      "bootstrap-node",
      content.bootstrapNodes.map { "{\"address\":\"\($0.ip)\",\"port\":\($0.port)}" })
    write(",\"clients-permitted\":\(content.clientsPermitted)")
    write(",\"max-message-size\":\(content.messageSizeMax)")
    write(",\"initial-ttl\":\(content.initialTTL)")
    list("kind-signer", content.kindSigners.map { quoted($0.hex) })
    list("configuration-signer", [quoted(signer.hex)])
    list("bad-node", content.badNodes.map { quoted($0.hex) })
    list("mandatory-extension", content.mandatoryExtensions.map(quoted))
    write("}")
    return output
  }

  static func read(
    _ bytes: [UInt8]
  ) throws(TextError) -> (content: OverlayConfiguration, signer: NodeId) {
    var cursor = TextCursor(bytes)
    var fields = OverlayFields()
    try cursor.expect("{\"instance-name\":")
    fields.overlay = try string("instance-name", &cursor)
    fields.sequence = try scalar("sequence", &cursor)
    try cursor.expect(",\"expiration\":")
    fields.expiration = try string("expiration", &cursor)
    try cursor.expect(",\"topology-plugin\":")
    fields.topologyPlugin = try string("topology-plugin", &cursor)
    try cursor.expect(",\"node-id-length\":\(OverlayConfiguration.nodeIdLength)")
    fields.roots = try strings("root-cert", &cursor)
    fields.enrollmentServers = try strings("enrollment-server", &cursor)
    try cursor.expect(",\"self-signed-permitted\":false,\"bootstrap-node\":[")
    while cursor.skip(fields.bootstrapNodes.isEmpty ? "{\"address\":" : ",{\"address\":") {
      try fields.requireRoom(fields.bootstrapNodes.count, for: "bootstrap-node")
      let address = try string("address", &cursor)
      let port = try scalar("port", &cursor)
      try cursor.expect("}")
      fields.bootstrapNodes.append((address, port))
    }
    try cursor.expect("]")
    fields.clientsPermitted = try scalar("clients-permitted", &cursor)
    fields.messageSizeMax = try scalar("max-message-size", &cursor)
    fields.initialTTL = try scalar("initial-ttl", &cursor)
    fields.kindSigners = try strings("kind-signer", &cursor)
    fields.signer = try strings("configuration-signer", &cursor).first ?? ""
    fields.badNodes = try strings("bad-node", &cursor)
    fields.mandatoryExtensions = try strings("mandatory-extension", &cursor)
    try cursor.expect("}")
    let read = try fields.values()
    guard cursor.isAtEnd, configuration(read.content, signer: read.signer) == bytes else {
      throw TextError(problem: "the configuration is not in its one form")
    }
    return read
  }

  private static func string(
    _ name: String, _ cursor: inout TextCursor
  ) throws(TextError) -> String {
    try cursor.expect("\"")
    let value = try cursor.value(until: 0x22, limit: OverlayFields.valueLimit, called: name)
    return String(decoding: value, as: UTF8.self)
  }

  /// A number or a switch.
  private static func scalar(
    _ name: String, _ cursor: inout TextCursor
  ) throws(TextError) -> String {
    try cursor.expect(",\"\(name)\":")
    return cursor.word(limit: 10)
  }

  private static func strings(
    _ name: String, _ cursor: inout TextCursor
  ) throws(TextError) -> [String] {
    try cursor.expect(",\"\(name)\":[")
    var values: [String] = []
    if cursor.skip("]") { return values }
    repeat {
      guard values.count < OverlayConfiguration.Bounds.badNodes else {
        throw TextError(problem: "there are too many in the list \(name)")
      }
      values.append(try string(name, &cursor))
    } while cursor.skip(",")
    try cursor.expect("]")
    return values
  }
}
