import Foundation
import NodeCredentials
import Testing

@testable import TransparencyLog

@Suite("Answers of others")
struct KnownAnswerTests {
  /// The inputs that Certificate Transparency implementations share, in hex.
  private static let inputs = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ]

  /// Their roots for 1 to 8 leaves.
  private static let roots = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  @Test("the eight roots of Certificate Transparency")
  func certificateTransparency() throws {
    var range = CompactRange()
    #expect(
      hex(range.root) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    for (input, root) in zip(Self.inputs, Self.roots) {
      range.append(.leaf(try octets(input)))
      #expect(hex(range.root) == root)
    }
  }

  @Test("the worked example of RFC 6962 section 2.1.3")
  func workedExample() {
    let leaves = Entries.leaves(7)
    let oracle = Oracle(leaves)
    func hash(_ range: Range<Int>) -> MerkleHash { oracle.root(range) }
    let (a, b, c, d, f, j) = (leaves[0], leaves[1], leaves[2], leaves[3], leaves[5], leaves[6])
    let (g, h, i) = (hash(0..<2), hash(2..<4), hash(4..<6))
    let (k, l) = (hash(0..<4), hash(4..<7))
    let (_, proofs) = CompactRange().appending(leaves)
    #expect(proofs[0].hashes == [b, h, l])
    #expect(proofs[3].hashes == [c, g, l])
    #expect(proofs[4].hashes == [f, j, k])
    #expect(proofs[6].hashes == [i, k])
    #expect(oracle.consistency(3, 7) == [c, d, g, l])
    #expect(oracle.consistency(4, 7) == [l])
    #expect(oracle.consistency(6, 7) == [i, j, k])
    #expect(g == .node(a, b))
  }

  @Test("every row of the table that pymerkle wrote")
  func pymerkle() throws {
    let table = String(decoding: try reference("merkle.csv"), as: UTF8.self)
    let rows = table.split(separator: "\n").dropFirst()
    let leaves = Entries.leaves(130)
    var roots: [MerkleHash] = []
    var proofCount = 0
    for row in rows {
      let fields = row.split(separator: ",", omittingEmptySubsequences: false)
      try #require(fields.count == 4)
      let size = try #require(Int(fields[1]))
      let hashes = try fields[3].split(separator: " ").map {
        try #require(MerkleHash(bytes: try octets(String($0))))
      }
      if fields[0] == "root" {
        #expect(size == roots.count)
        roots += hashes
        #expect(
          leaves[..<size].reduce(into: CompactRange()) { $0.append($1) }.root == hashes.first)
      } else {
        let index = try #require(Int(fields[2]))
        let proof = InclusionProof(index: UInt64(index), hashes: hashes)
        try proof.verify(leaf: leaves[index], size: UInt64(size), root: roots[size])
        let (_, proofs) = CompactRange().appending([MerkleHash](leaves[..<size]))
        #expect(proofs[index] == proof)
        proofCount += 1
      }
    }
    #expect(roots.count == 131 && proofCount == 251)
    // Our consistency proofs lead from its roots to its roots.
    let oracle = Oracle(leaves)
    for new in stride(from: 1, through: 130, by: 3) {
      for old in 1...new {
        try ConsistencyProof(hashes: oracle.consistency(old, new)).verify(
          oldSize: UInt64(old), oldRoot: roots[old], newSize: UInt64(new), newRoot: roots[new])
      }
    }
  }

  @Test("the signed note and its key in the specification")
  func signedNote() throws {
    let key = try VerifierKey(
      "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    let octets = text(
      """
      This is an example message.

      \u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3\
      mFXmRKuwHjG1Yu72IneyaQM=

      """)
    let note = try SignedNote(octets: octets)
    #expect(note.octets == octets)
    #expect(try note.signatures(by: [key]) == [VerifiedSignature(key: key, time: nil)])
    #expect(key.id == 0x530d_903a)
    #expect(
      "\(key)" == "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
  }

  @Test("the cosigned checkpoint in the specification is read and written back")
  func cosignedCheckpoint() throws {
    let octets = text(
      """
      example.com/behind-the-sofa
      20852163
      CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

      \u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe\
      4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
      \u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI\
      5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==

      """)
    let note = try SignedNote(octets: octets)
    let checkpoint = try Checkpoint(text: note.text)
    #expect(note.octets == octets)
    #expect(checkpoint.text == note.text)
    #expect(checkpoint.size == 20_852_163)
    #expect("\(checkpoint.origin)" == "example.com/behind-the-sofa")
    #expect(note.signatures.map(\.octets.count) == [64, 72])
    // The specification signs the time 1679315147.
    #expect(note.signatures[1].octets.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } == 1_679_315_147)
  }

  @Test("a second implementation's proof verifies, and our keys sign the same octets")
  func secondImplementation() throws {
    let octets = try reference("example.tlog-proof")
    let vkeys = String(decoding: try reference("example.vkeys"), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    let keys = try vkeys.map { text throws(TransparencyRejection) in try VerifierKey(text) }
    try #require(keys.count == 2)
    let origin = try LogOrigin("overlay.example/nodes")
    let policy = try LogPolicy(
      origin: origin, logKeys: [keys[0]], witnesses: [keys[1]], requiredWitnesses: 1)
    let proof = try LogProof(octets: octets)
    let verified = try proof.verify(entry: Entries.entry(17), policy: policy)
    #expect(verified.cosignatures.map(\.time) == [1_700_000_000])

    // Ed25519 signs the same way every time, so the whole file can be made again.
    let leaves = Entries.leaves(33)
    let (range, proofs) = CompactRange().appending(leaves)
    let signer = try LogSigner(name: KeyName("overlay.example/nodes"), key: key(seed: 1))
    let cosigner = try Cosigner(name: KeyName("witness.example/w1"), key: key(seed: 2))
    #expect("\(signer.verifierKey)" == vkeys[0])
    #expect("\(cosigner.verifierKey)" == vkeys[1])
    let note = try signer.sign(Checkpoint(origin: origin, size: 33, root: range.root))
    let cosigned = try note.adding([cosigner.cosign(text: note.text, time: 1_700_000_000)])
    #expect(try LogProof(inclusion: proofs[17], note: cosigned).octets == octets)
  }

  @Test("the cosignature key of a public witness has the id that its operator gives")
  func publicWitness() throws {
    let text = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
    let key = try VerifierKey(text)
    #expect(key.kind == .cosignature)
    #expect("\(key)" == text)
  }

  private func reference(_ name: String) throws -> [UInt8] {
    let url = try #require(
      Bundle.module.url(forResource: "Reference/\(name)", withExtension: nil))
    return [UInt8](try Data(contentsOf: url))
  }

  /// The Ed25519 key whose seed is 32 times one octet, by way of PKCS#8 (RFC 8410 section 7).
  private func key(seed: UInt8) throws -> PrivateKey {
    let header: [UInt8] = [
      0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04,
      0x20,
    ]
    let base64 = Base64.text(header + [UInt8](repeating: seed, count: 32))
    return try PrivateKey(
      pem: text("-----BEGIN PRIVATE KEY-----\n\(base64)\n-----END PRIVATE KEY-----\n"))
  }

  private func hex(_ hash: MerkleHash) -> String {
    hash.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  private func octets(_ hex: String) throws -> [UInt8] {
    var rest = hex[...]
    var octets: [UInt8] = []
    while !rest.isEmpty {
      octets.append(try #require(UInt8(rest.prefix(2), radix: 16)))
      rest = rest.dropFirst(2)
    }
    return octets
  }
}
