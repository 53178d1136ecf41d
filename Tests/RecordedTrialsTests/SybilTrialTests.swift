import RecordedTrials
import Testing

/// A small file in the recorded format.
private enum Sample {
  static let client = #"{"ClientPeerID":"QmXBc1izshbXpMfVV59ik71dGseqgZpohPWFEZns4bTRbD"}"#
  static let peers = [
    "12D3KooWPbbD3oc5ecr6w9ukAzVX5Aij7p7zPBvuH7QS6jtYM5wx",
    "12D3KooWHS2uvHaeZto1g32GAHPoTn2xk2dBeviWwJev3hifc3pm",
    "QmaCNC4sxNgCnk2Ca4CRatCrYjRewzUqjGNjMN1Y46ddWF",
  ]

  static func trial(_ changes: [String: String] = [:]) -> String {
    let list = peers.map { "\"\($0)\"" }.joined(separator: ",")
    var fields = [
      "TargetCID": #""QmbhzZii4TbBn5XfYFedsdi4TmStKwz7Uy3dUBLoXB4puf""#,
      "SybilIDs": "[\"\(peers[1])\"]", "ClosestPeers": "[\(list)]", "PercentEclipsed": "5",
      "ProviderPeerID": "\"x\"", "IsEclipsed": "false", "Netsize": "9087.17889069521",
      "Threshold": "1.17", "KL": "0.2", "Detection": "false", "Later": "{}",
    ]
    for (name, value) in changes { fields[name] = value == "absent" ? nil : value }
    return "{"
      + fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
      .joined(separator: ",") + "}"
  }

  static func file(_ trials: [String]) -> String {
    ([client] + trials).joined(separator: "\n") + "\n"
  }
}

@Suite struct SybilTrialTests {
  @Test func readsWhatIsThere() throws {
    let file = try SybilTrialFile(text: Sample.file([Sample.trial(), Sample.trial()]), name: "f")
    #expect(file.trials.map(\.line) == [2, 3])
    let trial = try #require(file.trials.first)
    #expect(trial.sybils == 1)
    #expect(trial.listedSybils == 1)
    #expect(trial.distances.count == 3)
    #expect(trial.prefixCounts.reduce(0, +) == 3)
    // The first and sixth peer of the recorded list around this target: 8 and 9 shared bits.
    let scaled = try #require(trial.scaledDistances)
    #expect(scaled[0] > 0 && scaled[2] < 40)
  }

  @Test(arguments: [
    ["ClosestPeers": "null", "SybilIDs": "null", "Netsize": "0"],
    ["ClosestPeers": "[]", "SybilIDs": "[]"], ["Netsize": "0", "SybilIDs": "null"],
    ["ClosestPeers": "[\"\(Sample.peers[0])\"]", "SybilIDs": "null"],
  ])
  func aTrialWithoutAListOrASizeCannotBeTested(changes: [String: String]) throws {
    let file = try SybilTrialFile(text: Sample.file([Sample.trial(changes)]), name: "f")
    #expect(file.trials[0].scaledDistances == nil)
    #expect(file.trials[0].sybils == 0)
  }

  @Test func blankLinesKeepTheNumbersOfTheOthers() throws {
    let text = Sample.client + "\r\n\r\n" + Sample.trial() + "\r\n \n" + Sample.trial() + "\n\n"
    let file = try SybilTrialFile(text: text, name: "f")
    #expect(file.trials.map(\.line) == [3, 5])
  }

  @Test(arguments: [
    ["TargetCID": "absent"], ["TargetCID": "null"], ["TargetCID": "\"Qm\""], ["TargetCID": "7"],
    ["ClosestPeers": "[\"nonsense\"]"], ["ClosestPeers": "[1]"], ["ClosestPeers": "{}"],
    ["ClosestPeers": "[\"QmbhzZii4TbBn5XfYFedsdi4TmStKwz7Uy3dUBLoXB4puf\"]"],
    ["ClosestPeers": "[\"\(Sample.peers[0])\",\"\(Sample.peers[0])\"]"],
    ["SybilIDs": "[\"0\"]"], ["SybilIDs": "7"], ["Netsize": "-5"], ["Netsize": "1e300"],
    ["Netsize": "1e999"],
    ["Netsize": "\"9\""], ["Netsize": "absent"], ["KL": "absent"], ["Detection": "1"],
    ["Threshold": "null"], ["IsEclipsed": "absent"], ["PercentEclipsed": "[]"],
  ])
  func badFieldsNameFileAndLine(changes: [String: String]) {
    let text = Sample.file([Sample.trial(), Sample.trial(changes)])
    #expect {
      try SybilTrialFile(text: text, name: "f")
    } throws: { error in
      guard let error = error as? TrialDataError else { return false }
      return error.file == "f" && error.line == 3 && error.description.hasPrefix("f:3: ")
    }
  }

  @Test(arguments: [
    "", "\n", "{}", "[]\n", Sample.client, Sample.client + "\n",
    Sample.client + "\n\n", Sample.client + "\n" + Sample.trial() + "\n{}",
    String(repeating: "[", count: 100_000),
  ])
  func badFilesAreRefused(text: String) {
    #expect { try SybilTrialFile(text: text, name: "f") } throws: { error in
      (error as? TrialDataError)?.line != nil
    }
  }

  /// Files that were cut or joined: the client's line may stand anywhere, or be missing.
  @Test(arguments: [
    Sample.trial() + "\n" + Sample.trial(),
    "\n\t\n" + Sample.client + "\n" + Sample.trial() + "\n" + Sample.client + "\n"
      + Sample.trial(),
  ])
  func theClientStandsAnywhere(text: String) throws {
    #expect(try SybilTrialFile(text: text, name: "f").trials.count == 2)
  }

  @Test func badLinesAreSkippedAndNamed() throws {
    var badLines: [TrialDataError] = []
    let text = [Sample.client, "{", Sample.trial(), "[]", Sample.trial()].joined(separator: "\n")
    let file = try SybilTrialFile(text: text, name: "f", badLines: &badLines)
    #expect(file.trials.map(\.line) == [3, 5])
    #expect(badLines.map(\.line) == [2, 4])
  }

  /// Cut anywhere, the file is refused with a line, or is a whole number of trials.
  @Test func everyTruncationIsRefusedOrEndsAtALine() throws {
    let text = Sample.file([Sample.trial(), Sample.trial()])
    let bytes = Array(text.utf8)
    var accepted: [Int] = []
    for count in bytes.indices {
      do throws(TrialDataError) {
        _ = try SybilTrialFile(text: String(decoding: bytes[..<count], as: UTF8.self), name: "f")
        accepted.append(count)
      } catch {
        #expect(error.file == "f" && (1...3).contains(error.line ?? 0), "cut at \(count)")
      }
    }
    // After the first trial, with and without its line end, and without the last line end.
    let firstEnd = Sample.client.utf8.count + 1 + Sample.trial().utf8.count
    #expect(accepted == [firstEnd, firstEnd + 1, bytes.count - 1])
  }
}
