extension DelayMatrix {
  /// Reads a square table of decimal numbers, one row per line, blanks between them.
  ///
  /// Entry j of row i is from host i to host j. Zeros off the diagonal are "not measured" (see
  /// `Repairs`); the diagonal is ignored.
  /// - Throws: `notANumber`, `notSquare`, `outOfRange` (negative, or longer than `delayMax`),
  ///   `tooLarge`, or `empty`.
  /// - Complexity: O(bytes).
  public init(table bytes: [UInt8], unit: Unit, meaning: Meaning) throws(NetworkDataError) {
    var fields = TextFields(bytes)
    var measured: ContiguousArray<UInt32> = []
    var width = 0
    var rows = 0
    while fields.nextFilledLine() {
      let before = measured.count
      while let field = fields.nextField() {
        guard let value = fields.billionths(field) else {
          throw NetworkDataError(
            .notANumber, line: fields.line,
            "'\(fields.excerpt(field))' is not a decimal number; is the file still compressed?")
        }
        guard let steps = Self.steps(billionths: value, unit: unit, meaning: meaning) else {
          throw NetworkDataError(
            .outOfRange, line: fields.line,
            "\(fields.excerpt(field)) is no delay (0 to \(Self.delayMax)); check the unit")
        }
        measured.append(steps)
        if measured.count - before > Self.hostCountMax {
          throw NetworkDataError(
            .tooLarge, line: fields.line, "more than \(Self.hostCountMax) hosts; select some")
        }
      }
      rows += 1
      if rows == 1 { width = measured.count }
      guard measured.count - before == width, rows <= width else {
        throw NetworkDataError(
          .notSquare, line: fields.line,
          "row \(rows) has \(measured.count - before) numbers, the first has \(width)")
      }
    }
    guard rows == width else {
      throw NetworkDataError(
        .notSquare, line: 0, "\(rows) rows of \(width) numbers; the file seems to be cut off")
    }
    try self.init(measured: measured, hostCount: width)
  }

  /// Reads a PlanetLab slice of NetLatency-Data: round trips of 490 hosts in milliseconds.
  ///
  /// Source: Zhu et al., IEEE/ACM Transactions on Networking 25, 2017.
  /// - Throws: as `init(table:unit:meaning:)`.
  public static func planetLab(_ bytes: [UInt8]) throws(NetworkDataError) -> DelayMatrix {
    try DelayMatrix(table: bytes, unit: .milliseconds, meaning: .roundTrip)
  }

  /// Reads a Seattle slice of NetLatency-Data: round trips of 99 personal devices in seconds.
  ///
  /// Source: Zhu et al., IEEE/ACM Transactions on Networking 25, 2017. Not symmetric; .5 to .7 % of
  /// the entries are zero and so not measured.
  /// - Throws: as `init(table:unit:meaning:)`.
  public static func seattle(_ bytes: [UInt8]) throws(NetworkDataError) -> DelayMatrix {
    try DelayMatrix(table: bytes, unit: .seconds, meaning: .roundTrip)
  }

  /// Reads FreePastry's `GNPINPUT`: 1000 hosts, milliseconds one way, not symmetric.
  /// - Throws: as `init(table:unit:meaning:)`.
  public static func freePastry(_ bytes: [UInt8]) throws(NetworkDataError) -> DelayMatrix {
    try DelayMatrix(table: bytes, unit: .milliseconds, meaning: .oneWay)
  }
}
