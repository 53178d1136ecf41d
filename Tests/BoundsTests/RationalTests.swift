import Randomness
import Testing

@testable import Bounds

@Suite struct RationalTests {
  @Test("fractions are in lowest terms, with the sign above the line")
  func lowestTerms() {
    #expect(Rational(6, -4).description == "-3/2")
    #expect(Rational(0, -7) == 0)
    #expect(Rational(10, 5).description == "2")
    #expect(Rational(-7, 2).floor == -4)
  }

  @Test("the field laws hold on random fractions")
  func laws() {
    var stream = RandomStream(StreamKey(seed: 7)["fractions"])
    func draw() -> Rational {
      Rational(Int(stream.next() % 2001) - 1000, Int(stream.next() % 997) + 1)
    }
    for _ in 0..<500 {
      let (a, b, c) = (draw(), draw(), draw())
      #expect((a + b) * c == a * c + b * c)
      #expect(a - b == -(b - a))
      #expect((a + b) + c == a + (b + c))
      if b.sign != 0 { #expect(a / b * b == a) }
      #expect((a < b) == (a - b < 0))
      if a.sign != 0 { #expect(a.power(-3) * a.power(3) == 1) }
    }
  }

  @Test(
    "decimals and fractions are read exactly",
    arguments: [
      ("0.1", "1/10"), ("-2.5e-3", "-1/400"), ("1e9", "1000000000"), ("3/12", "1/4"),
      ("-3/12", "-1/4"), ("1E+2", "100"), ("00.50", "1/2"), ("7", "7"),
    ])
  func reads(text: String, value: String) {
    #expect(Rational(text)?.description == value)
  }

  @Test(
    "anything else is no number",
    arguments: [
      "", ".", "1.", ".5", "-.5", "1/0", "1/2/3", "e5", "1e", "1e1.5", "1e999999", "1e++1", "0x1",
      "1.-5", "nan", "inf", "1 /2", "--1",
    ])
  func refuses(text: String) {
    #expect(Rational(text) == nil)
  }

  @Test("a double is the fraction that its bits say, there and back")
  func doubles() throws {
    var stream = RandomStream(StreamKey(seed: 8)["doubles"])
    #expect(Rational(exactly: 0.1)?.description == "3602879701896397/36028797018963968")
    #expect(Rational(exactly: .nan) == nil)
    #expect(Rational(exactly: -.infinity) == nil)
    for value in [0, -0.0, 1, -1.5, 0x1p-1074, 0x1.8p1000, -0x1.fp-1022] {
      #expect(try #require(Rational(exactly: value)).double == value)
    }
    for _ in 0..<300 {
      let value = Double(bitPattern: stream.next() & ~(0x7FF << 52) | (stream.next() % 2046) << 52)
      let back = try #require(Rational(exactly: value)).double
      #expect(abs(back - value) <= value.magnitude.ulp)
    }
  }

  @Test("digits are cut off, never rounded up, and end where the number does")
  func digits() {
    func text(_ number: Rational, _ digits: Int = 8) -> String {
      CertifiedDecimal(number, digits: digits).description
    }
    #expect(text(Rational(2, 3)) == "0.66666666…")
    #expect(text(Rational(1, 8)) == "0.125")
    #expect(text(Rational(-1, 8)) == "-0.125")
    #expect(text(Rational(100)) == "100")
    #expect(text(Rational(200, 3), 2) == "66.…")
    #expect(text(Rational(2000, 3), 2) == "6.6…e2")
    #expect(text(Rational(2000, 3), 6) == "666.666…")
    #expect(text(Rational(1, 30_000_000)) == "3.3333333…e-8")
    #expect(text(Rational(10).power(20)) == "1e20")
    #expect(text(0) == "0")
    #expect(text(Rational(999_999_999, 1_000_000_000), 3) == "0.999…")
  }
}
