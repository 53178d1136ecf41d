import NodeCredentials
import RingIdentifiers
import Testing

@Suite struct ValueTests {
  // MARK: serial numbers and nodeIds

  @Test func serialNumbersAlwaysHaveSixteenPositiveOctets() throws {
    var seen: Set<SerialNumber> = []
    for _ in 0..<2_000 {
      let serial = try SerialNumber.random()
      #expect(serial.bytes.count == 16)
      #expect((1...0x7F).contains(serial.bytes[0]))
      seen.insert(serial)
    }
    #expect(seen.count == 2_000)
  }

  @Test func serialNumbersAreReadInEveryUsualSpelling() {
    let text = "0123456789abcdef0123456789abcdef"
    let serial = SerialNumber(text)
    #expect(serial?.description == text)
    #expect(SerialNumber("0x" + text.uppercased()) == serial)
    #expect(SerialNumber("01:23:45:67:89:AB:CD:EF:01:23:45:67:89:ab:cd:ef") == serial)
    let wrong = [
      "", "01", text + "0", "g" + text.dropFirst(), "00" + text.dropFirst(2),
      "80" + text.dropFirst(2), "é" + text.dropFirst(2),
    ]
    for text in wrong { #expect(SerialNumber(text) == nil, "\(text)") }
    #expect(SerialNumber(bytes: [UInt8](repeating: 1, count: 17)) == nil)
  }

  @Test func assignedNodeIdsAreUniform() throws {
    // Chi-square over the first octet, 255 degrees of freedom: mean 255, deviation 22.6.
    // The bound 400 is more than six deviations away: a sound generator passes always.
    var counts = [Int](repeating: 0, count: 256)
    let draws = 4_096
    for _ in 0..<draws { counts[Int(try NodeId.assigned().bytes[0])] += 1 }
    let expected = Double(draws) / 256
    let chiSquare = counts.reduce(0.0) { sum, count in
      let gap = Double(count) - expected
      return sum + gap * gap / expected
    }
    #expect(chiSquare < 400)
    #expect(chiSquare > 130)
  }

  // MARK: digests

  @Test func digestsMatchThePublishedVectors() throws {
    let abc = Array("abc".utf8)
    #expect(
      Hexadecimal.text(try Digest.sha1(abc)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    #expect(
      Hexadecimal.text(try Digest.sha256(abc))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      Hexadecimal.text(try Digest.sha1([])) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    #expect(try Key(sha1Of: abc).hex == "a9993e364706816aba3e25717850c26c9cd0d89d")
    #expect(try Key(truncatedSHA256Of: abc).hex == "ba7816bf8f01cfea414140de5dae2223b00361a3")
  }

  @Test func freshOctetsAreFresh() throws {
    #expect(try SecureRandom.bytes(count: 20) != SecureRandom.bytes(count: 20))
  }

  // MARK: time

  @Test(arguments: [
    (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
    (1_767_225_599, "2025-12-31T23:59:59Z"), (-1, "1969-12-31T23:59:59Z"),
    (2_524_608_000, "2050-01-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
    (-62_135_596_800, "0001-01-01T00:00:00Z"),
  ])
  func timesReadAsTheyPrint(_ seconds: Int64, _ text: String) {
    #expect(CredentialTime(secondsSinceEpoch: seconds).description == text)
    #expect(CredentialTime(text)?.secondsSinceEpoch == seconds)
  }

  @Test func everyDayOfFourCenturiesReadsAsItPrints() {
    for day in stride(from: -50_000, through: 100_000, by: 1) {
      let time = CredentialTime(secondsSinceEpoch: Int64(day) * 86_400 + 3_661)
      #expect(CredentialTime(time.description) == time)
    }
  }

  @Test(arguments: [
    "", "2026-01-01", "2026-01-01T00:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
    "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
    "2026-01-01 00:00:00Z", "+026-01-01T00:00:00Z", "2026-01-00T00:00:00Z",
    "0000-01-01T00:00:00Z",
  ])
  func otherTimesAreRefused(_ text: String) {
    #expect(CredentialTime(text) == nil)
  }

  @Test func timesSaturate() {
    let end = CredentialTime(secondsSinceEpoch: .max)
    #expect(end.description == "9999-12-31T23:59:59Z")
    #expect(end.adding(seconds: .max) == end)
    #expect(CredentialTime(secondsSinceEpoch: 5).adding(seconds: -6).secondsSinceEpoch == -1)
  }

  // MARK: names and addresses

  @Test(arguments: ["a", "redoubt.example", "x-1.2y.example", String(repeating: "a", count: 53)])
  func overlayNamesAreDNSNames(_ text: String) throws {
    #expect(try OverlayName(text).value == text)
  }

  @Test(arguments: [
    "", ".", "a.", ".a", "a..b", "-a", "a-", "A", "a_b", "a b", "10.0.0.1", "exämple",
    "a.-b", String(repeating: "a", count: 54), "a/b", "a@b", "a\u{0}",
  ])
  func otherOverlayNamesAreRefused(_ text: String) {
    #expect(throws: OverlayNameError.self) { try OverlayName(text) }
  }

  @Test(arguments: [
    "192.0.2.1:4000", "255.255.255.255:65535", "0.0.0.0:1", "[2001:db8::1]:80", "[::]:1",
    "[::1]:1", "[1::]:1", "[1:2:3:4:5:6:7:8]:9", "[1:0:2::3]:9", "[fe80::1:0:0:1]:9",
  ])
  func addressesReadAsTheyPrint(_ text: String) throws {
    let address = try #require(NodeAddress(text))
    #expect(address.description == text)
    #expect(IPAddress(octets: address.ip.octets) == address.ip)
  }

  @Test(arguments: [
    "", ":", "1.2.3.4", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3:1",
    "1.2.3.4.5:1", "256.1.1.1:1", "01.2.3.4:1", "1.2.3.4 :1", "[1.2.3.4]:1", "2001:db8::1:80",
    "[::1]", "[::1]:", "[1::2::3]:1", "[:::]:1", "[:1:2:3:4:5:6:7:8]:1", "[1:2:3:4:5:6:7]:1",
    "[1:2:3:4:5:6:7:8:9]:1", "[1:2:3:4:5:6:7::8]:1", "[12345::]:1", "[g::]:1", "[::1%eth0]:1",
    "[1:]:1", "[::ffff:1.2.3.4]:1", "１.2.3.4:1", "1.2.3.4:000080",
  ])
  func otherAddressesAreRefused(_ text: String) {
    #expect(NodeAddress(text) == nil)
  }

  @Test func addressesCountUpToTheEndOfTheirVersion() throws {
    #expect(NodeAddress("10.0.0.255:9")?.advanced(by: 1)?.description == "10.0.1.0:9")
    #expect(NodeAddress("255.255.255.254:9")?.advanced(by: 2) == nil)
    #expect(NodeAddress("10.0.0.1:9")?.advanced(by: 1 << 32) == nil)
    for (base, later, distance) in [
      ("10.0.0.1", "10.0.1.0", 255), ("10.0.0.1", "10.0.0.0", nil), ("::", "10.0.0.1", nil),
      ("1:0:0:1::", "1:0:0:1::9", 9), ("0:0:0:1::", "0:0:0:2::", nil), ("::2", "::1", nil),
      ("::ffff:ffff:ffff:ffff", "0:0:0:1::", 1), ("0:0:0:1::", "::1", nil),
    ] as [(String, String, UInt64?)] {
      let start = try #require(IPAddress(base))
      #expect(IPAddress(later)?.distance(from: start) == distance, "\(base) to \(later)")
    }
    let last = NodeAddress("[::ffff:ffff:ffff:ffff]:9")
    #expect(last?.advanced(by: 1)?.description == "[0:0:0:1::]:9")
    #expect(
      NodeAddress("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:9")?.advanced(by: 1) == nil)
  }

  // MARK: keys

  @Test(arguments: KeyAlgorithm.allCases)
  func keysSurviveTheirText(_ algorithm: KeyAlgorithm) throws {
    let key = try PrivateKey(generating: algorithm)
    let again = try PrivateKey(pem: key.pem())
    let (first, second) = (key.publicKey, again.publicKey)
    #expect(first == second)
    #expect(first.algorithm == algorithm)
    #expect(PublicKey(subjectPublicKeyInfo: first.subjectPublicKeyInfo) == first)
    for count in first.subjectPublicKeyInfo.indices {
      let cut = Array(first.subjectPublicKeyInfo[..<count])
      #expect(PublicKey(subjectPublicKeyInfo: cut) == nil)
    }
  }

  @Test func aForeignKeyDoesNotOpenAnAuthority() throws {
    let authority = try TestAuthority()
    let stranger = try PrivateKey(generating: .p256).pem()
    #expect(throws: OpenSSLError.self) {
      try AuthorityCredentials.issuing(
        overlay: authority.overlay, certificate: authority.issuing.certificate, keyPEM: stranger)
    }
    let reopened = try AuthorityCredentials.issuing(
      overlay: authority.overlay, certificate: authority.issuing.certificate,
      keyPEM: authority.issuing.privateKeyPEM())
    #expect(try authority.rejection(reopened.sign(authority.content())) == nil)
  }

  @Test func everyReasonHasItsOwnCode() {
    #expect(Set(RevocationReason.allCases.map(\.code)).count == RevocationReason.allCases.count)
    #expect(RevocationReason(rawValue: "keyCompromise")?.code == 1)
    #expect(RevocationReason(rawValue: "removeFromCRL") == nil)
  }
}
