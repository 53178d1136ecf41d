/// Polynomials that say how surely a system of nodes works.
///
/// Let x_v be 1 where node v is correct, else 0. Whether a system works is a polynomial in the x_v
/// in which every x_v has power 0 or 1, and it is unique: a sum of a_S times the product of x_v
/// over v in S. These members are about the polynomial of the a_m, the sum of all a_S with |S| = m,
/// at the m-th power. It determines the probability under every law of faults that treats nodes
/// alike, because such a law gives all sets of m nodes the same probability of being all correct:
///
/// - independent faults: (1 - f)^m, so that the value at q = 1 - f is the probability;
/// - F faulty nodes among M without replacement: C(M - m, F) / C(M, F).
extension IntegerPolynomial {
  /// The expectation where the variable's m-th power stands for "m given nodes are correct" and
  /// exactly `faulty` of `nodes` nodes are faulty, every set of them equally likely.
  ///
  /// C(M - m, F) / C(M, F) = (M - F)(M - F - 1)…(M - F - m + 1) / (M (M - 1)…(M - m + 1)): the sum
  /// is taken over the denominator of the highest power, so that no binomial of a large M is
  /// computed.
  /// - Parameters:
  ///   - nodes: M, at least the degree.
  ///   - faulty: F, in 0...M.
  public func withoutReplacement(nodes: Int, faulty: Int) -> Rational {
    guard let degree else { return 0 }
    precondition(degree <= nodes, "a polynomial of degree \(degree) about \(nodes) nodes")
    precondition((0...nodes).contains(faulty), "\(faulty) of \(nodes) nodes are faulty")
    let correct = nodes - faulty
    // Horner's rule: a_0 + (C / M) (a_1 + (C - 1) / (M - 1) (a_2 + …)).
    var above: BigInteger = 0
    var below: BigInteger = 1
    for m in stride(from: degree, through: 0, by: -1) {
      let ways = BigInteger(max(0, correct - m))
      let all = BigInteger(max(1, nodes - m))
      if m < degree {
        above = above * ways
        below = below * all
      }
      above = above + coefficients[m] * below
    }
    return Rational(above, below)
  }

  /// How many sets of k faulty nodes among `nodes` leave the system working, for every k.
  ///
  /// Entry k is the sum of a_m C(M - m, k): of all sets of k nodes, those that miss m given nodes
  /// are C(M - m, k). Between 0 and C(M, k) for every polynomial of a system.
  /// - Parameter nodes: M, at least the degree.
  /// - Complexity: O(M degree) binomials.
  public func survivingFaultSets(nodes: Int) -> [BigInteger] {
    precondition(
      (degree ?? 0) <= nodes, "a polynomial of degree \(degree ?? 0) about \(nodes) nodes")
    return (0...nodes).map { size in
      coefficients.enumerated().reduce(BigInteger(0)) { sum, term in
        guard size <= nodes - term.offset else { return sum }
        return sum + term.element * .binomial(nodes - term.offset, size)
      }
    }
  }
}
