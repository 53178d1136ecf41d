import Bounds
import Randomness
import Testing

@Suite struct IntegerPolynomialTests {
  private static func random(_ stream: inout RandomStream) -> IntegerPolynomial {
    let count = Int(stream.index(below: 7))
    return IntegerPolynomial(
      (0..<count).map { _ in BigInteger(Int(stream.index(below: 21)) - 10) })
  }

  @Test("sums, differences and products are those of the values")
  func values() {
    var stream = RandomStream(StreamKey(seed: 61)["polynomials"])
    let points = [Rational(0), 1, -1, Rational(2, 3), Rational(-7, 5), 12]
    for _ in 0..<200 {
      let (a, b) = (Self.random(&stream), Self.random(&stream))
      for x in points {
        #expect((a + b)(x) == a(x) + b(x))
        #expect((a - b)(x) == a(x) - b(x))
        #expect((a * b)(x) == a(x) * b(x))
      }
      #expect(a - a == .zero)
      #expect(a * .one == a)
      #expect(a * .zero == .zero)
      let degree = a.degree.flatMap { x in b.degree.map { x + $0 } }
      #expect((a * b).degree == degree)
    }
  }

  @Test("leading zeros are no part of a polynomial")
  func leadingZeros() {
    #expect(IntegerPolynomial([1, 2, 0, 0]) == IntegerPolynomial([1, 2]))
    #expect(IntegerPolynomial([0]).degree == nil)
    #expect(IntegerPolynomial.power(3).degree == 3)
    #expect(IntegerPolynomial.one.degree == 0)
  }

  @Test("text has the lowest power first")
  func text() {
    #expect(IntegerPolynomial([0, 2, 0, -1, 12]).description == "2 q - q^3 + 12 q^4")
    #expect(IntegerPolynomial([-1, -1]).description == "-1 - q")
    #expect(IntegerPolynomial.zero.description == "0")
  }

  @Test("m given nodes are correct with C(M - m, F) / C(M, F) without replacement")
  func withoutReplacement() {
    for nodes in 1...9 {
      for faulty in 0...nodes {
        for m in 0...nodes {
          let sets = BigInteger.binomial(nodes, faulty)
          let missing: BigInteger =
            faulty <= nodes - m ? .binomial(nodes - m, faulty) : 0
          #expect(
            IntegerPolynomial.power(m).withoutReplacement(nodes: nodes, faulty: faulty)
              == Rational(missing, sets))
        }
      }
    }
    #expect(IntegerPolynomial.zero.withoutReplacement(nodes: 3, faulty: 1) == 0)
  }

  @Test("without replacement tends to independence as the overlay grows")
  func limit() {
    let polynomial = IntegerPolynomial([0, 2, 3, -7, 3])
    let limit = polynomial(Rational(4, 5))
    var last = Rational(1)
    for nodes in [100, 10_000, 1_000_000] {
      let value = polynomial.withoutReplacement(nodes: nodes, faulty: nodes / 5)
      let gap = value < limit ? limit - value : value - limit
      #expect(gap < last && gap < Rational(10, nodes) && gap > 0)
      last = gap
    }
  }
}
