import CertificateAuthority
import Foundation
import NodeCredentials
import RingIdentifiers
import Testing

@Suite struct LedgerReaderTests {
  @Test func nodesAreVerifiedSortedAndCounted() async throws {
    var profile = CertificateProfile()
    profile.nodeValidityDays = 10
    let bench = try AuthorityBench(profile: profile)
    let authority = try bench.open()
    let later = AuthorityBench.now.adding(seconds: 20 * 86_400)
    for index in 1...3 {
      _ = try authority.issue(
        address: AuthorityBench.address("192.0.2.\(index):1"), at: AuthorityBench.now)
    }
    var young: [IssuedNode] = []
    for index in 1...5 {
      young.append(
        try authority.issue(address: AuthorityBench.address("[2001:db8::\(index)]:1"), at: later))
    }
    for issued in young.prefix(2) {
      _ = try authority.revoke(.serial(issued.node.serial), reason: .keyCompromise, at: later)
    }
    let reader = try bench.reader()
    #expect(reader.overlay == "overlay.example")
    let found = try await reader.verifiedNodes(at: later)
    #expect(found.nodes == young.dropFirst(2).map(\.node).sorted { $0.nodeId < $1.nodeId })
    #expect(found.revokedCount == 2)
    #expect(found.expiredCount == 3)
    // At the beginning the young are not valid yet, and the revoked stay revoked.
    let early = try await reader.verifiedNodes(at: AuthorityBench.now)
    #expect(early.nodes.count == 3)
    #expect(early.expiredCount + early.revokedCount == 5)
  }

  @Test func theNumberOfWorkersChangesNothing() async throws {
    let bench = try AuthorityBench()
    _ = try await bench.open().issueBulk(BulkRequest(count: 600), at: AuthorityBench.now)
    let reader = try bench.reader()
    let one = try await reader.verifiedNodes(at: AuthorityBench.now, workerCount: 1)
    let three = try await reader.verifiedNodes(at: AuthorityBench.now, workerCount: 3)
    #expect(one.nodes.count == 600)
    #expect(one.nodes == three.nodes)
  }

