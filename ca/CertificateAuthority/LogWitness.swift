public import Foundation
public import NodeCredentials
import Synchronization
public import TransparencyLog

/// Two checkpoints of one log that contradict each other, as they were kept.
public struct WitnessEvidence: Hashable, Sendable {
  /// Which log signed both.
  public let origin: LogOrigin
  /// The size that was cosigned before.
  public let knownSize: UInt64
  /// The size that was offered.
  public let offeredSize: UInt64
  /// The files; empty when the directory holds as many as it may.
  public let files: [URL]
}

/// What a witness decided, and what it kept.
public struct WitnessDecision: Sendable {
  /// The verdict; a cosignature in it is stored and may leave.
  public let verdict: WitnessVerdict
  /// The log that was asked about; nil when the request could not be read.
  public let origin: LogOrigin?
  /// Not nil when the log contradicted itself, or did not show that it does not.
  public let evidence: WitnessEvidence?
}

/// A witness at work: decides, stores, and only then gives the cosignature out.
///
/// One process at a time works in a directory, and within it one request at a time.
public final class LogWitness: Sendable {
  /// The directory.
  public let directory: WitnessDirectory
  private let cosigner: Cosigner
  private let witness: Mutex<Witness>
  /// Holds the lock for as long as it is open.
  private let lock: FileHandle

  /// More pairs of checkpoints are not kept: who holds a log's key could fill the disk.
  static let evidenceMax = 1_000

  /// Opens a witness of these logs.
  /// - Throws: `.io` when another process works in the directory or a file cannot be read,
  ///   `.invalid` for a state that cannot be read or a log that is listed twice, `.key`.
  public init(
    opening directory: WitnessDirectory, logs: [WitnessedLog],
    passphrase: borrowing Passphrase? = nil
  ) throws(AuthorityError) {
    self.directory = directory
    lock = try LogWitness.lock(directory.lock)
    let text = try AuthorityFile.read(directory.verifierKey)
    var pem = try AuthorityFile.read(directory.key)
    defer { Passphrase.wipe(&pem) }
    let key = try AuthorityKeys.key(pem, passphrase, path: directory.key.path)
    var path = directory.verifierKey.path
    do {
      let line = String(decoding: text, as: UTF8.self).prefix { !$0.isNewline }
      let verifier = try VerifierKey(String(line))
      cosigner = try Cosigner(name: verifier.name, key: key)
      guard cosigner.verifierKey == verifier else {
        throw TransparencyRejection.policy("it is not the public half of witness.key")
      }
      path = directory.state.path
      let state = try WitnessState(octets: try AuthorityFile.read(directory.state))
      path = directory.url.path
      witness = Mutex(try Witness(logs: logs, state: state))
    } catch let error as AuthorityError {
      throw error
    } catch {
      throw .invalid(path: path, line: nil, detail: "\(error)")
    }
  }

  /// The key that verifies the cosignatures.
  public var verifierKey: VerifierKey { cosigner.verifierKey }

  /// What was cosigned last, by log.
  public var state: WitnessState { witness.withLock { $0.state } }

  /// Decides about the body of a request. A cosignature is given only once it is on disk.
  /// - Parameter time: now, in seconds since 1970.
  /// - Throws: `.io`, `.cannotCreate` or `.cryptography`; nothing was then cosigned.
  public func decide(body: [UInt8], time: UInt64) throws(AuthorityError) -> WitnessDecision {
    let request: WitnessRequest
    do {
      request = try WitnessRequest(octets: body)
    } catch {
      return WitnessDecision(verdict: .badRequest(error), origin: nil, evidence: nil)
    }
    return try decide(request, time: time)
  }

  /// Decides about a request; see `decide(body:time:)`.
  public func decide(
    _ request: WitnessRequest, time: UInt64
  ) throws(AuthorityError) -> WitnessDecision {
    try witness.withLock { (witness) throws(AuthorityError) in
      var next = witness
      let verdict: WitnessVerdict
      do {
        verdict = try next.decide(request, time: max(1, time), cosigner: cosigner)
      } catch {
        throw .invalid(path: directory.url.path, line: nil, detail: "\(error)")
      }
      if case .cosigned = verdict {
        try AuthorityFile.write(next.state.octets, to: directory.state, .published)
        witness = next
      }
      return WitnessDecision(
        verdict: verdict, origin: request.checkpoint.origin,
        evidence: try evidence(verdict, request, witness))
    }
  }

  // MARK: evidence

  private func evidence(
    _ verdict: WitnessVerdict, _ request: WitnessRequest, _ witness: Witness
  ) throws(AuthorityError) -> WitnessEvidence? {
    let kind: String
    switch verdict {
    case .fork: kind = "fork"
    case .unprocessable: kind = "unproved"
    default: return nil
    }
    let checkpoint = request.checkpoint
    guard let known = witness.state.heads[checkpoint.origin],
      let log = witness.logs[checkpoint.origin]
    else { return nil }
    // Without lines by others, which anybody could add to have one checkpoint kept many times.
    let offered = request.note.keeping(log.keys)
    let digest = try signing { () throws(OpenSSLError) in try Digest.sha256(offered.text) }
    let mark = Hexadecimal.text(Array(digest.prefix(8)))
    let stem = "\(kind)-\(known.checkpoint.size)-\(checkpoint.size)-\(mark)"
    let pair = [("known", known.note), ("offered", offered)].map { name, note in
      (directory.evidence.appendingPathComponent("\(stem).\(name)"), note)
    }
    var files: [URL] = []
    if isRoomForEvidence(pair[0].0) {
      for (url, note) in pair {
        try AuthorityFile.write(note.octets, to: url, .published)
        files.append(url)
      }
    }
    return WitnessEvidence(
      origin: checkpoint.origin, knownSize: known.checkpoint.size, offeredSize: checkpoint.size,
      files: files)
  }

  private func isRoomForEvidence(_ url: URL) -> Bool {
    if FileManager.default.fileExists(atPath: url.path) { return true }
    let names = try? FileManager.default.contentsOfDirectory(atPath: directory.evidence.path)
    return (names?.count ?? 0) < 2 * LogWitness.evidenceMax
  }

  private static func lock(_ url: URL) throws(AuthorityError) -> FileHandle {
    let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .io(path: url.path, detail: String(cString: strerror(errno)))
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw .io(
        path: url.path, detail: "another process is at work as this witness; stop it first")
    }
    return handle
  }
}
