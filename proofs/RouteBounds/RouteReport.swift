import Bounds
import RouteSampling
import Statistics

/// What a study found, as text, JSON or CSV: the same bytes for the same study.
public struct RouteReport: Sendable {
  /// What was compared.
  public let study: RouteStudy
  /// What came out.
  public let results: [RouteComparison]

  /// Takes what `study.compare` gave.
  public init(_ study: RouteStudy, _ results: [RouteComparison]) {
    self.study = study
    self.results = results
  }

  /// Exact values outside of their interval.
  public var outside: Int { allPoints.count { !$0.point.isInside } }

  private var allPoints: [(result: RouteComparison, point: RouteComparison.Point)] {
    results.flatMap { result in result.points.map { (result, $0) } }
  }

  /// Digits of an exact value, all of them right.
  private static let digits = 20

  /// A line per pair and f, then a summary.
  public var text: String {
    let header = [
      "router", "pair", "nodes", "degree", "f", "exact", "sampled", "low", "high", "inside",
    ]
    var rows = [header]
    for (result, point) in allPoints {
      rows.append([
        result.router.name, "\(result.number)", "\(result.delivery.nodeCount)",
        "\(result.delivery.polynomial.degree ?? 0)", Self.decimal(point.faultyFraction),
        Self.decimal(point.exact), Self.fixed(point.sampled), Self.fixed(point.interval.low),
        Self.fixed(point.interval.high), point.isInside ? "yes" : "NO",
      ])
    }
    return Self.table(rows) + "\n" + summary
  }

  /// Means over the pairs, and how many exact values are in the band.
  public var summary: String {
    var rows = [
      [
        "router", "f", "mean exact", "mean sampled", "mean independent",
        "independent off by at most",
      ]
    ]
    for router in study.settings.routers {
      for (lane, f) in study.settings.faultyFractions.enumerated() {
        let points = results.filter { $0.router == router }.map { $0.points[lane] }
        let count = Double(points.count)
        let errors = points.map { abs($0.independent.double - $0.exact.double) }
        rows.append([
          router.name, Self.decimal(f),
          Self.fixed(points.reduce(0) { $0 + $1.exact.double } / count),
          Self.fixed(points.reduce(0) { $0 + $1.sampled } / count),
          Self.fixed(points.reduce(0) { $0 + $1.independent.double } / count),
          Self.fixed(errors.max() ?? 0),
        ])
      }
    }
    let finite = allPoints.map { abs($0.point.withoutReplacement.double - $0.point.exact.double) }
    let farthest = allPoints.map { abs($0.point.position) }.max() ?? 0
    let total = allPoints.count
    return Self.table(rows) + """

      \(total - outside) of \(total) exact values are in the band: Clopper-Pearson intervals of \
      \(study.trials) fault sets each,
      error \(RouteComparison.error) for all together (\(RouteComparison.error) / \(total) each). \
      The farthest is \(Self.fixed(farthest, places: 3)) of the way to its interval's end.
      A fixed number of faulty nodes, round(f (N - 1)) without replacement, changes an exact value \
      by at most \(Self.fixed(finite.max() ?? 0, places: 9)).

      """
  }

