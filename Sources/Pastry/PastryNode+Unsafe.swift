package import RingIdentifiers

/// Where the state lies that a lookup's messages and timers will need, besides the node's own
/// lines: for an engine that asks for memory before it is needed.
///
/// `ask` gets addresses, which may lie behind the end of an array; nothing is changed. The node is
/// given by its place, because a value would be copied first, with all the lines that it lies on.
extension PastryNode {
  /// Bytes of a node, from its start, in which all lies that a hop reads of the node itself.
  package static var hopBytes: Int { 240 }

  /// What handing on a message for `key` needs.
  @inline(__always)
  package static func locate(
    hopFor key: Key, at node: UnsafePointer<PastryNode>, _ ask: (UnsafeRawPointer) -> Void
  ) {
    let free = unsafe node.pointee.requests.firstFree
    unsafe locate(free == .max ? 0 : Int(free), at: node, ask)
    switch unsafe node.pointee.leafSet.side(of: key) {
    case .clockwise:
      unsafe locate(side: \.leafSet.clockwise, at: node, ask)
    case .counterclockwise:
      unsafe locate(side: \.leafSet.counterclockwise, at: node, ask)
    case nil:
      guard let place = unsafe node.pointee.routingTable.slots.place(of: key) else { return }
      unsafe locate(place, in: \.routingTable.slots.entries, at: node, ask)
      unsafe locate(place, in: \.routingTable.roundTrips, at: node, ask)
    }
  }

  /// What handing on a message for `key` needs to know of the next hop. Reads leaf set or table.
  /// - Returns: the next hop, if all is as usual; `.none` when there is none.
  package static func locate(
    nextHopFor key: Key, at node: UnsafePointer<PastryNode>, _ ask: (UnsafeRawPointer) -> Void
  ) -> NodeIndex {
    let next =
      unsafe node.pointee.leafSet.side(of: key) != nil
      ? node.pointee.leafSet.closest(to: key).index
      : node.pointee.routingTable.slots.entry(for: key)
    if next.exists {
      unsafe locate(RoundTripCache.place(next), in: \.roundTrips.entries, at: node, ask)
    }
    return next
  }

  /// What an answer to a request needs.
  package static func locate(
    answerOf id: RequestId, by sender: NodeIndex, at node: UnsafePointer<PastryNode>,
    _ ask: (UnsafeRawPointer) -> Void
  ) {
    unsafe locate(timerOf: id, at: node, ask)
    unsafe locate(RoundTripCache.place(sender), in: \.roundTrips.entries, at: node, ask)
  }

  /// What the timer of a request needs.
  package static func locate(
    timerOf id: RequestId, at node: UnsafePointer<PastryNode>, _ ask: (UnsafeRawPointer) -> Void
  ) {
    unsafe locate(Int(id.number & (1 << RequestTable.placeBits - 1)), at: node, ask)
  }

  /// A place of the request table.
  private static func locate(
    _ place: Int, at node: UnsafePointer<PastryNode>, _ ask: (UnsafeRawPointer) -> Void
  ) {
    unsafe locate(place, in: \.requests.places, at: node, ask)
    unsafe locate(place &+ 1, in: \.requests.places, at: node, ask, header: false)
  }

  /// An element of one of the node's arrays, and the array's header before its first one.
  @inline(__always)
  private static func locate<Element>(
    _ place: Int, in array: KeyPath<PastryNode, ContiguousArray<Element>>,
    at node: UnsafePointer<PastryNode>, _ ask: (UnsafeRawPointer) -> Void, header: Bool = true
  ) {
    guard let base = unsafe start(of: array, at: node) else { return }
    if header { unsafe ask(base - 16) }
    unsafe ask(base + place &* MemoryLayout<Element>.stride)
  }

  /// All lines of a full side of the leaf set.
  @inline(__always)
  private static func locate(
    side: KeyPath<PastryNode, ContiguousArray<Peer>>, at node: UnsafePointer<PastryNode>,
    _ ask: (UnsafeRawPointer) -> Void
  ) {
    guard let base = unsafe start(of: side, at: node) else { return }
    let end = unsafe node.pointee.leafSet.sideCapacity &* MemoryLayout<Peer>.stride
    for offset in stride(from: -16, to: end, by: 64) { unsafe ask(base + offset) }
  }

  /// Where an array's elements start: behind four words. Every other way to ask an array keeps it
  /// alive meanwhile, and so writes to the very line that is not there yet.
  @inline(__always)
  private static func start<Element>(
    of array: KeyPath<PastryNode, ContiguousArray<Element>>, at node: UnsafePointer<PastryNode>
  ) -> UnsafeRawPointer? {
    guard let offset = MemoryLayout<PastryNode>.offset(of: array) else { return nil }
    let reference = unsafe UnsafeRawPointer(node).load(fromByteOffset: offset, as: UInt.self)
    return unsafe UnsafeRawPointer(bitPattern: reference &+ 32)
  }
}
