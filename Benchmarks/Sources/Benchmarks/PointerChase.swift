import Foundation
import Randomness

/// The yardstick: time of one dependent load in a random cycle over 64-byte lines.
struct PointerChase {
  /// Nanoseconds per load in 32 MiB, beyond the L2 cache, and in 1 and 4 GiB, beyond the L3 cache.
  let cache: Double
  let memory: Double
  let largeMemory: Double

  /// Measured once.
  static let shared = measure()

  var rows: [Row] {
    [
      Row(name: "pointer chase, 32 MiB", value: cache, unit: "ns/load"),
      Row(name: "pointer chase, 1 GiB", value: memory, unit: "ns/load"),
      Row(name: "pointer chase, 4 GiB", value: largeMemory, unit: "ns/load"),
    ]
  }

  private static func measure() -> PointerChase {
    PointerChase(
      cache: nanoseconds(bytes: 32 << 20), memory: nanoseconds(bytes: 1 << 30),
      largeMemory: nanoseconds(bytes: 4 << 30))
  }

  private static func nanoseconds(bytes: Int) -> Double {
    let lines = bytes / 64
    let hugePage = 2 << 20
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: hugePage)
    defer { raw.deallocate() }
    #if os(Linux)
      madvise(raw, bytes, MADV_HUGEPAGE)
    #endif
    let cells = raw.bindMemory(to: UInt64.self, capacity: lines * 8)
    // Sattolo's shuffle: one cycle through all lines.
    for line in 0..<lines { cells[line * 8] = UInt64(line) }
    var random = RandomStream(StreamKey(seed: 1)["chase"])
    for line in stride(from: lines - 1, to: 0, by: -1) {
      let other = Int(random.index(below: UInt32(line)))
      let held = cells[line * 8]
      cells[line * 8] = cells[other * 8]
      cells[other * 8] = held
    }
    let loads = 2_000_000
    var at: UInt64 = 0
    let seconds = Measurement.medianSeconds {
      for _ in 0..<loads { at = cells[Int(at) * 8] }
    }
    precondition(at < UInt64(lines))
    return seconds / Double(loads) * 1e9
  }
}
