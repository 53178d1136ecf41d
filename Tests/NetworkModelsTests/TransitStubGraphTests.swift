import NetworkModels
import Randomness
import Testing

@Suite struct TransitStubGraphTests {
  /// In GT-ITM's alternative format.
  static let text = """
    GRAPH (#nodes #edges id uu vv ww xx yy zz):
    6 12 transtub(0) 5

    VERTICES (index name u v w x y z):
    0 T:0.0 7 6
    1 T:1.0 6 1
    2 S:0.0/0.0 5 6
    3 S:0.0/0.0 5 2
    4 S:0.0/1.0 5 1
    5 S:1.0/0.0 7 2

    EDGES (from-node to-node length a b):
    0 1 100 1
    0 2 10 3
    2 3 7 1
    0 4 20 3
    1 5 30 3
    1 5 31 3

    """

  @Test func aSmallFileIsRead() throws {
    let graph = try TransitStubGraph(gtItm: Array(Self.text.utf8))
    #expect(graph.stubDomains == [nil, nil, 0, 0, 1, 2])
    #expect(graph.links.count == 6)
    let routes = try TransitStubRoutes(graph)
    #expect(routes.length(from: 3, to: 5) == 147)
    #expect(routes.length(from: 5, to: 3) == 147)
    #expect(routes.length(from: 4, to: 0) == 20)
    #expect(routes.length(from: 0, to: 1) == 100)
    #expect(routes.length(from: 2, to: 3) == 7)
  }

  private static func changed(_ old: String, _ new: String) -> [UInt8] {
    let parts = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
    #expect(parts.count == 2, "\(old) is not in the text")
    return Array("\(parts[0])\(new)\(parts[parts.count - 1])".utf8)
  }

  @Test(arguments: [
    ("GRAPH", "GRAF", "malformedHeader"), ("6 12", "x 12", "malformedHeader"),
    ("6 12", "0 12", "malformedHeader"), ("6 12", "6 13", "malformedHeader"),
    ("6 12", "1000001 12", "malformedHeader"), ("VERTICES", "EDGES", "malformedHeader"),
    ("6 12", "5 12", "malformedHeader"), ("6 12", "7 12", "malformedLine"),
    ("1 T:1.0", "2 T:1.0", "malformedLine"), ("1 T:1.0", "1 X:1.0", "malformedLine"),
    ("1 T:1.0", "1 T:1", "malformedLine"), ("1 T:1.0", "1 T:1.", "malformedLine"),
    ("1 T:1.0", "1 T:9999999999.0", "malformedLine"), ("1 T:1.0", "1 T:1.0/1", "malformedLine"),
    ("1 T:1.0", "1 T:0.0", "duplicate"), ("2 3 7 1", "2 6 7 1", "unknownName"),
    ("2 3 7 1", "2 2 7 1", "unknownName"), ("2 3 7 1", "2 -3 7 1", "unknownName"),
    ("2 3 7 1", "2 3 65536 1", "outOfRange"), ("2 3 7 1", "2 3 7.5 1", "outOfRange"),
    ("2 3 7 1", "2 3", "malformedLine"),
  ])
  func hostileFilesAreRefused(old: String, new: String, code: String) {
    let error = #expect(throws: NetworkDataError.self) {
      try TransitStubGraph(gtItm: Self.changed(old, new))
    }
    #expect(error?.code.description == code)
  }

  @Test(arguments: [
    // A stub domain in two parts, one without a way out, a core in two parts.
    ("2 3 7 1", "0 3 7 1"), ("0 4 20 3", "2 4 20 3"), ("0 1 100 1", "0 2 100 1"),
  ])
  func brokenGraphsHaveNoRoutes(old: String, new: String) throws {
    let graph = try TransitStubGraph(gtItm: Self.changed(old, new))
    let error = #expect(throws: NetworkDataError.self) { try TransitStubRoutes(graph) }
    #expect(error?.code == .disconnected)
  }

  @Test func aGraphIsChecked() {
    let cases: [([UInt32?], [TransitStubGraph.Link], NetworkDataError.Code)] = [
      ([nil, 1], [], .malformedLine), ([nil, 7], [], .malformedLine),
      ([nil, 0], [.init(0, 2, length: 1)], .unknownName),
      ([nil, 0], [.init(0, 1, length: 65_536)], .outOfRange),
      (Array(repeating: nil, count: 4097), [], .tooLarge),
      (Array(repeating: 0, count: 4097), [], .tooLarge),
    ]
    for (stubDomains, links, code) in cases {
      let error = #expect(throws: NetworkDataError.self) {
        try TransitStubGraph(stubDomains: stubDomains, links: links)
      }
      #expect(error?.code == code)
    }
    let error = #expect(throws: NetworkDataError.self) {
      try TransitStubRoutes(TransitStubGraph(stubDomains: [nil], links: []))
    }
    #expect(error?.code == .empty)
  }

  @Test func noBytesTrap() {
    BundledData.sweep(Self.text) { bytes in
      if let graph = try? TransitStubGraph(gtItm: bytes) { _ = try? TransitStubRoutes(graph) }
    }
  }

  @Test func aFileThatIsCutOffIsNoticed() {
    let bytes = Array(Self.text.utf8)
    // The last line keeps its three needed fields for the last three bytes: a digit, blank,
    // newline.
    for count in 0..<(bytes.count - 4) {
      #expect(throws: NetworkDataError.self) {
        try TransitStubGraph(gtItm: Array(bytes.prefix(count)))
      }
    }
  }

  @Test func generatedSizesKeepTheirTotal() throws {
    let stream = StreamKey(seed: 3)["sizes"]
    for sizes in [TransitStubParameters.Sizes.even, .varied] {
      let graph = TransitStubGraph(try TransitStubParameters(sizes: sizes), stream: stream)
      var members = [Int](repeating: 0, count: graph.stubDomainCount)
      for case let domain? in graph.stubDomains { members[Int(domain)] += 1 }
      #expect(members.reduce(0, +) == 5000)
      if sizes == .even {
        #expect(members.allSatisfy { $0 == 10 })
      } else {
        #expect(members.min() == 1 && members.max() == 19)
      }
      // A different stream is a different graph, the same one the same.
      let again = TransitStubGraph(try TransitStubParameters(sizes: sizes), stream: stream)
      #expect(again == graph)
      #expect(TransitStubGraph(try TransitStubParameters(sizes: sizes), stream: stream[1]) != graph)
    }
  }

  @Test func impossibleParametersAreRefused() {
    #expect(throws: NetworkParameterError.self) { try TransitStubParameters(transitDomains: 0) }
    #expect(throws: NetworkParameterError.self) { try TransitStubParameters(transitDomains: .max) }
    #expect(throws: NetworkParameterError.self) {
      try TransitStubParameters(routersPerStubDomain: 4096)
    }
    #expect(throws: NetworkParameterError.self) {
      try TransitStubParameters(stubDomainsPerTransitRouter: 4000, routersPerStubDomain: 2000)
    }
    #expect(throws: NetworkParameterError.self) {
      try TransitStubParameters(extraTransitStubLinks: -1)
    }
    let error = #expect(throws: NetworkParameterError.self) {
      try TransitStubParameters(
        transitDomains: 1, routersPerTransitDomain: 1, stubDomainsPerTransitRouter: 1,
        extraStubStubLinks: 1)
    }
    #expect(error?.parameter == "extraStubStubLinks")
  }
}
