import Admission
import Adversary
import Foundation
import NodeCredentials
import Randomness
import Testing

@testable import Campaigns

@Suite struct EconomicsTests {
  private static let top = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static var prefixes: String {
    top.appendingPathComponent("experiments/sybil-economics/prefixes/ethereum-2025.csv").path
  }

  private static var few: String {
    top.appendingPathComponent("experiments/sybil-economics/prefixes/ipfs-2021.csv").path
  }

  /// The real policies, few points.
  private static func study(
    policies: [String] = ["open", "strict"], fractions: String = "[0.25]", days: String = "[30]",
    tail: String = ""
  ) throws -> EconomicsStudy {
    let profiles = top.appendingPathComponent("ca/profiles").path
    let list = policies.map {
      "  - {name: \($0), file: \"\(profiles)/policy-\($0).yaml\", accountUSD: 50}"
    }.joined(separator: "\n")
    return try EconomicsStudy(
      parsing: """
        apiVersion: redoubt/v1
        name: small
        seed: 11
        honestNodes: 10000
        delivery: none.yaml
        level: 0.99
        fractions: \(fractions)
        tableFractions: \(fractions)
        days: \(days)
        tableDays: 30
        budgets: [1000]
        repetitions: 2
        prices:
          {creditUSD: 20, triesPerUSD: 7.2e12, triesPerSecond: 1e11, honestTriesPerSecond: 3e5}
        supplies:
          - {name: real, kind: drawn, prefixes: "\(prefixes)", addressUSD: 5}
          - {name: six, kind: block, block: "2001:db8::/32", system: 1, addressUSD: 0, fixedUSD: 90}
        policies:
        \(list)
        honest: {days: 365, files: [{name: real, prefixes: "\(prefixes)"}]}
        \(tail)
        """, file: "small.yaml")
  }

  private static let curve = DeliveryCurve(
    router: "prefix",
    points: [(0.0, 1.0), (0.1, 0.7), (0.3, 0.3), (0.6, 0.05)].map {
      .init(faultyFraction: $0.0, mean: $0.1, low: $0.1 - 0.01, high: min(1, $0.1 + 0.01))
    }, level: 0.99)

