/// 64 fault sets in each of eight lanes: bit j of word k is about fault set j at lane k's f.
typealias LaneWords = SIMD8<UInt64>

extension SIMD8 where Scalar == UInt64 {
  /// All sets of all lanes.
  static var allSets: Self {
    @inline(__always) get { Self(repeating: ~0) }
  }

  /// Whether any set of any lane is in.
  @inline(__always)
  var hasAny: Bool {
    let four = lowHalf | highHalf
    let two = four.lowHalf | four.highHalf
    return two[0] | two[1] != 0
  }

  /// Sets per byte: eight bits become one number in 0...8.
  @inline(__always)
  fileprivate var setsPerByte: Self {
    let pairs = self &- ((self &>> 1) & Self(repeating: 0x5555_5555_5555_5555))
    let low = Self(repeating: 0x3333_3333_3333_3333)
    let nibbles = (pairs & low) &+ ((pairs &>> 2) & low)
    return (nibbles &+ (nibbles &>> 4)) & Self(repeating: 0x0F0F_0F0F_0F0F_0F0F)
  }

  /// The sum of the eight bytes of each word.
  @inline(__always)
  fileprivate var byteSums: Self {
    let low = Self(repeating: 0x00FF_00FF_00FF_00FF)
    let pairs = (self & low) &+ ((self &>> 8) & low)
    let quads = pairs &+ (pairs &>> 16)
    return (quads &+ (quads &>> 32)) & Self(repeating: 0xFFFF)
  }

  /// Number of sets per lane.
  @inline(__always)
  var setCounts: Self { setsPerByte.byteSums }
}

/// Counts sets per lane over many additions.
struct LaneTally: BitwiseCopyable {
  private var bytes = LaneWords.zero
  private var sums = LaneWords.zero
  private var additions = 0

  /// Adds the number of `sets` of each lane.
  @inline(__always)
  mutating func add(_ sets: LaneWords) {
    bytes &+= sets.setsPerByte
    additions &+= 1
    // A byte holds 31 times 8.
    if additions == 31 { collect() }
  }

  @inline(__always)
  private mutating func collect() {
    sums &+= bytes.byteSums
    bytes = .zero
    additions = 0
  }

  /// The count of each lane.
  var total: SIMD8<Double> {
    var copy = self
    copy.collect()
    return SIMD8<Double>(copy.sums)
  }
}
