import NetworkModels
import ProtocolTime
import Randomness
import Testing

@Suite struct SessionTraceTests {
  /// The two layouts of the files: tabs and fractions, and a blank before the times.
  static let text =
    "aa\t2\t0.421379499999603\t100.5\t200\t300.25\nbb\t0\n"
    + "cc\t4\t 50 60 55 70 80 80 90 85\ndd\t2\t 400 500 100 200\n"

  @Test func aFileIsReadSortedAndRepaired() throws {
    let trace = try SessionTrace(availability: Array(Self.text.utf8))
    #expect(trace.nodeCount == 4)
    #expect(trace.sessions.map(\.node) == [0, 2, 3, 0, 3])
    #expect(trace.sessions[0].arrival == Instant(nanoseconds: 421_379_499))
    #expect(trace.sessions[0].departure == Instant(nanoseconds: 100_500_000_000))
    #expect(trace.sessions[1].arrival == .zero + .seconds(50))
    #expect(trace.sessions[1].departure == .zero + .seconds(70))
    #expect(trace.end == .zero + .seconds(500))
    #expect(trace.repairs.idleNodes == 1)
    #expect(trace.repairs.emptySessions == 1)
    #expect(trace.repairs.reversedSessions == 1)
    #expect(trace.repairs.joinedSessions == 1)
    let active = trace.withoutIdleNodes()
    #expect(active.nodeCount == 3)
    #expect(active.sessions.map(\.node) == [0, 1, 2, 0, 2])
  }

  @Test func statisticsAreThoseOfTheList() throws {
    let trace = try SessionTrace(
      availability: Array("a 2 0 10 20 40\nb 1 5 25\nc 1 25 40".utf8))
    #expect(trace.lengths().count == 4)
    #expect(trace.lengths().mean == TimeSpan.seconds(65) / 4)
    #expect(trace.lengths().median == .seconds(15))
    #expect(trace.lengths(margin: .zero).count == 1)
    #expect(trace.lengths(margin: .seconds(5)).count == 0)
    let whole = trace.population(from: .zero, to: trace.end)
    // At 25 one leaves as another comes: that is no dip.
    #expect(whole.minimum == 1 && whole.maximum == 2)
    #expect((whole.mean - 65.0 / 40).magnitude < 1e-9)
    let part = trace.window(from: .zero + .seconds(22), to: .zero + .seconds(30))
    #expect(part.sessions.map(\.node) == [0, 1, 2])
    #expect(part.sessions.map(\.arrival) == [.zero, .zero, .zero + .seconds(3)])
    #expect(part.sessions[1].departure == .zero + .seconds(3))
    #expect(part.end == .zero + .seconds(8))
  }

  @Test(arguments: [
    ("", "empty"), ("a 0\n", "empty"), ("a\n", "malformedLine"), ("a x\n", "malformedLine"),
    ("a 1\n", "malformedLine"), ("a 1 5\n", "malformedLine"), ("a 1 5 6 7\n", "malformedLine"),
    ("a 2 5 6\n", "malformedLine"), ("a 0 5 6\n", "malformedLine"),
    ("a 4294967295 5 6\n", "malformedLine"), ("a 4294967296 5 6\n", "malformedLine"),
    ("a -1 5 6\n", "malformedLine"), ("a 1 5 6 7 8\n", "malformedLine"),
    ("a 1 5 x\n", "notANumber"), ("a 1 5 1e9\n", "notANumber"),
    ("a 1 5 99999999999\n", "notANumber"), ("a 1 -5 6\n", "outOfRange"),
  ])
  func hostileFilesAreRefused(text: String, code: String) {
    let error = #expect(throws: NetworkDataError.self) {
      try SessionTrace(availability: Array(text.utf8))
    }
    #expect(error?.code.description == code)
  }

  @Test func noBytesTrapAndSessionsStaySorted() {
    BundledData.sweep(Self.text) { bytes in
      guard let trace = try? SessionTrace(availability: bytes) else { return }
      for (earlier, later) in zip(trace.sessions, trace.sessions.dropFirst()) {
        #expect(earlier.arrival <= later.arrival)
      }
      #expect(trace.sessions.allSatisfy { $0.departure <= trace.end && $0.node < trace.nodeCount })
    }
  }
}
