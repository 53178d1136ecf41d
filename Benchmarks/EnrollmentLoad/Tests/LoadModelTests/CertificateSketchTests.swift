import LoadModel
import Testing

@Suite struct CertificateSketchTests {
  private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    let count = content.count
    let length: [UInt8] =
      count < 0x80
      ? [UInt8(count)]
      : count < 0x100 ? [0x81, UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
    return [tag] + length + content
  }

  private static let serial = (0..<16).map { UInt8($0 + 1) }
  private static let nodeId = String(repeating: "0123456789", count: 4)
  private static let info = element(0x30, element(0x30, []) + element(0x03, [0, 4, 5, 6]))

  private static func name(_ text: String, kind: [UInt8] = [0x55, 4, 3]) -> [UInt8] {
    element(
      0x30,
      element(0x31, element(0x30, element(0x06, kind) + element(0x0C, Array(text.utf8)))))
  }

  /// A certificate in form only.
  private static func certificate(
    serial: [UInt8] = serial, subject: [UInt8] = name(nodeId), extra: [UInt8] = []
  ) -> [UInt8] {
    let body =
      element(0xA0, element(0x02, [2])) + element(0x02, serial) + element(0x30, [])
      + name("issuer") + element(0x30, []) + subject + info
      + element(0xA3, element(0x30, [UInt8](repeating: 5, count: 150)))
    return element(
      0x30, element(0x30, body + extra) + element(0x30, []) + element(0x03, [0, 1]))
  }

  @Test func theFieldsAreFound() throws {
    let sketch = try CertificateSketch(der: Self.certificate())
    #expect(sketch.serial.bytes == Self.serial)
    #expect(sketch.nodeId.description == Self.nodeId)
    #expect(Array(sketch.publicKeyInfo) == Self.info)
  }

  @Test func everyTruncationIsRefused() {
    let der = Self.certificate()
    for count in 0..<der.count {
      #expect(throws: SketchError.self) { try CertificateSketch(der: Array(der.prefix(count))) }
    }
  }

  /// No change of one octet may trap; what is still accepted keeps its frame.
  @Test func everyChangedOctetIsReadWithoutHarm() {
    let der = Self.certificate()
    for index in der.indices {
      for value: UInt8 in [0x00, 0x30, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFF] {
        var bent = der
        bent[index] = value
        _ = try? CertificateSketch(der: bent)
      }
    }
  }

  @Test func otherFormsAreRefused() {
    let bad: [[UInt8]] = [
      Self.certificate() + [0], Self.certificate(extra: [0x05, 0]),
      Self.certificate(serial: Array(Self.serial.dropLast())),
      Self.certificate(serial: Self.serial + [1]),
      Self.certificate(subject: Self.name("not hex")),
      Self.certificate(subject: Self.name(Self.nodeId, kind: [0x55, 4, 4])),
      Self.certificate(subject: Self.name(Self.nodeId.uppercased() + "0")),
      Self.certificate(subject: Self.element(0x30, [])),
    ]
    for der in bad {
      #expect(throws: SketchError.self) { try CertificateSketch(der: der) }
    }
    var long = Self.certificate()
    // The outer length, spelt with a leading zero octet.
    long.replaceSubrange(1...2, with: [0x82, 0x00] + long[2...2])
    #expect(throws: SketchError.self) { try CertificateSketch(der: long) }
  }

  @Test func theKeyOfARequestIsFound() throws {
    let body =
      Self.element(0x02, [0]) + Self.name("node") + Self.info + Self.element(0xA0, [])
    let der = Self.element(
      0x30, Self.element(0x30, body) + Self.element(0x30, []) + Self.element(0x03, [0]))
    #expect(Array(try CertificateSketch.publicKeyInfo(ofRequest: der)) == Self.info)
    for count in 0..<der.count {
      #expect(throws: SketchError.self) {
        try CertificateSketch.publicKeyInfo(ofRequest: Array(der.prefix(count)))
      }
    }
  }
}
