import NetworkModels
import ProtocolTime
import Randomness
import Testing

@Suite struct SteadyStateTests {
  static let stream = StreamKey(seed: 2005)["NetworkModelsTests"]["churn"]

  /// Distributions with a mean of one hour, and their distribution functions in hours.
  static func distributions() throws -> [(
    name: String, distribution: SpanDistribution, shareBelow: [(hours: Double, share: Double)]
  )] {
    // Weibull with shape 1/2: mean = 2 scale. Pareto with shape 2: mean = 2 minimum.
    [
      (
        "exponential", try .exponential(mean: .hours(1)),
        [(0.1, 0.0951626), (1, 0.6321206), (3, 0.9502129)]
      ),
      (
        "weibull", try .weibull(shape: 0.5, scale: .minutes(30)),
        [(0.05, 0.2711056), (0.5, 0.6321206), (4.5, 0.9502129)]
      ),
      (
        "pareto", try .pareto(shape: 2, minimum: .minutes(30)),
        [(0.5, 0), (1, 0.75), (5, 0.99)]
      ),
    ]
  }

  @Test func drawsHaveTheirDistributions() throws {
    for (name, distribution, shares) in try Self.distributions() {
      #expect((distribution.meanSeconds - 3600).magnitude < 1e-6, "\(name)")
      var source = RandomStream(Self.stream[name])
      let draws = (0..<100_000).map { _ in distribution.span(of: source.next()) }
      for (hours, share) in shares {
        let below = draws.count { $0.seconds < hours * 3600 }
        // Four standard errors, at most 632 of 100,000.
        #expect((Double(below) / 100_000 - share).magnitude < 0.0064, "\(name) \(hours)")
      }
      #expect(distribution.span(of: 0) > distribution.span(of: .max))
      #expect(distribution.span(of: .max) >= TimeSpan(nanoseconds: 1))
    }
  }

