import LoadModel
import Testing

@Suite struct ResponseReaderTests {
  private static let stream = """
    HTTP/1.1 100 Continue\r\n\r\n\
    HTTP/1.1 200 OK\r\nContent-Type: application/pkix-cert\r\nContent-Length: 5\r\n\
    Serial:\t 0a \r\n\r\nhello\
    HTTP/1.1 429 Too Many\r\nretry-after: 7\r\nTransfer-Encoding: chunked\r\n\r\n\
    3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n\
    HTTP/1.1 204 None\r\nConnection: close\r\n\r\n
    """

  private func responses(_ pieces: [ArraySlice<UInt8>]) throws -> [HTTPResponse] {
    var reader = ResponseReader()
    var all: [HTTPResponse] = []
    for piece in pieces {
      reader.receive(piece)
      while let response = try reader.next() { all.append(response) }
    }
    if let last = try reader.finish() { all.append(last) }
    return all
  }

  @Test func answersAreCutOutOfTheStream() throws {
    let all = try responses([Array(Self.stream.utf8)[...]])
    #expect(all.map(\.status) == [200, 429, 204])
    #expect(all.map { String(decoding: $0.body, as: UTF8.self) } == ["hello", "abc0123456789", ""])
    #expect(all[0]["content-type"] == "application/pkix-cert")
    #expect(all[0]["serial"] == "0a")
    #expect(all[1]["retry-after"] == "7")
    #expect(all.map(\.closes) == [false, false, true])
  }

  @Test func theCutsBetweenPacketsDoNotMatter() throws {
    let bytes = Array(Self.stream.utf8)
    let whole = try responses([bytes[...]])
    for cut in 0...bytes.count {
      #expect(try responses([bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)")
    }
    #expect(try responses(bytes.indices.map { bytes[$0...$0] }) == whole)
  }

  @Test func everyTruncationIsCutOffOrWhole() throws {
    let bytes = Array(Self.stream.utf8)
    var wholeCount = 0
    for count in 0..<bytes.count {
      do {
        wholeCount += try responses([bytes[..<count]]).isEmpty ? 0 : 1
      } catch {
        #expect(error as? ResponseError == .cutOff, "after \(count) octets")
      }
    }
    #expect(wholeCount == 2, "the stream can end after its first and its second answer")
  }

  @Test func anAnswerWithoutLengthEndsWithTheConnection() throws {
    let text = "HTTP/1.1 200 OK\r\n\r\nuntil the end"
    let all = try responses([Array(text.utf8)[...]])
    #expect(all.map(\.closes) == [true])
    #expect(all.first?.body == Array("until the end".utf8))
  }

  @Test(arguments: [
    "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000\r\n\r\n",
    "HTTP/1.1 099 x\r\n\r\n", "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "HTTP/1.1 200 OK\r\n: empty\r\n\r\n", "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
  ])
  func malformedAnswersAreRefused(text: String) {
    #expect(throws: ResponseError.malformed) { try responses([Array(text.utf8)[...]]) }
  }

  @Test func largeAnswersAreRefused() {
    let head = "HTTP/1.1 200 OK\r\nA: " + String(repeating: "a", count: 40_000)
    #expect(throws: ResponseError.tooLarge) { try responses([Array(head.utf8)[...]]) }
    let fields =
      "HTTP/1.1 200 OK\r\n" + String(repeating: "A: aaaaaaaaaaaaaaaa\r\n", count: 2_000)
    #expect(throws: ResponseError.tooLarge) { try responses([Array(fields.utf8)[...]]) }
    for length in ["1048577", "999999999"] {
      let text = "HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n"
      #expect(throws: ResponseError.tooLarge) { try responses([Array(text.utf8)[...]]) }
    }
    let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n"
    #expect(throws: ResponseError.tooLarge) { try responses([Array(chunk.utf8)[...]]) }
  }
}
