/// A log that a witness follows.
public struct WitnessedLog: Hashable, Sendable {
  /// Which log.
  public let origin: LogOrigin
  /// The keys by which its checkpoints are trusted.
  public let keys: [VerifierKey]

  /// A log and its keys.
  /// - Throws: `policy` without a key, or with one that does not sign notes.
  public init(origin: LogOrigin, keys: [VerifierKey]) throws(TransparencyRejection) {
    guard !keys.isEmpty, keys.allSatisfy({ $0.kind == .note }) else {
      throw .policy("a log is trusted by one note key or more")
    }
    self.origin = origin
    self.keys = keys
  }
}

/// What a witness decided about a request.
public enum WitnessVerdict: Hashable, Sendable {
  /// The checkpoint is cosigned, once the witness's new state is stored: never answer before.
  case cosigned(NoteSignature)
  /// The log asked from another size than the one that was cosigned last.
  case conflict(knownSize: UInt64)
  /// The log signed two roots for one size. Raise the alarm and keep both notes: they prove it.
  case fork(known: SignedNote, offered: SignedNote, knownSize: UInt64)
  /// The log is not one that this witness follows.
  case notFound(LogOrigin)
  /// No good signature by a key of the log.
  case forbidden(TransparencyRejection)
  /// The log signed a checkpoint that it cannot show to have grown out of the known one. Keep
  /// both notes: if there is no such proof, they prove a fork.
  case unprocessable(TransparencyRejection)
  /// No request in the form that there is, or from a size above that of the checkpoint.
  case badRequest(TransparencyRejection)

  /// A stable lower-case word per verdict, for logs and metrics.
  public var name: String {
    switch self {
    case .cosigned: "cosigned"
    case .conflict: "conflict"
    case .fork: "fork"
    case .notFound: "not-found"
    case .forbidden: "forbidden"
    case .unprocessable: "unprocessable"
    case .badRequest: "bad-request"
    }
  }

  /// The answer to the log.
  ///
  /// A fork is answered as a conflict; a log that asked from the size that it is told has forked.
  /// - Deviation: none from version 1.0.0. Later drafts of it answer 422 to such a request.
  public var answer: WitnessAnswer {
    switch self {
    case .cosigned(let signature):
      WitnessVerdict.text(200, "\(signature)")
    case .conflict(let size), .fork(_, _, let size):
      WitnessVerdict.text(409, "\(size)", type: WitnessAnswer.sizeContentType)
    case .notFound: WitnessVerdict.text(404, "unknown origin")
    case .forbidden(let reason): WitnessVerdict.text(403, "\(reason)")
    case .unprocessable(let reason): WitnessVerdict.text(422, "\(reason)")
    case .badRequest(let reason): WitnessVerdict.text(400, "\(reason)")
    }
  }

  private static func text(
    _ status: Int, _ line: String, type: String = "text/plain; charset=utf-8"
  ) -> WitnessAnswer {
    WitnessAnswer(status: status, contentType: type, body: [UInt8]("\(line)\n".utf8))
  }
}

/// The memory of a witness, and its decisions.
///
/// For each log it holds the last checkpoint that was cosigned, and cosigns only what grew out of
/// it. Decide on a copy, store the copy, then answer; two requests must never be decided on the
/// same state, or the older one could roll the log back. Source: [TlogWitness26].
public struct Witness: Hashable, Sendable {
  /// The logs that are followed, by origin.
  public let logs: [LogOrigin: WitnessedLog]
  /// The last cosigned checkpoint of each log, with the log's signatures and the cosignature.
  public private(set) var state: WitnessState

  /// A witness of these logs with what it remembers.
  /// - Throws: `policy` when two logs have one origin.
  public init(
    logs: [WitnessedLog], state: WitnessState = WitnessState()
  ) throws(TransparencyRejection) {
    var table: [LogOrigin: WitnessedLog] = [:]
    for log in logs {
      guard table.updateValue(log, forKey: log.origin) == nil else {
        throw .policy("the log \(log.origin) is listed twice")
      }
    }
    self.logs = table
    self.state = state
  }

  /// Decides about the body of a request.
  /// - Parameters:
  ///   - time: now, in seconds since 1970, 1..<2^63.
  ///   - cosigner: the witness's key.
  /// - Throws: `cryptography` when OpenSSL cannot sign; the state is then unchanged.
  public mutating func decide(
    body: [UInt8], time: UInt64, cosigner: borrowing Cosigner
  ) throws(TransparencyRejection) -> WitnessVerdict {
    let request: WitnessRequest
    do {
      request = try WitnessRequest(octets: body)
    } catch {
      return .badRequest(error)
    }
    return try decide(request, time: time, cosigner: cosigner)
  }

  /// Decides about a request; see `decide(body:time:cosigner:)`.
  /// - Throws: `cryptography` when OpenSSL cannot sign; the state is then unchanged.
  public mutating func decide(
    _ request: WitnessRequest, time: UInt64, cosigner: borrowing Cosigner
  ) throws(TransparencyRejection) -> WitnessVerdict {
    let checkpoint = request.checkpoint
    guard let log = logs[checkpoint.origin] else { return .notFound(checkpoint.origin) }
    if let refusal = refusal(of: request, by: log) { return refusal }
    let signature = try cosigner.cosign(text: request.note.text, time: time)
    let note: SignedNote
    do {
      note = try request.note.keeping(log.keys).adding([signature])
    } catch {
      return .badRequest(error)
    }
    state.remember(note, checkpoint)
    return .cosigned(signature)
  }

  /// Why a request is refused; nil when it is not. Order of the checks: [TlogWitness26].
  private func refusal(of request: WitnessRequest, by log: WitnessedLog) -> WitnessVerdict? {
    let checkpoint = request.checkpoint
    do {
      guard try !request.note.signatures(by: log.keys).isEmpty else {
        return .forbidden(.unsigned)
      }
    } catch {
      return .forbidden(error)
    }
    guard request.oldSize <= checkpoint.size else {
      return .badRequest(.outOfRange(value: request.oldSize, size: checkpoint.size))
    }
    let known = state.heads[log.origin]
    let knownSize = known?.checkpoint.size ?? 0
    // Looked at before the old size: two roots for one size are a fork, whatever was asked.
    if let known, knownSize == checkpoint.size, known.checkpoint.root != checkpoint.root {
      return .fork(known: known.note, offered: request.note, knownSize: knownSize)
    }
    guard request.oldSize == knownSize else { return .conflict(knownSize: knownSize) }
    do {
      try request.proof.verify(
        oldSize: knownSize, oldRoot: known?.checkpoint.root ?? .emptyTree,
        newSize: checkpoint.size, newRoot: checkpoint.root)
    } catch {
      return .unprocessable(error)
    }
    return nil
  }
}
