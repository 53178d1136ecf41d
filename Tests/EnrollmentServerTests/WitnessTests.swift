import Admission
import CertificateAuthority
import Foundation
import Logging
import NIOPosix
import NodeCredentials
import Testing
import TransparencyLog

@testable import EnrollmentServer

/// The witness as a process of its own, and the authority's way to it.
@Suite struct WitnessTests {
  /// A log of single octets with its key, in memory.
  private final class Log: Sendable {
    let signer: LogSigner
    let origin: LogOrigin
    /// Every prefix of these is a tree.
    let entries: [[UInt8]]

    init(_ entries: [UInt8], key: borrowing PrivateKey) throws {
      origin = try LogOrigin("overlay.example/nodes")
      let copy = try PrivateKey(pem: key.pem())
      signer = try LogSigner(name: KeyName("overlay.example/nodes"), key: copy)
      self.entries = entries.map { [$0] }
    }

    var witnessed: WitnessedLog {
      get throws { try WitnessedLog(origin: origin, keys: [signer.verifierKey]) }
    }

    func note(_ size: Int) throws -> SignedNote {
      var edge = CompactRange()
      for entry in entries.prefix(size) { edge.append(.leaf(entry)) }
      return try signer.sign(Checkpoint(origin: origin, size: UInt64(size), root: edge.root))
    }

    func request(from old: Int, to size: Int) throws -> WitnessRequest {
      var frontier = TileFrontier()
      let tiles = frontier.append(entries.prefix(size).map { .leaf($0) })
      let files = Dictionary(uniqueKeysWithValues: tiles.map { ($0.coordinate, $0.hashes) })
      var tree = try TiledTree(size: UInt64(size)) { coordinate throws(TransparencyRejection) in
        guard let hashes = files[coordinate] else {
          throw .tile(path: coordinate.path, detail: "is not there")
        }
        return hashes
      }
      return try WitnessRequest(
        oldSize: UInt64(old), proof: tree.consistencyProof(from: UInt64(old)), note: note(size))
    }
  }

  private let scratch: ScratchDirectory
  private let directory: WitnessDirectory
  private let key: VerifierKey
  private let log: Log
  /// The same key signs another history from the third entry on.
  private let fork: Log

  init() throws {
    scratch = try ScratchDirectory()
    directory = WitnessDirectory(scratch.file("witness"))
    key = try directory.create(name: KeyName("witness.example"))
    let secret = try PrivateKey(generating: .ed25519)
    log = try Log([1, 2, 3, 4, 5], key: secret)
    fork = try Log([1, 2, 9, 4, 5], key: secret)
  }

  private func open() throws -> LogWitness {
    try LogWitness(opening: directory, logs: [log.witnessed])
  }

