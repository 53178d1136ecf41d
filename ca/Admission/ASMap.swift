public import NodeCredentials

/// A map from IP addresses to autonomous systems in the format of Bitcoin's asmap files.
///
/// The file is a string of bits, those of each octet from the least significant up, read as a
/// program over the 128 bits of an address (IPv4 as ::ffff:a.b.c.d). RETURN answers; JUMP takes the
/// next address bit and, if it is one, skips; MATCH wants certain next bits and otherwise answers
/// the last DEFAULT. Checked as a whole when it is made, so that a lookup cannot leave the program.
/// Source: the format's description in asmap-data; zero for an address without a system.
public struct ASMap: Sendable {
  /// No map is longer than this many octets.
  public static let maximumByteCount = 64 << 20

  private let bytes: [UInt8]

  /// Why octets are not a map.
  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// More octets than a map may have.
    case tooLong
    /// The program ends within an instruction, or without an answer.
    case truncated
    /// An instruction does not fit its place; the position is in bits.
    case malformed(atBit: Int)
    /// Something follows the program.
    case trailing(atBit: Int)

    /// One line.
    public var description: String {
      switch self {
      case .tooLong: "an AS map has at most \(ASMap.maximumByteCount) octets"
      case .truncated: "the AS map is cut off"
      case .malformed(let bit): "not an AS map: no valid instruction at bit \(bit)"
      case .trailing(let bit): "not an AS map: the program ends at bit \(bit), the file does not"
      }
    }
  }

  /// Checks a whole map.
  /// - Throws: `ASMap.Failure` for anything but a complete program that answers every address.
  /// - Complexity: O(bytes.count); the stack holds at most 128 entries.
  public init(_ bytes: [UInt8]) throws(Failure) {
    guard bytes.count <= ASMap.maximumByteCount else { throw .tooLong }
    self.bytes = bytes
    try ASMap.check(bytes)
  }

  /// The number of the autonomous system that announces an address; 0 when none is known.
  /// - Complexity: O(1): at most 128 address bits are read.
  public func autonomousSystem(of address: IPAddress) -> UInt32 {
    let (high, low): (UInt64, UInt64) =
      switch address {
      case .v4(let value): (0, 0xFFFF_0000_0000 | UInt64(value))
      case .v6(let high, let low): (high, low)
      }
    func bit(_ index: Int) -> Bool {
      index < 64 ? high >> UInt64(63 - index) & 1 == 1 : low >> UInt64(127 - index) & 1 == 1
    }
    var program = BitReader(bytes)
    var depth = 0
    var fallback: UInt32 = 0
    while let instruction = program.instruction() {
      switch instruction {
      case .answer(let system): return system
      case .fallback(let system): fallback = system
      case .jump(let distance):
        guard depth < 128 else { return fallback }
        if bit(depth) {
          guard program.skip(distance) else { return fallback }
        }
        depth += 1
      case .match(let pattern, let count):
        guard depth + count <= 128 else { return fallback }
        for place in 0..<count {
          let wanted = pattern >> UInt32(count - 1 - place) & 1 == 1
          guard bit(depth + place) == wanted else { return fallback }
        }
        depth += count
      }
    }
    return fallback
  }

  /// Walks through every instruction once. The two sides of a JUMP must follow each other without a
  /// gap, which makes the program a tree: every path ends in a RETURN after at most 128 bits.
  private static func check(_ bytes: [UInt8]) throws(Failure) {
    var program = BitReader(bytes)
    var depth = 0
    /// The far sides not yet reached: where each begins and at which depth.
    var pending: [(position: Int, depth: Int)] = []
    while true {
      let start = program.position
      guard let instruction = program.instruction() else { throw .truncated }
      switch instruction {
      case .fallback: break
      case .match(_, let count):
        depth += count
        guard depth <= 128 else { throw .malformed(atBit: start) }
      case .jump(let distance):
        guard depth < 128, distance <= program.remaining else {
          throw depth < 128 ? .truncated : .malformed(atBit: start)
        }
        depth += 1
        let target = program.position + distance
        if let outer = pending.last, target >= outer.position { throw .malformed(atBit: start) }
        pending.append((target, depth))
      case .answer:
        guard let next = pending.popLast() else {
          guard program.remaining < 8, program.isZeroToEnd() else {
            throw .trailing(atBit: program.position)
          }
          return
        }
        guard next.position == program.position else { throw .malformed(atBit: program.position) }
        depth = next.depth
      }
    }
  }
}

/// One step of a map's program.
private enum Instruction {
  case answer(UInt32)
  case jump(Int)
  /// The pattern's lowest `count` bits.
  case match(pattern: UInt32, count: Int)
  case fallback(UInt32)
}

/// Reads a program bit by bit; nothing it returns depends on octets that are not there.
private struct BitReader {
  private let bytes: [UInt8]
  private let end: Int
  private(set) var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    end = bytes.count * 8
  }

  var remaining: Int { end - position }

  private mutating func bit() -> Bool? {
    guard position < end else { return nil }
    defer { position += 1 }
    return bytes[position >> 3] >> UInt8(position & 7) & 1 == 1
  }

  mutating func skip(_ count: Int) -> Bool {
    guard count >= 0, count <= remaining else { return false }
    position += count
    return true
  }

  func isZeroToEnd() -> Bool {
    var copy = self
    while let bit = copy.bit() {
      if bit { return false }
    }
    return true
  }

  mutating func instruction() -> Instruction? {
    guard let first = bit() else { return nil }
    guard first else { return number(from: 1, sizes: 15...24).map { .answer($0) } }
    guard let second = bit() else { return nil }
    guard second else { return number(from: 17, sizes: 5...30).map { .jump(Int($0)) } }
    guard let third = bit() else { return nil }
    if third { return number(from: 1, sizes: 15...24).map { .fallback($0) } }
    guard let value = number(from: 2, sizes: 1...8) else { return nil }
    let count = 31 - value.leadingZeroBitCount
    return .match(pattern: value & ~(1 << UInt32(count)), count: count)
  }

  /// A number coded in classes: below 2^31 + 17 for the sizes of this format.
  private mutating func number(from start: UInt32, sizes: ClosedRange<Int>) -> UInt32? {
    var value = start
    for size in sizes {
      if size < sizes.upperBound {
        guard let more = bit() else { return nil }
        if more {
          value += 1 << UInt32(size)
          continue
        }
      }
      for place in 0..<size {
        guard let bit = bit() else { return nil }
        if bit { value += 1 << UInt32(size - 1 - place) }
      }
      return value
    }
    return nil
  }
}
