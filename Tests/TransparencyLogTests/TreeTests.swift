import Testing

@testable import TransparencyLog

@Suite("Merkle trees against the definitions of RFC 6962")
struct TreeTests {
  private let oracle = Oracle(entries: 130)

  @Test("every root and every inclusion proof, sizes 0 to 130")
  func inclusion() throws {
    var range = CompactRange()
    for size in 0...130 {
      let root = oracle.root(size)
      #expect(range.size == UInt64(size))
      #expect(range.root == root)
      #expect(range.hashes.count == size.nonzeroBitCount)
      for index in 0..<size {
        try oracle.inclusion(index, size).verify(
          leaf: oracle.leaves[index], size: UInt64(size), root: root)
      }
      if size < 130 { range.append(oracle.leaves[size]) }
    }
  }

  @Test("every batch on top of every tree of up to 40 leaves proves its own leaves")
  func batches() {
    for old in 0...40 {
      let range = edge(old)
      var appended = range
      for count in 0...40 {
        let size = old + count
        let (grown, proofs) = range.appending([MerkleHash](oracle.leaves[old..<size]))
        #expect(grown.root == oracle.root(size))
        #expect(grown == appended)
        #expect(proofs == (old..<size).map { oracle.inclusion($0, size) })
        appended.append(oracle.leaves[size])
      }
    }
  }

  @Test("larger batches across the sizes of tiles", arguments: [127, 128, 255, 256, 257, 511])
  func largeBatches(old: Int) {
    let leaves = Entries.leaves(old + 300)
    let range = leaves[..<old].reduce(into: CompactRange()) { $0.append($1) }
    let (grown, proofs) = range.appending([MerkleHash](leaves[old...]))
    let root = Oracle(leaves).root(leaves.count)
    #expect(grown.root == root)
    for (offset, proof) in proofs.enumerated() {
      #expect(
        rejection { () throws(TransparencyRejection) in
          try proof.verify(leaf: leaves[old + offset], size: UInt64(leaves.count), root: root)
        } == nil)
    }
  }

  @Test("consistency of all pairs of sizes up to 70")
  func consistency() throws {
    let roots = (0...70).map { oracle.root($0) }
    for new in 0...70 {
      for old in 0...new {
        let proof = ConsistencyProof(hashes: oracle.consistency(old, new))
        try proof.verify(
          oldSize: UInt64(old), oldRoot: roots[old], newSize: UInt64(new), newRoot: roots[new])
        guard old > 0 else { continue }
        // Another root on either side is a fork.
        let other = MerkleHash.leaf([0xFF])
        #expect(
          rejection { () throws(TransparencyRejection) in
            try proof.verify(
              oldSize: UInt64(old), oldRoot: other, newSize: UInt64(new), newRoot: roots[new])
          } == .rootMismatch)
        #expect(
          rejection { () throws(TransparencyRejection) in
            try proof.verify(
              oldSize: UInt64(old), oldRoot: roots[old], newSize: UInt64(new), newRoot: other)
          } == .rootMismatch)
      }
    }
  }

  @Test("a proof for one place is none for another, sizes up to 24")
  func misplaced() {
    for size in 1...24 {
      let root = oracle.root(size)
      for index in 0..<size {
        let path = oracle.path(index, size)
        for other in 0..<size where other != index {
          let proof = InclusionProof(index: UInt64(other), hashes: path)
          #expect(
            rejection { () throws(TransparencyRejection) in
              try proof.verify(leaf: oracle.leaves[index], size: UInt64(size), root: root)
            } != nil)
        }
      }
    }
  }

  @Test("a compact range is read back, and refused when cut, lengthened or of the wrong size")
  func compactOctets() throws {
    for size in [0, 1, 2, 7, 64, 127] {
      let range = edge(size)
      #expect(try CompactRange(octets: range.octets) == range)
      expectEveryCutRefused(range.octets) { octets throws(TransparencyRejection) in
        _ = try CompactRange(octets: octets)
      }
      #expect(throws: TransparencyRejection.self) { try CompactRange(octets: range.octets + [0]) }
      #expect(CompactRange(size: range.size + 1, hashes: range.hashes) == nil || size == 1)
    }
    let tooLarge = [0x80] + [UInt8](repeating: 0, count: 7 + 32)
    #expect(throws: TransparencyRejection.self) { try CompactRange(octets: tooLarge) }
  }

  private func edge(_ size: Int) -> CompactRange {
    oracle.leaves[..<size].reduce(into: CompactRange()) { $0.append($1) }
  }

  @Test("hashes have 32 octets and one base64")
  func hashes() throws {
    let hash = MerkleHash.leaf([])
    #expect(MerkleHash(bytes: hash.bytes) == hash)
    #expect(MerkleHash(base64: hash.base64.utf8) == hash)
    #expect(MerkleHash(bytes: hash.bytes.dropLast()) == nil)
    #expect(MerkleHash(bytes: hash.bytes + [0]) == nil)
    #expect(MerkleHash(base64: hash.base64.dropLast().utf8) == nil)
    #expect(MerkleHash(base64: (hash.base64 + "\n").utf8) == nil)
    // The last character of 32 octets has two bits to spare: they must be zero.
    let loose = hash.base64.dropLast(2) + "1="
    #expect(loose != hash.base64 && MerkleHash(base64: loose.utf8) == nil)
    #expect(MerkleHash(base64: (String(repeating: "-", count: 43) + "=").utf8) == nil)
  }
}

