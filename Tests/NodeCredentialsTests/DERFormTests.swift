import NodeCredentials
import Testing

/// The scan for the distinguished encoding, rule by rule.
@Suite struct DERFormTests {
  static let good: [[UInt8]] = [
    [0x30, 0], [0x02, 1, 0], [0x02, 1, 0xFF], [0x02, 2, 0, 0x80], [0x02, 2, 0xFF, 0x7F],
    [0x01, 1, 0xFF], [0x01, 1, 0], [0x03, 1, 0], [0x03, 2, 7, 0x80], [0x03, 2, 0, 1], [0x05, 0],
    [0x06, 1, 0x2A], [0x06, 3, 0x2A, 0x86, 0x48], [0x80, 2, 1, 2], [0xA0, 2, 5, 0],
    [0x04, 3, 0x30, 0x80, 0], [0x31, 3, 2, 1, 5], [0x0A, 1, 4],
    [0x04, 0x81, 0x80] + [UInt8](repeating: 0, count: 128),
  ]

  @Test(arguments: good)
  func whatIsDERPasses(_ octets: [UInt8]) {
    #expect(DERForm.fault(in: octets) == nil)
    // Cut anywhere it is not whole, and with an octet more it is too long.
    for count in octets.indices { #expect(DERForm.fault(in: Array(octets[..<count])) != nil) }
    #expect(DERForm.fault(in: octets + [0]) == "1 octet too many at the end")
  }

  static let bad: [(octets: [UInt8], fault: String)] = [
    ([], "octet 0: there is no element"),
    ([0x30], "octet 1: there is no length"),
    ([0x30, 1], "octet 0: the element ends early"),
    ([0x30, 0x80, 0, 0], "octet 1: the length is indefinite"),
    ([0x04, 0x81, 1, 0], "octet 1: the length is not in its shortest form"),
    (
      [0x04, 0x82, 0, 0x80] + [UInt8](repeating: 0, count: 128),
      "octet 1: the length is not in its shortest form"
    ),
    ([0x04, 0x85, 0, 0, 0, 0, 1, 0], "octet 1: the length cannot be"),
    ([0x04, 0xFF], "octet 1: the length cannot be"),
    ([0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], "octet 0: the element ends early"),
    ([0x1F, 0x81, 1, 0], "octet 0: the tag has several octets"),
    ([0x30, 2, 0, 0], "octet 2: the tag is zero"),
    ([0x10, 0], "octet 0: a collection without elements in it"),
    ([0x24, 0], "octet 0: a value in pieces"),
    ([0x01, 0], "octet 0: a BOOLEAN has one octet"),
    ([0x01, 1, 1], "octet 0: a BOOLEAN is 00 or FF"),
    ([0x02, 0], "octet 0: an INTEGER without octets"),
    ([0x02, 2, 0, 0x7F], "octet 0: an INTEGER is not in its shortest form"),
    ([0x02, 2, 0xFF, 0x80], "octet 0: an INTEGER is not in its shortest form"),
    ([0x03, 0], "octet 0: a BIT STRING with a bad count of unused bits"),
    ([0x03, 2, 8, 0], "octet 0: a BIT STRING with a bad count of unused bits"),
    ([0x03, 1, 1], "octet 0: a BIT STRING with unused bits of nothing"),
    ([0x03, 2, 1, 1], "octet 0: a BIT STRING whose unused bits are not zero"),
    ([0x05, 1, 0], "octet 0: a NULL with octets"),
    ([0x06, 0], "octet 0: an object identifier ends early"),
    ([0x06, 1, 0x86], "octet 0: an object identifier ends early"),
    ([0x06, 2, 0x80, 1], "octet 0: an object identifier is not in its shortest form"),
  ]

  @Test(arguments: bad)
  func whatIsNotDERIsNamedWithItsPlace(_ octets: [UInt8], _ fault: String) {
    #expect(DERForm.fault(in: octets) == fault)
  }

  @Test func aDefaultIsLeftOutWhereThereIsOne() {
    let critical: [UInt8] = [0x30, 3, 0x01, 1, 0]
    #expect(DERForm.fault(in: critical) == nil)
    #expect(
      DERForm.fault(in: critical, isDefaultFalse: true)
        == "octet 2: FALSE is the default and must be left out")
  }

  @Test func depthIsBounded() {
    func nested(_ depth: Int) -> [UInt8] {
      (1..<depth).reduce([0x30, 0]) { inner, _ in [0x30, UInt8(inner.count)] + inner }
    }
    #expect(DERForm.fault(in: nested(DERForm.depthLimit)) == nil)
    #expect(
      DERForm.fault(in: nested(DERForm.depthLimit + 1))
        == "octet 64: more than 32 elements in each other")
  }
}
