import CertificateAuthority
import Foundation
import GRDB
import NodeCredentials
import RingIdentifiers
import Testing

@Suite struct IssuanceTests {
  @Test(arguments: KeyAlgorithm.allCases)
  func aNodeGetsKeyCertificateAndRecord(_ algorithm: KeyAlgorithm) throws {
    var profile = CertificateProfile()
    profile.keyAlgorithm = algorithm
    let bench = try AuthorityBench(profile: profile)
    let issued = try bench.issue()
    #expect(issued.node.publicKey.algorithm == algorithm)
    let keyFile = try #require(issued.keyFile)
    let key = try PrivateKey(pem: [UInt8](Data(contentsOf: keyFile)))
    let publicKey = key.publicKey
    #expect(publicKey == issued.node.publicKey)
    let text = [UInt8](try Data(contentsOf: issued.certificateFile))
    #expect(try UnverifiedNodeCertificate(pemOrDER: text).der == issued.certificate)
    #expect(issued.node.notBefore == AuthorityBench.now.adding(seconds: -60))
    #expect(issued.node.notAfter == AuthorityBench.now.adding(seconds: 365 * 86_400))
  }

  @Test func privateKeysAreForTheOwnerAlone() async throws {
    let bench = try AuthorityBench()
    let issued = try bench.issue()
    let batch = try await bench.open().issueBulk(BulkRequest(count: 2), at: AuthorityBench.now)
    let paths = AuthorityDirectory(bench.url)
    let keys = [
      paths.rootKey, paths.issuingKey, paths.logKey, try #require(issued.keyFile),
      batch.directory.appendingPathComponent("keys-00000.pem"),
    ]
    for key in keys { #expect(try mode(key) == 0o600, "\(key.path)") }
    for name in ["root", "issuing", "nodes"] {
      #expect(try mode(bench.url.appendingPathComponent(name)) == 0o700)
    }
  }

  @Test func theAuthorityWorksWithoutItsRootKey() throws {
    let bench = try AuthorityBench()
    try FileManager.default.removeItem(at: bench.url.appendingPathComponent("root"))
    #expect(throws: Never.self) { try bench.issue() }
  }

  @Test func aRequestBringsOnlyItsKey() throws {
    let bench = try AuthorityBench()
    let key = try PrivateKey(generating: .p256)
    let publicKey = key.publicKey
    let file = bench.scratch.file("node.csr")
    try Data(CertificationRequest.der(for: key)).write(to: file)
    let authority = try bench.open()
    let first = try authority.issue(
      request: file, address: AuthorityBench.address(), at: AuthorityBench.now)
    let second = try authority.issue(
      request: file, address: AuthorityBench.address(), at: AuthorityBench.now)
    #expect(first.node.publicKey == publicKey)
    #expect(first.keyFile == nil)
    // Asking twice gives another nodeId: nothing of the request steers it.
    #expect(first.node.nodeId != second.node.nodeId)
  }

  @Test func aRequestWithoutProofReservesNothing() throws {
    let bench = try AuthorityBench()
    let file = bench.scratch.file("node.csr")
    var request = try CertificationRequest.der(for: PrivateKey(generating: .ed25519))
    request[request.count - 1] ^= 1
    try Data(request).write(to: file)
    let authority = try bench.open()
    let error = try authorityError {
      _ = try authority.issue(
        request: file, address: AuthorityBench.address(), at: AuthorityBench.now)
    }
    #expect(error == .request(path: file.path, rejection: .noProofOfPossession))
    #expect(error?.exitCode == 65)
    #expect(try bench.reader().burntNodeIds().isEmpty)
    let missing = bench.scratch.file("missing.csr")
    let other = try authorityError {
      _ = try authority.issue(
        request: missing, address: AuthorityBench.address(), at: AuthorityBench.now)
    }
    #expect(other?.exitCode == 74)
    #expect(other?.description.contains(missing.path) == true)
  }

  // MARK: bulk

  @Test func aBulkIssueListsNodesWithTheirKeys() async throws {
    let bench = try AuthorityBench()
    let summary = try await bench.open().issueBulk(
      BulkRequest(count: 200), at: AuthorityBench.now)
    let lines = try String(contentsOf: summary.nodeList, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 201)
    #expect(lines[0] == "node_id,address,serial,key_file,key_offset")
    let found = try await bench.reader().verifiedNodes(at: AuthorityBench.now).nodes
    #expect(found.count == 200)
    let keys = [UInt8](
      try Data(contentsOf: summary.directory.appendingPathComponent("keys-00000.pem")))
    var listed: [NodeId] = []
    for (index, line) in lines.dropFirst().enumerated() {
      let fields = line.split(separator: ",").map(String.init)
      let nodeId = try NodeId(hex: fields[0])
      listed.append(nodeId)
      #expect(fields[1] == NodeAddress("10.0.0.1:4000")?.advanced(by: UInt64(index))?.description)
      let node = try #require(found.first { $0.nodeId == nodeId })
      #expect(fields[2] == node.serial.description)
      #expect(fields[1] == node.address.description)
      let offset = try #require(Int(fields[4]))
      let publicKey = try PrivateKey(pem: Array(keys[offset...])).publicKey
      #expect(publicKey == node.publicKey)
    }
    #expect(listed.sorted() == found.map(\.nodeId))
  }

  @Test func theNextBulkIssueGetsTheNextAddresses() async throws {
    let bench = try AuthorityBench()
    for _ in 0..<2 {
      _ = try await bench.open().issueBulk(BulkRequest(count: 3), at: AuthorityBench.now)
    }
    let addresses = try bench.reader().records(after: 0).map(\.address)
    #expect(addresses == (1...6).map { "10.0.0.\($0):4000" })
  }

  @Test func anAddressInForceIsNotCertifiedAgain() async throws {
    let bench = try AuthorityBench()
    let named = try bench.issue("10.0.0.3:4000").node
    let authority = try bench.open()
    let base = try AuthorityBench.address("10.0.0.1:4000")
    let listed = AddressPlan.list([base, named.address])
    for addresses in [nil, AddressPlan.consecutive(from: base), listed] {
      let count = addresses == listed ? 2 : 5
      await #expect(throws: AuthorityError.addressTaken(named.address)) {
        try await authority.issueBulk(
          BulkRequest(count: count, addresses: addresses), at: AuthorityBench.now)
      }
    }
    await #expect(throws: AuthorityError.addressTaken(base)) {
      try await authority.issueBulk(
        BulkRequest(count: 2, addresses: .list([base, base])), at: AuthorityBench.now)
    }
    #expect(try bench.reader().certificateCount() == 1)
    #expect(try bench.reader().burntNodeIds().isEmpty)
    _ = try authority.revoke(.nodeId(named.nodeId), reason: .superseded, at: AuthorityBench.now)
    _ = try await authority.issueBulk(BulkRequest(count: 5), at: AuthorityBench.now)
    let addresses = try bench.reader().records(after: 1).map(\.address)
    #expect(addresses == (2...6).map { "10.0.0.\($0):4000" })
  }

  @Test func defaultAddressesStayInTheirBlock() async throws {
    let bench = try AuthorityBench()
    let ids = "x'01\(String(repeating: "00", count: 15))', zeroblob(20), NULL, NULL, 0"
    try bench.tamper("INSERT INTO reservations VALUES (\(0xFF_FFFD), \(ids))")
    let authority = try bench.open()
    for count in [2, 16_000_000] {
      let error = await #expect(throws: AuthorityError.self) {
        try await authority.issueBulk(BulkRequest(count: count), at: AuthorityBench.now)
      }
      guard case .addressesExhausted = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    _ = try await authority.issueBulk(BulkRequest(count: 1), at: AuthorityBench.now)
    #expect(try bench.reader().records(after: 0).map(\.address) == ["10.255.255.254:4000"])
  }

  @Test func addressesComeFromAFileInItsOrder() async throws {
    let bench = try AuthorityBench()
    let text = "# three nodes\n192.0.2.9:1\n\n[2001:db8::1]:2 \r\n192.0.2.1:3\n"
    let plan = try AddressPlan(text: text, path: "addresses")
    let authority = try bench.open()
    _ = try await authority.issueBulk(
      BulkRequest(count: 3, addresses: plan), at: AuthorityBench.now)
    let addresses = try bench.reader().records(after: 0).map(\.address)
    #expect(addresses == ["192.0.2.9:1", "[2001:db8::1]:2", "192.0.2.1:3"])
    await #expect(throws: AuthorityError.self) {
      try await authority.issueBulk(
        BulkRequest(count: 4, addresses: plan), at: AuthorityBench.now)
    }
    #expect(try bench.reader().certificateCount() == 3)
    #expect(
      try authorityError { _ = try AddressPlan(text: "192.0.2.9:1\nhere\n", path: "addresses") }
        == .invalid(
          path: "addresses", line: 2,
          detail: "\"here\" is not an address; write 192.0.2.1:4000 or [2001:db8::1]:4000"))
  }

  @Test func addressesMayNotRunPastTheLast() async throws {
    let bench = try AuthorityBench()
    let authority = try bench.open()
    let base = try AuthorityBench.address("255.255.255.254:1")
    await #expect(throws: AuthorityError.self) {
      try await authority.issueBulk(
        BulkRequest(count: 3, addresses: .consecutive(from: base)), at: AuthorityBench.now)
    }
    _ = try await authority.issueBulk(
      BulkRequest(count: 2, addresses: .consecutive(from: base)), at: AuthorityBench.now)
    #expect(try bench.reader().certificateCount() == 2)
  }

  @Test func anInterruptedBulkIssueListsWhatItIssued() async throws {
    let bench = try AuthorityBench()
    let count = Counter()
    let authority = try bench.open { step in
      if step == .signed, count.next() == 2 { throw LedgerSafetyTests.Crash() }
    }
    await #expect(throws: AuthorityError.self) {
      try await authority.issueBulk(
        BulkRequest(count: 2_500, workerCount: 1), at: AuthorityBench.now)
    }
    let reader = try bench.reader()
    #expect(try reader.certificateCount() == 1_000)
    #expect(try reader.burntNodeIds().count == 1_000)
    let list = bench.url.appendingPathComponent("nodes/batch-0001/nodes.csv")
    #expect(try String(contentsOf: list, encoding: .utf8).split(separator: "\n").count == 1_001)
  }

  @Test func assignedNodeIdsAreUniform() async throws {
    // Kolmogorov-Smirnov over 1,500 ids: sqrt(n) D exceeds 2.2 with probability 1e-4.
    let bench = try AuthorityBench()
    _ = try await bench.open().issueBulk(BulkRequest(count: 1_500), at: AuthorityBench.now)
    var ids: [NodeId] = []
    var last: Int64 = 0
    while let end = try bench.reader().records(after: last).last?.sequence {
      ids += try bench.reader().records(after: last).map(\.nodeId)
      last = end
    }
    let places = ids.sorted().map { Double($0.value.high) / 0x1p64 }
    #expect(places.count == 1_500)
    let gap = places.enumerated().map { index, place in
      max(abs(place - Double(index) / 1_500), abs(place - Double(index + 1) / 1_500))
    }.max()
    #expect(try #require(gap) < 2.2 / 1_500.0.squareRoot())
  }

  // MARK: revocation

  @Test func revokingPublishesANumberedList() throws {
    let bench = try AuthorityBench()
    let (first, second) = (try bench.issue(), try bench.issue())
    let authority = try bench.open()
    let listFile = AuthorityDirectory(bench.url).revocationList
    func list() throws -> RevocationList {
      try #require(try bench.reader().listVerifier().revocationList)
    }
    #expect(try list().number == 1)
    #expect(try list().entries.isEmpty)
    let later = AuthorityBench.now.adding(seconds: 3_600)
    let outcome = try authority.revoke(
      .nodeId(first.node.nodeId), reason: .keyCompromise, at: later)
    #expect(!outcome.wasAlreadyRevoked)
    #expect(outcome.listNumber == 2)
    let entry = RevokedCertificate(
      serial: first.node.serial, time: later, reason: .keyCompromise)
    #expect(try list().entries == [entry])
    #expect(try list().thisUpdate == later.adding(seconds: -60))
    #expect(try list().nextUpdate == later.adding(seconds: 86_400))

    // Again: nothing changes, not even the reason, the time or the list.
    let bytes = try Data(contentsOf: listFile)
    let again = try authority.revoke(
      .serial(first.node.serial), reason: .superseded, at: later.adding(seconds: 60))
    #expect(again.wasAlreadyRevoked)
    #expect(again.record.revocation == entry)
    #expect(try Data(contentsOf: listFile) == bytes)

    let verifier = try bench.reader().listVerifier()
    #expect(throws: CertificateRejection.revoked(entry)) {
      try verifier.verify(UnverifiedNodeCertificate(der: first.certificate), at: later)
    }
    #expect(throws: Never.self) {
      try verifier.verify(UnverifiedNodeCertificate(der: second.certificate), at: later)
    }
    #expect(
      throws: CertificateRejection.revocationListNotYetValid(
        thisUpdate: later.adding(seconds: -60))
    ) {
      try verifier.verify(
        UnverifiedNodeCertificate(der: second.certificate), at: later.adding(seconds: -61))
    }
    #expect(throws: Never.self) {
      try verifier.verify(
        UnverifiedNodeCertificate(der: second.certificate), at: later.adding(seconds: -60))
    }
    let stale = later.adding(seconds: 86_401)
    #expect(
      throws: CertificateRejection.revocationListStale(nextUpdate: later.adding(seconds: 86_400))
    ) {
      try verifier.verify(UnverifiedNodeCertificate(der: second.certificate), at: stale)
    }
    let renewed = try authority.renewRevocationList(at: stale)
    #expect(renewed.number == 3)
    #expect(renewed.entries == [entry])
  }

  @Test func aListThatIsNotTheAuthoritysOwnIsNeverPublished() throws {
    let bench = try AuthorityBench()
    let node = try bench.issue().node
    let paths = AuthorityDirectory(bench.url)
    let published = try Data(contentsOf: paths.revocationList)
    // One bit of the private scalar; the public point beside it still fits the certificate.
    let text = [UInt8](try Data(contentsOf: paths.issuingKey))
    var der = try #require(PEM.decode(text, label: "PRIVATE KEY"))
    let scalar: [UInt8] = [0x02, 0x01, 0x01, 0x04, 0x20]
    let place = try #require(der.indices.first { der[$0...].starts(with: scalar) })
    der[place + scalar.count + 20] ^= 1
    try Data(PEM.encode(der, label: "PRIVATE KEY")).write(to: paths.issuingKey)

    let authority = try bench.open()
    let attempts: [() throws -> Void] = [
      { _ = try authority.renewRevocationList(at: AuthorityBench.now) },
      {
        _ = try authority.revoke(
          .nodeId(node.nodeId), reason: .keyCompromise, at: AuthorityBench.now)
      },
    ]
    for attempt in attempts {
      let error = try authorityError(attempt)
      guard case .ledger(.listRefused(paths.revocationList.path, .chain)) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(error?.exitCode == 70)
    }
    #expect(try Data(contentsOf: paths.revocationList) == published)
    #expect(try bench.reader().revokedCertificates().isEmpty)
    #expect(try bench.reader().record(.nodeId(node.nodeId))?.revocation == nil)
    let queue = try DatabaseQueue(path: bench.ledger.path)
    #expect(
      try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM revocation_lists") } == 1)
  }

  @Test func revokingWhatDoesNotExistIsAnError() throws {
    let bench = try AuthorityBench()
    let authority = try bench.open()
    let serial = try SerialNumber.random()
    let error = try authorityError {
      _ = try authority.revoke(.serial(serial), reason: .unspecified, at: AuthorityBench.now)
    }
    #expect(
      error
        == .ledger(
          .unknownCertificate(path: bench.ledger.path, name: "with serial \(serial)")))
    #expect(error?.exitCode == 65)
    #expect(try bench.reader().revokedCertificates().isEmpty)
    #expect(try bench.reader().listVerifier().revocationList?.number == 1)
  }

  @Test func expiredRevocationsLeaveTheListOnePeriodLater() throws {
    var profile = CertificateProfile()
    profile.nodeValidityDays = 1
    let bench = try AuthorityBench(profile: profile)
    let authority = try bench.open()
    let node = try bench.issue().node
    _ = try authority.revoke(
      .serial(node.serial), reason: .unspecified, at: AuthorityBench.now)
    func entries(_ days: Int64) throws -> Int {
      try authority.renewRevocationList(at: AuthorityBench.now.adding(seconds: days * 86_400))
        .entries.count
    }
    #expect(try entries(1) == 1)
    #expect(try entries(2) == 1)
    #expect(try entries(3) == 0)
  }

  private func mode(_ url: URL) throws -> Int? {
    let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue
  }
}
