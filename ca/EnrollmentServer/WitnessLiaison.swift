import CertificateAuthority
import Foundation
import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization
import TransparencyLog

/// Has the published log cosigned: sends each witness the newest checkpoint, and publishes what it
/// answers. Enrollment never waits for it.
final class WitnessLiaison: Service {
  /// Why a witness did not cosign.
  enum Refusal: Error, CustomStringConvertible, Equatable {
    /// It knows a longer log than this one, or another one: look at once.
    case ahead(known: UInt64, size: UInt64)
    case refused(status: Int, text: String)
    case cosignature(String)

    var description: String {
      switch self {
      case .ahead(let known, let size):
        "it cosigned size \(known) and the log has size \(size): this ledger lost entries, or "
          + "another one signs with its key"
      case .refused(let status, let text): "status \(status): \(text)"
      case .cosignature(let detail): "its cosignature is not good: \(detail)"
      }
    }
  }

  /// The longest pause after failures.
  private static let pauseMax = 60

  private let authority: OverlayAuthority
  private let peers: [WitnessPeer]
  private let threads: NIOThreadPool
  private let logger: Logger
  private let seconds: Int
  private let sizes: Mutex<[WitnessPeer: UInt64]>

  /// - Parameters:
  ///   - threads: for what touches the disk.
  ///   - seconds: that one answer may take.
  init(
    _ authority: OverlayAuthority, peers: [WitnessPeer], threads: NIOThreadPool, logger: Logger,
    seconds: Int = 10
  ) {
    self.authority = authority
    self.peers = peers
    self.threads = threads
    self.logger = logger
    self.seconds = seconds
    sizes = Mutex([:])
  }

  /// The size that each witness cosigned last, as far as this process knows.
  var cosignedSizes: [(peer: WitnessPeer, size: UInt64)] {
    let sizes = sizes.withLock { $0 }
    return peers.map { ($0, sizes[$0] ?? 0) }
  }

  /// Follows the log; a slow witness holds up no other one.
  func run() async throws {
    // A service that ends by itself takes the whole server with it.
    if peers.isEmpty { return try await gracefulShutdown() }
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        for peer in self.peers { group.addTask { await self.follow(peer) } }
      }
    }
  }

  private func follow(_ peer: WitnessPeer) async {
    var failures = 0
    while !Task.isCancelled {
      let facts: Logger.Metadata = ["witness": "\(peer.key.name)", "url": "\(peer.address)"]
      do {
        let isNew = try await update(peer)
        if failures > 0 { logger.notice("a witness is back", metadata: facts) }
        failures = 0
        if isNew { logger.debug("cosigned", metadata: facts) }
      } catch {
        if Task.isCancelled { return }
        failures += 1
        let level: Logger.Level = if case Refusal.ahead = error { .error } else { .warning }
        logger.log(
          level: level, "a witness did not cosign",
          metadata: facts.merging(["error": "\(error)", "failures": "\(failures)"]) { $1 })
      }
      let pause = min(1 << min(failures, 6), Self.pauseMax)
      try? await Task.sleep(for: .seconds(pause))
    }
  }

  /// Has one witness cosign what is published, if it has not yet; false when nothing was to do.
  /// - Throws: `Refusal`, `WitnessClient.Failure`, `AuthorityError`, or what the network says.
  func update(_ peer: WitnessPeer) async throws -> Bool {
    let authority = authority
    let (note, checkpoint) = try await threads.runIfActive {
      try authority.logFiles.signedCheckpoint()
    }
    if (try? note.signatures(by: [peer.key]).isEmpty) == false {
      sizes.withLock { $0[peer] = checkpoint.size }
      return false
    }
    let known = min(sizes.withLock { $0[peer] ?? 0 }, checkpoint.size)
    var answer = try await ask(peer, note, from: known)
    if answer.status == 409, let size = WitnessAnswer.conflictSize(body: answer.body) {
      guard size <= checkpoint.size else {
        throw Refusal.ahead(known: size, size: checkpoint.size)
      }
      answer = try await ask(peer, note, from: size)
    }
    guard answer.status == 200 else {
      let text = String(decoding: answer.body.prefix(200), as: UTF8.self)
      throw Refusal.refused(
        status: answer.status, text: text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    let cosignatures: [NoteSignature]
    do {
      let log = try authority.logVerifierKey()
      let theirs = try note.keeping([log]).adding(NoteSignature.lines(answer.body))
        .keeping([peer.key])
      guard try !theirs.signatures(by: [peer.key]).isEmpty else {
        throw Refusal.cosignature("no line by \(peer.key.name)")
      }
      // One line is enough, whatever else a witness sends.
      cosignatures = Array(theirs.signatures.prefix(1))
    } catch let error as TransparencyRejection {
      throw Refusal.cosignature("\(error)")
    }
    sizes.withLock { $0[peer] = checkpoint.size }
    return try await threads.runIfActive { try authority.publish(cosignatures, of: checkpoint) }
  }

  private func ask(
    _ peer: WitnessPeer, _ note: SignedNote, from size: UInt64
  ) async throws -> WitnessClient.Answer {
    let authority = authority
    let body = try await threads.runIfActive {
      // Others' cosignatures are none of this witness's business.
      try authority.logFiles.witnessRequest(
        note.keeping([authority.logVerifierKey()]), from: size
      ).octets
    }
    return try await WitnessClient(address: peer.address, seconds: seconds).post(body)
  }
}
