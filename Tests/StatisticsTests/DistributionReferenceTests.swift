import Statistics
import Testing

/// What the tests need of a continuous law.
protocol ContinuousLaw {
  func density(_ x: Double) -> Double
  func cdf(_ x: Double) -> Double
  func survival(_ x: Double) -> Double
  func quantile(_ p: Double) -> Double
  func upperQuantile(_ q: Double) -> Double
}

extension NormalDistribution: ContinuousLaw {}
extension StudentDistribution: ContinuousLaw {}
extension GammaDistribution: ContinuousLaw {}
extension BetaDistribution: ContinuousLaw {}
extension FDistribution: ContinuousLaw {}

enum LawName: String, CaseIterable, Sendable {
  case normal, student, gamma, beta, f

  var parameterCount: Int {
    switch self {
    case .normal: 0
    case .student, .gamma: 1
    case .beta, .f: 2
    }
  }

  func law(_ parameters: [Double]) -> any ContinuousLaw {
    switch self {
    case .normal: NormalDistribution()
    case .student: StudentDistribution(degreesOfFreedom: parameters[0])
    case .gamma: GammaDistribution(shape: parameters[0])
    case .beta: BetaDistribution(a: parameters[0], b: parameters[1])
    case .f: FDistribution(parameters[0], parameters[1])
    }
  }
}

@Suite struct DistributionReferenceTests {
  @Test(arguments: LawName.allCases)
  func tailsAndDensityMatchTheTable(name: LawName) throws {
    let table = try ReferenceTable(name.rawValue, parameterCount: name.parameterCount)
    var body = WorstError()
    var tails = WorstError()
    var density = WorstError()
    for row in table.rows {
      let law = name.law(row.parameters)
      let place = "\(row.parameters) x=\(row.x)"
      if min(row.cdf, row.survival) >= 1e-3 {
        body.note(law.cdf(row.x), row.cdf, "cdf \(place)")
        body.note(law.survival(row.x), row.survival, "survival \(place)")
      } else {
        tails.note(law.cdf(row.x), row.cdf, "cdf \(place)")
        tails.note(law.survival(row.x), row.survival, "survival \(place)")
      }
      density.note(law.density(row.x), row.density, place)
    }
    #expect(table.rows.count > 25)
    #expect(body.error <= Demanded.body, "\(body)")
    #expect(tails.error <= Demanded.tail, "\(tails)")
    #expect(density.error <= Demanded.tail, "\(density)")
  }

  /// The table read backwards: the quantile of the tabulated probability is the tabulated point,
  /// as closely as a rounding of the probability allows.
  @Test(arguments: LawName.allCases)
  func quantilesInvertTheTable(name: LawName) throws {
    let table = try ReferenceTable(name.rawValue, parameterCount: name.parameterCount)
    for row in table.rows {
      let law = name.law(row.parameters)
      let smaller = min(row.cdf, row.survival)
      let got =
        row.cdf <= row.survival ? law.quantile(row.cdf) : law.upperQuantile(row.survival)
      // What a relative error of the demanded size in the probability moves.
      let demanded = smaller >= 1e-3 ? Demanded.body : Demanded.tail
      let slack = demanded * max(1, smaller / (row.density * abs(row.x)))
      let relative = got == row.x ? 0 : abs(got / row.x - 1)
      #expect(relative <= slack, "\(name) \(row.parameters): got \(got) for \(row.x)")
    }
  }

  /// SciPy's own values, wherever SciPy agrees with mpmath to 1e-12.
  @Test(arguments: LawName.allCases)
  func agreesWithSciPy(name: LawName) throws {
    let table = try ReferenceTable(name.rawValue, parameterCount: name.parameterCount)
    var worst = WorstError()
    var compared = 0
    for row in table.rows {
      let law = name.law(row.parameters)
      if abs(row.scipyCdf / row.cdf - 1) <= 1e-12 {
        worst.note(law.cdf(row.x), row.scipyCdf, "\(row)")
        compared += 1
      }
      if abs(row.scipySurvival / row.survival - 1) <= 1e-12 {
        worst.note(law.survival(row.x), row.scipySurvival, "\(row)")
        compared += 1
      }
    }
    #expect(worst.error <= 2e-12, "\(worst)")
    #expect(compared > table.rows.count, "SciPy off in too many rows to be a witness")
  }

  @Test func binomialMatchesTheTable() throws {
    let table = try ReferenceTable("binomial", parameterCount: 2)
    var body = WorstError()
    var tails = WorstError()
    for row in table.rows {
      let law = BinomialDistribution(
        trials: Int(row.parameters[0]), probability: row.parameters[1])
      let k = Int(row.x)
      let place = "\(row.parameters) k=\(k)"
      if min(row.cdf, row.survival) >= 1e-3 || row.survival == 0 {
        body.note(law.cdf(k), row.cdf, "cdf \(place)")
        body.note(law.survival(k), row.survival, "survival \(place)")
        body.note(law.mass(k), row.density, "mass \(place)")
      } else {
        tails.note(law.cdf(k), row.cdf, "cdf \(place)")
        tails.note(law.survival(k), row.survival, "survival \(place)")
        tails.note(law.mass(k), row.density, "mass \(place)")
      }
      if row.cdf <= row.survival {
        #expect(law.quantile(law.cdf(k)) == k, "\(place)")
        #expect(k == 0 || law.quantile(law.cdf(k - 1) * (1 + 1e-9)) == k, "\(place)")
      } else if row.survival > 0 {
        #expect(law.upperQuantile(law.survival(k)) == k, "\(place)")
      }
    }
    #expect(body.error <= Demanded.body, "\(body)")
    #expect(tails.error <= Demanded.tail, "\(tails)")
  }
}
