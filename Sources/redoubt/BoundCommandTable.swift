import Bounds

/// Bounds over all combinations of their arguments, evaluated.
struct BoundTable: Sendable {
  /// A value, ready to print.
  struct Cell: Sendable {
    /// The value itself; nil in a table that prints digits alone, where it would be most of the
    /// memory.
    let value: BoundValue?
    /// Its digits.
    let decimal: BoundDecimal
  }

  /// A bound with its values over its own parameters.
  struct Column: Sendable {
    let bound: Bound
    let cells: [Cell]
    /// How far one step along each axis of the table goes here; 0 for one that the bound lacks.
    let strides: [Int]
  }

  let axes: [BoundQuery.Axis]
  let columns: [Column]
  let digits: Int

  /// Whether it is one row.
  var isSingle: Bool { rowCount == 1 }

  var rowCount: Int { axes.reduce(1) { $0 * $1.values.count } }

  /// Evaluates, each bound once for each combination of what it takes.
  init(
    _ query: BoundQuery, digits: Int, keepsValues: Bool
  ) async throws(BoundUsageError) {
    axes = query.axes
    self.digits = digits
    let isSingle = query.axes.allSatisfy { $0.values.count == 1 }
    // Beyond these digits an enclosure would not do.
    let form: BoundForm = isSingle || digits > 40 ? .fraction : .digits
    var columns: [Column] = []
    for bound in query.bounds {
      let own = query.axes.map { axis in
        bound.parameters.contains { $0.name == axis.name } ? axis : nil
      }
      var strides = [Int](repeating: 0, count: own.count)
      var count = 1
      for (index, axis) in own.enumerated().reversed() {
        guard let axis else { continue }
        (strides[index], count) = (count, count * axis.values.count)
      }
      let grid = Grid(
        bound: bound, axes: own.compactMap { $0 }, form: form, digits: digits,
        keepsValues: keepsValues || isSingle)
      columns.append(
        Column(bound: bound, cells: try await grid.evaluate(count), strides: strides))
    }
    self.columns = columns
  }

  /// Where each axis stands in a row, the last running fastest.
  func indices(ofRow row: Int) -> [Int] {
    var rest = row
    var indices = [Int](repeating: 0, count: axes.count)
    for index in axes.indices.reversed() {
      (rest, indices[index]) = rest.quotientAndRemainder(dividingBy: axes[index].values.count)
    }
    return indices
  }

  /// A bound's value in the row of these indices.
  func cell(_ column: Column, _ indices: [Int]) -> Cell {
    var place = 0
    for (index, stride) in zip(indices, column.strides) { place += index * stride }
    return column.cells[place]
  }
}

/// All combinations of a bound's arguments.
private struct Grid: Sendable {
  let bound: Bound
  let axes: [BoundQuery.Axis]
  let form: BoundForm
  let digits: Int
  let keepsValues: Bool

  private static let chunk = 512

  /// The values, the last axis running fastest; on all cores, in the same order on any number.
  func evaluate(_ count: Int) async throws(BoundUsageError) -> [BoundTable.Cell] {
    let starts = Array(stride(from: 0, to: count, by: Self.chunk))
    let parts = await withTaskGroup(
      of: (Int, Result<[BoundTable.Cell], BoundUsageError>).self
    ) { group in
      for (index, start) in starts.enumerated() {
        group.addTask { (index, cells(start..<min(start + Self.chunk, count))) }
      }
      var parts = [Result<[BoundTable.Cell], BoundUsageError>?](
        repeating: nil, count: starts.count)
      for await (index, part) in group { parts[index] = part }
      return parts.compactMap { $0 }
    }
    var all: [BoundTable.Cell] = []
    all.reserveCapacity(count)
    // The first error in the order of the table, whichever came first.
    for part in parts { all += try part.get() }
    return all
  }

  private func cells(_ range: Range<Int>) -> Result<[BoundTable.Cell], BoundUsageError> {
    var cells: [BoundTable.Cell] = []
    for row in range {
      do throws(BoundError) {
        let value = try bound.value(arguments(row), form: form)
        cells.append(
          BoundTable.Cell(
            value: keepsValues ? value : nil, decimal: BoundDecimal(value, digits: digits)))
      } catch {
        return .failure(.domain("\(bound.name): \(Self.withOptions(error.description, bound))"))
      }
    }
    return .success(cells)
  }

  private func arguments(_ row: Int) -> [String: Rational] {
    var rest = row
    var arguments: [String: Rational] = [:]
    for axis in axes.reversed() {
      let (quotient, index) = rest.quotientAndRemainder(dividingBy: axis.values.count)
      arguments[axis.name] = axis.values[index]
      rest = quotient
    }
    return arguments
  }

  /// A message with the options in place of the parameters; `nodes` may be just a word.
  private static func withOptions(_ message: String, _ bound: Bound) -> String {
    message.split(separator: " ", omittingEmptySubsequences: false).map { word in
      bound.parameters.first { $0.name == word && word != "nodes" }?.option ?? String(word)
    }.joined(separator: " ")
  }
}