  /// A line per pair and f with everything that a figure needs.
  public var csv: String {
    var lines = [
      "router,pair,source,key,nodes,degree,faulty_fraction,exact,without_replacement,independent,"
        + "delivered,trials,sampled,low,high,position,inside"
    ]
    for (result, point) in allPoints {
      lines.append(
        [
          result.router.name, "\(result.number)", "\(result.source)", Self.hex(result.key),
          "\(result.delivery.nodeCount)", "\(result.delivery.polynomial.degree ?? 0)",
          Self.plain(point.faultyFraction), Self.plain(point.exact),
          Self.plain(point.withoutReplacement), Self.plain(point.independent),
          "\(point.delivered)", "\(point.trials)", "\(point.sampled)", "\(point.interval.low)",
          "\(point.interval.high)", Self.fixed(point.position, places: 4),
          point.isInside ? "1" : "0",
        ].joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Delivery against f for three pairs of each router: the lowest, the middle and the highest by
  /// their exact value at the largest f, with what was sampled where it was.
  public var curves: String {
    var lines = ["router,rank,pair,faulty_fraction,exact,independent,sampled,low,high"]
    let fractions = study.settings.faultyFractions
    guard let last = fractions.indices.max(by: { fractions[$0] < fractions[$1] }) else { return "" }
    let grid = (0...60).map { Rational($0, 100) }
    for router in study.settings.routers {
      let sorted = results.filter { $0.router == router }.sorted {
        ($0.points[last].exact, $0.number) < ($1.points[last].exact, $1.number)
      }
      guard let lowest = sorted.first, let highest = sorted.last else { continue }
      let middle = sorted[sorted.count / 2]
      for (rank, result) in [("lowest", lowest), ("middle", middle), ("highest", highest)] {
        let independent = RouteFamily(result.delivery.routes).deliveryIfIndependent()
        for f in grid {
          let point = result.points.first { $0.faultyFraction == f }
          lines.append(
            [
              router.name, rank, "\(result.number)", Self.plain(f),
              Self.plain(result.delivery.polynomial(1 - f)), Self.plain(independent(1 - f)),
              point.map { "\($0.sampled)" } ?? "", point.map { "\($0.interval.low)" } ?? "",
              point.map { "\($0.interval.high)" } ?? "",
            ].joined(separator: ","))
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One object; the polynomials with all their coefficients, that of q^0 first, as strings.
  public var json: String {
    let settings = study.settings
    let pairs = results.map { result in
      let points = result.points.map { point in
        "      {\"faultyFraction\": \"\(point.faultyFraction)\", "
          + "\"exact\": \"\(Self.decimal(point.exact))\", "
          + "\"withoutReplacement\": \"\(Self.decimal(point.withoutReplacement))\", "
          + "\"independent\": \"\(Self.decimal(point.independent))\", "
          + "\"delivered\": \(point.delivered), \"low\": \(point.interval.low), "
          + "\"high\": \(point.interval.high), \"inside\": \(point.isInside)}"
      }
      let coefficients = result.delivery.polynomial.coefficients.map { "\"\($0)\"" }
      return """
            {"router": "\(result.router.name)", "pair": \(result.number), \
        "source": \(result.source), "key": "\(Self.hex(result.key))", \
        "nodes": \(result.delivery.nodeCount),
             "polynomial": [\(coefficients.joined(separator: ", "))],
             "points": [
        \(points.joined(separator: ",\n"))]}
        """
    }
    return """
      {
        "nodes": \(settings.nodes), "digitBits": \(settings.digitBits), \
      "leafSetSize": \(settings.leafSetSize), "event": "\(settings.event.rawValue)", \
      "seed": \(settings.seed), "trials": \(study.trials),
        "error": \(RouteComparison.error), "comparisons": \(allPoints.count), \
      "outside": \(outside),
        "pairs": [
      \(pairs.joined(separator: ",\n"))
        ]
      }

      """
  }

  private static func decimal(_ number: Rational) -> String {
    CertifiedDecimal(number, digits: digits).description
  }

  /// The same without the sign that it goes on.
  private static func plain(_ number: Rational) -> String {
    decimal(number).filter { $0 != "…" }
  }

  private static func hex(_ key: UInt64) -> String {
    let digits = String(key, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// A number of moderate size, rounded.
  private static func fixed(_ number: Double, places: Int = 7) -> String {
    let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
    let scaled = Int((abs(number) * Double(scale)).rounded())
    let fraction = "\(scaled % scale)"
    let sign = number < 0 && scaled > 0 ? "-" : ""
    return "\(sign)\(scaled / scale)."
      + String(repeating: "0", count: places - fraction.count) + fraction
  }

  private static func table(_ rows: [[String]]) -> String {
    let columns = rows.first?.indices ?? 0..<0
    let widths = columns.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = columns.map {
        row[$0] + String(repeating: " ", count: widths[$0] - row[$0].count)
      }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
