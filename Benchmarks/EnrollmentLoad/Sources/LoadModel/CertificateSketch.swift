/// What the generator looks at in every certificate that it is given: whose it is, not whether to
/// believe it.
///
/// A full verification costs more than the enrollment leaves to the generator; this walk over the
/// DER costs some microseconds, so that every answer can have it. It is also a second reading of
/// the form, by other code than the server's.
public struct CertificateSketch: Hashable, Sendable {
  /// The serial number, 16 octets.
  public let serial: ShortOctets
  /// The nodeId of the subject's common name, 20 octets.
  public let nodeId: ShortOctets
  /// The DER SubjectPublicKeyInfo.
  public let publicKeyInfo: ArraySlice<UInt8>

  private static let sequence: UInt8 = 0x30
  private static let integer: UInt8 = 0x02
  /// id-at-commonName, 2.5.4.3.
  private static let commonName: [UInt8] = [0x55, 0x04, 0x03]

  /// Walks one certificate from the first octet to the last.
  /// - Throws: `SketchError` at the first element that is missing, cut off or not as expected.
  public init(der: [UInt8]) throws(SketchError) {
    var outer = DERCursor(der)
    var certificate = try outer.descend(Self.sequence, "the certificate")
    guard outer.isAtEnd else { throw SketchError("octets follow the certificate") }
    var body = try certificate.descend(Self.sequence, "the signed part")
    _ = try certificate.element(Self.sequence, "the signature algorithm")
    _ = try certificate.element(0x03, "the signature")
    guard certificate.isAtEnd else { throw SketchError("octets follow the signature") }
    _ = try body.element(0xA0, "the version")
    let number = try body.element(Self.integer, "the serial number").content
    _ = try body.element(Self.sequence, "the inner signature algorithm")
    _ = try body.element(Self.sequence, "the issuer")
    _ = try body.element(Self.sequence, "the validity")
    let subject = try body.descend(Self.sequence, "the subject")
    publicKeyInfo = der[try body.element(Self.sequence, "the public key").whole]
    _ = try body.element(0xA3, "the extensions")
    guard body.isAtEnd else { throw SketchError("octets follow the extensions") }
    guard number.count == ShortOctets.serialCount, let serial = ShortOctets(der[number]) else {
      throw SketchError("the serial number does not have 16 octets")
    }
    self.serial = serial
    nodeId = try Self.nodeId(in: subject)
  }

  private static func nodeId(in subject: DERCursor) throws(SketchError) -> ShortOctets {
    var name = subject
    var set = try name.descend(0x31, "the subject's name")
    var attribute = try set.descend(sequence, "the subject's attribute")
    let kind = try attribute.element(0x06, "the kind of the subject's attribute").content
    let value = try attribute.element(attribute.nextTag ?? 0, "the subject's value").content
    guard name.isAtEnd, set.isAtEnd, attribute.isAtEnd,
      subject.bytes[kind].elementsEqual(commonName)
    else { throw SketchError("the subject is not exactly one common name") }
    let text = String(decoding: subject.bytes[value], as: UTF8.self)
    guard let nodeId = ShortOctets(hex: text, count: ShortOctets.nodeIdCount) else {
      throw SketchError("the common name is not a nodeId")
    }
    return nodeId
  }

  /// The SubjectPublicKeyInfo of a certification request.
  /// - Throws: `SketchError` when the octets are no request.
  public static func publicKeyInfo(ofRequest der: [UInt8]) throws(SketchError)
    -> ArraySlice<UInt8>
  {
    var outer = DERCursor(der)
    var request = try outer.descend(sequence, "the request")
    guard outer.isAtEnd else { throw SketchError("octets follow the request") }
    var body = try request.descend(sequence, "the signed part")
    _ = try request.element(sequence, "the signature algorithm")
    _ = try request.element(0x03, "the signature")
    _ = try body.element(integer, "the version")
    _ = try body.element(sequence, "the subject")
    return der[try body.element(sequence, "the public key").whole]
  }
}
