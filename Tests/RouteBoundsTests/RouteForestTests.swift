import Bounds
import Randomness
import Testing

@Suite struct RouteForestTests {
  /// Routes of copies that follow one random next-hop function: node v hands on to a higher node.
  struct Sample {
    let nodeCount: Int
    let routes: [[Int]]

    init(seed: Int) {
      var stream = RandomStream(StreamKey(seed: 62)["forests"][seed])
      let nodeCount = 2 + Int(stream.index(below: 10))
      // The nodes from `ends` on end a tree.
      let ends = 1 + Int(stream.index(below: UInt32(nodeCount - 1)))
      let next = (0..<ends).map { $0 + 1 + Int(stream.index(below: UInt32(nodeCount - $0 - 1))) }
      let copies = 1 + Int(stream.index(below: 8))
      self.nodeCount = nodeCount
      routes = (0..<copies).map { _ in
        var route = [Int(stream.index(below: UInt32(nodeCount)))]
        while let last = route.last, last < ends { route.append(next[last]) }
        return route
      }
    }
  }

  @Test("recursion, inclusion and exclusion, and the sum over all fault sets are one")
  func threeEvaluations() throws {
    var joined = 0
    var absorbed = 0
    for seed in 0..<200 {
      let sample = Sample(seed: seed)
      let forest = try #require(RouteForest(sample.routes))
      let family = RouteFamily(sample.routes)
      let polynomial = forest.delivery()
      #expect(polynomial == family.delivery())
      let sum = FaultSetSum(sample.routes, nodeCount: sample.nodeCount)
      let survivors = polynomial.survivingFaultSets(nodes: sample.nodeCount)
      #expect(survivors == sum.survivors.map { BigInteger($0) })
      #expect(polynomial(Rational(7, 10)) == sum.probability(faultyFraction: Rational(3, 10)))
      for faulty in 0...sample.nodeCount {
        #expect(
          polynomial.withoutReplacement(nodes: sample.nodeCount, faulty: faulty)
            == sum.probability(faulty: faulty))
      }
      #expect(polynomial(0) == 0 && polynomial(1) == 1)
      if family.delivery() != family.deliveryIfIndependent() { joined += 1 }
      if family.routes.count < Set(sample.routes).count { absorbed += 1 }
    }
    #expect(joined > 50 && absorbed > 50, "the samples do not test what they should")
  }

  @Test("nodes off the routes change no probability")
  func otherNodes() throws {
    let routes = [[0, 3], [1, 3], [2, 4]]
    let polynomial = try #require(RouteForest(routes)).delivery()
    for nodes in 5...9 {
      let sum = FaultSetSum(routes, nodeCount: nodes)
      #expect(
        polynomial.survivingFaultSets(nodes: nodes) == sum.survivors.map { BigInteger($0) })
      #expect(
        polynomial.withoutReplacement(nodes: nodes, faulty: 2) == sum.probability(faulty: 2))
    }
  }

  @Test("known polynomials")
  func known() throws {
    func delivery(_ routes: [[Int]]) throws -> String {
      try #require(RouteForest(routes)).delivery().description
    }
    #expect(try delivery([[1, 2, 3]]) == "q^3")
    #expect(try delivery([[1], [2]]) == "2 q - q^2")
    #expect(try delivery([[1, 3], [2, 3]]) == "2 q^2 - q^3")
    // A copy of its own makes the branch before it superfluous.
    #expect(try delivery([[1, 2], [2]]) == "q")
    #expect(try delivery([[1, 2], []]) == "1")
    #expect(try delivery([]) == "0")
  }

  @Test("routes that part after they met, or come back, are refused")
  func refused() {
    #expect(RouteForest([[1, 2, 3], [4, 2, 5]]) == nil)
    #expect(RouteForest([[1, 2], [4, 2, 5]]) == nil)
    #expect(RouteForest([[1, 2, 1]]) == nil)
    // What is no forest has its polynomial by inclusion and exclusion all the same.
    #expect(RouteFamily([[1, 2], [2, 3], [1, 3]]).delivery().description == "3 q^2 - 2 q^3")
  }

  @Test("copies taken as independent are another polynomial wherever they share a node")
  func independence() {
    let apart = RouteFamily([[1, 2], [3, 4]])
    #expect(apart.delivery() == apart.deliveryIfIndependent())
    let joined = RouteFamily([[1, 3], [2, 3]])
    #expect(joined.deliveryIfIndependent().description == "2 q^2 - q^4")
    #expect(joined.delivery() != joined.deliveryIfIndependent())
  }
}
