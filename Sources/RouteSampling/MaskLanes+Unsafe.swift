/// Copies in 64 fault sets of eight lanes at once.
///
/// Losses are sets; copies are counted per set in bit planes, least significant first. A slot uses
/// as many planes as its largest count needs.
@safe
struct MaskLanes: CopyAlgebra {
  /// Planes of a slot: 64 copies at most.
  private static let planes = 7

  private let faults: FaultLines
  /// The fault sets in which copies are sent at all.
  private let sending: LaneWords
  /// By slot: losses, bit planes and how many of them are used, and copies when nothing is faulty.
  private let losses: UnsafeMutablePointer<LaneWords>
  private let counts: UnsafeMutablePointer<LaneWords>
  private let used: UnsafeMutablePointer<Int>
  private let copies: UnsafeMutablePointer<Int>
  /// Messages sent and copies arrived, by plane.
  private let sent: UnsafeMutablePointer<LaneTally>
  private let arrived: UnsafeMutablePointer<LaneTally>
  private(set) var hops = 0

  /// Working memory of a lookup, and totals over all lookups that use it.
  final class Storage {
    fileprivate let losses = FlatColumn<LaneWords>(count: CopySlots.count)
    fileprivate let counts = FlatColumn<LaneWords>(count: CopySlots.firstTerminal * planes)
    fileprivate let used = FlatColumn<Int>(count: CopySlots.firstTerminal)
    fileprivate let copies = FlatColumn<Int>(count: CopySlots.firstTerminal)
    fileprivate let sent = FlatColumn<LaneTally>(count: planes)
    fileprivate let arrived = FlatColumn<LaneTally>(count: planes)

    /// Intact copies sent on, over all nodes, the sender included.
    var sentTotal: SIMD8<Double> { Storage.total(sent) }
    /// Intact copies that reached a node that knows the root.
    var arrivedTotal: SIMD8<Double> { Storage.total(arrived) }

    private static func total(_ tallies: FlatColumn<LaneTally>) -> SIMD8<Double> {
      (0..<planes).reduce(.zero) { $0 + Double(1 << $1) * tallies[$1].total }
    }
  }

  /// Starts a lookup in the sets `sending`; `storage` and the fault sets must outlive it.
  init(_ storage: Storage, faults: FaultLines, sending: LaneWords) {
    self.faults = faults
    self.sending = sending
    unsafe losses = storage.losses.base
    unsafe counts = storage.counts.base
    unsafe used = storage.used.base
    unsafe copies = storage.copies.base
    unsafe sent = storage.sent.base
    unsafe arrived = storage.arrived.base
  }

  var intact: LaneWords { ~sending }
  var lost: LaneWords { .allSets }

  @inline(__always)
  mutating func start(_ slot: Int, arrives: Bool) {
    hops &+= 1
    unsafe losses[slot] = ~sending
    unsafe sent[0].add(sending)
    if arrives {
      unsafe arrived[0].add(sending)
    } else {
      unsafe counts[slot &* MaskLanes.planes] = sending
      unsafe used[slot] = 1
      unsafe copies[slot] = 1
    }
  }

  @inline(__always)
  func expect(_ node: UInt32) { faults.prefetch(node) }

  @inline(__always)
  mutating func carry(
    _ from: Int, to slot: Int, leaving node: UInt32, isSent: Bool, mayLose: Bool, meets: Bool,
    arrives: Bool
  ) {
    var loss = unsafe losses[from]
    let planes = unsafe counts + from &* MaskLanes.planes
    let many = unsafe copies[from]
    let size = unsafe used[from]
    if mayLose {
      let faulty = faults[node]
      loss |= faulty
      for plane in 0..<size { unsafe planes[plane] &= ~faulty }
    }
    unsafe losses[slot] = meets ? losses[slot] & loss : loss
    if isSent {
      hops &+= many
      for plane in 0..<size { unsafe sent[plane].add(planes[plane]) }
    }
    if arrives {
      for plane in 0..<size { unsafe arrived[plane].add(planes[plane]) }
    } else if meets {
      unsafe add(planes, size: size, to: slot)
      unsafe copies[slot] &+= many
    } else if slot != from {
      let target = unsafe counts + slot &* MaskLanes.planes
      for plane in 0..<size { unsafe target[plane] = planes[plane] }
      unsafe used[slot] = size
      unsafe copies[slot] = many
    }
  }

  /// Adds bit planes with carry.
  @inline(__always)
  private func add(_ planes: UnsafeMutablePointer<LaneWords>, size: Int, to slot: Int) {
    let target = unsafe counts + slot &* MaskLanes.planes
    var targetSize = unsafe used[slot]
    var carry = LaneWords.zero
    var plane = 0
    while plane < size || (plane < targetSize && carry.hasAny) {
      let a = unsafe plane < targetSize ? target[plane] : .zero
      let b = unsafe plane < size ? planes[plane] : .zero
      let either = a ^ b
      unsafe target[plane] = either ^ carry
      carry = (a & b) | (either & carry)
      plane &+= 1
    }
    targetSize = max(targetSize, plane)
    // At most 64 copies: the last plane takes no carry.
    if targetSize == plane, plane < MaskLanes.planes, carry.hasAny {
      unsafe target[plane] = carry
      targetSize = plane &+ 1
    }
    unsafe used[slot] = targetSize
  }

  @inline(__always)
  func loss(_ slot: Int) -> LaneWords { unsafe losses[slot] }

  @inline(__always)
  func meeting(_ a: LaneWords, _ b: LaneWords) -> LaneWords { a & b }

  @inline(__always)
  func leaving(_ node: UInt32, _ loss: LaneWords) -> LaneWords { loss | faults[node] }
}
