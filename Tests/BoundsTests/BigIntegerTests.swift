import Foundation
import Randomness
import Testing

@testable import Bounds

@Suite struct BigIntegerTests {
  /// Pairs of numbers of up to 62 bits, with the ends and zero among them.
  private static let pairs: [(Int, Int)] = {
    var stream = RandomStream(StreamKey(seed: 6)["integers"])
    let corners = [0, 1, -1, 2, -2, 255, 1 << 61, -(1 << 61)]
    var pairs = corners.flatMap { a in corners.map { (a, $0) } }
    for _ in 0..<500 {
      let shift = Int(stream.next() % 62) + 2
      pairs.append((Int(bitPattern: UInt(stream.next())) >> shift, Int(stream.next() >> 40) - 4000))
    }
    return pairs
  }()

  @Test("sums, products and quotients are those of machine integers where these reach")
  func machineIntegers() {
    for (a, b) in Self.pairs {
      let (x, y) = (BigInteger(a), BigInteger(b))
      #expect((x + y).int == a + b)
      #expect((x - y).int == a - b)
      #expect((x * y).description == (Int128(a) * Int128(b)).description)
      #expect((-x).int == -a)
      #expect((x < y) == (a < b))
      #expect((x == y) == (a == b))
      guard b != 0 else { continue }
      let floor = a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0)
      #expect(x.dividedDown(by: y).int == floor)
      #expect(x.dividedUp(by: y).int == floor + (a % b == 0 ? 0 : 1))
    }
  }

  @Test("text is read and written in decimal, and nothing else is a number")
  func text() {
    let long = "123456789012345678901234567890123456789"
    #expect(BigInteger(long)?.description == long)
    #expect(BigInteger("-" + long)?.description == "-" + long)
    #expect(BigInteger("0")?.description == "0")
    for bad in ["", "-", "+1", " 1", "1 ", "0x10", "1_000", "--1", "1.0", "٣"] {
      #expect(BigInteger(bad) == nil, "\(bad)")
    }
    #expect(BigInteger(String(repeating: "9", count: 100_001)) == nil)
  }

  @Test("powers, roots, shifts and binomials")
  func powers() {
    #expect(
      BigInteger(3).power(100).description == "515377520732011331036461129765621272702107522001")
    #expect(BigInteger(0).power(0) == 1)
    #expect(BigInteger.binomial(287, 32) * 32 == BigInteger.binomial(286, 31) * 287)
    let big = BigInteger(10).power(60) + 1
    #expect(big.squareRootDown == BigInteger(10).power(30))
    #expect(BigInteger(-5).shiftedDown(right: 1) == -3)
    #expect(BigInteger(-5).shiftedUp(right: 1) == -2)
    #expect(BigInteger.powerOfTwo(130).bitWidth == 131)
    #expect(BigInteger.powerOfTwo(130).trailingZeroBits == 130)
    #expect((BigInteger.powerOfTwo(64)).int == nil)
  }

  @Test("operands may be one and the same value, and values outlive what they came from")
  func aliases() {
    var number = BigInteger(7)
    for _ in 0..<6 { number = number * number - number }
    let copy = number
    number = number + number
    #expect(number == copy * 2)
    #expect(copy - copy == 0)
  }

  @Test("tasks share values without a copy")
  func sharing() async {
    let base = BigInteger(3).power(1000)
    let sums = await withTaskGroup(of: BigInteger.self) { group in
      for index in 0..<8 { group.addTask { base * BigInteger(index) } }
      return await group.reduce(into: BigInteger(0)) { $0 = $0 + $1 }
    }
    #expect(sums == base * 28)
  }

  #if os(Linux)
    @Test("memory of values that are gone is given back")
    func memory() throws {
      func resident() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return Int(text.split(separator: " ")[1]) ?? 0
      }
      let big = BigInteger(3).power(50_000)
      var sum = BigInteger(0)
      for _ in 0..<100 { sum = sum + big }
      let before = try resident()
      // 10,000 sums of ten kilobytes: a hundred megabytes if nothing went back.
      for _ in 0..<10_000 { sum = sum + big }
      #expect(try resident() - before < 5_000, "in pages of four kilobytes")
      #expect(sum == big * 10_100)
    }
  #endif
}
