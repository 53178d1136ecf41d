import Randomness
import RingIdentifiers
import Testing

/// Bytes, hexadecimal text and digests: what is read back, and what is refused.
@Suite struct IdentifierTextTests {
  static let sample = "0123456789abcdeffedcba9876543210deadbeef"

  /// Runs `body` and returns the error that it threw.
  func error(_ body: () throws(RingIdentifierError) -> some Any) -> RingIdentifierError? {
    do throws(RingIdentifierError) {
      _ = try body()
      return nil
    } catch {
      return error
    }
  }

  @Test func hexAndBytesGoRoundUnchanged() throws {
    for point in samplePoints("text", count: 200) {
      let nodeId = NodeId(point)
      #expect(try NodeId(hex: nodeId.hex) == nodeId)
      #expect(try NodeId(bytes: nodeId.bytes) == nodeId)
      #expect(nodeId.hex.count == 40)
      #expect(nodeId.bytes.count == 20)
      #expect(nodeId.hex == nodeId.description)
      let pairs = nodeId.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
      #expect(nodeId.hex == pairs.joined())
    }
  }

  @Test func bytesAreBigEndian() throws {
    let nodeId = try NodeId(hex: Self.sample)
    #expect(nodeId.bytes.prefix(3) == [0x01, 0x23, 0x45])
    #expect(nodeId.bytes.suffix(2) == [0xbe, 0xef])
    #expect(nodeId.value.high == 0x0123_4567_89ab_cdef)
    #expect(nodeId.value.low == 0xdead_beef)
  }

  @Test func theOrderOfTextBytesAndValuesIsOne() {
    let nodeIds = samplePoints("textOrder", count: 50).map { NodeId($0) }
    for (a, b) in zip(nodeIds, nodeIds.dropFirst()) {
      #expect((a < b) == (a.hex < b.hex))
      #expect((a < b) == a.bytes.lexicographicallyPrecedes(b.bytes))
    }
  }

  @Test func everyTruncationAndExtensionOfHexIsRefused() {
    for length in 0..<40 {
      let failure = error { () throws(RingIdentifierError) in
        try NodeId(hex: String(Self.sample.prefix(length)))
      }
      #expect(failure?.code == .wrongLength)
      #expect(failure?.description.contains("got \(length) bytes") == true)
    }
    for tail in ["0", " ", "\n", "\0", Self.sample] {
      let failure = error { () throws(RingIdentifierError) in
        try NodeId(hex: Self.sample + tail)
      }
      #expect(failure?.code == .wrongLength)
    }
  }

  @Test func everyByteThatIsNoLowerCaseDigitIsRefusedWhereItStands() {
    let digits = Set("0123456789abcdef".utf8)
    for position in [0, 1, 20, 39] {
      for byte in UInt8(0)...127 {
        var bytes = Array(Self.sample.utf8)
        bytes[position] = byte
        let text = String(decoding: bytes, as: UTF8.self)
        let failure = error { () throws(RingIdentifierError) in try NodeId(hex: text) }
        if digits.contains(byte) {
          #expect(failure == nil)
        } else {
          let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
          #expect(failure?.code == (isUpper ? .upperCaseDigit : .invalidDigit))
          #expect(failure?.position == position)
          #expect(failure?.description.contains("\(position + 1) of 40") == true)
        }
      }
    }
  }

  @Test func foreignSpellingsAreRefused() {
    let spoilt: [(String, RingIdentifierError.Code)] = [
      ("0x" + Self.sample.dropFirst(2), .invalidDigit),
      ("0x" + Self.sample, .wrongLength),
      (Self.sample.uppercased(), .upperCaseDigit),
      ("+" + Self.sample.dropFirst(), .invalidDigit),
      ("-" + Self.sample.dropFirst(), .invalidDigit),
      (" " + Self.sample.dropFirst(), .invalidDigit),
      // A full-width digit and an accented letter: two and three bytes of UTF-8.
      (Self.sample.dropLast(3) + "\u{ff11}", .invalidDigit),
      (Self.sample.dropLast(2) + "\u{e9}", .invalidDigit),
      (Self.sample.dropLast(1) + "\u{ff11}", .wrongLength),
    ]
    for (text, code) in spoilt {
      let failure = error { () throws(RingIdentifierError) in try Key(hex: text) }
      #expect(failure?.code == code, "\(text)")
    }
  }

