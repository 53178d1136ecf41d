import Admission
import Foundation
import Randomness
import Testing

@Suite struct PolicyTests {
  private func read(_ name: String) throws -> AdmissionPolicy {
    let url = profiles.appendingPathComponent(name)
    return try AdmissionPolicy(yaml: String(contentsOf: url, encoding: .utf8), path: name)
  }

  @Test func thePublishedPoliciesAreValid() throws {
    #expect(try read("policy-priced.yaml") == AdmissionPolicy())
    let open = try read("policy-open.yaml")
    #expect(open.accounts == .open && open.testnet && open.limits.isEmpty)
    #expect(open.priceCredits == 0 && open.identitiesPerAccount == 0)
    let strict = try read("policy-strict.yaml")
    #expect(strict.limits.count == LimitScope.allCases.count)
    let puzzle = try read("policy-puzzle.yaml")
    #expect(puzzle.puzzle.difficultyBits == 24 && puzzle.limits[.account] == nil)
    let names = try FileManager.default.contentsOfDirectory(atPath: profiles.path)
      .filter { $0.hasPrefix("policy-") }.sorted()
    let all = ["open", "priced", "puzzle", "strict"].map { "policy-\($0).yaml" }
    #expect(names == all)
    for name in names {
      let policy = try read(name)
      #expect(try AdmissionPolicy(yaml: policy.yaml, path: "p") == policy)
    }
  }

