/// The right edge of a Merkle tree: the roots of its perfect subtrees, the largest first.
///
/// It is all that is needed to append leaves, to compute the root and to prove the inclusion of
/// leaves while they are appended. A tree of size n has one subtree for each bit set in n, so the
/// edge of a tree of 2^32 leaves has at most 32 hashes.
public struct CompactRange: Hashable, Sendable {
  /// The number of leaves, below 2^63.
  public private(set) var size: UInt64
  /// The roots of the perfect subtrees, left to right.
  public private(set) var hashes: [MerkleHash]

  /// The edge of the tree without leaves.
  public init() {
    size = 0
    hashes = []
  }

  /// The edge of a tree of `size` leaves; nil unless there is one hash for each bit set.
  public init?(size: UInt64, hashes: [MerkleHash]) {
    guard size <= LogLimits.treeSizeMax, hashes.count == size.nonzeroBitCount else { return nil }
    self.size = size
    self.hashes = hashes
  }

  /// The root of the tree.
  /// - Complexity: O(log size) hashes.
  public var root: MerkleHash {
    guard var root = hashes.last else { return .emptyTree }
    for hash in hashes.dropLast().reversed() { root = .node(hash, root) }
    return root
  }

  /// Appends one leaf by its hash.
  /// - Complexity: O(1) hashes on average, O(log size) at worst.
  public mutating func append(_ leaf: MerkleHash) {
    precondition(size < LogLimits.treeSizeMax, "a tree has at most \(size) leaves")
    var hash = leaf
    var bits = size
    while bits & 1 == 1, let left = hashes.popLast() {
      hash = .node(left, hash)
      bits >>= 1
    }
    hashes.append(hash)
    size += 1
  }

  /// The edge after more leaves, and the proof that each of them is in the new tree.
  ///
  /// No older leaf is needed: what stands left of a new leaf on its way up is in this edge, what
  /// stands right of it is new.
  /// - Parameter leaves: leaf hashes, in order; the first becomes leaf number `size`.
  /// - Returns: the new edge, and one proof for each leaf in the tree of the new size.
  /// - Complexity: O(leaves.count) hashes, O(leaves.count * log size) in all.
  public func appending(
    _ leaves: [MerkleHash]
  ) -> (range: CompactRange, proofs: [InclusionProof]) {
    let growth = TreeGrowth(from: self, by: leaves)
    let proofs = leaves.indices.map { growth.proof(ofLeaf: size + UInt64($0)) }
    return (growth.range, proofs)
  }

  /// The size as eight octets, big-endian, and the hashes.
  public var octets: [UInt8] {
    var octets = (0..<8).map { UInt8(truncatingIfNeeded: size >> (56 - 8 * UInt64($0))) }
    for hash in hashes { hash.append(to: &octets) }
    return octets
  }

  /// Reads what `octets` wrote.
  /// - Throws: `malformed` when size and number of octets disagree.
  public init(octets: [UInt8]) throws(TransparencyRejection) {
    guard octets.count >= 8 else { throw .malformed("a compact range has at least 8 octets") }
    let size = octets[..<8].reduce(0) { $0 << 8 | UInt64($1) }
    guard size <= LogLimits.treeSizeMax,
      octets.count == 8 + MerkleHash.byteCount * size.nonzeroBitCount
    else {
      throw .malformed("\(octets.count) octets are no compact range of size \(size)")
    }
    self.size = size
    hashes = stride(from: 8, to: octets.count, by: MerkleHash.byteCount).compactMap {
      MerkleHash(bytes: octets[$0..<($0 + MerkleHash.byteCount)])
    }
  }
}

/// All nodes of a tree that came to be when it grew, and their neighbours on the left.
private struct TreeGrowth {
  private let oldSize: UInt64
  private let newSize: UInt64
  /// By height: perfect subtrees with at least one new leaf, from index `oldSize >> height` on.
  private var fresh: [[MerkleHash]] = []
  /// By height: the perfect subtree of index `(oldSize >> height) - 1`, where that index is even.
  private var leftNeighbour: [MerkleHash?] = []
  /// By height: the hash over the leaves behind the last perfect subtree of this height.
  private var ragged: [MerkleHash?] = []

  init(from old: CompactRange, by leaves: [MerkleHash]) {
    precondition(
      UInt64(leaves.count) <= LogLimits.treeSizeMax - old.size,
      "\(leaves.count) more leaves than \(old.size) are too many")
    oldSize = old.size
    newSize = old.size + UInt64(leaves.count)
    var edge = old.hashes[...]
    var row = leaves
    var tail: MerkleHash?
    var height: UInt64 = 0
    // Up to the height at which one index is left, and never less than the leaves themselves.
    while height == 0 || newSize >> (height - 1) > 0 {
      let isOdd = oldSize >> height & 1 == 1
      let left = isOdd ? edge.popLast() : nil
      fresh.append(row)
      leftNeighbour.append(left)
      ragged.append(tail)
      if newSize >> height & 1 == 1, let last = row.last ?? left {
        tail = tail.map { .node(last, $0) } ?? last
      }
      let whole = (left.map { [$0] } ?? []) + row
      row = stride(from: 0, to: whole.count - 1, by: 2).map { .node(whole[$0], whole[$0 + 1]) }
      height += 1
    }
  }

  var range: CompactRange {
    var hashes: [MerkleHash] = []
    for height in fresh.indices.reversed() where newSize >> UInt64(height) & 1 == 1 {
      if let hash = fresh[height].last ?? leftNeighbour[height] { hashes.append(hash) }
    }
    guard let range = CompactRange(size: newSize, hashes: hashes) else {
      preconditionFailure("\(hashes.count) hashes are no edge of a tree of size \(newSize)")
    }
    return range
  }

  func proof(ofLeaf index: UInt64) -> InclusionProof {
    var hashes: [MerkleHash] = []
    for height in fresh.indices {
      if let hash = node(height, (index >> UInt64(height)) ^ 1) { hashes.append(hash) }
    }
    return InclusionProof(index: index, hashes: hashes)
  }

  /// The subtree of `height` with this index, perfect or cut off; nil when it has no leaves.
  private func node(_ height: Int, _ index: UInt64) -> MerkleHash? {
    let firstFresh = oldSize >> UInt64(height)
    if index < firstFresh { return leftNeighbour[height] }
    let perfect = newSize >> UInt64(height)
    if index < perfect { return fresh[height][Int(index - firstFresh)] }
    return index == perfect ? ragged[height] : nil
  }
}