  @Test func everyWrongNumberOfBytesIsRefused() throws {
    let bytes = try NodeId(hex: Self.sample).bytes
    for length in 0..<20 {
      let failure = error { () throws(RingIdentifierError) in
        try NodeId(bytes: bytes.prefix(length))
      }
      #expect(failure?.code == .wrongLength)
      #expect(failure?.description.contains("got \(length)") == true)
    }
    // An endless sequence is refused too, without reading it all.
    let failure = error { () throws(RingIdentifierError) in
      try NodeId(bytes: sequence(first: UInt8(0)) { $0 &+ 1 })
    }
    #expect(failure?.code == .wrongLength)
  }

  @Test func digestsGiveTheirFirstTwentyBytes() throws {
    let digest = (UInt8(1)...32).map { $0 }
    let expected = try Key(bytes: digest.prefix(20))
    #expect(try Key(digest: digest) == expected)
    #expect(try Key(digest: digest.prefix(20)) == expected)
    for length in 0...70 where length != 20 && length != 32 {
      let failure = error { () throws(RingIdentifierError) in
        try Key(digest: [UInt8](repeating: 7, count: length))
      }
      #expect(failure?.code == .wrongLength)
    }
  }

  @Test func errorsAreEqualByCode() {
    let short = error { () throws(RingIdentifierError) in try NodeId(hex: "") }
    let bytes = error { () throws(RingIdentifierError) in try NodeId(bytes: []) }
    let digit = error { () throws(RingIdentifierError) in
      try NodeId(hex: String(repeating: "g", count: 40))
    }
    #expect(short == bytes)
    #expect(short?.hashValue == bytes?.hashValue)
    #expect(short != digit)
    #expect(RingIdentifierError.Code.wrongLength.description == "wrongLength")
  }
}

/// The two kinds of identifier and what crosses between them.
@Suite struct RingIdentifierTests {
  @Test func theRingMeasuresTakeEitherKind() throws {
    let nodeId = NodeId(UInt160(10))
    let key = Key(UInt160(13))
    #expect(nodeId.ringDistance(to: key) == UInt160(3))
    #expect(key.ringDistance(to: nodeId) == UInt160(3))
    #expect(key.clockwiseDistance(to: nodeId) == UInt160.zero &- UInt160(3))
    #expect(nodeId.sharedPrefixLength(with: key, digitBits: 4) == 39)
    #expect(nodeId.digit(at: 39, digitBits: 4) == 10)
    #expect(Key(nodeId.value).value == nodeId.value)
    #expect(NodeId(key.value).value == key.value)
  }

  @Test func theRootIsTheClosestNodeIdWithTiesCounterclockwise() {
    let nodeIds = [4, 8, 20].map { NodeId(UInt160($0)) }
    #expect(Key(UInt160(5)).root(among: nodeIds) == nodeIds[0])
    #expect(Key(UInt160(6)).root(among: nodeIds) == nodeIds[0])
    #expect(Key(UInt160(6)).root(among: nodeIds.reversed()) == nodeIds[0])
    #expect(Key(UInt160(7)).root(among: nodeIds) == nodeIds[1])
    #expect(Key(UInt160.max).root(among: nodeIds) == nodeIds[0])
    #expect(Key(UInt160(7)).root(among: []) == nil)
    #expect(nodeIds[0].isCloser(than: nodeIds[1], to: Key(UInt160(6))))
  }

  @Test func randomIdentifiersComeFromTheStreamAlone() {
    var first = RandomStream(StreamKey(seed: 4)["nodeIds"])
    var second = RandomStream(StreamKey(seed: 4)["nodeIds"])
    let nodeId = NodeId.random(from: &first)
    #expect(nodeId.value == Key.random(from: &second).value)
    #expect(NodeId.random(from: &first) != nodeId)
  }
}
