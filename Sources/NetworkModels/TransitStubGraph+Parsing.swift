extension TransitStubGraph {
  /// Reads a graph in GT-ITM's alternative format, as `sgb2alt` writes it (`.alt`).
  ///
  /// `GRAPH` and a line `nodes links name...`, where the number of links is that of the lines or
  /// twice that; `VERTICES` and lines `index label x y`, label `T:d.t` for transit router t of
  /// domain d or `S:d.t/s.n` for router n of stub domain s of that transit router; `EDGES` and
  /// lines `from to length ...`. A link that is listed twice counts as two links.
  /// - Throws: `malformedHeader` (also when the file is cut off), `malformedLine`, `duplicate`,
  ///   `unknownName`, `outOfRange`, or `tooLarge`.
  /// - Complexity: O(bytes).
  public init(gtItm bytes: [UInt8]) throws(NetworkDataError) {
    var fields = TextFields(bytes)
    try Self.expect("GRAPH", &fields)
    guard fields.nextFilledLine(), let nodesField = fields.nextField(),
      let nodes = fields.wholeNumber(nodesField, atMost: UInt32(Self.routerCountMax)), nodes > 0,
      let linksField = fields.nextField(),
      let links = fields.wholeNumber(linksField, atMost: 2 * UInt32(Self.linkCountMax))
    else {
      throw NetworkDataError(
        .malformedHeader, line: fields.line,
        "expected the numbers of nodes (1 to \(Self.routerCountMax)) and of links")
    }
    try Self.expect("VERTICES", &fields)
    let stubDomains = try Self.parseRouters(&fields, count: Int(nodes))
    try Self.expect("EDGES", &fields)
    let found = try Self.parseLinks(&fields, routerCount: nodes)
    guard found.count == Int(links) || found.count * 2 == Int(links) else {
      throw NetworkDataError(
        .malformedHeader, line: fields.line,
        "\(found.count) links, the header counts \(links) ends; the file seems to be cut off")
    }
    try self.init(stubDomains: stubDomains, links: found)
  }

  private static func expect(_ word: String, _ fields: inout TextFields) throws(NetworkDataError) {
    if fields.nextFilledLine(), let field = fields.nextField(),
      fields.text(field).elementsEqual(word.utf8)
    {
      return
    }
    throw NetworkDataError(
      .malformedHeader, line: fields.line,
      "expected the section \(word) of GT-ITM's .alt format; is the file cut off?")
  }

  private static func parseRouters(
    _ fields: inout TextFields, count: Int
  ) throws(NetworkDataError) -> [UInt32?] {
    var stubDomains: [UInt32?] = []
    var numbers: [RouterLabel: UInt32] = [:]
    var stubDomainCount: UInt32 = 0
    for router in 0..<count {
      guard fields.nextFilledLine(), let indexField = fields.nextField(),
        let labelField = fields.nextField()
      else {
        throw NetworkDataError(
          .malformedLine, line: fields.line,
          "expected router \(router) of \(count) as 'index label x y'; is the file cut off?")
      }
      guard fields.wholeNumber(indexField, atMost: .max).map(Int.init) == router else {
        throw NetworkDataError(
          .malformedLine, line: fields.line,
          "index '\(fields.excerpt(indexField))' should be \(router); number routers from 0")
      }
      guard let label = RouterLabel(fields.text(labelField)) else {
        throw NetworkDataError(
          .malformedLine, line: fields.line,
          "label '\(fields.excerpt(labelField))' should be T:d.t or S:d.t/s.n")
      }
      guard let stub = label.stubDomain else {
        guard numbers.updateValue(0, forKey: label) == nil else {
          throw NetworkDataError(
            .duplicate, line: fields.line,
            "label '\(fields.excerpt(labelField))' is taken by a router above")
        }
        stubDomains.append(nil)
        continue
      }
      if let number = numbers[stub] {
        stubDomains.append(number)
      } else {
        numbers[stub] = stubDomainCount
        stubDomains.append(stubDomainCount)
        stubDomainCount += 1
      }
    }
    return stubDomains
  }

  private static func parseLinks(
    _ fields: inout TextFields, routerCount: UInt32
  ) throws(NetworkDataError) -> [Link] {
    var links: [Link] = []
    while fields.nextFilledLine() {
      guard let firstField = fields.nextField(), let secondField = fields.nextField(),
        let lengthField = fields.nextField()
      else {
        throw NetworkDataError(
          .malformedLine, line: fields.line, "expected 'from to length ...'; is the line cut off?")
      }
      guard let first = fields.wholeNumber(firstField, atMost: routerCount - 1),
        let second = fields.wholeNumber(secondField, atMost: routerCount - 1), first != second
      else {
        throw NetworkDataError(
          .unknownName, line: fields.line,
          "a link joins two different routers below \(routerCount)")
      }
      guard let length = fields.wholeNumber(lengthField, atMost: lengthMax) else {
        throw NetworkDataError(
          .outOfRange, line: fields.line,
          "length '\(fields.excerpt(lengthField))' is not a whole number up to \(lengthMax)")
      }
      guard links.count < linkCountMax else {
        throw NetworkDataError(.tooLarge, line: fields.line, "more than \(linkCountMax) links")
      }
      links.append(Link(first, second, length: length))
    }
    return links
  }
}

/// A transit router, a stub router, or the stub domain of one, by GT-ITM's numbers.
private struct RouterLabel: Hashable {
  let isStub: Bool
  /// Domain, transit router; for a stub router also stub, router, and for a stub domain stub.
  let numbers: [UInt32]

  init(isStub: Bool, numbers: [UInt32]) {
    self.isStub = isStub
    self.numbers = numbers
  }

  init?(_ text: ArraySlice<UInt8>) {
    guard let kind = text.first, text.dropFirst().first == UInt8(ascii: ":") else { return nil }
    let separators: [UInt8]
    switch kind {
    case UInt8(ascii: "T"): separators = Array(".".utf8)
    case UInt8(ascii: "S"): separators = Array("./.".utf8)
    default: return nil
    }
    var numbers: [UInt32] = [0]
    var digits = 0
    for byte in text.dropFirst(2) {
      if (48...57).contains(byte), digits < 9 {
        numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + UInt32(byte - 48)
        digits += 1
      } else if digits > 0, numbers.count <= separators.count,
        byte == separators[numbers.count - 1]
      {
        numbers.append(0)
        digits = 0
      } else {
        return nil
      }
    }
    guard digits > 0, numbers.count == separators.count + 1 else { return nil }
    self.init(isStub: kind == UInt8(ascii: "S"), numbers: numbers)
  }

  /// The label of the stub domain; nil for a transit router.
  var stubDomain: RouterLabel? {
    isStub ? RouterLabel(isStub: true, numbers: Array(numbers.prefix(3))) : nil
  }
}