  private var evidence: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: directory.evidence.path).sorted()
    }
  }

  // MARK: state and evidence

  @Test func theKeyIsSecretAndAWitnessIsMadeOnce() throws {
    let attributes = try FileManager.default.attributesOfItem(atPath: directory.key.path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(try String(contentsOf: directory.verifierKey, encoding: .utf8) == "\(key)\n")
    #expect(throws: AuthorityError.alreadyExists(path: directory.url.path)) {
      try directory.create(name: KeyName("other"))
    }
    #expect(try open().verifierKey == key)
  }

  @Test func aKeyUnderAPassphraseNeedsIt() throws {
    let other = WitnessDirectory(scratch.file("sealed"))
    let line = Array("sesame".utf8)
    _ = try other.create(name: KeyName("w"), passphrase: Passphrase(firstLineOf: line))
    #expect(throws: AuthorityError.self) {
      try LogWitness(opening: other, logs: [log.witnessed])
    }
    _ = try LogWitness(
      opening: other, logs: [log.witnessed], passphrase: Passphrase(firstLineOf: line))
  }

  @Test func whatWasCosignedIsOnDiskBeforeTheAnswer() throws {
    do {
      let witness = try open()
      let first = try witness.decide(body: log.request(from: 0, to: 3).octets, time: 7)
      guard case .cosigned(let signature) = first.verdict else {
        Issue.record("\(first)")
        return
      }
      let stored = try WitnessState(octets: [UInt8](Data(contentsOf: directory.state)))
      #expect(stored == witness.state)
      #expect(stored.heads[log.origin]?.note.signatures.contains(signature) == true)
      #expect(try log.note(3).adding([signature]).signatures(by: [key]).first?.time == 7)
    }
    // Another process goes on where this one stopped.
    let witness = try open()
    let again = try witness.decide(body: log.request(from: 0, to: 5).octets, time: 8)
    #expect(again.verdict == .conflict(knownSize: 3))
    let next = try witness.decide(body: log.request(from: 3, to: 5).octets, time: 8)
    #expect(next.verdict.name == "cosigned")
    #expect(try evidence == [])
  }

  @Test func aForkIsRefusedAndKept() throws {
    let witness = try open()
    #expect(try witness.decide(log.request(from: 0, to: 3), time: 1).verdict.name == "cosigned")
    let state = try Data(contentsOf: directory.state)
    for _ in 0..<2 {
      let decision = try witness.decide(fork.request(from: 3, to: 3), time: 2)
      #expect(decision.verdict.name == "fork")
      #expect(decision.verdict.answer.status == 409)
      #expect(decision.evidence?.files.count == 2)
      let longer = try witness.decide(fork.request(from: 3, to: 5), time: 2)
      #expect(longer.verdict.name == "unprocessable")
      #expect(longer.verdict.answer.status == 422)
    }
    // One pair each, however often it is offered; both are signed by the log.
    let names = try evidence
    #expect(names.count == 4)
    #expect(names.filter { $0.hasPrefix("fork-3-3-") }.count == 2)
    #expect(names.filter { $0.hasPrefix("unproved-3-5-") }.count == 2)
    for name in names {
      let octets = try Data(contentsOf: directory.evidence.appendingPathComponent(name))
      let note = try SignedNote(octets: [UInt8](octets))
      #expect(try !note.signatures(by: [log.signer.verifierKey]).isEmpty)
    }
    // The true log goes on as if nothing had been.
    #expect(try Data(contentsOf: directory.state) == state)
    #expect(try witness.decide(log.request(from: 3, to: 5), time: 3).verdict.name == "cosigned")
  }

  @Test func strangersLeaveNothingBehind() throws {
    let witness = try open()
    let stranger = try Log([1, 2, 3], key: PrivateKey(generating: .ed25519))
    let state = try Data(contentsOf: directory.state)
    #expect(
      try witness.decide(stranger.request(from: 0, to: 3), time: 1).verdict.name == "forbidden")
    #expect(try witness.decide(body: Array("old x".utf8), time: 1).verdict.name == "bad-request")
    #expect(try Data(contentsOf: directory.state) == state)
    #expect(try evidence == [])
  }

  @Test func aStateThatCannotBeWrittenMeansNoCosignature() throws {
    let witness = try open()
    #expect(try witness.decide(log.request(from: 0, to: 2), time: 1).verdict.name == "cosigned")
    // A directory in the state's place cannot be replaced by a file.
    let aside = scratch.file("aside")
    try FileManager.default.moveItem(at: directory.state, to: aside)
    try FileManager.default.createDirectory(at: directory.state, withIntermediateDirectories: true)
    #expect(throws: AuthorityError.self) {
      try witness.decide(log.request(from: 2, to: 3), time: 2)
    }
    #expect(witness.state.heads[log.origin]?.checkpoint.size == 2)
    try FileManager.default.removeItem(at: directory.state)
    try FileManager.default.moveItem(at: aside, to: directory.state)
    #expect(try witness.decide(log.request(from: 2, to: 3), time: 3).verdict.name == "cosigned")
  }

  @Test func aWitnessThatForgotDoesNotStart() throws {
    do {
      let witness = try open()
      // Two processes would decide on two states.
      #expect(throws: AuthorityError.self) { try open() }
      _ = witness
    }
    let octets = [UInt8](try Data(contentsOf: directory.state))
    for count in 0..<octets.count {
      try Data(octets.prefix(count)).write(to: directory.state)
      #expect(throws: AuthorityError.self) { try open() }
    }
    try FileManager.default.removeItem(at: directory.state)
    #expect(throws: AuthorityError.self) { try open() }
  }

  // MARK: over HTTP

  /// Runs a witness's server.
  private func serve(
    _ witness: LogWitness, port: Int = 0,
    _ body: @Sendable (Int, LogLines) async throws -> Void
  ) async throws {
    let lines = LogLines()
    let (events, reporter) = AsyncStream.makeStream(of: EnrollmentServer.Event.self)
    let (stop, stopper) = AsyncStream.makeStream(of: Void.self)
    var settings = WitnessServer.Settings(
      endpoint: ServerSettings.Endpoint(ip: .v4(0x7F00_0001), port: port))
    settings.bodySeconds = 1
    settings.idleSeconds = 2
    let server = WitnessServer(
      witness, settings: settings, log: { lines.append($0) }, report: { reporter.yield($0) })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { reporter.finish() }
        try await server.run(until: { for await _ in stop { return } })
      }
      for await case .listening(let port, _) in events {
        do {
          try await body(port, lines)
        } catch {
          stopper.finish()
          try? await group.waitForAll()
          throw error
        }
        break
      }
      stopper.finish()
      try await group.waitForAll()
    }
  }

  private func client(_ port: Int, seconds: Int = 10) throws -> WitnessClient {
    WitnessClient(
      address: try #require(WitnessAddress("http://127.0.0.1:\(port)")), seconds: seconds)
  }

  @Test func theAnswersAreThoseOfTheSpecification() async throws {
    try await serve(open()) { port, lines in
      let client = try client(port)
      let stranger = try Log([1, 2, 3], key: PrivateKey(generating: .ed25519))
      let text = "text/plain; charset=utf-8"
      let cosigned = try await client.post(log.request(from: 0, to: 3).octets)
      #expect(cosigned.status == 200 && cosigned.contentType == text)
      let signatures = try NoteSignature.lines(cosigned.body)
      #expect(try !log.note(3).adding(signatures).signatures(by: [key]).isEmpty)
      let conflict = try await client.post(log.request(from: 0, to: 5).octets)
      #expect(conflict.status == 409 && conflict.contentType == "text/x.tlog.size")
      #expect(WitnessAnswer.conflictSize(body: conflict.body) == 3)
      #expect(try await client.post(fork.request(from: 3, to: 3).octets).status == 409)
      #expect(try await client.post(fork.request(from: 3, to: 5).octets).status == 422)
      #expect(try await client.post(stranger.request(from: 0, to: 3).octets).status == 403)
      #expect(try await client.post(Array("garbage".utf8)).status == 400)
      #expect(try await client.post([]).status == 400)
      let long = try await client.post(
        [UInt8](repeating: 0x41, count: WitnessRequest.octetsMax + 1))
      #expect(long.status == 413 && long.contentType == text)
      let errors = lines.all.filter { $0.contains("\"level\":\"error\"") }
      #expect(errors.count == 2)
      #expect(errors.first?.contains("the log signed two histories") == true)
      #expect(errors.first?.contains(directory.evidence.path) == true)
      let slow = try await blocking {
        let connection = try RawConnection(port: port)
        _ = connection.send("POST /add-checkpoint HTTP/1.1\r\nContent-Length: 9\r\n\r\nold")
        return try connection.receiveAll()
      }
      // Closed without an answer where all threads are busy; see `aBodyThatDoesNotComeIsCut`.
      #expect(slow.isEmpty || slow.hasPrefix("HTTP/1.1 408 ") && slow.contains("text/plain"))
      let lost = try await blocking {
        let connection = try RawConnection(port: port)
        _ = connection.send("GET /add-checkpoint HTTP/1.1\r\nConnection: close\r\n\r\n")
        return try connection.receiveAll()
      }
      #expect(lost.hasPrefix("HTTP/1.1 404 ") && lost.contains("text/plain"))
    }
  }

  @Test func aClientDoesNotWaitOrReadForEver() async throws {
    // A listener that takes connections and says nothing.
    let silent = try Listener()
    await #expect(throws: WitnessClient.Failure.self) {
      _ = try await client(silent.port, seconds: 1).post([1])
    }
    let talker = try Listener()
    let octets =
      "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
      + String(repeating: "a", count: 100_000)
    let thread = Thread { talker.answerOnce(octets) }
    thread.start()
    await #expect(throws: WitnessClient.Failure.self) {
      _ = try await client(talker.port, seconds: 20).post([1])
    }
    // Nobody listens.
    let gone = try Listener().port
    await #expect(throws: (any Error).self) { _ = try await client(gone).post([1]) }
    for url in [
      "http://witness.example", "ftp://127.0.0.1", "https://", "https://u:p@w.example", "x",
      "https://w.example/?a", "https://w.example/#a", "http://127.0.0.1:0", "http://127.0.0.1.evil",
      "https://w.example/a\r\nb", "http://127.0.0.1:99999", "",
    ] {
      #expect(WitnessAddress(url) == nil, "\(url)")
    }
    let address = try #require(WitnessAddress("https://w.example/prefix/"))
    #expect(address.path == "/prefix/add-checkpoint" && address.authority == "w.example")
    #expect(WitnessAddress("http://[::1]:8447")?.authority == "[::1]:8447")
  }

  // MARK: the authority's side

  /// An authority with some entries in its log.
  private struct Source {
    let url: URL
    let authority: OverlayAuthority
    let threads = NIOThreadPool(numberOfThreads: 1)
    let now = ServerBench.now()

    init(_ scratch: ScratchDirectory) throws {
      url = scratch.file("authority")
      try OverlayAuthority.create(
        at: url, overlay: OverlayName(ServerBench.overlay), profile: CertificateProfile(),
        policy: AdmissionPolicy(yaml: ServerBench.open, path: "policy.yaml"), now: now)
      authority = try OverlayAuthority(opening: url)
      threads.start()
    }

    func issue(_ count: Int) throws {
      for _ in 0..<count {
        _ = try authority.issue(
          address: try #require(NodeAddress("192.0.2.1:4000")), at: now)
      }
    }

    func liaison(_ port: Int, _ key: VerifierKey) throws -> (WitnessLiaison, WitnessPeer) {
      let address = try #require(WitnessAddress("http://127.0.0.1:\(port)"))
      let peer = try WitnessPeer(address: address, key: key)
      let liaison = WitnessLiaison(
        authority, peers: [peer], threads: threads, logger: .init(label: "test"))
      return (liaison, peer)
    }

    func published() throws -> (note: SignedNote, checkpoint: Checkpoint) {
      try authority.logFiles.signedCheckpoint()
    }
  }

  @Test func thePublishedCheckpointIsCosigned() async throws {
    let source = try Source(scratch)
    try source.issue(3)
    let logs = [
      try WitnessedLog(
        origin: LogOrigin("\(ServerBench.overlay)/nodes"),
        keys: [source.authority.logVerifierKey()])
    ]
    try await serve(LogWitness(opening: directory, logs: logs)) { port, _ in
      let (liaison, peer) = try source.liaison(port, key)
      #expect(try await liaison.update(peer))
      #expect(try await !liaison.update(peer))
      var published = try source.published()
      #expect(published.checkpoint.size == 3)
      #expect(try published.note.signatures(by: [key]).count == 1)
      // Publishing again, also by another process, does not lose the cosignature.
      try source.authority.publishLog()
      try OverlayAuthority(opening: source.url).publishLog()
      #expect(try source.published().note == published.note)
      // Growth replaces it, and the log stays whole without.
      try source.issue(300)
      published = try source.published()
      #expect(published.checkpoint.size == 303 && published.note.signatures.count == 1)
      #expect(try await liaison.update(peer))
      #expect(liaison.cosignedSizes.map(\.size) == [303])
      // A process that knows nothing learns the size from the conflict.
      try source.issue(1)
      let (fresh, _) = try source.liaison(port, key)
      #expect(fresh.cosignedSizes.map(\.size) == [0])
      #expect(try await fresh.update(peer))
      #expect(try source.published().note.signatures(by: [key]).count == 1)
      // Another key's cosignature is not taken.
      let other = WitnessDirectory(scratch.file("other"))
      let strange = try other.create(name: KeyName("witness.example"))
      try source.issue(1)
      let (deceived, victim) = try source.liaison(port, strange)
      await #expect(throws: WitnessLiaison.Refusal.self) { try await deceived.update(victim) }
      #expect(try source.published().note.signatures.count == 1)
    }
    #expect(try LedgerAudit(source.url, at: source.now).run { _, _ in }.finding == nil)
    try await source.threads.shutdownGracefully()
  }

  @Test func aLedgerThatWasSetBackIsTold() async throws {
    let source = try Source(scratch)
    try source.issue(2)
    let copy = scratch.file("copy")
    try FileManager.default.copyItem(at: source.url, to: copy)
    try source.issue(2)
    let logs = [
      try WitnessedLog(
        origin: LogOrigin("\(ServerBench.overlay)/nodes"),
        keys: [source.authority.logVerifierKey()])
    ]
    try await serve(LogWitness(opening: directory, logs: logs)) { port, lines in
      let (liaison, peer) = try source.liaison(port, key)
      #expect(try await liaison.update(peer))
      // The copy has forgotten two certificates, and then issues others in their place.
      let authority = try OverlayAuthority(opening: copy)
      let stale = WitnessLiaison(
        authority, peers: [peer], threads: source.threads, logger: .init(label: "test"))
      await #expect(throws: WitnessLiaison.Refusal.ahead(known: 4, size: 2)) {
        try await stale.update(peer)
      }
      for _ in 0..<2 {
        _ = try authority.issue(
          address: try #require(NodeAddress("192.0.2.9:4000")), at: source.now)
      }
      await #expect(throws: WitnessLiaison.Refusal.self) { try await stale.update(peer) }
      #expect(lines.all.contains { $0.contains("the log signed two histories") })
      #expect(try evidence.count == 2)
    }
    try await source.threads.shutdownGracefully()
  }
}

/// A socket that listens and, unless told otherwise, says nothing.
final class Listener: Sendable {
  private let descriptor: Int32
  let port: Int

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        guard bind(descriptor, $0, length) == 0, listen(descriptor, 8) == 0 else {
          return Int32(-1)
        }
        return getsockname(descriptor, $0, &length)
      }
    }
    guard status == 0 else { throw RawConnection.Failure.socket(errno) }
    port = Int(in_port_t(bigEndian: address.sin_port))
  }

  deinit { close(descriptor) }

  /// Takes one connection, says something, and leaves it open.
  func answerOnce(_ text: String) {
    let connection = accept(descriptor, nil, nil)
    let octets = Array(text.utf8)
    _ = send(connection, octets, octets.count, Int32(MSG_NOSIGNAL))
  }
}
