import Foundation
public import TransparencyLog

extension LedgerReader {
  /// The proof that a certificate is in the published log, made from the log's static files.
  /// - Throws: `.unknownCertificate`; `.damaged` when the files do not lead to the signed root, or
  ///   do not reach the certificate yet.
  public func logProof(_ name: CertificateName) throws(LedgerError) -> LogProof {
    guard let record = try record(name) else {
      throw .unknownCertificate(path: directory.ledger.path, name: name.description)
    }
    let files = LogFiles(directory.log)
    do {
      let note = try SignedNote(octets: try files.checkpoint())
      let checkpoint = try Checkpoint(text: note.text)
      var tree = try TiledTree(size: checkpoint.size, source: files.tile)
      let proof = try LogProof(
        inclusion: tree.inclusionProof(ofLeaf: UInt64(clamping: record.position)), note: note)
      _ = try proof.verify(entry: record.der, policy: try logPolicy())
      return proof
    } catch let error as LedgerError {
      throw error
    } catch {
      throw .damaged(path: directory.log.path, detail: "\(error)")
    }
  }

  /// Who signs this authority's log.
  /// - Throws: `.damaged` when the ledger's log key cannot be read.
  public func logPolicy() throws(LedgerError) -> LogPolicy {
    do {
      return try LogPolicy(
        origin: LogOrigin(LogNotary.name(overlayName)), logKeys: [VerifierKey(logKey)])
    } catch {
      throw .damaged(path: directory.ledger.path, detail: "the log's key: \(error)")
    }
  }
}
