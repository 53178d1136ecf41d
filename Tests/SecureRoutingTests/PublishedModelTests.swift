import Randomness
import SecureRouting
import Statistics
import Testing

/// The closed forms at the numbers that the papers print.
@Suite struct PublishedModelTests {
  static func route(_ overlay: PublishedModel.Overlay, _ nodes: Int, _ f: Double) -> Double {
    PublishedModel.singleRoute(
      hops: PublishedModel.expectedHops(overlay, nodes: nodes), faultyFraction: f)
  }

  /// [Castro02], message forwarding: N, f, sigma at b = 4.
  @Test(arguments: [
    (1_000, 0.05, 0.880), (1_000, 0.3, 0.411), (10_000, 0.1, 0.705), (100_000, 0.1, 0.646),
    (100_000, 0.3, 0.227), (1_000_000, 0.2, 0.329),
  ])
  func forwarding(nodes: Int, f: Double, sigma: Double) {
    #expect(abs(Self.route(.pastry(digitBits: 4), nodes, f) - sigma) < 0.0006)
  }

  @Test func headlinesAtATenth() {
    #expect(abs(Self.route(.pastry(digitBits: 6), 100_000, 0.1) - 0.747) < 0.001)
    #expect(abs(Self.route(.chord, 100_000, 0.1) - 0.417) < 0.001)
    // CAN with two dimensions needs 158 hops.
    #expect(abs(PublishedModel.expectedHops(.can(dimensions: 2), nodes: 100_000) - 158.1) < 0.1)
    #expect(Self.route(.can(dimensions: 2), 100_000, 0.1) < 1e-7)
  }

  /// [Castro02], redundant routing under independence, with both exponents.
  @Test func anycast() {
    let hops = PublishedModel.expectedHops(.pastry(digitBits: 4), nodes: 100_000)
    func rho(_ f: Double, _ exponent: Double) -> Double {
      PublishedModel.anycast(copies: 32, exponent: exponent, faultyFraction: f)
    }
    #expect(abs(rho(0.25, 1 + hops) - 0.9997) < 0.0001)
    #expect(abs(rho(0.3, 1 + hops) - 0.9961) < 0.0001)
    #expect(abs(rho(0.3, hops) - 0.99974) < 0.00001)
    #expect(rho(0, hops) == 1)
    #expect(rho(1, hops) == 0)
  }

  /// [Castro02], putting it all together: both operating points, with both exponents.
  @Test(arguments: [
    (16, 1.8, 0.18, 0.99896, 0.99936), (32, 1.58, 0.25, 0.9991, 0.9993),
  ])
  func operatingPoints(l: Int, gamma: Double, f: Double, longer: Double, shorter: Double) {
    let hops = PublishedModel.expectedHops(.pastry(digitBits: 4), nodes: 100_000)
    let test = RoutingFailureTest(rootGaps: l, localGaps: 256, densityThreshold: gamma)
    for (exponent, expected) in [(1 + hops, longer), (hops, shorter)] {
      let sigma = PublishedModel.composed(
        single: PublishedModel.singleRoute(hops: hops, faultyFraction: f),
        falseAlarm: test.worstFalsePositiveRate(coalitionFraction: f, hiding: .both),
        forgery: test.worstFalseNegativeRate(coalitionFraction: f, hiding: .both),
        redundant: PublishedModel.anycast(copies: l, exponent: exponent, faultyFraction: f))
      #expect(abs(sigma - expected) < 0.0001)
    }
  }

  /// [Castro02]: below .93 for one group and .72 over the route; see the deviation in the docs.
  @Test func byzantineGroups() {
    let group = PublishedModel.byzantineGroup(members: 32, faultyFraction: 0.2)
    #expect(abs(group - 0.959) < 0.001)
    // 31 members and at most 9 faulty would give the printed number.
    let printed = BinomialDistribution(trials: 31, probability: 0.2).cdf(9)
    #expect(abs(printed - 0.925) < 0.001)
    let hops = PublishedModel.expectedHops(.pastry(digitBits: 4), nodes: 100_000)
    let route = PublishedModel.byzantineGroupRoute(members: 32, faultyFraction: 0.2, hops: hops)
    #expect(abs(route - 0.840) < 0.001)
    // Exactly a third is too many.
    #expect(PublishedModel.byzantineGroup(members: 3, faultyFraction: 1) == 0)
    #expect(abs(PublishedModel.byzantineGroup(members: 3, faultyFraction: 0.5) - 0.125) < 1e-12)
    #expect(abs(PublishedModel.byzantineGroup(members: 4, faultyFraction: 0.5) - 0.3125) < 1e-12)
  }

  @Test func poisoning() {
    #expect(
      abs(PublishedModel.poisonedEntries(updates: 0, faultyFraction: 0.1, spreading: true) - 0.1)
        < 1e-12)
    // .9^3 and .9^3 for one update; .9^5 and .9^7 for two.
    func bad(_ t: Int, _ spreading: Bool) -> Double {
      PublishedModel.poisonedEntries(updates: t, faultyFraction: 0.1, spreading: spreading)
    }
    #expect(abs(bad(1, false) - 0.271) < 1e-12)
    #expect(abs(bad(1, true) - 0.271) < 1e-12)
    #expect(abs(bad(2, false) - 0.40951) < 1e-9)
    #expect(abs(bad(2, true) - 0.5217031) < 1e-9)
    #expect(bad(40, false) > 0.999)
  }

  @Test func prices() {
    #expect(PublishedModel.price(ofFraction: 0.1, nodes: 1_000, perCertificate: 20) == 2_000)
    #expect(
      PublishedModel.price(ofFraction: 0.1, nodes: 1_000_000, perCertificate: 20) == 2_000_000)
    // 20,000 for the closest id to a point among 1,000: N certificates, the median.
    #expect(20 * PublishedModel.certificatesForClosestId(chance: 0.5, nodes: 1_000) == 20_000)
    #expect(PublishedModel.closestIdChance(certificates: 1_000, nodes: 1_000) == 0.5)
    #expect(PublishedModel.closestIdChance(certificates: 0, nodes: 1_000) == 0)
    #expect(
      PublishedModel.puzzleOperations(ofFraction: 0.1, nodes: 1_000, zeroBits: 20)
        == 100 * 1_048_576)
  }

  /// Buying one id after another until one is the closest to a point among 100: N is the median.
  @Test func certificatesUntilTheClosestId() {
    var random = RandomStream(StreamKey(seed: 8)["price"])
    let (nodes, trials) = (100, 4_000)
    // Only the closest honest id matters; a purchase hits closer with probability its distance.
    var within = [25: 0, 100: 0, 400: 0]
    for _ in 0..<trials {
      var closest = 1.0
      for _ in 0..<nodes { closest = min(closest, random.unit()) }
      var bought = 1
      while bought <= 400 && random.unit() >= closest { bought += 1 }
      for limit in [25, 100, 400] where bought <= limit { within[limit, default: 0] += 1 }
    }
    for limit in [25, 100, 400] {
      let measured = wilsonInterval(
        successes: within[limit] ?? 0, trials: trials, confidence: 0.999)
      #expect(
        measured.contains(PublishedModel.closestIdChance(certificates: limit, nodes: nodes)))
    }
  }
}