  @Test func residualsHaveTheEquilibriumDistribution() throws {
    // Share below x = integral of P(X > t) from 0 to x, over the mean; in hours:
    // exponential 1 - exp(-x); Weibull 1 - (1 + y) exp(-y) with y = sqrt(2 x);
    // Pareto x up to 1/2, then 1 - 1 / (4 x).
    let shares: [String: [(hours: Double, share: Double)]] = [
      "exponential": [(0.1, 0.0951626), (1, 0.6321206), (3, 0.9502129)],
      "weibull": [(0.125, 0.0902040), (0.5, 0.2642411), (2, 0.5939942), (12.5, 0.9595723)],
      "pareto": [(0.25, 0.25), (0.5, 0.5), (1, 0.75), (5, 0.95)],
    ]
    for (name, distribution, _) in try Self.distributions() {
      var source = RandomStream(Self.stream["residual"][name])
      let draws = (0..<100_000).map { _ in distribution.residual(using: &source) }
      for (hours, share) in try #require(shares[name]) {
        let below = draws.count { $0.seconds < hours * 3600 }
        #expect((Double(below) / 100_000 - share).magnitude < 0.0064, "\(name) \(hours)")
      }
    }
  }

  @Test func thePopulationIsSteadyFromTheStart() throws {
    for (name, distribution, _) in try Self.distributions() {
      let trace = try SessionTrace.steadyState(
        nodeCount: 20_000, duration: .hours(6), sessions: distribution,
        away: .exponential(mean: .hours(2)), stream: Self.stream["steady"][name])
      // A third of 20,000; standard deviation 67 at any moment.
      for hour: UInt64 in 0..<6 {
        let moment = Instant.zero + .hours(hour)
        let there = trace.population(from: moment, to: moment + .minutes(1)).mean
        #expect((there - 6667).magnitude < 270, "\(name) at \(hour) h")
      }
      // Arrivals per hour: 20,000 over a cycle of 3 h, whatever the distribution.
      let arrivals = trace.sessions.count { $0.arrival > .zero }
      #expect((Double(arrivals) / 6 - 6667).magnitude < 200, "\(name)")
    }
  }

  @Test func moreNodesOrTimeExtendATrace() throws {
    let sessions = try SpanDistribution.weibull(shape: 0.6, scale: .minutes(20))
    let away = try SpanDistribution.pareto(shape: 1.5, minimum: .minutes(10))
    func trace(_ nodes: Int, _ hours: UInt64) throws -> SessionTrace {
      try .steadyState(
        nodeCount: nodes, duration: .hours(hours), sessions: sessions, away: away,
        stream: Self.stream["extend"])
    }
    let small = try trace(50, 5)
    let wide = try trace(80, 5)
    let long = try trace(50, 9)
    #expect(wide.sessions.filter { $0.node < 50 } == small.sessions)
    #expect(long.sessions.filter { $0.arrival < small.end } == small.sessions)
    #expect(small.sessions.count > 100)
    #expect(small.repairs == .none)
    #expect(small.end == .zero + .hours(5))
  }

  /// Recorded on x86-64 Linux; the same on every platform.
  @Test func theSameStreamGivesTheSameBytes() throws {
    var digest = Digest()
    for (name, distribution, _) in try Self.distributions() {
      let trace = try SessionTrace.steadyState(
        nodeCount: 300, duration: .hours(10), sessions: distribution, away: distribution,
        stream: Self.stream["golden"][name])
      for session in trace.sessions {
        digest.absorb(UInt64(session.node))
        digest.absorb(session.arrival.nanoseconds)
        digest.absorb(session.departure.nanoseconds)
      }
    }
    #expect(digest.value == 7_960_313_829_569_168_268)
  }

  @Test func impossibleParametersAreRefused() throws {
    #expect(throws: NetworkParameterError.self) { try SpanDistribution.exponential(mean: .zero) }
    #expect(throws: NetworkParameterError.self) { try SpanDistribution.exponential(mean: .max) }
    for shape in [0, -1, 0.09, 101, .nan, .infinity] {
      #expect(throws: NetworkParameterError.self) {
        try SpanDistribution.weibull(shape: shape, scale: .seconds(1))
      }
      #expect(throws: NetworkParameterError.self) {
        try SpanDistribution.pareto(shape: shape, minimum: .seconds(1))
      }
    }
    let heavy = try SpanDistribution.pareto(shape: 1, minimum: .seconds(1))
    let fine = try SpanDistribution.exponential(mean: .seconds(1))
    #expect(!heavy.meanSeconds.isFinite)
    #expect(throws: NetworkParameterError.self) {
      try SessionTrace.steadyState(
        nodeCount: 1, duration: .seconds(1), sessions: heavy, away: fine, stream: Self.stream)
    }
    #expect(throws: NetworkParameterError.self) {
      try SessionTrace.steadyState(
        nodeCount: -1, duration: .seconds(1), sessions: fine, away: fine, stream: Self.stream)
    }
    #expect(throws: NetworkParameterError.self) {
      try SessionTrace.steadyState(
        nodeCount: 1, duration: .zero, sessions: fine, away: fine, stream: Self.stream)
    }
  }

  @Test func extremeShapesStayInRange() throws {
    var source = RandomStream(Self.stream["extreme"])
    for shape in [0.1, 1.0001, 100] {
      let weibull = try SpanDistribution.weibull(shape: shape, scale: .hours(1))
      let pareto = try SpanDistribution.pareto(shape: shape, minimum: .hours(1))
      for _ in 0..<1000 {
        #expect(weibull.span(of: source.next()) > .zero)
        #expect(weibull.residual(using: &source) > .zero)
        #expect(pareto.span(of: source.next()) >= .minutes(59))
        if pareto.meanSeconds.isFinite { #expect(pareto.residual(using: &source) > .zero) }
      }
    }
  }
}
