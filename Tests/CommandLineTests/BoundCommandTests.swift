import Foundation
import Testing

/// `redoubt bound`.
@Suite struct BoundCommandTests {
  private func run(_ words: String) throws -> Program {
    try Program.run(Program.redoubt, ["bound"] + words.split(separator: " ").map(String.init))
  }

  private func lines(_ program: Program) -> [Substring] { program.output.split(separator: "\n") }

  private func names() throws -> [String] {
    lines(try run("")).map { String($0.prefix { $0 != " " }) }
  }

  @Test func theListHasEveryBoundWithItsSource() throws {
    let program = try run("")
    #expect(program.status == 0)
    #expect(program.errors.isEmpty)
    #expect(lines(program).count >= 40)
    for line in lines(program) {
      #expect(line.contains(/\[[A-Z][a-z]+[0-9]{2}\]|Redoubt/), "\(line)")
    }
    let json = try run("--format json")
    let list = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]]
    #expect(list?.compactMap { $0["name"] as? String } == (try names()))
  }

  @Test func everyBoundIsDescribedAndItsExampleRuns() throws {
    for name in try names() {
      let help = try run("\(name) --help")
      #expect(help.status == 0, "\(name)")
      for word in ["Parameters", "Derivation  ", "Source      ", "Example"] {
        #expect(help.output.contains(word), "\(name): \(word)")
      }
      let example = try #require(lines(help).last).split(separator: " ").dropFirst(2)
      #expect(example.first.map(String.init) == name)
      let value = try run(example.joined(separator: " "))
      #expect(value.status == 0, "\(example): \(value.errors)")
      #expect(value.output.hasPrefix("\(name) = "), "\(value.output)")
    }
  }

  @Test func anExactValueIsAFractionWhereThatIsShort() throws {
    let program = try run("forwarding --nodes 65536 --digit-bits 4 --faulty-fraction 0.1")
    #expect(
      program.output == """
        forwarding = 0.6561
          (1 - f)^(log N / log 2^b): one path of expected length, independent faults.
          arguments   nodes 65536, digitBits 4, faultyFraction 1/10
          fraction    6561/10000
          precision   exact
          derivation  exact where log N / log 2^b is whole; otherwise e^(h log(1 - f)) in enclosures
          source      [Castro02], message forwarding

        """)
    let long = try run(
      "failure-test-alpha --samples 256 --root-samples 32 --density-threshold 1.58")
    #expect(long.output.hasPrefix("failure-test-alpha = 0.0042"))
    #expect(long.output.contains("exact, a fraction of "))
    #expect(!long.output.contains("  fraction "))
  }

  @Test func digitsAreCutOffAndAsManyAsAsked() throws {
    let words = "forwarding --nodes=100000 --digit-bits=4 --faulty-fraction=0.1 --digits"
    #expect(try run(words + " 5").output.hasPrefix("forwarding = 0.64564…\n"))
    // PARI/GP: exp(log(10^5)/log(16)*log(9/10)), to 40 digits.
    #expect(
      try run(words + " 40").output.hasPrefix(
        "forwarding = 0.6456484803806015019542906431751367986195…\n"))
    #expect(try run(words + " 40").output.contains("  precision   enclosed, within 1e-5"))
    // An enclosure ends where its certainty does.
    let all = try run(words + " 1000").output.prefix { $0 != "\n" }
    #expect((60...80).contains(all.count))
  }

  @Test func valuesAreReadExactly() throws {
    for f in ["0.25", "1/4", "25e-2", "2.5e-1"] {
      let program = try run("good-entries-constrained --faulty-fraction \(f) --format json")
      let object = try JSONSerialization.jsonObject(with: Data(program.output.utf8))
      let rows = try #require((object as? [String: Any])?["rows"] as? [[String: Any]])
      let values = try #require(rows.first?["values"] as? [String: [String: Any]])
      #expect(values["good-entries-constrained"]?["fraction"] as? String == "3/4")
      #expect(values["good-entries-constrained"]?["isExact"] as? Bool == true)
      #expect(rows.first?["arguments"] as? [String: String] == ["faultyFraction": "0.25"])
    }
  }

  @Test func aSweepIsATableInTheOrderOfTheParameters() throws {
    let program = try run(
      "quorum-group --group-size 4,7 --faulty-fraction 0:0.4:0.2 --format csv --digits 6")
    #expect(
      program.output == """
        groupSize,faultyFraction,quorum-group,quorum-group-reading
        4,0,1,equal
        4,0.2,0.8192,equal
        4,0.4,0.4752,equal
        7,0,1,equal
        7,0.2,0.851968,equal
        7,0.4,0.419904,equal

        """)
    let text = try run("quorum-group --group-size 4,7 --faulty-fraction 1/3")
    #expect(lines(text).map { $0.split(separator: " ").count } == [3, 3, 3])
    #expect(lines(text)[1].hasPrefix("4          1/3"))
  }

  @Test func boundsSideBySideShareTheirParameters() throws {
    let program = try run(
      "failure-test-alpha,failure-test-beta --samples 256 --root-samples 32 "
        + "--density-threshold 1.5,1.6 --coalition-fraction 0.1,0.2 --format csv")
    let rows = lines(program).map { $0.split(separator: ",") }
    #expect(
      rows[0] == [
        "samples", "rootSamples", "densityThreshold", "coalitionFraction", "failure-test-alpha",
        "failure-test-alpha-reading", "failure-test-beta", "failure-test-beta-reading",
      ])
    #expect(rows.count == 5 && rows.allSatisfy { $0.count == 8 })
    #expect(rows.dropFirst().allSatisfy { $0[5] == "begins" && $0[7] == "begins" })
    // alpha does not know c, beta does.
    #expect(rows[1][4] == rows[2][4] && rows[1][4] != rows[3][4])
    #expect(rows[1][6] != rows[2][6])
  }

  @Test func aTableSaysWhichDigitsAreAnEnd() throws {
    let spreading = "good-entries-spreading --updates 14,20 --faulty-fraction 0.3"
    // 2^-65,535 is 9.980…e-19729, from which no probability is told.
    #expect(
      try run(spreading).output == """
        updates  faultyFraction  good-entries-spreading
        14       0.3             2.1255784930086283949e-5076
        20       0.3             <= 9.99e-19729

        """)
    #expect(
      lines(try run(spreading + " --format csv")).last == "20,0.3,9.99e-19729,atMost")
    let copies =
      "anycast-independent --nodes 100000 --digit-bits 4 --copies 1,1073741824 --extra-hops 1 "
      + "--faulty-fraction 0.001"
    #expect(try #require(lines(try run(copies)).last).hasSuffix("  ~ 1"))
    #expect(try #require(lines(try run(copies + " --format csv")).last).hasSuffix(",1,rounds"))
  }

  @Test func jsonHasTheEndsOfAnEnclosure() throws {
    let program = try run(
      "failure-test-minimum-error --samples 256 --root-samples 32 --coalition-fraction 0.2,0.3 "
        + "--format json")
    let object = try JSONSerialization.jsonObject(with: Data(program.output.utf8))
    let rows = try #require((object as? [String: Any])?["rows"] as? [[String: Any]])
    #expect(rows.count == 2)
    for row in rows {
      let values = try #require(row["values"] as? [String: [String: Any]])
      let value = try #require(values["failure-test-minimum-error"])
      let (low, high) = (value["low"] as? String, value["high"] as? String)
      let decimal = try #require(value["decimal"] as? String)
      #expect(value["isExact"] as? Bool == false && value["fraction"] == nil)
      #expect(low?.hasPrefix(decimal.prefix(12)) == true)
      #expect(high?.hasPrefix(decimal.prefix(12)) == true)
      #expect(try #require(low) < #require(high))
    }
  }

  /// What is wrong, the exit code, and what the message must say.
  @Test(arguments: [
    ("no-such-bound", 64, "'redoubt bound' lists them"),
    ("forwarding", 64, "--nodes is missing: N, the nodes of the overlay, such as --nodes 100000"),
    ("forwarding --nodes", 64, "--nodes needs a value"),
    ("forwarding nodes=1000", 64, "parameters are options"),
    ("forwarding --nodes 1 --nodes 2", 64, "--nodes is given twice"),
    ("forwarding --hops 1", 64, "takes --nodes, --digit-bits, --faulty-fraction"),
    ("forwarding --nodes 1000 --digit-bits 4 --faulty-fraction ten", 64, "such as 0.1"),
    ("forwarding --nodes 1000 --digit-bits 4 --faulty-fraction 1:2", 64, "FIRST:LAST:STEP"),
    ("forwarding --nodes 1000 --digit-bits 4 --faulty-fraction 0:1:0", 64, "goes up from"),
    ("forwarding --nodes 1000 --digit-bits 4 --faulty-fraction 0:1:1e-9", 64, "at most 1000000"),
    ("forwarding --nodes 1:2000:1 --digit-bits 1:160:1 --faulty-fraction 0:1:..1", 64, "FIRST"),
    ("forwarding --nodes 1:2e3:1 --digit-bits 1:160:1 --faulty-fraction 0:1:0.1", 64, "at most"),
    ("forwarding --digits 0", 64, "--digits must be"),
    ("forwarding --format yaml", 64, "text, json or csv"),
    ("--nodes 1000", 64, "name a bound before --nodes"),
    ("forwarding,forwarding --nodes 1", 64, "named twice"),
    (
      "forwarding --nodes 1000 --digit-bits 4 --faulty-fraction 1.5", 65,
      "--faulty-fraction must be a fraction of at least 0 and at most 1, got '3/2'"
    ),
    (
      "forwarding --nodes 10.5 --digit-bits 4 --faulty-fraction 0", 65, "--nodes must be an integer"
    ),
    ("forwarding --nodes 1e30 --digit-bits 4 --faulty-fraction 0", 65, "--nodes must be"),
    ("good-entries-constrained --faulty-fraction 1e-3000", 65, "at most 1,200 digits"),
    (
      "forwarding-finite --nodes 100 --faulty-nodes 101 --hops 1", 65,
      "--faulty-nodes must be at most nodes, got 101 of 100"
    ),
    (
      "audit-blamed --challenges 5 --passing-answers 6 --faulty-fraction 0", 65,
      "--passing-answers must be at most challenges"
    ),
    ("anonymizer-set-size --nodes 100 --faulty-fraction 1/2", 65, "must be below 1/2"),
    ("bootstrap-contacts-finite --nodes 5 --faulty-nodes 5 --target-error 1e-3", 65, "below nodes"),
  ])
  func aMistakeIsNamedWithItsRemedy(words: String, status: Int32, needle: String) throws {
    let program = try run(words)
    #expect(program.status == status)
    #expect(program.output.isEmpty)
    #expect(program.errors.hasPrefix("error: "))
    #expect(program.errors.contains(needle), "\(program.errors)")
  }

  @Test func theCornersOfTheDomainsAreAnsweredAtOnce() throws {
    let huge = 1 << 53
    let clock = ContinuousClock()
    for words in [
      "forwarding --nodes \(huge) --digit-bits 1 --faulty-fraction 0.999999999",
      "forwarding --nodes 137438953472 --digit-bits 2 --digits 1000 --faulty-fraction 0."
        + String(repeating: "9", count: 1000),
      "anycast-independent --nodes 100000 --digit-bits 4 --copies 1073741824 --extra-hops 1 "
        + "--faulty-fraction 0.001",
      "forwarding-can --nodes \(huge) --dimensions 1 --faulty-fraction 0.5",
      "forwarding-finite --nodes \(huge) --faulty-nodes \(huge / 2) --hops 1000000000",
      "good-entries-spreading --updates 65536 --faulty-fraction 1e-9",
      "good-entries --updates 65536 --faulty-fraction 1/3",
      "failure-test-beta --samples 1048576 --root-samples 1048576 --density-threshold 1.001 "
        + "--coalition-fraction 0.999",
      "failure-test-minimum-error-hidden --samples 1048576 --root-samples 1048576 "
        + "--coalition-fraction 0.37",
      "failure-test-threshold --samples 1 --root-samples 1 --design-fraction 1e-300 "
        + "--target-error 1e-300",
      "quorum-group --group-size 1073741824 --faulty-fraction 0.3333",
      "quorum-group-finite --nodes \(huge) --faulty-nodes \(huge / 3) --group-size 1073741823",
      "bootstrap-contacts --faulty-fraction 0.999999999 --target-error 1e-300",
      "audit-passes-worst --challenges 1048576 --passing-answers 600000 --faulty-fraction 0.5 "
        + "--overload 1.0001",
      "audit-passes-worst,audit-worst-answer --challenges 1024 --passing-answers 1000 "
        + "--faulty-fraction 0.1 --overload 1.0000000000000000000000000000000000000001",
      "anonymizer-set-size --nodes \(huge) --faulty-fraction 0.49",
      "puzzle-operations --zero-bits 512 --fraction 1 --nodes \(huge)",
    ] {
      let start = clock.now
      let program = try run(words)
      #expect(program.status == 0, "\(words): \(program.errors)")
      #expect(clock.now - start < .seconds(60), "\(words)")
    }
  }
}
