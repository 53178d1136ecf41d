/// The proof that a leaf is in a tree: the siblings on the way from the leaf to the root.
///
/// Source: [RFC6962] section 2.1.1, verified as in [RFC9162] section 2.1.3.2.
public struct InclusionProof: Hashable, Sendable {
  /// Which leaf, counted from 0.
  public let index: UInt64
  /// The siblings, the leaf's own first.
  public let hashes: [MerkleHash]

  /// Any index and any hashes; `verify` judges them.
  public init(index: UInt64, hashes: [MerkleHash]) {
    self.index = index
    self.hashes = hashes
  }

  /// The root to which this proof leads from a leaf in a tree of `size` leaves.
  /// - Throws: `outOfRange` when the tree has no such leaf, `proofLength` when the number of
  ///   hashes is not that of this leaf in this tree.
  /// - Complexity: O(log size) hashes.
  public func root(leaf: MerkleHash, size: UInt64) throws(TransparencyRejection) -> MerkleHash {
    guard index < size, size <= LogLimits.treeSizeMax else {
      throw .outOfRange(value: index, size: size)
    }
    var place = index
    var last = size - 1
    var root = leaf
    for hash in hashes {
      guard last > 0 else { throw .proofLength(found: hashes.count) }
      if place & 1 == 1 || place == last {
        root = .node(hash, root)
        // A cut-off subtree has no sibling until it is itself a right one.
        while place & 1 == 0, place > 0 {
          place >>= 1
          last >>= 1
        }
      } else {
        root = .node(root, hash)
      }
      place >>= 1
      last >>= 1
    }
    guard last == 0 else { throw .proofLength(found: hashes.count) }
    return root
  }

  /// Accepts iff the leaf is in the tree of this size and root.
  /// - Throws: `outOfRange`, `proofLength` or `rootMismatch`.
  public func verify(
    leaf: MerkleHash, size: UInt64, root expected: MerkleHash
  ) throws(TransparencyRejection) {
    guard try root(leaf: leaf, size: size) == expected else { throw .rootMismatch }
  }
}

/// The proof that a tree grew out of an older one by appending only.
///
/// Source: [RFC6962] section 2.1.2, verified as in [RFC9162] section 2.1.4.2.
public struct ConsistencyProof: Hashable, Sendable {
  /// The hashes, in the order of the specification.
  public let hashes: [MerkleHash]

  /// Any hashes; `verify` judges them.
  public init(hashes: [MerkleHash]) {
    self.hashes = hashes
  }

  /// Accepts iff the first `oldSize` leaves of the new tree are the old tree.
  ///
  /// Equal sizes need equal roots and no proof. Every tree grew out of the empty one, whose root
  /// is `MerkleHash.emptyTree`, and that needs no proof either.
  /// - Throws: `outOfRange` when the old tree is the larger one, `proofLength` or `rootMismatch`.
  /// - Complexity: O(log newSize) hashes.
  public func verify(
    oldSize: UInt64, oldRoot: MerkleHash, newSize: UInt64, newRoot: MerkleHash
  ) throws(TransparencyRejection) {
    guard oldSize <= newSize, newSize <= LogLimits.treeSizeMax else {
      throw .outOfRange(value: oldSize, size: newSize)
    }
    if oldSize == newSize || oldSize == 0 {
      guard hashes.isEmpty else { throw .proofLength(found: hashes.count) }
      let isSame = oldRoot == (oldSize == 0 ? .emptyTree : newRoot)
      // The empty tree has one root only, whichever of the two it is.
      guard isSame, newSize > 0 || newRoot == .emptyTree else { throw .rootMismatch }
      return
    }
    let roots = try roots(oldSize: oldSize, oldRoot: oldRoot, newSize: newSize)
    guard roots.old == oldRoot, roots.new == newRoot else { throw .rootMismatch }
  }

  /// The two roots to which the proof leads, for 0 < oldSize < newSize.
  private func roots(
    oldSize: UInt64, oldRoot: MerkleHash, newSize: UInt64
  ) throws(TransparencyRejection) -> (old: MerkleHash, new: MerkleHash) {
    // A perfect old tree is itself a node of the new one, so its root is left out of the proof.
    let path = (oldSize.nonzeroBitCount == 1 ? [oldRoot] : []) + hashes
    guard !hashes.isEmpty, let start = path.first else {
      throw .proofLength(found: hashes.count)
    }
    let shift = UInt64((~(oldSize - 1)).trailingZeroBitCount)
    var place = (oldSize - 1) >> shift
    var last = (newSize - 1) >> shift
    var old = start
    var new = start
    for hash in path.dropFirst() {
      guard last > 0 else { throw .proofLength(found: hashes.count) }
      if place & 1 == 1 || place == last {
        old = .node(hash, old)
        new = .node(hash, new)
        while place & 1 == 0, place > 0 {
          place >>= 1
          last >>= 1
        }
      } else {
        new = .node(new, hash)
      }
      place >>= 1
      last >>= 1
    }
    guard last == 0 else { throw .proofLength(found: hashes.count) }
    return (old, new)
  }
}