  /// The file that teaches every setting names every setting.
  @Test func thePricedPolicyNamesEverySetting() throws {
    func keys(_ text: String) -> [String] {
      text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("#") }
        .compactMap { $0.split(separator: ":").first.map(String.init) }
    }
    let url = profiles.appendingPathComponent("policy-priced.yaml")
    #expect(keys(try String(contentsOf: url, encoding: .utf8)) == keys(AdmissionPolicy().yaml))
  }

  @Test func randomPoliciesReadAsTheyPrint() throws {
    for run in 0..<300 {
      var stream = RandomStream(StreamKey(seed: 17)["policies"][run])
      func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &stream) }
      var policy = AdmissionPolicy()
      policy.testnet = pick(0...1) == 1
      policy.creditsPerAccount = pick(0...1_000_000_000)
      policy.priceCredits = pick(0...1_000_000)
      policy.identitiesPerAccount = pick(256...1_000_000)
      policy.addressBinding = AdmissionPolicy.AddressBinding.allCases[pick(0...2)]
      policy.defaultPort = UInt16(pick(1...65_535))
      policy.secretCostLog2 = pick(10...20)
      policy.asmap = "maps/\(run) '#: x"
      policy.puzzle.difficultyBits = pick(0...40)
      policy.puzzle.epochSeconds = pick(60...604_800)
      policy.puzzle.oldEpochs = pick(0...1)
      policy.puzzle.renewals = policy.puzzle.difficultyBits > 0 && pick(0...1) == 1
      for scope in LimitScope.allCases {
        policy.limits[scope] =
          pick(0...3) == 0
          ? nil
          : try RateLimit.of(pick(1...100_000), pick(1...1_000_000), pick(1...31_622_400))
      }
      #expect(policy.conflict == nil)
      #expect(try AdmissionPolicy(yaml: policy.yaml, path: "p") == policy)
    }
  }

  @Test(arguments: [
    ("", 1), ("- a", 1), ("just text", 1), ("testnet: yes", 1), ("testnet: \"true\"", 1),
    ("accounts: everyone", 1), ("accounts: [open]", 1), ("priceCredits: -1", 1),
    ("priceCredits: 1e3", 1), ("priceCredits: 0x10", 1), ("priceCredits: 1_000", 1),
    ("priceCredits: \"1\"", 1), ("priceCredits: 1000001", 1), ("priceCredits: 99999999999999", 1),
    ("priceCredits: ~", 1), ("defaultPort: 0", 1), ("defaultPort: 65536", 1),
    ("nodeIdsPerRequest: 0", 1), ("nodeIdsPerRequest: 257", 1), ("secretCostLog2: 9", 1),
    ("secretCostLog2: 21", 1), ("addressBinding: loose", 1), ("asmap: \"a\\nb\"", 1),
    ("asmap: [a]", 1), ("testnet: false\nprice: 1", 2), ("testnet: false\n\"\": 1", 2),
    ("limits: off", 1), ("limits:\n  accounts: off", 2), ("limits:\n  account: on", 2),
    ("limits:\n  account: {burst: 1, count: 1}", 2),
    ("limits:\n  account: {burst: 0, count: 1, periodSeconds: 1}", 2),
    ("limits:\n  account:\n    burst: 1\n    count: 0\n    periodSeconds: 1", 4),
    ("limits:\n  account: {burst: 1, count: 1, periodSeconds: 31622401}", 2),
    ("limits:\n  account: {burst: 1, count: 1, periodSeconds: 1, extra: 1}", 2),
    ("puzzle: 20", 1), ("puzzle:\n  difficulty: 20", 2), ("puzzle:\n  difficultyBits: 41", 2),
    ("puzzle:\n  epochSeconds: 59", 2), ("puzzle:\n  oldEpochs: 2", 2),
    ("puzzle:\n  renewals: 1", 2), ("testnet: false\n  x: [", 2),
    // Rules between settings.
    ("testnet: true\naccounts: open\npriceCredits: 1", 3),
    ("accounts: open\nidentitiesPerAccount: 3", 2),
    ("accounts: open\nlimits:\n  account: {burst: 1, count: 1, periodSeconds: 1}", 3),
    ("nodeIdsPerRequest: 17", 1), ("nodeIdsPerRequest: 9", 0),
    ("identitiesPerAccount: 0\nlimits:\n  reroll: {burst: 1, count: 1, periodSeconds: 1}", 3),
    ("limits:\n  autonomousSystem: {burst: 1, count: 1, periodSeconds: 1}", 2),
    ("accounts: open\nnodeIdsPerRequest: 2\npuzzle:\n  difficultyBits: 4", 2),
    ("puzzle:\n  renewals: true", 2),
    ("testnet: true\ntestnet: true", 2), ("limits:\n  account: off\n  account: off", 2),
  ])
  func wrongSettingsAreNamedWithTheirLine(_ text: String, _ line: Int) throws {
    let error = try #require(throws: AdmissionPolicyError.self) {
      try AdmissionPolicy(yaml: text, path: "here.yaml")
    }
    #expect(error.path == "here.yaml")
    if text.contains("testnet: true\ntestnet") || text.contains("off\n  account") {
      #expect(error.line != nil)
    } else {
      #expect(error.line == (line == 0 ? nil : line), "\(error)")
    }
  }

  @Test func aPolicyOfEndlessLengthIsNotRead() throws {
    let text = String(repeating: "# no end\n", count: 10_000)
    #expect(throws: AdmissionPolicyError.self) { try AdmissionPolicy(yaml: text, path: "p") }
  }

  @Test func everyTruncationReadsOrIsRefused() throws {
    let text = AdmissionPolicy().yaml
    for count in 0..<text.utf8.count {
      let part = String(decoding: text.utf8.prefix(count), as: UTF8.self)
      _ = try? AdmissionPolicy(yaml: part, path: "p")
    }
  }

  @Test func unnamedSettingsKeepTheirDefaults() throws {
    var expected = AdmissionPolicy()
    expected.priceCredits = 3
    expected.limits[.prefix] = nil
    let text = "priceCredits: 3\nlimits:\n  prefix: off"
    #expect(try AdmissionPolicy(yaml: text, path: "p") == expected)
    let open = try AdmissionPolicy(yaml: "accounts: open", path: "p")
    #expect(open.limits[.failedAccount] == nil && open.limits[.overall] != nil)
    #expect(open.priceCredits == 0)
    let capless = try AdmissionPolicy(yaml: "identitiesPerAccount: 0", path: "p")
    #expect(capless.limits[.reroll] == nil && capless.limits[.account] != nil)
  }
}
