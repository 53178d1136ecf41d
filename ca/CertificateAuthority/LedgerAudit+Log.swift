import Foundation
import GRDB
import NodeCredentials
import RingIdentifiers
import TransparencyLog

/// The log as the audit derived it from the certificates.
struct AuditedTree {
  /// The root of every size at which the ledger has a checkpoint.
  var roots: [UInt64: MerkleHash] = [:]
  var edge = CompactRange()
  var leaves: [MerkleHash] = []
}

extension LedgerAudit {
  /// Every certificate is good for its reservation, and the log holds them all without a gap.
  func checkCertificates(
    _ database: Database, _ progress: (Int, Int) -> Void
  ) throws -> (AuditCheck, AuditedTree) {
    let verifiers = try reader.verifiers()
    let total = try Int.fetchOne(database, sql: "SELECT count(*) FROM certificates") ?? 0
    let sizes = Set(
      try Int64.fetchAll(database, sql: "SELECT size FROM checkpoints").map { UInt64(clamping: $0) }
    )
    var tree = AuditedTree()
    tree.leaves.reserveCapacity(total)
    if sizes.contains(0) { tree.roots[0] = tree.edge.root }
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT c.*, r.serial, r.node_id, r.reserved_at, e.at AS issued_at FROM certificates c
        JOIN reservations r ON r.sequence = c.sequence
        LEFT JOIN events e ON e.certificate = c.sequence AND e.kind = 'issued'
        ORDER BY c.position
        """)
    while let row = try rows.next() {
      try check(row, verifiers, position: tree.edge.size)
      let leaf = MerkleHash.leaf(try row.octets("der"))
      tree.leaves.append(leaf)
      tree.edge.append(leaf)
      if sizes.contains(tree.edge.size) { tree.roots[tree.edge.size] = tree.edge.root }
      if tree.leaves.count % 1_000 == 0 { progress(tree.leaves.count, total) }
    }
    progress(tree.leaves.count, total)
    return (
      AuditCheck(
        name: "certificates", count: total, summary: "signed, as reserved, logged without a gap"),
      tree
    )
  }

  private func check(
    _ row: Row, _ verifiers: [Int64: CertificateVerifier], position: UInt64
  ) throws {
    let serial = try row.serial("serial")
    func fail(_ detail: String) -> AuditFinding {
      AuditFinding(check: "certificates", subject: "certificate \(serial)", detail: detail)
    }
    guard UInt64(exactly: try row.required("position", as: Int64.self)) == position else {
      throw fail("is not at place \(position) of the log")
    }
    let issuer: Int64 = try row.required("issuer")
    guard let verifier = verifiers[issuer] else { throw fail("is of issuer \(issuer)") }
    let notBefore = try row.time("not_before")
    let node: CertifiedNode
    do {
      node = try verifier.verify(
        UnverifiedNodeCertificate(der: try row.octets("der")), at: notBefore,
        expecting: PeerExpectation(nodeId: try row.nodeId("node_id")))
    } catch let rejection as CertificateRejection {
      throw fail("is refused: \(rejection)")
    }
    guard node.serial == serial else { throw fail("has the serial number \(node.serial)") }
    guard node.address.description == (try row.required("address", as: String.self)) else {
      throw fail("certifies \(node.address), not the recorded address")
    }
    guard node.notBefore == notBefore, node.notAfter == (try row.time("not_after")) else {
      throw fail("has another validity than recorded")
    }
    guard let issuedAt: Int64 = try row.optional("issued_at"),
      issuedAt >= (try row.required("reserved_at", as: Int64.self))
    else { throw fail("was issued before its id was set aside, or has no record of issue") }
  }

  /// Every checkpoint is signed and has the root that the certificates lead to.
  func checkCheckpoints(_ database: Database, _ tree: AuditedTree) throws -> AuditCheck {
    var count = 0
    var last: UInt64?
    let rows = try Row.fetchCursor(database, sql: "SELECT * FROM checkpoints ORDER BY size")
    while let row = try rows.next() {
      let checkpoint = try RecordedCheckpoint(row)
      let size = checkpoint.edge.size
      func fail(_ detail: String) -> AuditFinding {
        AuditFinding(check: "checkpoints", subject: "checkpoint \(size)", detail: detail)
      }
      guard let root = tree.roots[size] else { throw fail("is larger than the log") }
      guard checkpoint.edge.root == root else {
        throw fail("does not have the root of the first \(size) certificates")
      }
      do {
        let signed = try logPolicy.verify(checkpoint.note).checkpoint
        guard signed.size == size, signed.root == root else {
          throw fail("the signed text says size \(signed.size), root \(signed.root)")
        }
      } catch let rejection as TransparencyRejection {
        throw fail("\(rejection)")
      }
      count += 1
      last = size
    }
    guard last == tree.edge.size else {
      throw AuditFinding(
        check: "checkpoints", subject: "the log",
        detail: "has \(tree.edge.size) entries, its newest checkpoint \(last ?? 0)")
    }
    return AuditCheck(name: "checkpoints", count: count, summary: "signed; roots re-derived")
  }

  /// The published files are what the certificates lead to, up to the published checkpoint.
  func checkLogFiles(_ tree: AuditedTree, published octets: [UInt8]?) throws -> AuditCheck {
    let files = LogFiles(reader.directory.log)
    func fail(_ subject: String, _ detail: String) -> AuditFinding {
      AuditFinding(check: "log files", subject: "log/" + subject, detail: detail)
    }
    let published: Checkpoint
    guard let octets else { throw fail("checkpoint", "is missing") }
    do {
      published = try logPolicy.verify(SignedNote(octets: octets)).checkpoint
    } catch {
      throw fail("checkpoint", "\(error)")
    }
    guard let root = tree.roots[published.size], root == published.root else {
      throw fail("checkpoint", "size \(published.size): not a checkpoint of this ledger")
    }
    var frontier = TileFrontier()
    let leaves = Array(tree.leaves.prefix(Int(clamping: published.size)))
    for tile in frontier.append(leaves) {
      guard let found = try? files.tile(tile.coordinate) else {
        throw fail(tile.coordinate.path, "is missing, or not as long as it must be")
      }
      guard found == tile.hashes else {
        throw fail(tile.coordinate.path, "does not hold the hashes that its certificates have")
      }
    }
    let count = try checkBundles(files, leaves)
    return AuditCheck(
      name: "log files", count: count, summary: "published up to size \(published.size)")
  }

  /// The bundles hold the certificates themselves.
  private func checkBundles(_ files: LogFiles, _ leaves: [MerkleHash]) throws -> Int {
    guard let layout = TileLayout(size: UInt64(leaves.count)) else { return 0 }
    var count = 0
    for coordinate in layout.tiles(since: 0) {
      count += 1
      guard coordinate.kind == .entries else { continue }
      let start = Int(clamping: coordinate.index) * TileCoordinate.fullWidth
      let expected = leaves[start..<(start + coordinate.width)]
      guard let entries = try? files.entries(coordinate),
        entries.map({ MerkleHash.leaf($0) }).elementsEqual(expected)
      else {
        throw AuditFinding(
          check: "log files", subject: "log/" + coordinate.path,
          detail: "does not hold the certificates of the ledger")
      }
    }
    return count
  }
}
