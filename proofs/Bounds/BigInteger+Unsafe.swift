import CGMP

/// An integer of any size; a value, on GMP.
///
/// Every operation makes a new value, and nothing changes one that exists: copies share their
/// memory, which is given back with the last of them.
/// - Complexity: as `mpz` of GMP: addition is linear in the bits, multiplication M(bits).
public struct BigInteger: Sendable {
  private let cell: Cell

  /// The one owner of an `mpz_t`, which nobody writes after it was made.
  @safe
  private final class Cell: @unchecked Sendable {
    let number: UnsafeMutablePointer<__mpz_struct>

    init() {
      unsafe number = .allocate(capacity: 1)
      unsafe __gmpz_init(number)
    }

    deinit {
      unsafe __gmpz_clear(number)
      unsafe number.deallocate()
    }
  }

  private typealias Number = UnsafeMutablePointer<__mpz_struct>

  private init(_ fill: (Number) -> Void) {
    cell = Cell()
    unsafe fill(cell.number)
  }

  private init(_ a: BigInteger, _ fill: (Number, Number) -> Void) {
    self = withExtendedLifetime(a) {
      unsafe BigInteger { target in unsafe fill(target, a.cell.number) }
    }
  }

  private init(_ a: BigInteger, _ b: BigInteger, _ fill: (Number, Number, Number) -> Void) {
    self = withExtendedLifetime((a, b)) {
      unsafe BigInteger { target in unsafe fill(target, a.cell.number, b.cell.number) }
    }
  }

  /// That number.
  public init(_ value: Int) {
    self = unsafe BigInteger { target in unsafe __gmpz_set_si(target, value) }
  }

  /// That number.
  public init(_ value: UInt64) {
    self = unsafe BigInteger { target in unsafe __gmpz_set_ui(target, UInt(value)) }
  }

  /// The number that decimal digits, at most 100,000 of them, state after an optional minus.
  public init?(_ text: some StringProtocol) {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let isDecimal = digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard isDecimal, (1...100_000).contains(digits.utf8.count) else { return nil }
    self = unsafe BigInteger { target in
      let code = unsafe String(text).withCString { unsafe __gmpz_set_str(target, $0, 10) }
      precondition(code == 0, "GMP refuses decimal digits")
    }
  }

  /// 2^exponent.
  public static func powerOfTwo(_ exponent: Int) -> BigInteger {
    precondition((0...maximalBits).contains(exponent), "2^\(exponent) has too many bits")
    return BigInteger(1).shifted(left: exponent)
  }

  /// The bits that a result may have: more is an error of the caller, who bounds what he asks.
  static let maximalBits = 1 << 32

  /// n over k: the sets of k out of n.
  /// - Precondition: `0 <= k <= n`.
  public static func binomial(_ n: Int, _ k: Int) -> BigInteger {
    precondition(0 <= k && k <= n, "\(n) over \(k)")
    return unsafe BigInteger { target in unsafe __gmpz_bin_uiui(target, UInt(n), UInt(k)) }
  }
}

extension BigInteger {
  /// The sum.
  public static func + (a: BigInteger, b: BigInteger) -> BigInteger {
    unsafe BigInteger(a, b) { unsafe __gmpz_add($0, $1, $2) }
  }

  /// The difference.
  public static func - (a: BigInteger, b: BigInteger) -> BigInteger {
    unsafe BigInteger(a, b) { unsafe __gmpz_sub($0, $1, $2) }
  }

  /// The product.
  public static func * (a: BigInteger, b: BigInteger) -> BigInteger {
    unsafe BigInteger(a, b) { unsafe __gmpz_mul($0, $1, $2) }
  }

  /// The same number on the other side of zero.
  public static prefix func - (a: BigInteger) -> BigInteger {
    unsafe BigInteger(a) { unsafe __gmpz_neg($0, $1) }
  }

  /// Its distance from zero.
  public var magnitude: BigInteger { unsafe BigInteger(self) { unsafe __gmpz_abs($0, $1) } }

  /// The quotient, rounded towards minus infinity.
  /// - Precondition: the divisor is not zero.
  public func dividedDown(by divisor: BigInteger) -> BigInteger {
    precondition(divisor.sign != 0, "division by zero")
    return unsafe BigInteger(self, divisor) { unsafe __gmpz_fdiv_q($0, $1, $2) }
  }

  /// The quotient, rounded towards plus infinity.
  /// - Precondition: the divisor is not zero.
  public func dividedUp(by divisor: BigInteger) -> BigInteger {
    precondition(divisor.sign != 0, "division by zero")
    return unsafe BigInteger(self, divisor) { unsafe __gmpz_cdiv_q($0, $1, $2) }
  }

