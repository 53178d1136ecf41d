import Foundation
public import TransparencyLog

extension LogFiles {
  /// The published checkpoint with the signatures under it; nothing is verified.
  /// - Throws: `AuthorityError.io`; `.invalid` when it is no signed checkpoint.
  public func signedCheckpoint() throws(AuthorityError) -> (
    note: SignedNote, checkpoint: Checkpoint
  ) {
    let octets = try checkpoint()
    do {
      let note = try SignedNote(octets: octets)
      return (note, try Checkpoint(text: note.text))
    } catch {
      throw .invalid(path: "log/checkpoint", line: nil, detail: error.description)
    }
  }

  /// What to send to a witness that cosigned the log at `oldSize` last: a signed checkpoint, and
  /// the proof that it grew out of that size.
  /// - Throws: `AuthorityError.invalid` when the tiles do not suffice or the size is beyond the
  ///   checkpoint's.
  public func witnessRequest(
    _ note: SignedNote, from oldSize: UInt64
  ) throws(AuthorityError) -> WitnessRequest {
    do {
      let checkpoint = try Checkpoint(text: note.text)
      var tree = try TiledTree(size: checkpoint.size, source: tile)
      return try WitnessRequest(
        oldSize: oldSize, proof: tree.consistencyProof(from: oldSize), note: note)
    } catch {
      throw .invalid(path: "log", line: nil, detail: error.description)
    }
  }
}

extension OverlayAuthority {
  /// The log as it is published.
  public var logFiles: LogFiles { LogFiles(directory.log) }

  /// The key that signs the log.
  /// - Throws: `AuthorityError.invalid`.
  public func logVerifierKey() throws(AuthorityError) -> VerifierKey {
    do {
      return try VerifierKey(keys.log.verifierKey)
    } catch {
      throw .invalid(path: directory.logVerifierKey.path, line: nil, detail: error.description)
    }
  }

  /// Adds cosignatures to the published checkpoint, if it still is the one that was cosigned.
  /// - Parameter cosignatures: verified by the caller.
  /// - Returns: false when another checkpoint is published by now.
  /// - Throws: `AuthorityError`.
  public func publish(
    _ cosignatures: [NoteSignature], of checkpoint: Checkpoint
  ) throws(AuthorityError) -> Bool {
    try projection.publish(cosignatures, of: checkpoint)
  }
}
