import Bounds

/// Whether copies arrive, asked of every fault set, one after the other.
struct FaultSetSum {
  /// Routes as sets of the nodes 0..<nodeCount, one bit each.
  let routes: [UInt32]
  let nodeCount: Int

  init(_ routes: [[Int]], nodeCount: Int) {
    self.routes = routes.map { $0.reduce(0) { $0 | 1 << UInt32($1) } }
    self.nodeCount = nodeCount
  }

  /// Fault sets that some route survives, by their size.
  var survivors: [Int] {
    var counts = [Int](repeating: 0, count: nodeCount + 1)
    for faulty in 0..<(UInt32(1) << UInt32(nodeCount)) {
      if routes.contains(where: { $0 & faulty == 0 }) { counts[faulty.nonzeroBitCount] += 1 }
    }
    return counts
  }

  /// The probability where every node is faulty with probability f.
  func probability(faultyFraction f: Rational) -> Rational {
    survivors.enumerated().reduce(0) { sum, term in
      sum + Rational(term.element) * f.power(term.offset)
        * (1 - f).power(nodeCount - term.offset)
    }
  }

  /// The probability where every set of that size is as likely.
  func probability(faulty: Int) -> Rational {
    Rational(BigInteger(survivors[faulty]), .binomial(nodeCount, faulty))
  }
}
