import Admission
import Foundation
import NodeCredentials
import Randomness
import Testing

@Suite struct ASMapTests {
  /// A table of prefixes over the 128 address bits, and the answer by looking at all of them.
  private struct Table {
    var prefixes: [(bits: [Bool], system: UInt32)] = []

    func system(of bits: [Bool]) -> UInt32 {
      var best = (length: -1, system: UInt32(0))
      for (prefix, system) in prefixes
      where prefix.count > best.length && bits.starts(with: prefix) {
        best = (prefix.count, system)
      }
      return best.system
    }
  }

  private static func bits(_ address: IPAddress) -> [Bool] {
    let octets: [UInt8] =
      switch address {
      case .v4: [UInt8](repeating: 0, count: 10) + [255, 255] + address.octets
      case .v6: address.octets
      }
    return octets.flatMap { octet in (0..<8).map { octet >> (7 - UInt8($0)) & 1 == 1 } }
  }

  /// An encoder: one JUMP per level, MATCH where all prefixes agree, DEFAULT where one ends within.
  private struct Encoder {
    static func number(_ value: UInt32, from start: UInt32, sizes: ClosedRange<Int>) -> [Bool] {
      var bits: [Bool] = []
      var rest = value - start
      for size in sizes {
        let width = UInt32(1) << UInt32(size)
        if size < sizes.upperBound {
          bits.append(rest >= width)
          if rest >= width {
            rest -= width
            continue
          }
        }
        return bits + (0..<size).map { rest >> UInt32(size - 1 - $0) & 1 == 1 }
      }
      return bits
    }

    static func program(
      _ table: [(bits: ArraySlice<Bool>, system: UInt32)], fallback: UInt32
    ) -> [Bool] {
      var code: [Bool] = []
      var fallback = fallback
      var inner = table
      if let own = table.first(where: { $0.bits.isEmpty }) {
        inner = table.filter { !$0.bits.isEmpty }
        if inner.isEmpty { return [false] + number(own.system, from: 1, sizes: 15...24) }
        fallback = own.system
        code += [true, true, true] + number(own.system, from: 1, sizes: 15...24)
      }
      var common = inner[0].bits
      for (bits, _) in inner { common = common.prefix { _ in true }.commonPrefix(with: bits) }
      let shared = Array(common.prefix(8))
      if shared.count > 0 {
        let value = shared.reduce(UInt32(1)) { $0 << 1 | ($1 ? 1 : 0) }
        code += [true, true, false] + number(value, from: 2, sizes: 1...8)
        return code
          + program(inner.map { ($0.bits.dropFirst(shared.count), $0.system) }, fallback: fallback)
      }
      let zeros = inner.filter { $0.bits.first == false }
      let ones = inner.filter { $0.bits.first == true }
      let left = program(zeros.map { ($0.bits.dropFirst(), $0.system) }, fallback: fallback)
      let right = program(ones.map { ($0.bits.dropFirst(), $0.system) }, fallback: fallback)
      // A jump is at least 17 bits; the shortest answer has 17.
      return code + [true, false] + number(UInt32(left.count), from: 17, sizes: 5...30) + left
        + right
    }

