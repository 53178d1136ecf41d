import Randomness
import RecordedTrials
import RingIdentifiers
import Testing

@Suite struct KademliaKeyTests {
  /// From the crawl in `experiments/ipfs-sybil-2023/peers-2021`: peer id and key as recorded there.
  @Test func aPeerIdHasTheRecordedKey() throws {
    let key = try KademliaKey(multihash: "12D3KooWQuFLmk1pkNaBmr5qwhiQjhPS7iueUMRA5NVx3psiPgva")
    let recorded = try KademliaKey(
      hex: "44e83bf12e7665fa3b4cca61a970300b6b045a794b0bcc9d66074ebd9f6a5272")
    #expect(key == recorded)
    #expect(key.distance(to: recorded) == 0)
    #expect(key.sharedPrefixLength(with: recorded) == 256)
  }

  /// The two spellings of one content id, as the documentation of IPFS pairs them.
  @Test func bothVersionsOfAContentIdAreOnePoint() throws {
    #expect(
      try KademliaKey(multihash: "QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR")
        == KademliaKey(multihash: "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"))
  }

  @Test func distanceIsTheXorAsAFraction() throws {
    let zeros = String(repeating: "0", count: 64)
    let zero = try KademliaKey(hex: zeros)
    #expect(try KademliaKey(hex: "8" + zeros.dropFirst()).distance(to: zero) == 0.5)
    #expect(try KademliaKey(hex: "03" + zeros.dropFirst(2)).distance(to: zero) == 3.0 / 256)
    let last = try KademliaKey(hex: zeros.dropLast() + "1")
    #expect(last.distance(to: zero) == 0x1p-256)
    #expect(last.sharedPrefixLength(with: zero) == 255)
    #expect(zero != last)
  }

  @Test(arguments: [
    "", "1", "0OIl", "Qm", "QmXBc1izshbXpMfVV59ik71dGseqgZpohPWFEZns4bTRb",
    "QmXBc1izshbXpMfVV59ik71dGseqgZpohPWFEZns4bTRbD1",
    "QmXBc1izshbXpMfVV59ik71dGseqgZpohPWFEZns4bTRb0",
    "b", "bae", "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdj",
    "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbz",
    "Bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
    String(repeating: "z", count: 5000),
  ])
  func whatIsNoMultihashIsRefused(text: String) {
    #expect { try KademliaKey(multihash: text) } throws: {
      ($0 as? TrialDataError)?.code == .badIdentifier
    }
  }

  @Test(arguments: [
    String(repeating: "0", count: 63), String(repeating: "0", count: 65),
    String(repeating: "A", count: 64), String(repeating: "g", count: 64),
  ])
  func whatIsNoKeyIsRefused(text: String) {
    #expect(throws: TrialDataError.self) { try KademliaKey(hex: text) }
  }
}

@Suite struct IdentifierListTests {
  static let target = String(repeating: "0", count: 64)

  static func key(_ prefix: String) -> String {
    prefix + String(repeating: "0", count: 64 - prefix.count)
  }

  func read(_ text: String, target: String = target) throws(TrialDataError) -> IdentifierList {
    try IdentifierList(text: text, name: "list", target: OverlayIdentifier(target))
  }

  @Test func anyOrderAndLineEndCommentsAndSpaces() throws {
    let text = "# closest\r\n\(Self.key("8"))\r\n\r\n  \(Self.key("01"))\n\(Self.key("4"))"
    #expect(try read(text).fractions == [1.0 / 256, 0.25, 0.5])
  }

  @Test func onTheRingBothSidesCount() throws {
    let zeros = String(repeating: "0", count: 40)
    let text = "4" + zeros.dropFirst() + "\nf" + zeros.dropFirst()
    #expect(try read(text, target: zeros).fractions == [0.125, 0.5])
  }

  struct BadList: Sendable {
    var text: String
    var line: Int?
  }

  static let badLists: [BadList] = [
    BadList(text: ""), BadList(text: "# nothing\n"), BadList(text: key("8")),
    BadList(text: key("8") + "\nnonsense!", line: 2),
    BadList(text: key("8") + "\n" + key("8"), line: 2),
    BadList(text: key("8") + "\n\n" + target, line: 3),
    BadList(text: key("8") + "\n" + String(repeating: "1", count: 40), line: 2),
    BadList(text: key("8") + "\n" + String(repeating: "1", count: 39), line: 2),
  ]

  @Test(arguments: badLists.indices)
  func badListsNameFileAndLine(index: Int) {
    let bad = Self.badLists[index]
    #expect {
      try read(bad.text)
    } throws: { error in
      guard let error = error as? TrialDataError else { return false }
      return error.file == "list" && error.line == bad.line
    }
  }
}

@Suite struct SybilPlacementTests {
  static func placement(honest: Int, listSize: Int) -> SybilPlacement {
    var stream = RandomStream(StreamKey(seed: 3)["honest"][0])
    return SybilPlacement(
      honest: (0..<honest).map { _ in .random(from: &stream) }, listSize: listSize)
  }

  /// One honest id, one place: a Sybil is closer with probability m / (m + 1).
  @Test func smallCasesByHand() {
    #expect(SybilPlacement.eclipseProbability(sybils: 1, honest: 1, listSize: 1) == 0.5)
    #expect(SybilPlacement.eclipseProbability(sybils: 2, honest: 2, listSize: 2) == 1.0 / 6)
    #expect(SybilPlacement.eclipseProbability(sybils: 19, honest: 5, listSize: 20) == 0)
    #expect(SybilPlacement.identifiersNeeded(probability: 0.5, honest: 1, listSize: 1) == 1)
    #expect(SybilPlacement.identifiersNeeded(probability: 0.75, honest: 1, listSize: 1) == 3)
  }

  @Test func theSimulationAgreesWithTheFormula() {
    let placement = Self.placement(honest: 200, listSize: 4)
    let drawn = placement.targets(count: 300, seed: 1)
    for probability in [0.1, 0.5, 0.9] {
      let ids = SybilPlacement.identifiersNeeded(
        probability: probability, honest: 200, listSize: 4)
      let reached = drawn.count { $0.identifiersTried <= Double(ids) }
      // .1 for the 200 ids being one draw; the rest is sampling.
      #expect((Double(reached) / 300 - probability).magnitude < 0.1, "\(probability): \(reached)")
    }
    let tries = drawn.reduce(0) { $0 + 1 / $1.distances[3] } / 300
    #expect((tries / SybilPlacement.expectedTries(rank: 4, honest: 200) - 1).magnitude < 0.25)
  }

  @Test func theClosestAreThoseOfASort() throws {
    let placement = Self.placement(honest: 50, listSize: 7)
    let drawn = placement.targets(count: 5, seed: 9)
    #expect(drawn == placement.targets(count: 5, seed: 9))
    for target in drawn {
      #expect(target.distances.count == 7)
      #expect(target.distances == target.distances.sorted())
    }
  }
}
