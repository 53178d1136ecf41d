import RingIdentifiers

/// Puts lines of a trace together, in the one form that the reader takes: no blanks, fields in the
/// order of the schema.
struct TraceText {
  var bytes: [UInt8] = []

  private static let messageNames = MessageKind.allCases.map { Array($0.name.utf8) }
  private static let fieldNames = TraceField.allCases.map { Array(",\"\($0.name)\":".utf8) }

  mutating func append(_ header: TraceHeader) {
    raw("{\"schema\":")
    string(TraceSchema.name)
    raw(",\"version\":")
    number(TraceSchema.version)
    raw(",\"engine\":")
    string(header.engine)
    raw(",\"seed\":\"")
    number(header.seed)
    raw("\",\"nodes\":")
    number(UInt64(header.nodes))
    raw(",\"digest\":")
    string(header.digest)
    raw(",\"settings\":{")
    for (index, setting) in header.settings.enumerated() {
      if index > 0 { raw(",") }
      string(setting.name)
      raw(":")
      string(setting.value)
    }
    raw("}}\n")
  }

  mutating func append(_ event: TraceEvent) {
    raw("{\"t\":")
    number(event.nanoseconds)
    raw(",\"kind\":\"")
    raw(event.kind.rawValue)
    raw("\"")
    if let message = event.message {
      field(.message)
      raw("\"")
      bytes += TraceText.messageNames[message.rawValue]
      raw("\"")
    }
    field(.node, event.node.map(UInt64.init))
    field(.peer, event.peer.map(UInt64.init))
    if let nodeId = event.nodeId { quoted(.nodeId, nodeId.hex) }
    if let key = event.key { quoted(.key, key.hex) }
    field(.source, event.source.map(UInt64.init))
    field(.hops, event.hops)
    if let tag = event.tag {
      field(.tag)
      raw("\"")
      number(tag)
      raw("\"")
    }
    field(.request, event.request)
    field(.list, event.list)
    field(.failed, event.failed)
    field(.value, event.value)
    if let isRoot = event.isRoot {
      field(.isRoot)
      raw(isRoot ? "true" : "false")
    }
    if let reason = event.reason { quoted(.reason, reason.rawValue) }
    raw("}\n")
  }

  mutating func append(_ trailer: TraceTrailer) {
    raw("{\"t\":")
    number(trailer.nanoseconds)
    raw(",\"kind\":\"end\",\"lines\":")
    number(trailer.lines)
    raw(trailer.isComplete ? ",\"complete\":true" : ",\"complete\":false")
    raw(",\"counters\":{")
    for (index, counter) in trailer.counters.enumerated() {
      if index > 0 { raw(",") }
      string(counter.name)
      raw(":")
      number(counter.value)
    }
    raw("},\"digest\":")
    string(trailer.digest)
    raw("}\n")
  }

  private mutating func field(_ field: TraceField) {
    bytes += TraceText.fieldNames[Int(field.rawValue)]
  }

  private mutating func field(_ field: TraceField, _ value: UInt64?) {
    guard let value else { return }
    self.field(field)
    number(value)
  }

  private mutating func quoted(_ field: TraceField, _ value: String) {
    self.field(field)
    raw("\"")
    raw(value)
    raw("\"")
  }

  private mutating func raw(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func number(_ value: UInt64) {
    if value >= 10 { number(value / 10) }
    bytes.append(UInt8(ascii: "0") + UInt8(value % 10))
  }

  private mutating func string(_ text: String) {
    let digits = Array("0123456789abcdef".utf8)
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20:
        raw("\\u00")
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
