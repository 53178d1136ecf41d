import Admission
import Foundation
import NodeCredentials
import Testing

/// Real maps with answers that were not computed here.
@Suite struct ASMapReferenceTests {
  private func reference(_ name: String, _ kind: String) throws -> Data {
    let url = try #require(
      Bundle.module.url(forResource: "Reference/\(name)", withExtension: kind))
    return try Data(contentsOf: url)
  }

  @Test func aSliceOfARealMapGivesTheKnownAnswers() throws {
    let map = try ASMap([UInt8](reference("asmap-slice", "dat")))
    let rows = String(decoding: try reference("asmap-slice", "csv"), as: UTF8.self)
      .split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
    #expect(rows.count == 602)
    for row in rows {
      #expect(
        map.autonomousSystem(of: try .of(String(row[0]))) == UInt32(row[1]), "\(row[0])")
    }
  }

  @Test func everyTruncationOfTheSliceIsRefused() throws {
    let bytes = [UInt8](try reference("asmap-slice", "dat"))
    for count in 0..<bytes.count {
      #expect(throws: ASMap.Failure.self) { try ASMap(Array(bytes.prefix(count))) }
    }
  }

  /// The data sets beside the repository; not everyone has them.
  static let data = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("shared/data")
  static var hasData: Bool {
    FileManager.default.fileExists(atPath: data.appendingPathComponent("README.md").path)
  }

  @Test(.enabled(if: hasData, "the data sets ../shared/data are not here"))
  func theWholeMapKnowsTheNodesOfEthereum() throws {
    let file = Self.data.appendingPathComponent("asmap-2025/1764864000_asmap.dat")
    let map = try ASMap([UInt8](Data(contentsOf: file)))
    #expect(map.autonomousSystem(of: try .of("193.0.6.139")) == 3_333)
    #expect(map.autonomousSystem(of: try .of("2001:4860:4860::8888")) == 15_169)
    let nodes = Self.data.appendingPathComponent(
      "ethereum-nodes-2025/ethereum_nodes_20251122.csv.gz")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc", nodes.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    var (rows, known, equal) = (0, 0, 0)
    for line in text.split(separator: "\n").dropFirst() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      let base = try #require(fields[0].split(separator: "/").first)
      let system = map.autonomousSystem(of: try .of(String(base)))
      rows += 1
      known += system > 0 ? 1 : 0
      equal += UInt32(fields[5]) == system ? 1 : 0
    }
    #expect(rows == 17_356 && known == rows)
    #expect((Double(equal) / Double(rows) * 1_000).rounded() == 934)
  }
}