  /// The quotient of a division that leaves nothing.
  /// - Precondition: the divisor is not zero and divides this number.
  public func divided(exactlyBy divisor: BigInteger) -> BigInteger {
    precondition(divisor.sign != 0, "division by zero")
    return unsafe BigInteger(self, divisor) { unsafe __gmpz_divexact($0, $1, $2) }
  }

  /// The greatest common divisor, not negative.
  public func greatestCommonDivisor(with other: BigInteger) -> BigInteger {
    unsafe BigInteger(self, other) { unsafe __gmpz_gcd($0, $1, $2) }
  }

  /// This number times itself, `exponent` times in all; 1 for none.
  public func power(_ exponent: Int) -> BigInteger {
    precondition(
      exponent >= 0 && (bitWidth <= 1 || exponent <= Self.maximalBits / bitWidth),
      "a power with too many bits: \(bitWidth) bits to the \(exponent)")
    return unsafe BigInteger(self) { unsafe __gmpz_pow_ui($0, $1, UInt(exponent)) }
  }

  /// This number times 2^count.
  public func shifted(left count: Int) -> BigInteger {
    precondition((0...Self.maximalBits).contains(count), "a shift by \(count) bits")
    return unsafe BigInteger(self) { unsafe __gmpz_mul_2exp($0, $1, UInt(count)) }
  }

  /// This number over 2^count, rounded towards minus infinity.
  public func shiftedDown(right count: Int) -> BigInteger {
    precondition(count >= 0, "a shift by \(count) bits")
    return unsafe BigInteger(self) { unsafe __gmpz_fdiv_q_2exp($0, $1, UInt(count)) }
  }

  /// This number over 2^count, rounded towards plus infinity.
  public func shiftedUp(right count: Int) -> BigInteger {
    precondition(count >= 0, "a shift by \(count) bits")
    return unsafe BigInteger(self) { unsafe __gmpz_cdiv_q_2exp($0, $1, UInt(count)) }
  }

  /// The largest integer whose square is at most this one.
  /// - Precondition: not negative.
  public var squareRootDown: BigInteger {
    precondition(sign >= 0, "the root of a negative number")
    return unsafe BigInteger(self) { unsafe __gmpz_sqrt($0, $1) }
  }

  /// -1, 0 or 1.
  public var sign: Int {
    withExtendedLifetime(self) { unsafe Int(cell.number.pointee._mp_size.signum()) }
  }

  /// The bits of its magnitude; 0 for zero.
  public var bitWidth: Int {
    sign == 0
      ? 0 : withExtendedLifetime(self) { unsafe Int(__gmpz_sizeinbase(cell.number, 2)) }
  }

  /// The zero bits at its low end; 0 for zero.
  public var trailingZeroBits: Int {
    sign == 0 ? 0 : withExtendedLifetime(self) { unsafe Int(__gmpz_scan1(cell.number, 0)) }
  }

  /// The number itself where it fits.
  public var int: Int? {
    withExtendedLifetime(self) {
      unsafe __gmpz_fits_slong_p(cell.number) == 0 ? nil : Int(__gmpz_get_si(cell.number))
    }
  }
}

extension BigInteger: Comparable, Hashable {
  /// Whether they are the same number.
  public static func == (a: BigInteger, b: BigInteger) -> Bool { a.compare(b) == 0 }

  /// Whether the first one is the smaller.
  public static func < (a: BigInteger, b: BigInteger) -> Bool { a.compare(b) < 0 }

  private func compare(_ other: BigInteger) -> Int32 {
    withExtendedLifetime((self, other)) { unsafe __gmpz_cmp(cell.number, other.cell.number) }
  }

  /// Feeds the sign and the lowest 64 bits.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(sign)
    withExtendedLifetime(self) { unsafe hasher.combine(__gmpz_get_ui(cell.number)) }
  }
}

extension BigInteger: CustomStringConvertible, ExpressibleByIntegerLiteral {
  /// That number.
  public init(integerLiteral value: Int) { self.init(value) }

  /// The decimal digits.
  public var description: String {
    withExtendedLifetime(self) {
      let room = unsafe Int(__gmpz_sizeinbase(cell.number, 10)) + 2
      return unsafe String(unsafeUninitializedCapacity: room) { buffer in
        unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
          unsafe __gmpz_get_str(characters.baseAddress, 10, cell.number)
          return unsafe characters.firstIndex(of: 0) ?? room
        }
      }
    }
  }
}
