import NetworkModels
import ProtocolTime
import Testing

@Suite struct NetworkCoordinatesTests {
  /// In the format of SimGrid's files.
  static let text = """
    # A comment.
    #
    0 0.0 0.0 h 1.5
    1 30.0 40.0 h 0.5
    2 -30.0 -40.0 h 2.0

    """

  @Test func theDelayIsEuclideanPlusHeights() throws {
    let oneWay = try NetworkCoordinates(syscoord: Array(Self.text.utf8), meaning: .oneWay)
    #expect(oneWay.hostCount == 3)
    #expect(oneWay.delay(fromHost: 0, toHost: 1) == .milliseconds(52))
    #expect(oneWay.delay(fromHost: 1, toHost: 0) == .milliseconds(52))
    #expect(oneWay.delay(fromHost: 1, toHost: 2) == .microseconds(102_500))
    #expect(oneWay.delay(fromHost: 2, toHost: 2) == .zero)
    #expect(oneWay.quantile(0.5) == .microseconds(53_500))
    let roundTrip = try NetworkCoordinates(syscoord: Array(Self.text.utf8), meaning: .roundTrip)
    #expect(roundTrip.delay(fromHost: 0, toHost: 1) == .milliseconds(26))
  }

  @Test(arguments: [
    ("", "empty"), ("# only\n", "empty"), ("0 1 2\n", "malformedLine"),
    ("0 1 2 h\n", "malformedLine"), ("0 1 2 x 3\n", "malformedLine"),
    ("0 1 2 h 3 4\n", "malformedLine"), ("1 1 2 h 3\n", "outOfRange"),
    ("0 1 2 h -3\n", "outOfRange"), ("0 1 700000 h 3\n", "outOfRange"),
    ("0 1 y h 3\n", "notANumber"), ("0 inf 1 h 3\n", "notANumber"), ("x 1 2 h 3\n", "outOfRange"),
  ])
  func hostileFilesAreRefused(text: String, code: String) {
    let error = #expect(throws: NetworkDataError.self) {
      try NetworkCoordinates(syscoord: Array(text.utf8), meaning: .oneWay)
    }
    #expect(error?.code.description == code)
  }

  @Test func noBytesTrap() {
    BundledData.sweep(Self.text) { bytes in
      if let hosts = try? NetworkCoordinates(syscoord: bytes, meaning: .oneWay) {
        #expect(hosts.hostCount <= 4)
      }
    }
  }
}