@Suite("Proofs that were changed")
struct ChangedProofTests {
  private static let sizes = [1, 2, 3, 5, 6, 7, 8, 11]
  private let oracle = Oracle(entries: 40)

  @Test("every flipped bit of an inclusion proof is refused", arguments: sizes)
  func inclusionBits(size: Int) {
    let root = oracle.root(size)
    var accepted: [String] = []
    for index in 0..<size {
      let path = oracle.path(index, size)
      for (place, hash) in path.enumerated() {
        for bit in 0..<256 {
          var changed = path
          changed[place] = flipped(hash, bit)
          let proof = InclusionProof(index: UInt64(index), hashes: changed)
          let reason = rejection { () throws(TransparencyRejection) in
            try proof.verify(leaf: oracle.leaves[index], size: UInt64(size), root: root)
          }
          if reason != .rootMismatch { accepted.append("leaf \(index) hash \(place) bit \(bit)") }
        }
      }
    }
    #expect(accepted.isEmpty)
  }

  @Test("every flipped bit of a consistency proof is refused", arguments: sizes)
  func consistencyBits(size: Int) {
    let root = oracle.root(size)
    var accepted: [String] = []
    for old in 0...size {
      let path = oracle.consistency(old, size)
      for (place, hash) in path.enumerated() {
        for bit in 0..<256 {
          var changed = path
          changed[place] = flipped(hash, bit)
          let proof = ConsistencyProof(hashes: changed)
          let reason = rejection { () throws(TransparencyRejection) in
            try proof.verify(
              oldSize: UInt64(old), oldRoot: oracle.root(old),
              newSize: UInt64(size), newRoot: root)
          }
          if reason != .rootMismatch { accepted.append("from \(old) hash \(place) bit \(bit)") }
        }
      }
    }
    #expect(accepted.isEmpty)
  }

  @Test("a hash more or less is refused, at every size up to 40")
  func lengths() {
    for size in 1...40 {
      let root = oracle.root(size)
      for index in 0..<size {
        let path = oracle.path(index, size)
        for wrong in [path + [root], [root] + path, [MerkleHash](path.dropLast())]
        where wrong != path {
          let proof = InclusionProof(index: UInt64(index), hashes: wrong)
          #expect(
            rejection { () throws(TransparencyRejection) in
              try proof.verify(leaf: oracle.leaves[index], size: UInt64(size), root: root)
            } == .proofLength(found: wrong.count))
        }
      }
      for old in 0...size {
        let path = oracle.consistency(old, size)
        for wrong in [path + [root], [root] + path, [MerkleHash](path.dropLast())]
        where wrong != path {
          let proof = ConsistencyProof(hashes: wrong)
          #expect(
            rejection { () throws(TransparencyRejection) in
              try proof.verify(
                oldSize: UInt64(old), oldRoot: oracle.root(old),
                newSize: UInt64(size), newRoot: root)
            } == .proofLength(found: wrong.count))
        }
      }
    }
  }

  @Test("sizes and indexes that cannot be")
  func ranges() {
    let leaf = MerkleHash.leaf([])
    func inclusion(_ index: UInt64, _ size: UInt64) -> TransparencyRejection? {
      rejection { () throws(TransparencyRejection) in
        try InclusionProof(index: index, hashes: []).verify(leaf: leaf, size: size, root: leaf)
      }
    }
    #expect(inclusion(0, 0) == .outOfRange(value: 0, size: 0))
    #expect(inclusion(0, 1) == nil)
    #expect(inclusion(1, 1) == .outOfRange(value: 1, size: 1))
    #expect(inclusion(.max, .max) == .outOfRange(value: .max, size: .max))
    #expect(inclusion(5, 1 << 63) == .outOfRange(value: 5, size: 1 << 63))

    func consistency(
      _ old: UInt64, _ oldRoot: MerkleHash, _ new: UInt64, _ newRoot: MerkleHash,
      _ hashes: [MerkleHash] = []
    ) -> TransparencyRejection? {
      rejection { () throws(TransparencyRejection) in
        try ConsistencyProof(hashes: hashes).verify(
          oldSize: old, oldRoot: oldRoot, newSize: new, newRoot: newRoot)
      }
    }
    let empty = MerkleHash.emptyTree
    #expect(consistency(0, empty, 0, empty) == nil)
    #expect(consistency(0, empty, 0, leaf) == .rootMismatch)
    #expect(consistency(0, leaf, 0, leaf) == .rootMismatch)
    #expect(consistency(0, empty, 9, leaf) == nil)
    #expect(consistency(0, leaf, 9, leaf) == .rootMismatch)
    #expect(consistency(0, empty, 9, leaf, [leaf]) == .proofLength(found: 1))
    #expect(consistency(9, leaf, 9, leaf) == nil)
    #expect(consistency(9, leaf, 9, empty) == .rootMismatch)
    #expect(consistency(9, leaf, 9, leaf, [leaf]) == .proofLength(found: 1))
    #expect(consistency(9, leaf, 8, leaf) == .outOfRange(value: 9, size: 8))
    #expect(consistency(4, leaf, 9, leaf) == .proofLength(found: 0))
    #expect(consistency(4, leaf, 1 << 63, leaf) == .outOfRange(value: 4, size: 1 << 63))
  }

  private func flipped(_ hash: MerkleHash, _ bit: Int) -> MerkleHash {
    var bytes = hash.bytes
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    return MerkleHash(bytes: bytes) ?? hash
  }
}
