import NodeCredentials

extension CorpusBuilder {
  /// Faults of version, serial number, validity and subject.
  mutating func addFields() throws {
    try addSerials()
    x509(
      "field-version-1", .fields, "version 1, with extensions, which only version 3 has",
      .profile(.version), try main.bentLeaf("field-version-1") { $0.elements.removeFirst() })
    x509(
      "field-time", .fields, "the end of the validity has a fraction of a second",
      .malformed("the validity cannot be read"),
      try main.bentLeaf("field-time") {
        $0.elements[DERTree.validity].elements[1] = DERTree(0x18, Array("20490101000000.5Z".utf8))
      })
    x509(
      "field-no-subject", .fields,
      "an empty subject beside alternative names that are not critical",
      .profile(.subjectEmpty),
      try main.bentLeaf("field-no-subject") { $0.elements[DERTree.subject].elements = [] })
    profile(
      "field-two-subjects", "a common name and an organisation", .profile(.subject),
      try main.bentLeaf("field-two-subjects") {
        let organisation = DERTree(
          0x30, [DERTree(0x06, [0x55, 0x04, 0x0A]), DERTree(0x0C, Array("x".utf8))])
        $0.elements[DERTree.subject].elements.append(DERTree(0x31, [organisation]))
      })
  }

  private mutating func addSerials() throws {
    func serial(_ name: String, _ octets: [UInt8]) throws -> [UInt8] {
      try main.bentLeaf(name) { $0.elements[DERTree.serial].octets = octets }
    }
    x509(
      "serial-21-octets", .fields,
      "20 random octets, taken as a number without a sign: 21 octets, of which 20 are allowed",
      .profile(.serialNumberTooLong),
      try serial("serial-21-octets", [0] + [UInt8](repeating: 0xA5, count: 20)))
    x509(
      "serial-negative", .fields, "a negative serial number", .profile(.serialNumberNegative),
      try serial("serial-negative", [UInt8](repeating: 0xA5, count: 16)))
    x509(
      "serial-zero", .fields, "the serial number zero", .profile(.serialNumberZero),
      try serial("serial-zero", [0]))
    profile(
      "serial-8-octets", "a serial number of 8 octets: too few to be unpredictable",
      .profile(.serialNumber), try serial("serial-8-octets", [UInt8](repeating: 0x25, count: 8)))
  }
}
