extension DelayMatrix {
  /// Reads WonderNetwork's pings between cities, joined into one table of comma-separated values.
  ///
  /// The first line is the header `source,destination,distance_km,avg_ms,...`; then one line per
  /// ordered pair, the destination quoted as `"City Country, Continent"`. The hosts are the sources
  /// in byte order. A destination is the longest source name that begins it and is followed by a
  /// space; rows of other destinations are dropped and counted. A missing direction takes the
  /// reverse one. The delay is half of the mean round trip `avg_ms`.
  /// - Throws: `malformedHeader`, `malformedLine`, `notANumber`, `outOfRange`, `tooLarge`,
  ///   `duplicate` (one pair twice), or `empty`.
  /// - Complexity: O(bytes log cities).
  public static func wonderNetwork(_ bytes: [UInt8]) throws(NetworkDataError) -> DelayMatrix {
    var fields = TextFields(bytes)
    guard fields.nextFilledLine(),
      Array(fields.text(fields.restOfLine())).starts(with: Array("source,destination,".utf8))
    else {
      throw NetworkDataError(
        .malformedHeader, line: 1, "expected the header 'source,destination,distance_km,avg_ms'")
    }
    var rows: [CityPing] = []
    while fields.nextFilledLine() { rows.append(try CityPing(&fields)) }

    var names = rows.map(\.source).sorted { $0.lexicographicallyPrecedes($1) }
    names = names.enumerated().filter { $0.offset == 0 || names[$0.offset - 1] != $0.element }
      .map(\.element)
    guard names.count <= hostCountMax else {
      throw NetworkDataError(.tooLarge, line: 0, "more than \(hostCountMax) cities; select some")
    }
    var hosts: [ArraySlice<UInt8>: Int] = [:]
    for (host, name) in names.enumerated() { hosts[name] = host }

    var measured = ContiguousArray(repeating: UInt32(0), count: names.count * names.count)
    var droppedRows = 0
    for row in rows {
      guard let from = hosts[row.source], let to = city(beginning: row.destination, in: hosts),
        from != to
      else {
        droppedRows += 1
        continue
      }
      guard measured[from * names.count + to] == 0 else {
        throw NetworkDataError(
          .duplicate, line: row.line, "this pair of cities has a row above; keep one of them")
      }
      measured[from * names.count + to] = row.steps
    }
    return try DelayMatrix(
      measured: measured, hostCount: names.count,
      hostNames: names.map { String(decoding: $0, as: UTF8.self) }, droppedRows: droppedRows)
  }

  private static func city(
    beginning text: ArraySlice<UInt8>, in hosts: [ArraySlice<UInt8>: Int]
  ) -> Int? {
    var end = text.endIndex
    while end > text.startIndex {
      end -= 1
      if text[end] == UInt8(ascii: " "), let host = hosts[text[..<end]] { return host }
    }
    return nil
  }
}

/// One row of the table: the mean round trip from one city to another.
private struct CityPing {
  let source: ArraySlice<UInt8>
  let destination: ArraySlice<UInt8>
  let steps: UInt32
  let line: Int

  init(_ fields: inout TextFields) throws(NetworkDataError) {
    line = fields.line
    let whole = fields.restOfLine()
    let text = fields.text(whole)
    let quote = UInt8(ascii: "\"")
    let comma = UInt8(ascii: ",")
    guard let sourceEnd = text.firstIndex(of: comma), sourceEnd > text.startIndex,
      text[(sourceEnd + 1)...].first == quote,
      let destinationEnd = text[(sourceEnd + 2)...].firstIndex(of: quote),
      text[(destinationEnd + 1)...].first == comma,
      let kilometresEnd = text[(destinationEnd + 2)...].firstIndex(of: comma)
    else {
      throw NetworkDataError(
        .malformedLine, line: line,
        "expected source,\"destination\",distance_km,avg_ms,..., got '\(fields.excerpt(whole))'")
    }
    let averageEnd = text[(kilometresEnd + 1)...].firstIndex(of: comma) ?? text.endIndex
    let average = (kilometresEnd + 1)..<averageEnd
    guard let value = fields.billionths(average) else {
      throw NetworkDataError(
        .notANumber, line: line, "avg_ms '\(fields.excerpt(average))' is not a decimal number")
    }
    guard
      let steps = DelayMatrix.steps(
        billionths: value, unit: .milliseconds, meaning: .roundTrip), steps > 0
    else {
      throw NetworkDataError(
        .outOfRange, line: line, "avg_ms \(fields.excerpt(average)) is not a round trip")
    }
    source = text[..<sourceEnd]
    destination = text[(sourceEnd + 2)..<destinationEnd]
    self.steps = steps
  }
}
