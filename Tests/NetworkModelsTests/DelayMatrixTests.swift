import NetworkModels
import ProtocolTime
import Randomness
import Testing

@Suite struct DelayMatrixTests {
  @Test func planetLabHasThePublishedNumbers() throws {
    let matrix = try DelayMatrix.planetLab(
      BundledData.bytes("rtt-planetlab-490/PlanetLabData_1.gz"))
    #expect(matrix.hostCount == 490)
    #expect(matrix.repairs == .none)
    #expect(matrix.isSymmetric)
    // Half of a median of 135.01 ms and of a maximum of 2984.1 ms.
    #expect(matrix.quantiles([0.5, 1]) == [.microseconds(67_505), .microseconds(1_492_050)])
    // The first numbers of the file: 0, .175, 2.553.
    #expect(matrix.delay(fromHost: 0, toHost: 0) == .zero)
    #expect(matrix.delay(fromHost: 0, toHost: 1) == TimeSpan(nanoseconds: 87_500))
    #expect(matrix.delay(fromHost: 2, toHost: 0) == TimeSpan(nanoseconds: 1_276_500))
    let violations = Self.triangleViolations(matrix)
    #expect(violations > 0.055 && violations < 0.065, "6.0 % of random triples")
  }

  @Test func freePastryHasThePublishedNumbersAndKeepsDirections() throws {
    let matrix = try DelayMatrix.freePastry(BundledData.bytes("matrix-freepastry-1000/GNPINPUT.gz"))
    #expect(matrix.hostCount == 1000)
    #expect(matrix.repairs == .none)
    #expect(
      matrix.quantiles([0, 0.1, 0.5, 0.9, 0.99, 1])
        == [2, 212, 336, 467, 579, 868].map(TimeSpan.milliseconds))
    #expect(!matrix.isSymmetric)
    #expect(matrix.delay(fromHost: 0, toHost: 1) == .milliseconds(357))
    #expect(matrix.delay(fromHost: 1, toHost: 0) == .milliseconds(270))
    var asymmetric = 0
    for host in 0..<1000 {
      for other in 0..<host
      where matrix.delay(fromHost: host, toHost: other)
        != matrix.delay(fromHost: other, toHost: host)
      {
        asymmetric += 1
      }
    }
    #expect(asymmetric == 127_422)
    let violations = Self.triangleViolations(matrix)
    #expect(violations > 0.001 && violations < 0.004, ".24 % of random triples")
  }

  /// The share of random triples whose direct way is longer than the way round.
  private static func triangleViolations(_ matrix: DelayMatrix) -> Double {
    var source = RandomStream(StreamKey(seed: 7)["triangles"])
    let count = UInt32(matrix.hostCount)
    var violations = 0
    for _ in 0..<100_000 {
      let (i, j, k) = (
        Int(source.index(below: count)), Int(source.index(below: count)),
        Int(source.index(below: count))
      )
      let round = matrix.delay(fromHost: i, toHost: k) + matrix.delay(fromHost: k, toHost: j)
      if round < matrix.delay(fromHost: i, toHost: j) { violations += 1 }
    }
    return Double(violations) / 100_000
  }

  /// In the format of the Seattle slices: seconds, zeros for what was not measured.
  static let seattle = "0\t0.2\t0\t0\n0.4\t0.1\t0.6\t0\n0.8\t0\t0\t1\n0\t2.0\t0.01\t0\n"

  @Test func missingEntriesAreCompletedAndCounted() throws {
    let matrix = try DelayMatrix.seattle(Array(Self.seattle.utf8))
    #expect(matrix.hostCount == 4)
    // 0-3 in no direction; 0-2, 2-1 and 1-3 in one.
    #expect(matrix.repairs.filled == 2)
    #expect(matrix.repairs.mirrored == 3)
    #expect(matrix.delay(fromHost: 0, toHost: 1) == .milliseconds(100))
    #expect(matrix.delay(fromHost: 1, toHost: 0) == .milliseconds(200))
    #expect(matrix.delay(fromHost: 0, toHost: 2) == .milliseconds(400))
    #expect(matrix.delay(fromHost: 2, toHost: 1) == .milliseconds(300))
    #expect(matrix.delay(fromHost: 1, toHost: 3) == .milliseconds(1000))
    // The lower median of 5, 100, 200, 300, 400, 500, 1000.
    #expect(matrix.delay(fromHost: 3, toHost: 0) == .milliseconds(300))
    #expect(matrix.delay(fromHost: 1, toHost: 1) == .zero)
  }

  @Test(arguments: [
    ("", "empty"), ("\n \n", "empty"), ("0 0\n0 0\n", "empty"), ("0\n", "empty"),
    ("0 1\n", "notSquare"), ("0 1\n1\n", "notSquare"), ("0 1\n1 0\n1 1\n", "notSquare"),
    ("0 1\n1 0 1\n", "notSquare"), ("0 x\n1 0\n", "notANumber"), ("0 1e3\n1 0\n", "notANumber"),
    ("0 .\n1 0\n", "notANumber"), ("0 -\n1 0\n", "notANumber"), ("0 1.2.3\n1 0\n", "notANumber"),
    ("0 nan\n1 0\n", "notANumber"), ("0 99999999999999999999\n1 0\n", "notANumber"),
    ("0 -1\n1 0\n", "outOfRange"), ("0 1200001\n1 0\n", "outOfRange"),
    ("\u{1F}\u{8B}\u{8}\u{0}", "notANumber"),
  ])
  func hostileTablesAreRefused(text: String, code: String) {
    let error = #expect(throws: NetworkDataError.self) {
      try DelayMatrix(table: Array(text.utf8), unit: .milliseconds, meaning: .roundTrip)
    }
    #expect(error?.code.description == code)
    #expect(error?.description.isEmpty == false)
  }

  @Test func aTableOfTooManyHostsIsRefusedInItsFirstRow() {
    let row = Array(String(repeating: "1 ", count: DelayMatrix.hostCountMax + 1).utf8)
    let error = #expect(throws: NetworkDataError.self) {
      try DelayMatrix(table: row, unit: .milliseconds, meaning: .oneWay)
    }
    #expect(error?.code == .tooLarge)
    #expect(error?.line == 1)
  }

  @Test func tinyMeasurementsStayMeasurements() throws {
    let bytes = Array("0 0.000001\n2.0000000000001 0".utf8)
    let matrix = try DelayMatrix(table: bytes, unit: .milliseconds, meaning: .roundTrip)
    #expect(matrix.repairs == .none)
    #expect(matrix.delay(fromHost: 0, toHost: 1) == TimeSpan(nanoseconds: 500))
    #expect(matrix.delay(fromHost: 1, toHost: 0) == .milliseconds(1))
  }

  static let pings = """
    source,destination,distance_km,avg_ms,pct_sol_fiber,min_ms,max_ms,mdev_ms,last_checked
    New York,"San Juan Puerto Rico, North America",2580,60.5,1,2,3,4,2018-11-10 12:23:34
    New York,"Zagreb Croatia, Europe",6800,120.1,1,2,3,4,2018-11-10 12:23:34
    San Juan,"San Juan Capistrano United States, North America",5000,80,1,2,3,4,x
    San,"New York United States, North America",5000,90,1,2,3,4,x
    San Juan Capistrano,"San Marino, Europe",5000,100.25,1,2,3,4,x

    """

  @Test func citiesAreFoundByTheirLongestName() throws {
    let matrix = try DelayMatrix.wonderNetwork(Array(Self.pings.utf8))
    #expect(matrix.hostNames == ["New York", "San", "San Juan", "San Juan Capistrano"])
    #expect(matrix.repairs.droppedRows == 1)
    #expect(matrix.delay(fromHost: 0, toHost: 2) == .microseconds(30_250))
    #expect(matrix.delay(fromHost: 2, toHost: 3) == .milliseconds(40))
    #expect(matrix.delay(fromHost: 3, toHost: 1) == TimeSpan(nanoseconds: 50_125_000))
    // The reverse of a measured direction.
    #expect(matrix.delay(fromHost: 2, toHost: 0) == .microseconds(30_250))
    #expect(matrix.repairs.mirrored == 4)
    #expect(matrix.repairs.filled == 4)
  }

  @Test func hostilePingsAreRefused() {
    let header = "source,destination,distance_km,avg_ms\n"
    let cases: [(String, NetworkDataError.Code)] = [
      ("", .malformedHeader), ("city,Lat\n", .malformedHeader), (header, .empty),
      (header + "A,B,1,2\n", .malformedLine), (header + "A,\"B,1,2\n", .malformedLine),
      (header + ",\"B c\",1,2\n", .malformedLine), (header + "A,\"B c\"\n", .malformedLine),
      (header + "A,\"B c\",1\n", .malformedLine), (header + "A,\"B c\",1,\n", .notANumber),
      (header + "A,\"B c\",1,0\n", .outOfRange), (header + "A,\"B c\",1,-5,\n", .outOfRange),
      (header + "A,\"B c\",1,2\n", .empty),
      (header + "A,\"B c\",1,2\nB,\"A c\",1,2\nA,\"B c\",1,2\n", .duplicate),
    ]
    for (text, code) in cases {
      let error = #expect(throws: NetworkDataError.self, "\(text)") {
        try DelayMatrix.wonderNetwork(Array(text.utf8))
      }
      #expect(error?.code == code, "\(text)")
    }
  }

  @Test func noBytesTrap() {
    BundledData.sweep(Self.seattle) { bytes in
      if let matrix = try? DelayMatrix.seattle(bytes) {
        #expect(matrix.hostCount <= 5)
        #expect(matrix.quantile(1) <= DelayMatrix.delayMax)
      }
    }
    BundledData.sweep(Self.pings) { bytes in _ = try? DelayMatrix.wonderNetwork(bytes) }
  }

  @Test func aTableThatIsCutOffIsNoticed() throws {
    let bytes = Array("0 12 13\n21 0 23\n31 32 0\n".utf8)
    for count in 0..<(bytes.count - 2) {
      #expect(throws: NetworkDataError.self) {
        try DelayMatrix(table: Array(bytes.prefix(count)), unit: .seconds, meaning: .oneWay)
      }
    }
  }
}
