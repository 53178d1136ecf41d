import Foundation
import NodeCredentials
import Testing

@testable import TransparencyLog

/// The definitions of RFC 6962 section 2.1 word for word, slow and obvious. Roots that were
/// computed once are remembered.
final class Oracle {
  let leaves: [MerkleHash]
  private var known: [Range<Int>: MerkleHash] = [:]

  init(_ leaves: [MerkleHash]) {
    self.leaves = leaves
  }

  /// The tree of the table's first entries.
  convenience init(entries: Int) {
    self.init(Entries.leaves(entries))
  }

  /// MTH(D[range]).
  func root(_ range: Range<Int>) -> MerkleHash {
    if range.isEmpty { return .emptyTree }
    if range.count == 1 { return leaves[range.lowerBound] }
    if let root = known[range] { return root }
    let (left, right) = split(range)
    let root = MerkleHash.node(root(left), root(right))
    known[range] = root
    return root
  }

  /// The root of the first leaves.
  func root(_ size: Int) -> MerkleHash { root(0..<size) }

  /// PATH(index, D[size]).
  func path(_ index: Int, _ size: Int) -> [MerkleHash] { path(index, 0..<size) }

  private func path(_ index: Int, _ range: Range<Int>) -> [MerkleHash] {
    if range.count == 1 { return [] }
    let (left, right) = split(range)
    return left.contains(index)
      ? path(index, left) + [root(right)] : path(index, right) + [root(left)]
  }

  func inclusion(_ index: Int, _ size: Int) -> InclusionProof {
    InclusionProof(index: UInt64(index), hashes: path(index, size))
  }

  /// PROOF(old, D[size]).
  func consistency(_ old: Int, _ size: Int) -> [MerkleHash] {
    old == 0 ? [] : subproof(old, 0..<size, true)
  }

  private func subproof(_ old: Int, _ range: Range<Int>, _ isWhole: Bool) -> [MerkleHash] {
    if old == range.upperBound { return isWhole ? [] : [root(range)] }
    let (left, right) = split(range)
    return old <= left.upperBound
      ? subproof(old, left, isWhole) + [root(right)] : subproof(old, right, false) + [root(left)]
  }

  private func split(_ range: Range<Int>) -> (Range<Int>, Range<Int>) {
    var half = 1
    while half * 2 < range.count { half *= 2 }
    let middle = range.lowerBound + half
    return (range.lowerBound..<middle, middle..<range.upperBound)
  }

  /// The tile by its definition in tlog-tiles.
  func tile(_ coordinate: TileCoordinate) -> [MerkleHash] {
    let span = (0..<coordinate.level).reduce(1) { count, _ in count * 256 }
    return (0..<coordinate.width).map {
      let start = (Int(coordinate.index) * 256 + $0) * span
      return root(start..<(start + span))
    }
  }
}

/// The entries of the reference table, and their hashes.
enum Entries {
  static func entry(_ index: Int) -> [UInt8] { [UInt8]("entry \(index)".utf8) }

  static func leaves(_ count: Int) -> [MerkleHash] {
    (0..<count).map { .leaf(entry($0)) }
  }
}

/// A log in memory with its key.
struct TestLog: ~Copyable {
  let origin: LogOrigin
  let signer: LogSigner
  let oracle: Oracle

  init(_ name: String, oracle: Oracle, signer: consuming LogSigner) throws {
    self.signer = signer
    self.oracle = oracle
    origin = try LogOrigin(name)
  }

  func note(_ size: Int) throws -> SignedNote {
    try signer.sign(
      Checkpoint(origin: origin, size: UInt64(size), root: oracle.root(size)))
  }

  func request(from old: Int, to size: Int) throws -> WitnessRequest {
    try WitnessRequest(
      oldSize: UInt64(old),
      proof: ConsistencyProof(hashes: oracle.consistency(old, size)), note: note(size))
  }

  func proof(_ index: Int, in size: Int, extra: [UInt8]? = nil) throws -> LogProof {
    try LogProof(
      inclusion: oracle.inclusion(index, size), note: note(size), extra: extra)
  }
}

func makeLog(
  _ name: String = "overlay.example/nodes", entries: Int = 0
) throws -> TestLog {
  try TestLog(
    name, oracle: Oracle(entries: entries),
    signer: LogSigner(name: KeyName(name), key: PrivateKey(generating: .ed25519)))
}

func makeCosigner(_ name: String = "witness.example/w1") throws -> Cosigner {
  try Cosigner(name: KeyName(name), key: PrivateKey(generating: .ed25519))
}

/// The reason for which something is refused; nil when it is accepted.
func rejection<Result>(
  _ body: () throws(TransparencyRejection) -> Result
) -> TransparencyRejection? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

/// What the parsers of texts have in common.
func expectEveryCutRefused(
  _ octets: [UInt8], _ parse: ([UInt8]) throws(TransparencyRejection) -> Void
) {
  #expect(rejection { () throws(TransparencyRejection) in try parse(octets) } == nil)
  for count in octets.indices {
    let cut = [UInt8](octets[..<count])
    #expect(
      rejection { () throws(TransparencyRejection) in try parse(cut) } != nil,
      "cut to \(count) of \(octets.count)")
  }
}

func text(_ string: String) -> [UInt8] { [UInt8](string.utf8) }
