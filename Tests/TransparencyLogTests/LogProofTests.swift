import NodeCredentials
import Testing

@testable import TransparencyLog

@Suite("Proofs that verify offline")
struct LogProofTests {
  private func policy(
    _ log: borrowing TestLog, witnesses: [VerifierKey] = [], required: Int = 0
  ) throws -> LogPolicy {
    try LogPolicy(
      origin: log.origin, logKeys: [log.signer.verifierKey], witnesses: witnesses,
      requiredWitnesses: required)
  }

  @Test("a proof is written, read back and verified with keys alone", arguments: [1, 2, 7, 33])
  func roundTrip(size: Int) throws {
    let log = try makeLog(entries: size)
    let policy = try policy(log)
    for index in 0..<size {
      for extra in [nil, [UInt8](0...255)] {
        let octets = try log.proof(index, in: size, extra: extra).octets
        let proof = try LogProof(octets: octets)
        #expect(proof.octets == octets)
        #expect(proof.extra == extra)
        let verified = try proof.verify(entry: Entries.entry(index), policy: policy)
        #expect(verified.checkpoint.size == UInt64(size))
        #expect(verified.cosignatures == [])
        #expect(
          rejection { () throws(TransparencyRejection) in
            try proof.verify(entry: Entries.entry(index + 1), policy: policy)
          } == .rootMismatch)
      }
    }
  }

  @Test("the form is that of the specification")
  func form() throws {
    let log = try makeLog(entries: 3)
    let proof = try log.proof(2, in: 3, extra: text("x"))
    let note = String(decoding: proof.note.octets, as: UTF8.self)
    let sibling = log.oracle.root(0..<2).base64
    #expect(
      String(decoding: proof.octets, as: UTF8.self)
        == "c2sp.org/tlog-proof@v1\nextra eA==\nindex 2\n\(sibling)\n\n\(note)")
  }

  @Test("every cut and every changed bit is refused")
  func changes() throws {
    let log = try makeLog(entries: 3)
    let policy = try policy(log)
    let octets = try log.proof(1, in: 3).octets
    expectEveryCutRefused(octets) { octets throws(TransparencyRejection) in
      _ = try LogProof(octets: octets)
    }
    var accepted: [Int] = []
    for place in octets.indices {
      for bit in 0..<8 {
        var changed = octets
        changed[place] ^= 1 << UInt8(bit)
        if let proof = try? LogProof(octets: changed),
          (try? proof.verify(entry: Entries.entry(1), policy: policy)) != nil
        {
          accepted.append(place * 8 + bit)
        }
      }
    }
    #expect(accepted == [])
  }

  @Test("texts that are no proofs")
  func malformed() throws {
    let log = try makeLog(entries: 3)
    let string = String(decoding: try log.proof(1, in: 3, extra: [1]).octets, as: UTF8.self)
    func name(_ string: String) -> String? {
      rejection { () throws(TransparencyRejection) in try LogProof(octets: text(string)) }?.name
    }
    #expect(name(string) == nil)
    for wrong in [
      string.replacing("@v1", with: "@v2"), "\n" + string, string + "\n",
      string.replacing("\n", with: "\r\n"), string.replacing("extra AQ==", with: "extra "),
      string.replacing("extra AQ==", with: "extra AR=="),
      string.replacing("extra AQ==", with: "extra AQ"),
      string.replacing("extra AQ==\n", with: "extra AQ==\nextra AQ==\n"),
      string.replacing("index 1", with: "index 01"), string.replacing("index 1", with: "index  1"),
      string.replacing("index 1", with: "index -1"), string.replacing("index 1", with: "Index 1"),
      string.replacing("index 1\n", with: ""), string.replacing("index 1\n", with: "index 1\nx\n"),
      string.replacing("index 1\n", with: "index 9223372036854775808\n"),
      string.replacing("index 1\n", with: "index 1\n\n"),
      string.replacing("overlay.example/nodes\n3", with: "overlay.example/nodes\n03"),
    ] {
      #expect(name(wrong) == "malformed", "\(wrong)")
    }
    let line = MerkleHash.emptyTree.base64 + "\n"
    let long = string.replacing("index 1\n", with: "index 1\n" + String(repeating: line, count: 62))
    #expect(name(long) == "oversize")
    let huge = [UInt8](repeating: 0x61, count: LogProof.octetsMax + 1)
    #expect(
      rejection { () throws(TransparencyRejection) in try LogProof(octets: huge) }?.name
        == "oversize")
    let inclusion = InclusionProof(index: 0, hashes: [])
    let note = try log.note(1)
    func building(
      _ inclusion: InclusionProof, _ extra: [UInt8]? = nil
    ) -> String? {
      rejection { () throws(TransparencyRejection) in
        try LogProof(inclusion: inclusion, note: note, extra: extra)
      }?.name
    }
    #expect(building(inclusion) == nil)
    #expect(building(inclusion, []) == "malformed")
    #expect(building(inclusion, [UInt8](repeating: 0, count: 65_536)) == "oversize")
    #expect(building(InclusionProof(index: 1 << 63, hashes: [])) == "out-of-range")
    let hashes = [MerkleHash](repeating: .emptyTree, count: 64)
    #expect(building(InclusionProof(index: 0, hashes: hashes)) == "oversize")
  }

  @Test("other logs, other keys and too few witnesses are refused")
  func trust() throws {
    let log = try makeLog(entries: 4)
    let other = try makeLog("other.example/nodes", entries: 4)
    let sameName = try makeLog(entries: 4)
    let first = try makeCosigner("w1.example")
    let second = try makeCosigner("w2.example")
    let witnesses = [first.verifierKey, second.verifierKey]
    let proof = try log.proof(3, in: 4)

    func reason(_ policy: LogPolicy, _ proof: LogProof) -> TransparencyRejection? {
      rejection { () throws(TransparencyRejection) in
        try proof.verify(entry: Entries.entry(3), policy: policy)
      }
    }
    #expect(
      reason(try policy(other), proof)
        == .foreignOrigin(expected: "other.example/nodes", found: "overlay.example/nodes"))
    #expect(reason(try policy(sameName), proof) == .unsigned)
    let one = try policy(log, witnesses: witnesses, required: 1)
    let two = try policy(log, witnesses: witnesses, required: 2)
    #expect(reason(one, proof) == .tooFewWitnesses(required: 1, found: 0))

    func cosigned(_ lines: [NoteSignature]) throws -> LogProof {
      try LogProof(inclusion: proof.inclusion, note: proof.note.adding(lines))
    }
    let line = try first.cosign(text: proof.note.text, time: 5)
    let again = try first.cosign(text: proof.note.text, time: 6)
    #expect(reason(one, try cosigned([line])) == nil)
    #expect(
      reason(two, try cosigned([line, again])) == .tooFewWitnesses(required: 2, found: 1))
    let both = try cosigned([line, second.cosign(text: proof.note.text, time: 7)])
    #expect(reason(two, both) == nil)
    #expect(
      try both.verify(entry: Entries.entry(3), policy: two).cosignatures.map(\.time) == [5, 7])
    // A witness that cosigned another checkpoint spoils the note.
    let foreign = try second.cosign(text: log.note(3).text, time: 8)
    #expect(
      reason(one, try cosigned([line, foreign])) == .badSignature(name: "w2.example"))
    // Unknown cosigners change nothing.
    let stranger = try makeCosigner("w3.example")
    #expect(
      reason(one, try cosigned([line, stranger.cosign(text: proof.note.text, time: 9)])) == nil)
  }

  @Test("sets of keys that are no policy")
  func policies() throws {
    let log = try makeLog(entries: 1)
    let origin = log.origin
    let key = log.signer.verifierKey
    let witness = try makeCosigner().verifierKey
    let twin = try VerifierKey(
      name: KeyName("twin.example"), kind: .cosignature, publicKey: witness.publicKey)
    let own = try VerifierKey(name: key.name, kind: .cosignature, publicKey: key.publicKey)
    func name(_ keys: [VerifierKey], _ witnesses: [VerifierKey], _ required: Int) -> String? {
      rejection { () throws(TransparencyRejection) in
        try LogPolicy(
          origin: origin, logKeys: keys, witnesses: witnesses, requiredWitnesses: required)
      }?.name
    }
    #expect(name([key], [witness], 1) == nil)
    #expect(name([], [witness], 1) == "policy")
    #expect(name([witness], [], 0) == "policy")
    #expect(name([key], [key], 0) == "policy")
    #expect(name([key], [witness, twin], 1) == "policy")
    #expect(name([key], [own], 1) == "policy")
    #expect(name([key], [witness], 2) == "policy")
    #expect(name([key], [witness], -1) == "policy")
  }
}
