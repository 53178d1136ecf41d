import CertificateAuthority
import Foundation
import NodeCredentials
import RingIdentifiers
import Testing
import TransparencyLog

/// The transparency log: proofs for strangers, and the static files that follow from the ledger.
@Suite struct LogTests {
  private static let now = EnrollmentBench.now

  /// All files below the log's directory by path.
  private func files(_ bench: AuthorityBench) throws -> [String: Data] {
    let root = AuthorityDirectory(bench.url).log
    let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
    var files: [String: Data] = [:]
    for name in names {
      var isDirectory: ObjCBool = false
      let url = root.appendingPathComponent(name)
      _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory)
      if !isDirectory.boolValue { files[name] = try Data(contentsOf: url) }
    }
    return files
  }

  /// What the log of these entries looks like, made without the ledger.
  private func expected(_ entries: [[UInt8]]) throws -> [String: Data] {
    var frontier = TileFrontier()
    var files: [String: Data] = [:]
    for tile in frontier.append(entries.map { MerkleHash.leaf($0) }) {
      files[tile.coordinate.path] = Data(tile.octets)
    }
    let layout = try #require(TileLayout(size: UInt64(entries.count)))
    for coordinate in layout.tiles(since: 0) where coordinate.kind == .entries {
      let start = Int(coordinate.index) * TileCoordinate.fullWidth
      files[coordinate.path] = Data(
        try EntryBundle.encode(Array(entries[start..<(start + coordinate.width)])))
    }
    return files
  }

  private func entries(_ bench: AuthorityBench) throws -> [[UInt8]] {
    try bench.reader().recordsWithCertificates(after: 0, limit: 10_000)
      .sorted { $0.position < $1.position }.map(\.der)
  }

  private func published(_ bench: AuthorityBench) throws -> Checkpoint {
    let octets = try LogFiles(AuthorityDirectory(bench.url).log).checkpoint()
    return try Checkpoint(text: SignedNote(octets: octets).text)
  }

  // MARK: proofs

  @Test func aReceiptProvesItselfOffline() throws {
    let bench = try EnrollmentBench(accounts: ["alice": 99])
    var receipts: [EnrollmentReceipt] = []
    for count in [1, 2, 5, 1] {
      let group = try bench.enroll((0..<count).map { _ in try bench.wish() }).flatMap(\.receipts)
      receipts += group
      // Nothing has been published: the receipt alone suffices.
      for receipt in group {
        #expect(try bench.bench.verify(receipt).size == UInt64(receipts.count))
      }
    }
    let strangers = try EnrollmentBench(accounts: ["alice": 9])
    let foreign = try strangers.issue(strangers.wish())
    #expect(throws: TransparencyRejection.self) { try bench.bench.verify(foreign) }
    // A proof is for one certificate, whole and unchanged.
    let (one, two) = (receipts[1], receipts[2])
    func mixed(_ certificate: [UInt8], _ proof: String) throws {
      let key = try VerifierKey(bench.bench.reader().logKey)
      let policy = try LogPolicy(origin: LogOrigin("overlay.example/nodes"), logKeys: [key])
      _ = try LogProof(octets: Array(proof.utf8)).verify(entry: certificate, policy: policy)
    }
    #expect(throws: Never.self) { try mixed(one.certificate, one.proof) }
    #expect(throws: TransparencyRejection.self) { try mixed(one.certificate, two.proof) }
    #expect(throws: TransparencyRejection.self) {
      try mixed(Array(one.certificate.dropLast()), one.proof)
    }
  }

  @Test func theReaderProvesOldAndNewCertificates() async throws {
    let bench = try AuthorityBench()
    let authority = try bench.open()
    let first = try authority.issue(address: AuthorityBench.address(), at: Self.now)
    _ = try await authority.issueBulk(BulkRequest(count: 300), at: Self.now)
    let last = try authority.issue(address: AuthorityBench.address(), at: Self.now)
    let reader = try bench.reader()
    let policy = try reader.logPolicy()
    for (node, index) in [(first, UInt64(0)), (last, 301)] {
      for name in [CertificateName.serial(node.node.serial), .nodeId(node.node.nodeId)] {
        let proof = try reader.logProof(name)
        #expect(proof.inclusion.index == index)
        let verified = try LogProof(octets: proof.octets)
          .verify(entry: node.certificate, policy: policy)
        #expect(verified.checkpoint.size == 302)
      }
    }
    let unknown = try NodeId.assigned()
    let error = try ledgerError { _ = try reader.logProof(.nodeId(unknown)) }
    guard case .unknownCertificate = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func whatIsNotPublishedYetIsSaidToBeSo() throws {
    let bench = try EnrollmentBench(accounts: ["alice": 9])
    let receipt = try bench.issue(bench.wish())
    let error = try ledgerError {
      _ = try bench.bench.reader().logProof(.serial(receipt.serial))
    }
    guard case .damaged = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try bench.authority.publishLog() == 1)
    #expect(throws: Never.self) { try bench.bench.reader().logProof(.serial(receipt.serial)) }
    // A renewal is a leaf of its own; the nodeId means the newest.
    let renewed = try bench.issue(bench.wish(renewing: receipt.nodeId))
    try bench.authority.publishLog()
    let reader = try bench.bench.reader()
    #expect(try reader.logProof(.nodeId(receipt.nodeId)).inclusion.index == 1)
    #expect(try reader.logProof(.serial(receipt.serial)).inclusion.index == 0)
    #expect(renewed.serial != receipt.serial)
  }

  // MARK: files

  @Test func anEmptyLogIsACheckpointAlone() throws {
    let bench = try AuthorityBench()
    #expect(try files(bench).keys.sorted() == ["checkpoint"])
    #expect(try published(bench).size == 0)
    #expect(try published(bench).root == .emptyTree)
  }

  /// One authority grows through all of these sizes, published at each.
  @Test func theFilesAreThoseOfTheCertificates() async throws {
    let bench = try AuthorityBench()
    let authority = try bench.open()
    var size = 0
    for next in [1, 3, 255, 256, 257, 511, 513, 600] {
      _ = try await authority.issueBulk(BulkRequest(count: next - size), at: Self.now)
      size = next
      var found = try files(bench)
      #expect(found.removeValue(forKey: "checkpoint") != nil)
      let entries = try entries(bench)
      let expected = try expected(entries)
      // Partial tiles of sizes that were published before stay until their tile is full.
      for (path, octets) in expected { #expect(found[path] == octets, "\(path) at \(size)") }
      for path in found.keys where expected[path] == nil {
        let coordinate = try #require(TileCoordinate(path: path))
        #expect(coordinate.isPartial && expected[coordinate.full.path] == nil, "\(path) at \(size)")
      }
      let checkpoint = try published(bench)
      #expect(checkpoint.size == UInt64(size))
      var edge = CompactRange()
      for entry in entries { edge.append(.leaf(entry)) }
      #expect(checkpoint.root == edge.root)
      #expect(try bench.audit().finding == nil)
    }
  }

  @Test func partialTilesGoWhenTheirTileIsFull() async throws {
    let bench = try AuthorityBench()
    let authority = try bench.open()
    _ = try await authority.issueBulk(BulkRequest(count: 255), at: Self.now)
    #expect(try files(bench).keys.contains("tile/0/000.p/255"))
    _ = try authority.issue(address: AuthorityBench.address(), at: Self.now)
    let partial = try files(bench).keys.filter { $0.contains(".p/") }
    #expect(partial == ["tile/1/000.p/1"])
    // A reader that still knows of the partial tile finds its hashes in the full one.
    let logFiles = LogFiles(AuthorityDirectory(bench.url).log)
    let old = try #require(TileCoordinate(.hashes(level: 0), index: 0, width: 255))
    #expect(try logFiles.tile(old) == Array(logFiles.tile(old.full).prefix(255)))
    let bundle = try #require(TileCoordinate(.entries, index: 0, width: 255))
    #expect(try logFiles.entries(bundle) == Array(logFiles.entries(bundle.full).prefix(255)))
  }

  /// Removed whole, in part, or changed: published again, by this process or another, the files
  /// are what they were.
  @Test(arguments: ["", "checkpoint", "tile/0", "tile/entries", "tile/0/001.p", "tile/1"])
  func lostFilesComeBackTheSame(_ lost: String) async throws {
    let bench = try AuthorityBench()
    let authority = try bench.open()
    _ = try await authority.issueBulk(BulkRequest(count: 300), at: Self.now)
    let before = try files(bench)
    let log = AuthorityDirectory(bench.url).log
    for isOld in [true, false] {
      try FileManager.default.removeItem(
        at: lost.isEmpty ? log : log.appendingPathComponent(lost))
      // The loss of old bundles and tiles is for the audit to find; without a checkpoint everything
      // is written anew.
      if lost == "tile/entries" {
        try FileManager.default.removeItem(at: log.appendingPathComponent("checkpoint"))
      }
      #expect(try (isOld ? authority : bench.open()).publishLog() == 300)
      #expect(try files(bench) == before, "\(lost) \(isOld)")
    }
    #expect(try bench.audit().finding == nil)
  }

  @Test func theFilesOfAnotherLogAreOverwritten() async throws {
    let bench = try AuthorityBench()
    let stranger = try AuthorityBench()
    _ = try await bench.open().issueBulk(BulkRequest(count: 20), at: Self.now)
    _ = try await stranger.open().issueBulk(BulkRequest(count: 20), at: Self.now)
    let before = try files(bench)
    let (ours, theirs) = (AuthorityDirectory(bench.url).log, AuthorityDirectory(stranger.url).log)
    try FileManager.default.removeItem(at: ours)
    try FileManager.default.copyItem(at: theirs, to: ours)
    #expect(try bench.audit().finding?.check == "log files")
    #expect(try bench.open().publishLog() == 20)
    #expect(try files(bench) == before)
  }

  // MARK: several at once

  @Test func severalProcessesPublishOneLog() async throws {
    let bench = try AuthorityBench()
    let url = bench.url
    let authorities = try (0..<3).map { _ in try bench.open(wait: 60) }
    let log = LogFiles(AuthorityDirectory(url).log)
    let isDone = Counter()
    async let sizes = Task.detached {
      // The published checkpoint never goes back, and its tiles are always there.
      var last: UInt64 = 0
      var isMonotonic = true
      while isDone.value < 3 {
        let note = try SignedNote(octets: log.checkpoint())
        let checkpoint = try Checkpoint(text: note.text)
        isMonotonic = isMonotonic && checkpoint.size >= last
        last = checkpoint.size
        var tree = try TiledTree(size: checkpoint.size, source: log.tile)
        #expect(try tree.root() == checkpoint.root)
        await Task.yield()
      }
      return isMonotonic
    }.value
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, authority) in authorities.enumerated() {
        group.addTask {
          defer { _ = isDone.next() }
          for round in 0..<12 {
            let address = try AuthorityBench.address("10.1.\(index).\(round + 1):1")
            _ = try authority.issue(address: address, at: Self.now)
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await sizes)
    #expect(try published(bench).size == 36)
    #expect(try bench.audit().finding == nil)
    let expected = try expected(entries(bench))
    let found = try files(bench)
    for (path, octets) in expected { #expect(found[path] == octets, "\(path)") }
  }
}