  private static func measure(_ study: EconomicsStudy, threads: Int = 2) async throws
    -> EconomicsResult
  {
    try #require(
      try await study.measure(
        curves: [curve], threads: threads, isStopRequested: { false }, report: { _ in }))
  }

  /// The claim of docs/guides/admission.md, against the real engine: without admission control a
  /// quarter of the overlay costs next to nothing, the strict policy makes it dear.
  @Test func aQuarterOfTheOverlayIsCheapOnlyWithoutAPolicy() async throws {
    let result = try await Self.measure(
      Self.study(
        tail: """
          claims:
            - {policy: open, days: 30, fraction: 0.25, relation: at-most, usd: 100}
            - {policy: strict, days: 30, fraction: 0.25, relation: at-least, usd: 100000}
            - {policy: strict, days: 30, fraction: 0.25, relation: at-most, usd: 100000}
          """))
    #expect(result.failures.count == 1 && result.failures[0].contains("at-most"))
    let open = try #require(result.cheapest(policy: 0, days: 30, fraction: 0.25))
    #expect(open.identities?.mean == 3_334)
    #expect(open.fraction(honest: 10_000) >= 0.25)
    // The strict policy keeps some real nodes waiting, and the open one none.
    #expect(result.honest[0][0].keptOut == 0 && result.honest[0][0].delayed == 0)
    #expect(result.honest[1][0].keptOut < result.honest[1][0].nodes / 10)
  }

  @Test func theSameStudyGivesTheSameBytes() async throws {
    let study = try Self.study(
      policies: ["open", "puzzle", "priced"], fractions: "[0.01, 0.05]", days: "[1, 30]")
    var texts: [[String]] = []
    for threads in [1, 3] {
      let result = try await Self.measure(study, threads: threads)
      let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("economics-\(ProcessInfo.processInfo.processIdentifier)-\(threads)")
      defer { try? FileManager.default.removeItem(at: directory) }
      _ = try EconomicsReport(result: result).write(to: directory.path)
      texts.append(
        try ["spend.csv", "budgets.csv", "honest.csv", "table.md", "figures/fraction.dat"].map {
          try String(contentsOf: directory.appendingPathComponent($0), encoding: .utf8)
        })
    }
    #expect(texts[0] == texts[1])
    let rows = texts[0][0].split(separator: "\n").count
    #expect(rows == 37)
  }

  /// With a price and nothing else the study says what the attack `sybil` says.
  @Test func aPriceAloneBuysWhatTheClosedFormSays() async throws {
    var study = try Self.study(policies: ["priced"])
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("price-\(ProcessInfo.processInfo.processIdentifier).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    let limits = LimitScope.allCases.map { "  \($0.rawValue): off\n" }.joined()
    try ("priceCredits: 1\nidentitiesPerAccount: 0\nlimits:\n" + limits)
      .write(to: file, atomically: true, encoding: .utf8)
    let text = """
      apiVersion: redoubt/v1
      name: price
      seed: 1
      honestNodes: 1000
      delivery: none.yaml
      level: 0.99
      fractions: [0.1]
      tableFractions: [0.1]
      days: [30]
      tableDays: 30
      budgets: [1990, 2000, 2019, 20000]
      repetitions: 2
      prices: {creditUSD: 20, triesPerUSD: 1, triesPerSecond: 1, honestTriesPerSecond: 1}
      supplies:
        - {name: six, kind: block, block: "2001:db8::/32", system: 64496, addressUSD: 0}
      policies:
        - {name: price, file: "\(file.path)", accountUSD: 0}
      honest: {days: 1, files: [{name: real, prefixes: "\(Self.few)"}]}
      """
    study = try EconomicsStudy(parsing: text, file: "price.yaml")
    let result = try await Self.measure(study)
    for budget in study.budgets {
      let purchase = SybilPurchase(budget: budget, price: 20, ratePerDay: 1e9, days: 30)
      let point = try #require(result.bestBuy(policy: 0, budget: budget))
      #expect(point.identities?.mean == Double(purchase.identities))
    }
    let usd = try #require(result.cheapest(policy: 0, days: 30, fraction: 0.1)?.usd)
    #expect(usd.mean == 2_240.0)
  }

  @Test func thePuzzleCostsWhatItsBitsSay() async throws {
    let study = try Self.study(policies: ["puzzle"], fractions: "[0.1]")
    let result = try await Self.measure(study)
    let point = try #require(result.cheapest(policy: 0, days: 30, fraction: 0.1))
    let tries = try #require(point.mean(\.tries)?.mean) / 1_112
    let expected = Double(1 << 24)
    // 2,224 geometric draws: four standard errors.
    let tolerance = 4 * expected / Double(2_224).squareRoot()
    #expect(abs(tries - expected) < tolerance)
  }

  @Test func deliveryFallsAlongTheCurve() throws {
    let curve = Self.curve
    var last = 1.0
    for step in 0...60 {
      let point = try #require(curve.delivery(at: Double(step) / 100))
      #expect(point.mean <= last && point.low <= point.mean && point.mean <= point.high)
      last = point.mean
    }
    #expect(curve.delivery(at: 0.1)?.mean == 0.7 && curve.delivery(at: 0.61) == nil)
    let crossing = try #require(curve.crossing)
    let there = try #require(curve.delivery(at: crossing))
    #expect(abs(there.mean - 0.99) < 1e-9)
    // A point above one to its left is noise.
    let noisy = DeliveryCurve(
      router: "x",
      points: [(0.0, 0.9), (0.1, 0.95)].map {
        .init(faultyFraction: $0.0, mean: $0.1, low: $0.1, high: $0.1)
      }, level: 0.5)
    #expect(noisy.delivery(at: 0.1)?.mean == 0.9)
  }

  @Test func theQueueGivesTheEarliest() {
    var stream = RandomStream(StreamKey(seed: 5)["queue"])
    var queue = ReadyQueue()
    for index in 0..<500 {
      queue.add(
        index, at: AdmissionTime(microseconds: Int64(stream.index(below: 50))), left: 1)
    }
    var last: (AdmissionTime, Int)?
    var count = 0
    while let entry = queue.first {
      if let last {
        let isLater = last < (entry.ready, entry.index)
        #expect(isLater)
      }
      last = (entry.ready, entry.index)
      if stream.index(below: 3) == 0 {
        // It comes again, not before what is in front of it then.
        queue.delay(to: entry.ready.adding(microseconds: 1 + Int64(stream.index(below: 9))))
        continue
      }
      queue.take(1)
      count += 1
    }
    #expect(count == 500)
  }

  @Test func theShippedStudyReads() throws {
    let text = try String(
      contentsOf: Self.top.appendingPathComponent("experiments/sybil-economics/study.yaml"),
      encoding: .utf8
    ).replacing(": experiments/", with: ": \(Self.top.path)/experiments/")
      .replacing(": ca/", with: ": \(Self.top.path)/ca/")
    let study = try EconomicsStudy(parsing: text, file: "study.yaml")
    #expect(study.policies.count == 6 && study.claims.count == 4)
    let run = try EconomicsRun(study)
    let nodes = run.files.values.map { file in file.rows.reduce(0) { $0 + $1.nodes } }
    #expect(nodes.sorted() == [7_625, 17_356])
    let delivery = Self.top.appendingPathComponent("experiments/sybil-economics/delivery.yaml")
    #expect(try CampaignSpec(path: delivery.path).routers.count == 3)
  }

  @Test(arguments: [
    ("seed: 11", "seed: -1"), ("days: [30]", "days: [0]"), ("tableDays: 30", "tableDays: 31"),
    ("kind: block", "kind: blocks"), ("2001:db8::/32", "2001:db8::1/32"),
    ("2001:db8::/32", "2001:db8::/49"), ("name: small", "nam: small"),
    ("accountUSD: 50}", "accountUSD: 50, difficultyBits: 41}"), ("honestNodes: 10000", ""),
    ("relation: at-most", "relation: below"), ("fraction: 0.25,", "fraction: 0.26,"),
  ])
  func wrongStudiesAreRefused(_ good: String, _ bad: String) throws {
    let claim = "claims: [{policy: open, days: 30, fraction: 0.25, relation: at-most, usd: 1}]"
    _ = try Self.study(tail: claim)
    #expect(throws: CampaignError.self) {
      try Self.study(changing: (good, bad), tail: claim)
    }
  }

  private static func study(changing: (String, String), tail: String) throws -> EconomicsStudy {
    let profiles = top.appendingPathComponent("ca/profiles").path
    let text = """
      apiVersion: redoubt/v1
      name: small
      seed: 11
      honestNodes: 10000
      delivery: none.yaml
      level: 0.99
      fractions: [0.25]
      tableFractions: [0.25]
      days: [30]
      tableDays: 30
      budgets: [1000]
      repetitions: 2
      prices:
        {creditUSD: 20, triesPerUSD: 7.2e12, triesPerSecond: 1e11, honestTriesPerSecond: 3e5}
      supplies:
        - {name: six, kind: block, block: "2001:db8::/32", system: 64496, addressUSD: 0}
      policies:
        - {name: open, file: "\(profiles)/policy-open.yaml", accountUSD: 50}
      honest: {days: 365, files: [{name: real, prefixes: "\(prefixes)"}]}
      \(tail)
      """
    #expect(text.contains(changing.0))
    return try EconomicsStudy(
      parsing: text.replacing(changing.0, with: changing.1), file: "small.yaml")
  }

  @Test(arguments: [
    "", "prefix,nodes\n1.2.3.0/24,1\n", "prefix,nodes,system\n",
    "prefix,nodes,system\n1.2.3.4/24,1,1\n", "prefix,nodes,system\n1.2.3.0/25,1,1\n",
    "prefix,nodes,system\n1.2.3.0/24,0,1\n", "prefix,nodes,system\n1.2.3.0/24,1,-1\n",
    "prefix,nodes,system\n2001:db8:0:1::/48,1,1\n", "prefix,nodes,system\n1.2.3.0/24,1,1,1\n",
  ])
  func wrongPrefixFilesAreRefused(_ text: String) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(
      "prefixes-\(ProcessInfo.processInfo.processIdentifier)-\(text.utf8.count)-"
        + "\(ContentHash.hex(of: text).prefix(8)).csv")
    defer { try? FileManager.default.removeItem(at: file) }
    try text.write(to: file, atomically: true, encoding: .utf8)
    #expect(throws: CampaignError.self) { try PrefixFile(path: file.path) }
  }

  /// The systems in the shipped prefix files are those of the AS map.
  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: top.path + "/../shared/data/README.md"),
      "the data sets ../shared/data are not here"))
  func thePrefixFilesFollowTheMap() throws {
    let path = Self.top.path + "/../shared/data/asmap-2025/1764864000_asmap.dat"
    let map = try ASMap([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
    for name in ["ethereum-2025", "ipfs-2021"] {
      let file = Self.top.appendingPathComponent(
        "experiments/sybil-economics/prefixes/\(name).csv")
      for row in try PrefixFile(path: file.path).rows {
        #expect(map.autonomousSystem(of: row.base) == row.system)
      }
    }
  }
}
