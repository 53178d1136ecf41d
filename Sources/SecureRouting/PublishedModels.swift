import Statistics

/// Closed forms of the literature, as references beside what is measured.
///
/// They state what the papers assume, chiefly independent routes and faults; where true routes
/// differ, the measurement is right and the difference is the finding.
public enum PublishedModel {
  /// An overlay's expected hops for N nodes.
  public enum Overlay: Hashable, Sendable {
    /// log_{2^b} N hops. [Rowstron01]
    case pastry(digitBits: Int)
    /// (1/2) log2 N hops. [Stoica01]
    case chord
    /// (d/4) N^(1/d) hops. [Ratnasamy01]
    case can(dimensions: Int)
  }

  /// The expected hops h of one message.
  /// - Precondition: `nodes >= 1`; `digitBits` and `dimensions` positive.
  public static func expectedHops(_ overlay: Overlay, nodes: Int) -> Double {
    precondition(nodes >= 1, "an overlay needs nodes, got \(nodes)")
    let bits = naturalLog(Double(nodes)) / naturalLog(2)
    switch overlay {
    case .pastry(let digitBits):
      precondition(digitBits > 0, "digitBits must be positive, got \(digitBits)")
      return bits / Double(digitBits)
    case .chord:
      return bits / 2
    case .can(let dimensions):
      precondition(dimensions > 0, "dimensions must be positive, got \(dimensions)")
      return Double(dimensions) / 4 * power(Double(nodes), 1 / Double(dimensions))
    }
  }

  /// The probability that one message meets no faulty node: (1 - f)^h.
  ///
  /// Source: [Castro02], message forwarding; independent faults.
  /// - Parameters:
  ///   - hops: h, with the root counted; h - 1 between two correct nodes.
  ///   - faultyFraction: f in 0...1.
  public static func singleRoute(hops: Double, faultyFraction f: Double) -> Double {
    power(1 - f, hops)
  }

  /// The probability that one of several independent copies arrives: 1 - (1 - q)^r, q = (1 - f)^e.
  ///
  /// Source: [Castro02], redundant routing, via [Urdaneta11], with the exponent e = 1 + h: the
  /// leaf-set member that starts a copy counts. With e = h it is what the published .999 at f = .3
  /// needs.
  /// - Parameters:
  ///   - copies: r.
  ///   - exponent: e, correct nodes that a copy needs.
  ///   - faultyFraction: f in 0...1.
  public static func anycast(copies: Int, exponent: Double, faultyFraction f: Double) -> Double {
    let q = power(1 - f, exponent)
    return q >= 1 ? 1 : -exponentialMinusOne(Double(copies) * naturalLogOnePlus(-q))
  }

  /// The reliability of secure routing as composed:
  /// sigma (1 - alpha) + (sigma alpha + (1 - sigma)(1 - beta)) rho.
  ///
  /// Source: [Castro02], putting it all together.
  /// - Parameters:
  ///   - single: sigma, one message arrives.
  ///   - falseAlarm: alpha of the failure test.
  ///   - forgery: beta of the failure test.
  ///   - redundant: rho, redundant routing succeeds.
  public static func composed(
    single sigma: Double, falseAlarm alpha: Double, forgery beta: Double, redundant rho: Double
  ) -> Double {
    sigma * (1 - alpha) + (sigma * alpha + (1 - sigma) * (1 - beta)) * rho
  }

  /// The probability that fewer than a third of a group's members are faulty.
  ///
  /// Source: [Lynch02], every region a Byzantine group; as rejected by [Castro02].
  /// - Deviation: [Castro02] states less than .93 for r = 32, f = .2; the binomial law gives .959.
  ///   Its counting rule is not known.
  public static func byzantineGroup(members: Int, faultyFraction f: Double) -> Double {
    precondition(members > 0, "a group needs members, got \(members)")
    // The largest count below a third.
    return BinomialDistribution(trials: members, probability: f).cdf((members - 1) / 3)
  }

  /// The probability that every group on a route of h hops works, groups being independent.
  public static func byzantineGroupRoute(
    members: Int, faultyFraction f: Double, hops: Double
  ) -> Double {
    power(byzantineGroup(members: members, faultyFraction: f), hops)
  }

  /// The expected fraction of bad entries in a proximity table after t updates of every slot.
  ///
  /// A coalition that looks near wins every comparison, so a bad entry stays. An update brings a
  /// bad entry when a faulty node sends it, or when a correct one names an entry that is bad:
  /// - honest names are fresh random nodes: good(t + 1) = good(t) (1 - f)^2, the published lower
  ///   bound (1 - f) f + f on the chance of a bad update;
  /// - honest names come from tables as bad as one's own: good(t + 1) = good(t)^2 (1 - f).
  ///
  /// A constrained table stays at f, as closeness to a point cannot be faked with certified ids.
  /// Source: [Castro02], secure routing table maintenance.
  /// - Parameters:
  ///   - updates: t >= 0, per slot.
  ///   - faultyFraction: f in 0...1; also the bad fraction at t = 0.
  ///   - spreading: whether honest names come from poisoned tables.
  public static func poisonedEntries(
    updates: Int, faultyFraction f: Double, spreading: Bool
  ) -> Double {
    var good = 1 - f
    for _ in 0..<updates { good *= (1 - f) * (spreading ? good : 1 - f) }
    return 1 - good
  }

  /// The price of a fraction f of an overlay of N certified nodes.
  ///
  /// Source: [Castro02], secure nodeId assignment: at 20 per certificate, a tenth of 1,000 nodes
  /// costs 2,000.
  public static func price(ofFraction f: Double, nodes: Int, perCertificate: Double) -> Double {
    f * Double(nodes) * perCertificate
  }

  /// The probability that one of m bought ids is closer to a chosen point than all N others:
  /// m / (N + m), as all N + m ids are equally likely to be the closest.
  /// - Deviation: [Castro02] calls N certificates the expected cost of the closest id. N is the
  ///   median; the mean over random nodeIds is infinite, as the tail N / (N + m) falls like 1 / m.
  public static func closestIdChance(certificates: Int, nodes: Int) -> Double {
    precondition(
      certificates >= 0 && nodes >= 0 && certificates + nodes > 0,
      "\(certificates) certificates against \(nodes) nodes")
    return Double(certificates) / Double(nodes + certificates)
  }

  /// The certificates that make the closest id to a chosen point one's own with a given chance:
  /// N q / (1 - q), the paper's N at q = 1/2.
  /// - Parameter chance: q in 0..<1.
  public static func certificatesForClosestId(chance q: Double, nodes: Int) -> Double {
    precondition((0..<1).contains(q), "chance out of range: \(q)")
    return Double(nodes) * q / (1 - q)
  }

  /// The expected hash operations for a fraction f of N ids, each of which takes 2^p.
  ///
  /// Source: [Castro02], crypto puzzles: p leading zero bits of a hash. Joining costs 2^p for the
  /// slowest honest machine as well; with periodic invalidation the price is due every period.
  public static func puzzleOperations(
    ofFraction f: Double, nodes: Int, zeroBits: Int
  ) -> Double {
    precondition((0...1023).contains(zeroBits), "zeroBits out of range: \(zeroBits)")
    return f * Double(nodes) * Double(sign: .plus, exponent: zeroBits, significand: 1)
  }

  /// x^y for x >= 0.
  private static func power(_ x: Double, _ y: Double) -> Double {
    precondition(x >= 0, "a power of a negative number: \(x)")
    if y == 0 { return 1 }
    return x == 0 ? 0 : exponential(y * naturalLog(x))
  }
}
