/// One answer of a server.
public struct HTTPResponse: Sendable, Equatable {
  /// The status code.
  public let status: Int
  /// Field names in lower case, in the order received.
  public let fields: [Field]
  /// The body, dechunked.
  public let body: [UInt8]
  /// Whether the server will close the connection after this answer.
  public let closes: Bool

  /// One header field.
  public struct Field: Sendable, Equatable {
    /// Lower case.
    public let name: String
    /// Without white space around it.
    public let value: String
  }

  /// The value of the first field with this lower-case name.
  public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
}

/// Why octets are no HTTP/1.1 response.
public enum ResponseError: Error, Hashable, Sendable {
  /// The status line or a field is malformed.
  case malformed
  /// The head or the body is larger than this reader takes.
  case tooLarge
  /// The connection ended inside an answer.
  case cutOff
}

/// Cuts a stream of octets into HTTP/1.1 responses.
///
/// Small, because the generator shares the machine with the server that it measures; strict,
/// because it is a test. No trailers, no folded fields, no answers to HEAD.
public struct ResponseReader: Sendable {
  /// More octets of status line and fields than this are refused.
  public static let headBytesMax = 32_768
  /// A longer body is refused.
  public static let bodyBytesMax = 1 << 20

  private enum Framing: Equatable { case none, count(Int), chunked, untilClose }

  private var buffer: [UInt8] = []
  private var start = 0
  private var head: (status: Int, fields: [HTTPResponse.Field], framing: Framing)?

  /// A reader at the start of a connection.
  public init() {}

  /// Takes octets as they came.
  public mutating func receive(_ bytes: some Sequence<UInt8>) {
    if start > 0, start == buffer.count {
      buffer.removeAll(keepingCapacity: true)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// Whether octets are left that belong to no complete answer.
  public var isInside: Bool { head != nil || start < buffer.count }

  /// The next complete answer; nil when more octets are needed. Interim answers (1xx) are skipped.
  /// - Throws: `ResponseError`; the reader is of no use afterwards.
  public mutating func next() throws(ResponseError) -> HTTPResponse? {
    while true {
      if head == nil {
        guard let found = try readHead() else { return nil }
        if (100..<200).contains(found.status) { continue }
        head = found
      }
      guard let head else { return nil }
      let body: [UInt8]?
      switch head.framing {
      case .none: body = []
      case .count(let count): body = counted(count)
      case .chunked: body = try chunked()
      case .untilClose:
        guard buffer.count - start <= Self.bodyBytesMax else { throw .tooLarge }
        body = nil
      }
      guard let body else { return nil }
      return finished(head, body: body)
    }
  }

  /// The answer that the end of the connection completes, if one was under way.
  /// - Throws: `.cutOff` when the connection ended inside an answer.
  public mutating func finish() throws(ResponseError) -> HTTPResponse? {
    if let head, head.framing == .untilClose {
      let body = [UInt8](buffer[start...])
      start = buffer.count
      return finished(head, body: body)
    }
    guard !isInside else { throw .cutOff }
    return nil
  }

  private mutating func finished(
    _ head: (status: Int, fields: [HTTPResponse.Field], framing: Framing), body: [UInt8]
  ) -> HTTPResponse {
    self.head = nil
    let connection = head.fields.first { $0.name == "connection" }?.value.lowercased()
    return HTTPResponse(
      status: head.status, fields: head.fields, body: body,
      closes: connection == "close" || head.framing == .untilClose)
  }

  private mutating func counted(_ count: Int) -> [UInt8]? {
    guard buffer.count - start >= count else { return nil }
    defer { start += count }
    return [UInt8](buffer[start..<start + count])
  }

  /// All chunks, once the last one is there.
  private mutating func chunked() throws(ResponseError) -> [UInt8]? {
    var position = start
    var body: [UInt8] = []
    while true {
      guard let line = try line(from: position, countMax: 18) else { return nil }
      let digits = buffer[line.content]
      guard !digits.isEmpty, digits.count <= 8,
        let count = Int(String(decoding: digits, as: UTF8.self), radix: 16), count >= 0
      else { throw .malformed }
      guard body.count + count <= Self.bodyBytesMax else { throw .tooLarge }
      position = line.next
      guard buffer.count - position >= count + 2 else { return nil }
      guard buffer[position + count] == 0x0D, buffer[position + count + 1] == 0x0A else {
        throw .malformed
      }
      body.append(contentsOf: buffer[position..<position + count])
      position += count + 2
      if count == 0 {
        start = position
        return body
      }
    }
  }

  /// The line from `position`: its content, and where the next one begins.
  private func line(
    from position: Int, countMax: Int
  ) throws(ResponseError) -> (content: Range<Int>, next: Int)? {
    var index = position
    while index < buffer.count, buffer[index] != 0x0A {
      guard index - position < countMax else { throw .tooLarge }
      index += 1
    }
    guard index < buffer.count else { return nil }
    guard index > position, buffer[index - 1] == 0x0D else { throw .malformed }
    return (position..<index - 1, index + 1)
  }

  private mutating func readHead() throws(ResponseError)
    -> (status: Int, fields: [HTTPResponse.Field], framing: Framing)?
  {
    guard var line = try line(from: start, countMax: Self.headBytesMax) else { return nil }
    let status = try statusCode(line.content)
    var fields: [HTTPResponse.Field] = []
    while true {
      guard line.next - start <= Self.headBytesMax else { throw .tooLarge }
      guard let next = try self.line(from: line.next, countMax: Self.headBytesMax) else {
        return nil
      }
      line = next
      if line.content.isEmpty { break }
      fields.append(try field(line.content))
    }
    start = line.next
    return (status, fields, try framing(status: status, fields: fields))
  }

  private func statusCode(_ range: Range<Int>) throws(ResponseError) -> Int {
    let line = buffer[range]
    guard line.count >= 12, line.starts(with: Array("HTTP/1.1 ".utf8)) else { throw .malformed }
    let digits = line.dropFirst(9).prefix(3)
    let isEnded = line.count == 12 || line.dropFirst(12).first == 0x20
    guard isEnded, digits.allSatisfy({ (0x30...0x39).contains($0) }),
      let status = Int(String(decoding: digits, as: UTF8.self)), status >= 100
    else { throw .malformed }
    return status
  }

  private func field(_ range: Range<Int>) throws(ResponseError) -> HTTPResponse.Field {
    let line = buffer[range]
    guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex else { throw .malformed }
    let name = line[..<colon]
    guard name.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .malformed }
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    var value = line[(colon + 1)...].drop(while: isSpace)
    while let last = value.last, isSpace(last) { value = value.dropLast() }
    return HTTPResponse.Field(
      name: String(decoding: name, as: UTF8.self).lowercased(),
      value: String(decoding: value, as: UTF8.self))
  }

  private func framing(
    status: Int, fields: [HTTPResponse.Field]
  ) throws(ResponseError) -> Framing {
    if (100..<200).contains(status) || status == 204 || status == 304 { return .none }
    let lengths = fields.filter { $0.name == "content-length" }
    if let coding = fields.first(where: { $0.name == "transfer-encoding" }) {
      guard coding.value.lowercased() == "chunked", lengths.isEmpty else { throw .malformed }
      return .chunked
    }
    guard let first = lengths.first else { return .untilClose }
    guard lengths.count == 1, !first.value.isEmpty, first.value.count <= 9,
      first.value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(first.value)
    else { throw .malformed }
    guard count <= Self.bodyBytesMax else { throw .tooLarge }
    return .count(count)
  }
}
