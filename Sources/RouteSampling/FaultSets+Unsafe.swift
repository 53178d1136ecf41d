import CPrefetch
import Randomness

/// 64 independent sets of nodes for each of up to eight probabilities: one 64-byte line per node.
///
/// A node's line depends on the key and the node alone, so it can be drawn whenever it is asked
/// for: where a batch visits few of the nodes nothing is stored. In each set a node is in at a
/// probability p iff one uniformly random number is below p; all lanes compare the same number, so
/// that curves over f are compared on common random numbers and a larger fraction gives supersets.
/// Probabilities are rounded to multiples of 2^-32; 0 and 1 are exact.
/// - Complexity: O(1) per line, about 50 ns for eight lanes; stored, 64 bytes per node.
final class FaultSets: Sendable {
  /// Number of fault sets of a lane.
  static let count = 64
  /// Binary digits of a probability.
  fileprivate static let digits = 32

  /// Per binary digit of the probabilities, most significant first: all ones in the lanes where it
  /// is 1. Then the lanes of probability 1, and those strictly between 0 and 1.
  private let expansion: FlatColumn<LaneWords>
  private let stored: FlatColumn<LaneWords>?
  private let key: StreamKey
  private let always: Range<UInt32>

  /// Prepares the draw.
  /// - Parameters:
  ///   - probabilities: one per lane, 1...8.
  ///   - always: nodes that are in all sets.
  ///   - visits: how often lines will be asked for, roughly; lines are stored when that is more
  ///     often than there are nodes.
  init(
    nodeCount: Int, probabilities: [Double], always: Range<Int>?, key: StreamKey, visits: Int
  ) {
    expansion = FlatColumn(count: FaultSets.digits + 2)
    self.key = key
    self.always = UInt32(always?.lowerBound ?? 0)..<UInt32(always?.upperBound ?? 0)
    for (lane, probability) in probabilities.enumerated() {
      let numerator = BernoulliMask(probability: probability).numerator
      let isCertain = numerator >> FaultSets.digits == 1
      expansion[FaultSets.digits][lane] = isCertain ? ~0 : 0
      expansion[FaultSets.digits + 1][lane] = isCertain || numerator == 0 ? 0 : ~0
      for digit in 0..<FaultSets.digits {
        let isOne = numerator >> (FaultSets.digits - 1 - digit) & 1 == 1
        expansion[digit][lane] = isOne ? ~0 : 0
      }
    }
    guard visits >= nodeCount else {
      stored = nil
      return
    }
    let lines = FlatColumn<LaneWords>(count: nodeCount, filling: nil)
    stored = lines
    let view = unsafe FaultLines(
      stored: nil, expansion: expansion.base, key: key, always: self.always)
    for node in 0..<nodeCount {
      unsafe lines.base[node] = view.drawn(UInt64(truncatingIfNeeded: node))
    }
    for node in self.always { lines[Int(node)] = .allSets }
  }

  /// The lines for the kernels; the sets must outlive them.
  var lines: FaultLines {
    unsafe FaultLines(
      stored: stored.map { unsafe UnsafePointer($0.base) }, expansion: expansion.base, key: key,
      always: always)
  }
}

/// Reads the lines of `FaultSets`.
@safe
struct FaultLines: BitwiseCopyable {
  private let stored: UnsafePointer<LaneWords>?
  private let expansion: UnsafePointer<LaneWords>
  private let key: StreamKey
  /// Nodes in all sets.
  private let firstAlways: UInt32
  private let alwaysCount: UInt32

  fileprivate init(
    stored: UnsafePointer<LaneWords>?, expansion: UnsafePointer<LaneWords>, key: StreamKey,
    always: Range<UInt32>
  ) {
    unsafe self.stored = stored
    unsafe self.expansion = expansion
    self.key = key
    firstAlways = always.lowerBound
    alwaysCount = UInt32(always.count)
  }

  /// The sets that a node is in.
  @inline(__always)
  subscript(node: UInt32) -> LaneWords {
    if let stored = unsafe stored { return unsafe stored[Int(truncatingIfNeeded: node)] }
    return node &- firstAlways < alwaysCount ? .allSets : drawn(UInt64(truncatingIfNeeded: node))
  }

  /// Asks for a stored line.
  @inline(__always)
  func prefetch(_ node: UInt32) {
    if let stored = unsafe stored {
      unsafe redoubt_prefetch(stored + Int(truncatingIfNeeded: node))
    }
  }

  /// Compares 64 random numbers with the probabilities, digit by digit from the top, until every
  /// comparison is decided: after about a dozen of the 32 digits.
  @inline(never)
  func drawn(_ number: UInt64) -> LaneWords {
    var words = key.words(of: number)
    var result = unsafe expansion[FaultSets.digits]
    var undecided = unsafe expansion[FaultSets.digits &+ 1]
    var digit = 0
    repeat {
      for _ in 0..<4 {
        let wanted = unsafe expansion[digit]
        let decided = undecided & (LaneWords(repeating: words.next()) ^ wanted)
        undecided ^= decided
        result |= decided & wanted
        digit &+= 1
      }
    } while digit < 8 || (digit < FaultSets.digits && undecided.hasAny)
    return result
  }
}