    static func bytes(_ program: [Bool]) -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: (program.count + 7) / 8)
      for (index, bit) in program.enumerated() where bit { bytes[index / 8] |= 1 << (index % 8) }
      return bytes
    }
  }

  private func encoded(_ table: Table) -> [UInt8] {
    Encoder.bytes(Encoder.program(table.prefixes.map { ($0.bits[...], $0.system) }, fallback: 0))
  }

  private func randomTable(_ stream: inout RandomStream) -> Table {
    var table = Table()
    for _ in 0..<(1 + stream.index(below: 40)) {
      let address: IPAddress =
        stream.index(below: 2) == 0
        ? .v4(UInt32(truncatingIfNeeded: stream.next()) & 0x0F0F_FFFF)
        : .v6(high: 0x2001_0DB8_0000_0000 | stream.next() >> 40, low: stream.next())
      let whole = Self.bits(address)
      let length = Int(stream.index(below: 129))
      let prefix = Array(whole.prefix(length))
      if table.prefixes.contains(where: { $0.bits == prefix }) { continue }
      table.prefixes.append((prefix, 1 + stream.index(below: 4_000_000)))
    }
    return table
  }

  @Test func agreesWithTheLongestPrefix() throws {
    for run in 0..<60 {
      var stream = RandomStream(StreamKey(seed: 64_512)["asmap"][run])
      let table = randomTable(&stream)
      let map = try ASMap(encoded(table))
      for _ in 0..<200 {
        var address: IPAddress =
          stream.index(below: 2) == 0
          ? .v4(UInt32(truncatingIfNeeded: stream.next()) & 0x0F0F_FFFF)
          : .v6(high: 0x2001_0DB8_0000_0000 | stream.next() >> 40, low: stream.next())
        if stream.index(below: 4) == 0 { address = .v6(high: stream.next(), low: stream.next()) }
        #expect(map.autonomousSystem(of: address) == table.system(of: Self.bits(address)))
      }
    }
  }

  /// Written by hand: 192.0.2.0/24 is AS64496, all other addresses AS64500.
  @Test func theFormatIsTheDescribedOne() throws {
    var program: [Bool] = [true, true, true] + Encoder.number(64_500, from: 1, sizes: 15...24)
    var rest = Self.bits(.v4(0xC000_0200)).prefix(120)
    while !rest.isEmpty {
      let value = rest.prefix(8).reduce(UInt32(1)) { $0 << 1 | ($1 ? 1 : 0) }
      program += [true, true, false] + Encoder.number(value, from: 2, sizes: 1...8)
      rest = rest.dropFirst(8)
    }
    program += [false] + Encoder.number(64_496, from: 1, sizes: 15...24)
    // 64,496 = 1 + 2^15 + 31,727: one more class, then 16 bits.
    #expect(Encoder.number(64_496, from: 1, sizes: 15...24).prefix(2) == [true, false])
    let map = try ASMap(Encoder.bytes(program))
    #expect(map.autonomousSystem(of: try .of("192.0.2.77")) == 64_496)
    #expect(map.autonomousSystem(of: try .of("192.0.3.1")) == 64_500)
    #expect(map.autonomousSystem(of: try .of("2001:db8::1")) == 64_500)
    #expect(map.autonomousSystem(of: try .of("::ffff:c000:201")) == 64_496)
  }

  @Test func everyTruncationAndEveryTrailingOctetIsRefused() throws {
    var stream = RandomStream(StreamKey(seed: 3)["cut"])
    for _ in 0..<20 {
      let bytes = encoded(randomTable(&stream))
      for count in 0..<bytes.count {
        #expect(throws: ASMap.Failure.self) { try ASMap(Array(bytes.prefix(count))) }
      }
      for extra in [UInt8(0), 1, 255] {
        #expect(throws: ASMap.Failure.self) { try ASMap(bytes + [extra]) }
      }
    }
  }

  @Test func mutationsAreRefusedOrAnswer() throws {
    var stream = RandomStream(StreamKey(seed: 4)["mutate"])
    var accepted = 0
    for _ in 0..<60 {
      let bytes = encoded(randomTable(&stream))
      for _ in 0..<200 {
        var changed = bytes
        for _ in 0...stream.index(below: 3) {
          changed[Int(stream.index(below: UInt32(changed.count)))] ^= 1 << stream.index(below: 8)
        }
        guard let map = try? ASMap(changed) else { continue }
        accepted += 1
        for _ in 0..<8 {
          _ = map.autonomousSystem(of: .v6(high: stream.next(), low: stream.next()))
          _ = map.autonomousSystem(of: .v4(UInt32(truncatingIfNeeded: stream.next())))
        }
      }
    }
    #expect(accepted > 100)
    for _ in 0..<3_000 {
      let noise = (0..<stream.index(below: 200)).map { _ in
        UInt8(truncatingIfNeeded: stream.next())
      }
      if let map = try? ASMap(noise) { _ = map.autonomousSystem(of: .v4(0)) }
    }
  }

  @Test func oddProgramsAreRefused() {
    // Nothing; jumps without end; matches past the last address bit.
    #expect(throws: ASMap.Failure.truncated) { try ASMap([]) }
    #expect(throws: ASMap.Failure.self) {
      try ASMap([UInt8](repeating: 0b0101_0101, count: 4_096))
    }
    let match = [true, true, false] + Encoder.number(256, from: 2, sizes: 1...8)
    let deep = Array(repeating: match, count: 17).flatMap { $0 }
    #expect(throws: ASMap.Failure.self) {
      try ASMap(Encoder.bytes(deep + [false] + Encoder.number(1, from: 1, sizes: 15...24)))
    }
  }
}

extension ArraySlice<Bool> {
  fileprivate func commonPrefix(with other: ArraySlice<Bool>) -> ArraySlice<Bool> {
    prefix(zip(self, other).prefix { $0 == $1 }.count)
  }
}