  @Test func aDirectoryWithoutAnAuthoritySaysWhatIsMissing() throws {
    let scratch = try ScratchDirectory()
    let error = try ledgerError { _ = try LedgerReader(directory: scratch.url) }
    #expect(error == .notAnAuthority(path: scratch.url.path, missing: "ledger.sqlite"))
    #expect(error?.exitCode == 65)
    #expect(error?.description.contains("redoubt ca init") == true)
    let nowhere = scratch.file("nowhere")
    #expect(
      try ledgerError { _ = try LedgerReader(directory: nowhere) }
        == .notAnAuthority(path: nowhere.path, missing: "ledger.sqlite"))
    let bench = try AuthorityBench()
    try FileManager.default.removeItem(at: AuthorityDirectory(bench.url).issuingCertificate)
    #expect(
      try ledgerError { _ = try bench.reader() }
        == .notAnAuthority(path: bench.url.path, missing: "issuing.crt"))
  }

  @Test func aMissingListIsMadeAnewAndNotTheAuthority() throws {
    let bench = try AuthorityBench()
    try FileManager.default.removeItem(at: AuthorityDirectory(bench.url).revocationList)
    let error = try ledgerError { _ = try bench.reader().listVerifier() }
    #expect(error == .notAnAuthority(path: bench.url.path, missing: "issuing.crl"))
    #expect(error?.description.contains("redoubt ca crl --directory \(bench.url.path)") == true)
    #expect(error?.description.contains("init") == false)
    _ = try bench.open().renewRevocationList(at: AuthorityBench.now)
    #expect(throws: Never.self) { try bench.reader().listVerifier() }
  }

  @Test func anotherOverlayIsNamed() throws {
    let bench = try AuthorityBench()
    let error = try ledgerError {
      _ = try LedgerReader(directory: bench.url, expecting: "other.example")
    }
    #expect(
      error
        == .foreignOverlay(
          path: bench.url.path, expected: "other.example", found: "overlay.example"))
    #expect(throws: Never.self) {
      try LedgerReader(directory: bench.url, expecting: "overlay.example")
    }
  }

  @Test func aLedgerOfAnotherAuthorityIsNotTakenOver() throws {
    let bench = try AuthorityBench()
    let stranger = try AuthorityBench(overlay: "other.example")
    let namesake = try AuthorityBench()
    try replace(bench.ledger, by: stranger.ledger)
    #expect(
      try ledgerError { _ = try bench.reader() }
        == .foreignOverlay(
          path: bench.ledger.path, expected: "overlay.example", found: "other.example"))
    try replace(bench.ledger, by: namesake.ledger)
    guard case .damaged = try ledgerError({ _ = try bench.reader() }) else {
      Issue.record("the ledger of a namesake was accepted")
      return
    }
  }

  @Test func aTruncatedLedgerIsDamagedWhereverItIsCut() async throws {
    let bench = try AuthorityBench()
    _ = try await bench.open().issueBulk(BulkRequest(count: 40), at: AuthorityBench.now)
    let whole = try Data(contentsOf: bench.ledger)
    for count in stride(from: 0, to: whole.count, by: max(1, whole.count / 60)) {
      try whole.prefix(count).write(to: bench.ledger)
      let error = try ledgerError { _ = try bench.reader() }
      guard case .damaged(let path, _) = error else {
        Issue.record("cut to \(count) of \(whole.count): \(String(describing: error))")
        continue
      }
      #expect(path == bench.ledger.path)
      #expect(error?.exitCode == 65)
    }
    try whole.write(to: bench.ledger)
    #expect(try await bench.reader().verifiedNodes(at: AuthorityBench.now).nodes.count == 40)
  }

  @Test func overwrittenPagesAreNoticed() async throws {
    let bench = try AuthorityBench()
    _ = try await bench.open().issueBulk(BulkRequest(count: 40), at: AuthorityBench.now)
    let whole = try Data(contentsOf: bench.ledger)
    for page in 1..<whole.count / 4_096 {
      var spoilt = whole
      spoilt.replaceSubrange(
        page * 4_096..<page * 4_096 + 64, with: Data(repeating: 0xA5, count: 64))
      try spoilt.write(to: bench.ledger)
      let error = try await laterError(bench)
      #expect(error != nil, "page \(page)")
    }
  }

  /// Columns that a reader looks at, each with NULL and with values of another kind.
  static let foreignValues: [(String, String, String)] = [
    ("authority", ["schema_version", "overlay", "log_key"]),
    ("issuers", ["number", "der"]),
    ("reservations", ["serial", "node_id"]),
    ("certificates", ["position", "issuer", "address", "not_before", "not_after", "der"]),
    ("events", ["at", "reason"]),
  ].flatMap { table, columns in
    columns.flatMap { column in
      ["NULL", "'x'", "x'FF'", "1e300"].map { (table, column, $0) }
    }
  }

  @Test(arguments: foreignValues)
  func foreignRowsAreDamageAndNeverATrap(
    _ place: (table: String, column: String, value: String)
  ) async throws {
    let bench = try AuthorityBench()
    let issued = try bench.issue()
    _ = try bench.issue()
    _ = try bench.open().revoke(
      .serial(issued.node.serial), reason: .superseded, at: AuthorityBench.now)
    try bench.rebuild(place.table, setting: place.column, to: place.value)
    var errors: [LedgerError] = []
    func attempt(_ body: () throws -> Void) throws {
      if let error = try ledgerError(body) { errors.append(error) }
    }
    try attempt { _ = try bench.reader().records(after: 0) }
    try attempt { _ = try bench.reader().recordsWithCertificates(after: 0) }
    try attempt { _ = try bench.reader().record(.serial(issued.node.serial)) }
    try attempt { _ = try bench.reader().revokedCertificates() }
    try attempt { _ = try bench.reader().burntNodeIds() }
    try attempt { _ = try bench.reader().certificateCount() }
    if let error = try await laterError(bench) { errors.append(error) }
    #expect(errors.allSatisfy { $0.exitCode == 65 }, "\(errors)")
    if place.value == "NULL" {
      let isNamed = errors.contains { $0.description.contains("\(place.column) has no value") }
      #expect(isNamed, "\(errors)")
    }
  }

  @Test(arguments: [("number", "NULL"), ("number", "-1"), ("der", "NULL"), ("der", "'x'")])
  func aForeignRevocationListIsDamage(_ place: (column: String, value: String)) throws {
    let bench = try AuthorityBench()
    try bench.rebuild("revocation_lists", setting: place.column, to: place.value)
    let authority = try bench.open()
    let issued = try authority.issue(
      address: AuthorityBench.address(), at: AuthorityBench.now)
    // What counts is that nothing traps; a fresh list may well take the place of the bad one.
    let error = try authorityError {
      _ = try authority.revoke(
        .serial(issued.node.serial), reason: .superseded, at: AuthorityBench.now)
      try bench.rebuild("revocation_lists", setting: place.column, to: place.value)
      _ = try authority.revoke(
        .serial(issued.node.serial), reason: .superseded, at: AuthorityBench.now)
    }
    guard case .ledger = error else {
      Issue.record("\(place): \(String(describing: error))")
      return
    }
  }

  @Test func theLastNumberOfARevocationListIsNotPassed() throws {
    let bench = try AuthorityBench()
    try bench.rebuild("revocation_lists", setting: "number", to: "\(Int64.max)")
    let authority = try bench.open()
    let error = try authorityError {
      _ = try authority.renewRevocationList(at: AuthorityBench.now)
    }
    guard case .ledger(.damaged) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func anExchangedCertificateIsRefusedByName() async throws {
    let bench = try AuthorityBench()
    let stranger = try AuthorityBench()
    let node = try bench.issue().node
    let foreign = try stranger.issue()
    try bench.withoutTriggers(
      "UPDATE certificates SET der = x'\(Hexadecimal.text(foreign.certificate))'")
    let error = try await laterError(bench)
    guard case .refused(_, let serial, let rejection) = error else {
      Issue.record("accepted: \(String(describing: error))")
      return
    }
    #expect(serial == node.serial)
    #expect(rejection.name == "chain")
    #expect(error?.exitCode == 65)
  }

  @Test func anExchangedNodeIdIsRefused() async throws {
    let bench = try AuthorityBench()
    _ = try bench.issue()
    try bench.withoutTriggers("UPDATE reservations SET node_id = zeroblob(20)")
    guard case .refused(_, _, .nodeIdMismatch) = try await laterError(bench) else {
      Issue.record("a nodeId that the certificate does not name was accepted")
      return
    }
  }

  @Test func aReadOnlyDirectoryCanBeRead() async throws {
    let bench = try AuthorityBench()
    _ = try bench.issue()
    let manager = FileManager.default
    try manager.setAttributes([.posixPermissions: 0o444], ofItemAtPath: bench.ledger.path)
    try manager.setAttributes([.posixPermissions: 0o555], ofItemAtPath: bench.url.path)
    defer { try? manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: bench.url.path) }
    #expect(try await bench.reader().verifiedNodes(at: AuthorityBench.now).nodes.count == 1)
  }

  @Test func recordsAreFoundByBothNames() throws {
    let bench = try AuthorityBench()
    let issued = try bench.issue("[2001:db8::1]:99")
    let reader = try bench.reader()
    let record = try #require(try reader.record(.serial(issued.node.serial)))
    #expect(try reader.record(.nodeId(issued.node.nodeId)) == record)
    #expect(record.der == issued.certificate)
    #expect(record.address == "[2001:db8::1]:99")
    #expect(record.status(at: AuthorityBench.now) == .active)
    #expect(record.status(at: AuthorityBench.moment(2028)) == .expired)
    #expect(record.status(at: AuthorityBench.moment(2025)) == .notYetValid)
    #expect(try reader.record(.nodeId(NodeId.assigned())) == nil)
    #expect(try reader.record(.serial(SerialNumber.random())) == nil)
  }

  private func laterError(_ bench: AuthorityBench) async throws -> LedgerError? {
    do {
      _ = try await bench.reader().verifiedNodes(at: AuthorityBench.now)
      return nil
    } catch let error as LedgerError {
      return error
    }
  }

  private func replace(_ url: URL, by other: URL) throws {
    try FileManager.default.removeItem(at: url)
    try FileManager.default.copyItem(at: other, to: url)
  }
}
