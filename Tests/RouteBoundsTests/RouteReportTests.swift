import Bounds
import Foundation
import RouteBounds
import RouteSampling
import Testing

@Suite struct RouteReportTests {
  private static func report(trials: Int = 640) async throws -> RouteReport {
    var settings = RouteStudy.Settings()
    settings.nodes = 300
    settings.leafSetSize = 8
    settings.routers = [.prefix, .anycast(copies: 8)]
    settings.pairs = 3
    settings.faultyFractions = [Rational(1, 10), Rational(2, 5)]
    settings.trials = trials
    let study = try RouteStudy(settings)
    return RouteReport(study, try await study.compare(threads: 2))
  }

  private struct Document: Decodable {
    let trials: Int
    let comparisons: Int
    let outside: Int
    let pairs: [Pair]

    struct Pair: Decodable {
      let router: String
      let nodes: Int
      let polynomial: [String]
      let points: [Point]
    }

    struct Point: Decodable {
      let faultyFraction: String
      let exact: String
      let delivered: Int
      let low: Double
      let high: Double
      let inside: Bool
    }
  }

  @Test("JSON holds polynomials that take the exact values it states")
  func json() async throws {
    let report = try await Self.report()
    let document = try JSONDecoder().decode(Document.self, from: Data(report.json.utf8))
    #expect(document.trials == 640 && document.comparisons == 12)
    #expect(document.outside == report.outside && document.pairs.count == 6)
    for pair in document.pairs {
      let polynomial = IntegerPolynomial(try pair.polynomial.map { try #require(BigInteger($0)) })
      #expect(polynomial.degree ?? 0 <= pair.nodes)
      for point in pair.points {
        let f = try #require(Rational(point.faultyFraction))
        #expect(CertifiedDecimal(polynomial(1 - f)).description == point.exact)
        let exact = polynomial(1 - f).double
        #expect(point.inside == (point.low <= exact && exact <= point.high))
        #expect((0...640).contains(point.delivered))
      }
    }
  }

  @Test("CSV has a line for every comparison, and text a line and a summary")
  func lines() async throws {
    let report = try await Self.report()
    let lines = report.csv.split(separator: "\n")
    #expect(lines.count == 13)
    let columns = lines[0].split(separator: ",").map(String.init)
    for (line, point) in zip(lines.dropFirst(), report.results.flatMap(\.points)) {
      let cells = line.split(separator: ",").map(String.init)
      #expect(cells.count == columns.count)
      let row = Dictionary(uniqueKeysWithValues: zip(columns, cells))
      #expect(row["delivered"].flatMap { Int($0) } == point.delivered)
      let exact = try #require(row["exact"].flatMap { Double($0) })
      #expect(abs(exact - point.exact.double) < 1e-15)
      #expect(row["inside"] == (point.isInside ? "1" : "0"))
    }
    // Three pairs of two routers at 61 fractions, with what was sampled at two of them.
    let curves = report.curves.split(separator: "\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(curves.count == 366 && curves.allSatisfy { $0.count == 9 })
    #expect(curves.count { !$0[6].isEmpty } == 12)
    let ends = curves.filter { $0[3] == "0.4" }.compactMap { Double($0[4]) }
    #expect(ends.count == 6 && ends[0] <= ends[1] && ends[1] <= ends[2] && ends[3] <= ends[4])
    let text = report.text
    #expect(text.contains("\(12 - report.outside) of 12 exact values are in the band"))
    #expect(text.contains("0.1  "))
    let again = try await Self.report()
    #expect(again.text == text && again.csv == report.csv && again.json == report.json)
  }
}
