import Admission
import NodeCredentials
import Randomness
import Testing

@Suite struct PuzzleTests {
  private static let peer = IPAddress.v4(0xC000_0201)
  private static let key: [UInt8] = Array("a key".utf8)

  private func desk(bits: Int = 6, oldEpochs: Int = 1) throws -> Desk {
    var policy = AdmissionPolicy.bare
    policy.accounts = .open
    policy.priceCredits = 0
    policy.puzzle.difficultyBits = bits
    policy.puzzle.epochSeconds = 3_600
    policy.puzzle.oldEpochs = oldEpochs
    return try Desk(policy)
  }

  private func request(_ solution: PuzzleSolution?, key: [UInt8] = key, peer: IPAddress = peer)
    -> AdmissionRequest
  {
    AdmissionRequest(peer: peer, subjectPublicKeyInfo: key, solution: solution)
  }

  private func solve(
    _ desk: Desk, at now: AdmissionTime = noon, from start: UInt64 = 0
  ) throws -> PuzzleSolution {
    let challenge = try #require(try desk.engine.puzzle?.challenge(at: now))
    return try #require(
      try challenge.solve(ip: Self.peer, subjectPublicKeyInfo: Self.key, from: start))
  }

  /// The formula, written out once more.
  @Test func aSolutionFitsTheFormula() throws {
    let desk = try desk(bits: 10)
    let challenge = try #require(try desk.engine.puzzle?.challenge(at: noon))
    #expect(challenge.epoch == 1_767_268_800 / 3_600 && challenge.value.count == 32)
    #expect(challenge.validSeconds == 7_200)
    let solution = try solve(desk)
    let x = (0..<8).map { UInt8(truncatingIfNeeded: solution.x >> (56 - 8 * UInt64($0))) }
    let inner = try Digest.sha256([192, 0, 2, 1] + x + challenge.value)
    let digest = try Digest.sha256(inner + (try Digest.sha256(Self.key)))
    #expect(digest[0] == 0 && digest[1] & 0xC0 == 0)
  }

  @Test func aSolutionAdmitsOnce() throws {
    var desk = try desk()
    let missing = try #require(try desk.ask(request(nil)).refusal)
    #expect(missing.reason == .puzzleMissing(difficultyBits: 6))
    let solution = try solve(desk)
    _ = try #require(try desk.ask(request(solution)).grant)
    let replay = try #require(try desk.ask(request(solution)).refusal)
    #expect(replay.reason == .puzzleReplayed && replay.cure == .conflict)
    let another = try solve(desk, from: solution.x + 1)
    _ = try #require(try desk.ask(request(another)).grant)
  }

  @Test func aSolutionIsBoundToAddressKeyAndEpoch() throws {
    var desk = try desk(bits: 16)
    let solution = try solve(desk)
    for wrong in [
      request(solution, key: [1]), request(solution, peer: .v4(1)),
      request(PuzzleSolution(epoch: solution.epoch, x: solution.x ^ 1)),
      request(PuzzleSolution(epoch: solution.epoch - 1, x: solution.x)),
    ] {
      #expect(try desk.ask(wrong).refusal?.reason == .puzzleWrong)
    }
    var other = desk
    other = try Desk(desk.engine.policy, secret: Array(repeating: 8, count: 32))
    #expect(try other.ask(request(solution)).refusal?.reason == .puzzleWrong)
    _ = try #require(try desk.ask(request(solution)).grant)
  }

  @Test(arguments: [0, 1])
  func anEpochRollsOver(_ oldEpochs: Int) throws {
    let start = AdmissionTime(microseconds: noon.microseconds / 3_600_000_000 * 3_600_000_000)
    let solution = try solve(try desk(oldEpochs: oldEpochs), at: start)
    let end = Int64(1 + oldEpochs) * 3_600
    for (offset, isTaken) in [(Int64(0), true), (end - 1, true), (end, false), (-1, false)] {
      var desk = try desk(oldEpochs: oldEpochs)
      let decision = try desk.ask(request(solution), at: start.adding(seconds: offset))
      #expect((decision.grant != nil) == isTaken, "at \(offset)")
      if !isTaken { #expect(decision.refusal?.reason == .puzzleStale) }
    }
    for epoch in [UInt64.max, 0, solution.epoch + 1] {
      var desk = try desk(oldEpochs: oldEpochs)
      let stale = PuzzleSolution(epoch: epoch, x: 0)
      #expect(try desk.ask(request(stale), at: start).refusal?.reason == .puzzleStale)
    }
  }

  @Test func aForgottenSolutionIsNotTakenWhenTheClockGoesBack() throws {
    var policy = try desk(bits: 2).engine.policy
    policy.puzzle.epochSeconds = 60
    policy.puzzle.oldEpochs = 0
    let engine = try AdmissionEngine(policy: policy, puzzleSecret: Array(repeating: 7, count: 16))
    var state = InMemoryAdmissionState(capacity: 1)
    func admit(_ start: UInt64, at now: AdmissionTime) throws
      -> (PuzzleSolution, AdmissionDecision)
    {
      let challenge = try #require(try engine.puzzle?.challenge(at: now))
      let solution = try #require(
        try challenge.solve(ip: Self.peer, subjectPublicKeyInfo: Self.key, from: start))
      return (solution, try engine.admit(request(solution), at: now, state: &state))
    }
    let (first, decision) = try admit(0, at: noon)
    #expect(decision.grant != nil)
    // The memory holds one stamp: the next epoch's pushes the first out.
    #expect(try admit(0, at: noon.adding(seconds: 60)).1.grant != nil)
    let replay = try engine.admit(request(first), at: noon, state: &state)
    #expect(replay.refusal?.reason == .puzzleReplayed)
  }

  /// 2^p tries are expected: the mean over 400 puzzles is within four standard errors.
  @Test(arguments: [3, 6])
  func difficultyIsWhatItSays(_ bits: Int) throws {
    let desk = try desk(bits: bits)
    let challenge = try #require(try desk.engine.puzzle?.challenge(at: noon))
    var stream = RandomStream(StreamKey(seed: 77)["puzzle"][bits])
    let runs = 400
    var tries: UInt64 = 0
    for run in 0..<runs {
      let start = stream.next() >> 8
      let key = [UInt8(run & 255), UInt8(run >> 8)]
      let solution = try #require(
        try challenge.solve(ip: Self.peer, subjectPublicKeyInfo: key, from: start))
      tries += solution.x - start + 1
    }
    let expected = Double(1 << bits)
    let error = (expected * (expected - 1)).squareRoot() / Double(runs).squareRoot()
    #expect(abs(Double(tries) / Double(runs) - expected) < 4 * error)
    #expect(
      try challenge.solve(ip: Self.peer, subjectPublicKeyInfo: Self.key, tries: 0) == nil)
  }

  @Test func renewalsNeedASolutionWhenThePolicySaysSo() throws {
    for needed in [false, true] {
      var policy = try desk().engine.policy
      policy.puzzle.renewals = needed
      var desk = try Desk(policy)
      let renewal = AdmissionRequest(kind: .renewal, peer: Self.peer)
      #expect((try desk.ask(renewal).refusal?.word == "puzzleMissing") == needed)
    }
  }

  @Test func aRateLimitIsNamedBeforeThePuzzle() throws {
    var policy = try desk().engine.policy
    policy.limits[.address] = RateLimit(burst: 1, count: 1, periodSeconds: 60)
    var desk = try Desk(policy)
    let solution = try solve(desk)
    _ = try #require(try desk.ask(request(solution)).grant)
    let next = try solve(desk, from: solution.x + 1)
    #expect(try desk.ask(request(next)).refusal?.word == "rateLimited")
    // The refused solution was not used up.
    _ = try #require(try desk.ask(request(next), at: noon.adding(seconds: 60)).grant)
  }

  @Test func solutionsReadAsTheyPrint() {
    for solution in [
      PuzzleSolution(epoch: 0, x: 0), PuzzleSolution(epoch: .max, x: .max),
      PuzzleSolution(epoch: 490_908, x: 0xABC),
    ] {
      #expect(PuzzleSolution(solution.description) == solution)
    }
    #expect(PuzzleSolution(epoch: 7, x: 255).description == "7:00000000000000ff")
    let text = "490908:00000000000000ff"
    for count in 0..<text.utf8.count {
      #expect(PuzzleSolution(String(text.prefix(count))) == nil)
    }
    for bad in [
      "1:00000000000000fF", "01:00000000000000ff", "-1:00000000000000ff", "+1:00000000000000ff",
      "18446744073709551616:00000000000000ff", ":00000000000000ff", "1:+0000000000000ff",
      "1:000000000000000ff", "1 :00000000000000ff", "1:00000000000000ff\n", "１:00000000000000ff",
    ] {
      #expect(PuzzleSolution(bad) == nil, "\(bad)")
    }
  }
}
