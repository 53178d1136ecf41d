import NodeCredentials
import Testing

@testable import TransparencyLog

@Suite("Decisions of a witness")
struct WitnessTests {
  private static let now: UInt64 = 1_700_000_000

  private func witness(_ log: borrowing TestLog, _ state: WitnessState = .init()) throws -> Witness
  {
    try Witness(
      logs: [WitnessedLog(origin: log.origin, keys: [log.signer.verifierKey])], state: state)
  }

  @Test("a log that grows is cosigned at every step, from any size to any size up to 12")
  func growth() throws {
    let log = try makeLog(entries: 12)
    let cosigner = try makeCosigner()
    for old in 0...12 {
      for new in old...12 {
        var witness = try witness(log)
        if old > 0 {
          _ = try witness.decide(log.request(from: 0, to: old), time: 1, cosigner: cosigner)
        }
        let request = try log.request(from: old, to: new)
        let verdict = try witness.decide(body: request.octets, time: Self.now, cosigner: cosigner)
        guard case .cosigned(let line) = verdict else {
          Issue.record("from \(old) to \(new): \(verdict)")
          continue
        }
        let head = try #require(witness.state.heads[log.origin])
        #expect(head.checkpoint == request.checkpoint)
        #expect(
          try head.note.signatures(by: [log.signer.verifierKey, cosigner.verifierKey]).map(\.time)
            == [nil, Self.now])
        // The log reads the answer and has a cosigned checkpoint.
        #expect(verdict.answer.status == 200)
        #expect(try NoteSignature.lines(verdict.answer.body) == [line])
        let policy = try LogPolicy(
          origin: log.origin, logKeys: [log.signer.verifierKey],
          witnesses: [cosigner.verifierKey], requiredWitnesses: 1)
        _ = try policy.verify(request.note.adding(NoteSignature.lines(verdict.answer.body)))
      }
    }
  }

  @Test("every refusal, with its status and the state unchanged")
  func refusals() throws {
    let log = try makeLog(entries: 12)
    let stranger = try makeLog("other.example/nodes", entries: 12)
    let impostor = try makeLog(entries: 12)
    let cosigner = try makeCosigner()
    var known = try witness(log)
    _ = try known.decide(log.request(from: 0, to: 6), time: 1, cosigner: cosigner)

    func check(_ request: WitnessRequest, _ name: String, _ status: Int) throws {
      var witness = known
      let verdict = try witness.decide(request, time: Self.now, cosigner: cosigner)
      #expect(verdict.name == name)
      #expect(verdict.answer.status == status)
      #expect(witness == known)
    }
    try check(stranger.request(from: 6, to: 9), "not-found", 404)
    try check(impostor.request(from: 6, to: 9), "forbidden", 403)
    try check(log.request(from: 0, to: 9), "conflict", 409)
    try check(log.request(from: 5, to: 9), "conflict", 409)
    try check(log.request(from: 7, to: 9), "conflict", 409)
    // A rollback: the log wants an older size cosigned.
    try check(log.request(from: 5, to: 5), "conflict", 409)
    try check(log.request(from: 0, to: 4), "conflict", 409)
    try check(
      WitnessRequest(oldSize: 10, proof: ConsistencyProof(hashes: []), note: log.note(9)),
      "bad-request", 400)
    let proof = log.oracle.consistency(6, 9)
    for wrong in [[], [MerkleHash](proof.dropLast()), proof + [.emptyTree], proof.reversed()] {
      try check(
        WitnessRequest(oldSize: 6, proof: ConsistencyProof(hashes: wrong), note: log.note(9)),
        "unprocessable", 422)
    }
    // A line under the log's key that does not verify spoils a good one.
    let key = log.signer.verifierKey
    let spoilt = try log.note(9).adding([
      NoteSignature(name: key.name, keyId: key.id, octets: [UInt8](repeating: 1, count: 64))
    ])
    try check(
      WitnessRequest(oldSize: 6, proof: ConsistencyProof(hashes: proof), note: spoilt),
      "forbidden", 403)

    var witness = known
    let verdict = try witness.decide(body: [], time: Self.now, cosigner: cosigner)
    #expect(verdict.answer.status == 400)
    let conflict = try witness.decide(
      log.request(from: 0, to: 9), time: Self.now, cosigner: cosigner)
    #expect(conflict == .conflict(knownSize: 6))
    #expect(conflict.answer.body == text("6\n"))
    #expect(conflict.answer.contentType == "text/x.tlog.size")
    #expect(WitnessAnswer.conflictSize(body: conflict.answer.body) == 6)
    for body in ["", "6", "06\n", "6\n\n", "6\r\n", "x\n", "9223372036854775808\n"] {
      #expect(WitnessAnswer.conflictSize(body: text(body)) == nil)
    }
  }

  @Test("a fork is told apart, whatever old size it claims, and both notes are evidence")
  func fork() throws {
    let log = try makeLog(entries: 12)
    let cosigner = try makeCosigner()
    var witness = try witness(log)
    _ = try witness.decide(log.request(from: 0, to: 6), time: 1, cosigner: cosigner)
    let before = witness
    // The same key signs another history: entry 3 is another one.
    var leaves = log.oracle.leaves
    leaves[3] = .leaf([0xFF])
    let forked = Oracle(leaves)

    func forkedRequest(_ old: Int, _ new: Int, _ proof: [MerkleHash]) throws -> WitnessRequest {
      let checkpoint = Checkpoint(
        origin: log.origin, size: UInt64(new), root: forked.root(new))
      return try WitnessRequest(
        oldSize: UInt64(old), proof: ConsistencyProof(hashes: proof),
        note: log.signer.sign(checkpoint))
    }
    for old in [0, 3, 6] {
      let request = try forkedRequest(old, 6, [])
      let verdict = try witness.decide(request, time: Self.now, cosigner: cosigner)
      guard case .fork(let known, let offered, 6) = verdict else {
        Issue.record("from \(old): \(verdict)")
        continue
      }
      #expect(try Checkpoint(text: known.text).root != Checkpoint(text: offered.text).root)
      for note in [known, offered] {
        #expect(try note.signatures(by: [log.signer.verifierKey]).count == 1)
      }
      #expect(verdict.answer.status == 409)
      #expect(WitnessAnswer.conflictSize(body: verdict.answer.body) == 6)
    }
    // A fork that has grown cannot be joined to the known head by any proof that exists.
    for proof in [forked.consistency(6, 9), log.oracle.consistency(6, 9)] {
      let verdict = try witness.decide(
        forkedRequest(6, 9, proof), time: Self.now, cosigner: cosigner)
      #expect(verdict == .unprocessable(.rootMismatch))
    }
    #expect(witness == before)
    // The honest history goes on.
    let verdict = try witness.decide(
      log.request(from: 6, to: 9), time: Self.now, cosigner: cosigner)
    #expect(verdict.name == "cosigned")
  }

  @Test("the empty tree has one root, and a first checkpoint needs an empty proof")
  func beginnings() throws {
    let log = try makeLog(entries: 3)
    let cosigner = try makeCosigner()
    var witness = try witness(log)
    let false0 = try WitnessRequest(
      oldSize: 0, proof: ConsistencyProof(hashes: []),
      note: log.signer.sign(Checkpoint(origin: log.origin, size: 0, root: .leaf([]))))
    #expect(
      try witness.decide(false0, time: 1, cosigner: cosigner) == .unprocessable(.rootMismatch))
    let proven = try WitnessRequest(
      oldSize: 0, proof: ConsistencyProof(hashes: [.emptyTree]), note: log.note(3))
    #expect(
      try witness.decide(proven, time: 1, cosigner: cosigner)
        == .unprocessable(.proofLength(found: 1)))
    #expect(
      try witness.decide(log.request(from: 0, to: 0), time: 1, cosigner: cosigner).name
        == "cosigned")
    #expect(try witness.decide(false0, time: 1, cosigner: cosigner).name == "fork")
    #expect(
      try witness.decide(log.request(from: 0, to: 3), time: 1, cosigner: cosigner).name
        == "cosigned")
    // The same checkpoint again is cosigned again.
    #expect(
      try witness.decide(log.request(from: 3, to: 3), time: 2, cosigner: cosigner).name
        == "cosigned")
  }

  @Test("logs do not disturb each other, and foreign signatures are not kept")
  func severalLogs() throws {
    let first = try makeLog("a.example/log", entries: 4)
    let second = try makeLog("b.example/log", entries: 4)
    let cosigner = try makeCosigner()
    let stranger = try makeCosigner("stranger.example")
    var witness = try Witness(logs: [
      WitnessedLog(origin: first.origin, keys: [first.signer.verifierKey]),
      WitnessedLog(origin: second.origin, keys: [second.signer.verifierKey]),
    ])
    let note = try first.note(2)
    let crowded = try WitnessRequest(
      oldSize: 0, proof: ConsistencyProof(hashes: []),
      note: note.adding([stranger.cosign(text: note.text, time: 1)]))
    #expect(try witness.decide(crowded, time: 1, cosigner: cosigner).name == "cosigned")
    #expect(
      try witness.decide(second.request(from: 0, to: 4), time: 1, cosigner: cosigner).name
        == "cosigned")
    #expect(witness.state.heads[first.origin]?.checkpoint.size == 2)
    #expect(witness.state.heads[first.origin]?.note.signatures.count == 2)
    #expect(witness.state.heads[second.origin]?.checkpoint.size == 4)
    let origin = first.origin
    let key = first.signer.verifierKey
    #expect(throws: TransparencyRejection.self) {
      let log = try WitnessedLog(origin: origin, keys: [key])
      return try Witness(logs: [log, log])
    }
    #expect(throws: TransparencyRejection.self) { try WitnessedLog(origin: origin, keys: []) }
    #expect(throws: TransparencyRejection.self) {
      try WitnessedLog(origin: origin, keys: [cosigner.verifierKey])
    }
    // What is remembered is read back, in the order of origins; a cut never looks like less.
    let octets = witness.state.octets
    #expect(try WitnessState(octets: octets) == witness.state)
    #expect(try WitnessState(octets: octets).octets == octets)
    expectEveryCutRefused(octets) { octets throws(TransparencyRejection) in
      _ = try WitnessState(octets: octets)
    }
  }

  @Test("texts that are no state")
  func states() throws {
    let log = try makeLog(entries: 2)
    let cosigner = try makeCosigner()
    var witness = try witness(log)
    _ = try witness.decide(log.request(from: 0, to: 2), time: 1, cosigner: cosigner)
    let string = String(decoding: witness.state.octets, as: UTF8.self)
    let count = try #require(witness.state.heads[log.origin]).note.octets.count
    #expect(try WitnessState(octets: WitnessState().octets) == WitnessState())
    let entry = string.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)[2]
    for wrong in [
      string + "x", string + "\n", string.replacing("@v1", with: "@v2"),
      string.replacing("logs 1", with: "logs 01"), string.replacing("logs 1", with: "logs 0"),
      string.replacing("logs 1", with: "logs 2"),
      string.replacing("logs 1", with: "logs 9223372036854775807"),
      string.replacing("logs 1", with: "logs 2") + entry,
      string.replacing("checkpoint \(count)", with: "checkpoint \(count - 1)"),
      string.replacing("checkpoint \(count)", with: "checkpoint \(count + 1)"),
      string.replacing("checkpoint \(count)", with: "checkpoint 9999999999"),
      string.replacing("\n", with: "\r\n"),
    ] {
      #expect(throws: TransparencyRejection.self, "\(wrong)") {
        try WitnessState(octets: text(wrong))
      }
    }
  }

  @Test("requests are written and read back, and everything else is refused")
  func requests() throws {
    let log = try makeLog(entries: 12)
    let request = try log.request(from: 5, to: 12)
    #expect(try WitnessRequest(octets: request.octets) == request)
    expectEveryCutRefused(request.octets) { octets throws(TransparencyRejection) in
      _ = try WitnessRequest(octets: octets)
    }
    let string = String(decoding: request.octets, as: UTF8.self)
    func name(_ string: String) -> String? {
      rejection { () throws(TransparencyRejection) in try WitnessRequest(octets: text(string)) }?
        .name
    }
    #expect(name(string) == nil)
    for wrong in [
      string.replacing("old 5", with: "old 05"), string.replacing("old 5", with: "old -5"),
      string.replacing("old 5", with: "Old 5"), string.replacing("old 5", with: "old  5"),
      string.replacing("old 5", with: "old 9223372036854775808"),
      string.replacing("old 5\n", with: "old 5\n\n"), string.replacing("old 5\n", with: ""),
      string.replacing("old 5\n", with: "old 5\nx\n"), string.replacing("\n", with: "\r\n"),
      string + "\n", "\n" + string,
    ] {
      #expect(name(wrong) == "malformed", "\(wrong)")
    }
    let line = MerkleHash.emptyTree.base64 + "\n"
    let first = try WitnessRequest(
      oldSize: 5, proof: ConsistencyProof(hashes: []), note: log.note(12))
    let bare = String(decoding: first.octets, as: UTF8.self)
    func lines(_ count: Int) -> String {
      bare.replacing("old 5\n", with: "old 5\n" + String(repeating: line, count: count))
    }
    #expect(name(lines(63)) == nil)
    #expect(name(lines(64)) == "oversize")
    #expect(
      name(String(repeating: "a", count: WitnessRequest.octetsMax + 1)) == "oversize")
    let note = try log.note(1)
    #expect(
      rejection { () throws(TransparencyRejection) in
        try WitnessRequest(oldSize: 1 << 63, proof: ConsistencyProof(hashes: []), note: note)
      }?.name == "out-of-range")
  }
}
