package import RingIdentifiers

/// Where the state lies that a lookup's messages and timers will need, besides the node's own
/// lines: for an engine that asks for memory before it is needed.
///
/// `ask` gets addresses, which may lie behind the end of an array; nothing is changed.
extension PastryNode {
  /// Bytes of a node, from its start, in which all lies that a hop reads of the node itself.
  package static var hopBytes: Int { 240 }

  /// What handing on a message for `key` needs.
  package func locate(hopFor key: Key, _ ask: (UnsafeRawPointer) -> Void) {
    unsafe locate(requests.firstFree == .max ? 0 : requests.firstFree, ask)
    switch leafSet.side(of: key) {
    case .clockwise: unsafe locate(side: leafSet.clockwise, ask)
    case .counterclockwise: unsafe locate(side: leafSet.counterclockwise, ask)
    case nil:
      guard let place = routingTable.slots.place(of: key) else { return }
      unsafe PastryNode.locate(place, in: routingTable.slots.entries, ask)
      unsafe PastryNode.locate(place, in: routingTable.roundTrips, ask)
    }
  }

  /// What handing on a message for `key` needs to know of the next hop. Reads the table.
  package func locate(nextHopFor key: Key, _ ask: (UnsafeRawPointer) -> Void) {
    guard leafSet.side(of: key) == nil else { return }
    let next = routingTable.slots.entry(for: key)
    unsafe PastryNode.locate(RoundTripCache.place(next), in: roundTrips.entries, ask)
  }

  /// What an answer to a request needs.
  package func locate(
    answerOf id: RequestId, by sender: NodeIndex, _ ask: (UnsafeRawPointer) -> Void
  ) {
    unsafe locate(id.number & (1 << RequestTable.placeBits - 1), ask)
    unsafe PastryNode.locate(RoundTripCache.place(sender), in: roundTrips.entries, ask)
  }

  /// What the timer of a request needs.
  package func locate(timerOf id: RequestId, _ ask: (UnsafeRawPointer) -> Void) {
    unsafe locate(id.number & (1 << RequestTable.placeBits - 1), ask)
  }

  private func locate(_ place: UInt32, _ ask: (UnsafeRawPointer) -> Void) {
    unsafe PastryNode.locate(Int(place), in: requests.places, ask)
    unsafe PastryNode.locate(Int(place) &+ 1, in: requests.places, ask, header: false)
  }

  /// An element, and the array's header before its first one.
  @inline(__always)
  private static func locate<Element>(
    _ place: Int, in array: borrowing ContiguousArray<Element>, _ ask: (UnsafeRawPointer) -> Void,
    header: Bool = true
  ) {
    unsafe array.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      if header { unsafe ask(UnsafeRawPointer(base) - 16) }
      unsafe ask(UnsafeRawPointer(base + place))
    }
  }

  /// All lines of a full side of the leaf set.
  @inline(__always)
  private func locate(side: borrowing ContiguousArray<Peer>, _ ask: (UnsafeRawPointer) -> Void) {
    unsafe side.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let end = leafSet.sideCapacity &* MemoryLayout<Peer>.stride
      for offset in stride(from: -16, to: end, by: 64) {
        unsafe ask(UnsafeRawPointer(base) + offset)
      }
    }
  }
}
