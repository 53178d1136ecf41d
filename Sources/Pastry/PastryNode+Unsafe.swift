import CPrefetch
package import RingIdentifiers

/// Asking for the memory that messages and timers will need of a node, for an engine that knows
/// ahead what happens next.
///
/// The node is given by its place, because a value would be copied first, with all the lines that
/// it lies on. Nothing is changed; what is asked for may lie before or behind an array.
extension PastryNode {
  /// Asks for what an answer to a request needs besides.
  @inline(__always)
  package static func prefetch(
    answerOf id: RequestId, by sender: NodeIndex, at node: UnsafePointer<PastryNode>
  ) {
    unsafe prefetch(timerOf: id, at: node)
    unsafe prefetch(roundTripTo: sender, at: node)
  }

  /// Asks for what the timer of a request needs besides.
  @inline(__always)
  package static func prefetch(timerOf id: RequestId, at node: UnsafePointer<PastryNode>) {
    unsafe prefetch(place: RequestTable.place(of: id), at: node)
  }

  /// The lines from the constrained table on that upkeep needs.
  static var upkeepLines: Int { 5 }

  /// Asks for the node's own lines that upkeep of its tables and sets needs besides.
  @inline(__always)
  package static func prefetch(upkeepAt node: UnsafePointer<PastryNode>) {
    unsafe prefetch(hopAt: node)
    guard let offset = MemoryLayout<PastryNode>.offset(of: \.constrainedTable) else { return }
    let start = unsafe UnsafeRawPointer(node) + offset
    for line in 0..<upkeepLines { unsafe redoubt_prefetch(start + 64 &* line) }
  }

  /// Asks for the node's round-trip time to a peer.
  @inline(__always)
  package static func prefetch(roundTripTo peer: NodeIndex, at node: UnsafePointer<PastryNode>) {
    guard let offset = MemoryLayout<PastryNode>.offset(of: \.roundTrips.entries) else { return }
    let place = RoundTripCache.place(peer) &* MemoryLayout<RoundTripCache.Entry>.stride
    unsafe redoubt_prefetch(UnsafeRawPointer(node) + offset + place)
  }

  /// Lists all members of the leaf set.
  package static func list(
    membersOf node: UnsafePointer<PastryNode>, _ pages: inout PrefetchList
  ) {
    let count = unsafe node.pointee.leafSet.sideCapacity
    unsafe list(first: count, of: \.leafSet.clockwise, at: node, &pages)
    unsafe list(first: count, of: \.leafSet.counterclockwise, at: node, &pages)
  }

  /// Lists the neighbour that heartbeats come from.
  @inline(__always)
  package static func list(
    neighbourOf node: UnsafePointer<PastryNode>, _ pages: inout PrefetchList
  ) {
    unsafe list(0, in: \.leafSet.clockwise, at: node, &pages)
  }

  /// Lists what a peer that has answered is compared with: who has its slots, and who is near.
  package static func list(
    rivalsOf peer: NodeId, at node: UnsafePointer<PastryNode>, _ pages: inout PrefetchList
  ) {
    let key = Key(peer.value)
    if let place = unsafe node.pointee.routingTable.slots.place(of: key) {
      unsafe list(place, in: \.routingTable.slots.entries, at: node, &pages)
    }
    if let place = unsafe node.pointee.constrainedTable.slots.place(of: key) {
      unsafe list(place, in: \.constrainedTable.slots.entries, at: node, &pages)
    }
    let nearest = unsafe node.pointee.neighborhood.capacity
    unsafe list(first: nearest, of: \.neighborhood.members, at: node, &pages)
  }

  /// Lists what the next probe of a table entry needs: the entry, and where its request will be.
  package static func list(
    probeOf node: UnsafePointer<PastryNode>, _ pages: inout PrefetchList
  ) {
    let cursor = unsafe node.pointee.probeCycle.cursor
    unsafe list(cursor, in: \.routingTable.slots.entries, at: node, &pages)
    unsafe list(newRequestOf: node, &pages)
  }

  /// Lists where the node's next request will be, if that is not among its own lines.
  @inline(__always)
  package static func list(
    newRequestOf node: UnsafePointer<PastryNode>, _ pages: inout PrefetchList
  ) {
    let free = unsafe node.pointee.requests.firstFree
    if free != .max { unsafe list(farRequest: Int(free), at: node, &pages) }
  }

  /// Lists where a request is, if that is not among the node's own lines.
  @inline(__always)
  package static func list(
    _ id: RequestId, at node: UnsafePointer<PastryNode>, _ pages: inout PrefetchList
  ) {
    unsafe list(farRequest: RequestTable.place(of: id), at: node, &pages)
  }

  @inline(__always)
  private static func list(
    farRequest place: Int, at node: UnsafePointer<PastryNode>, _ pages: inout PrefetchList
  ) {
    let place = place &- RequestTable.nearCount
    guard place >= 0, let base = unsafe start(of: \.requests.far, at: node) else { return }
    // Whoever changes an array asks first whether it is shared.
    unsafe pages.add(base - 32)
    unsafe pages.add(base + place &* MemoryLayout<RequestTable.Place>.stride)
  }

  /// The first elements of one of the node's arrays, up to 16 lines.
  @inline(__always)
  private static func list<Element>(
    first count: Int, of array: KeyPath<PastryNode, ContiguousArray<Element>>,
    at node: UnsafePointer<PastryNode>, _ pages: inout PrefetchList
  ) {
    guard let base = unsafe start(of: array, at: node) else { return }
    let lines = count &* MemoryLayout<Element>.stride / 64
    for line in 0...min(max(0, lines), 15) { unsafe pages.add(base + 64 &* line) }
  }

  /// Asks for the node's own lines that handing on a message needs besides.
  @inline(__always)
  package static func prefetch(hopAt node: UnsafePointer<PastryNode>) {
    guard let offset = MemoryLayout<PastryNode>.offset(of: \.leafSet) else { return }
    let start = unsafe UnsafeRawPointer(node) + offset
    unsafe redoubt_prefetch(start)
    unsafe redoubt_prefetch(start + 64)
  }

  /// Asks for what handing on a message for `key` needs of the node's requests, and lists what it
  /// needs of the node's arrays, which are on other pages.
  /// - Returns: whether the node's leaf set knows the key's root.
  package static func prefetch(
    hopFor key: Key, at node: UnsafePointer<PastryNode>, _ pages: inout PrefetchList
  ) -> Bool {
    let free = unsafe node.pointee.requests.firstFree
    unsafe prefetch(place: free == .max ? 0 : Int(free), at: node)
    let position = unsafe node.pointee.leafSet.position(of: key)
    if let position {
      let place = unsafe position.likelyPlace(of: node.pointee.leafSet.sideCapacity)
      switch position.side {
      case .clockwise: unsafe list(around: place, of: \.leafSet.clockwise, at: node, &pages)
      case .counterclockwise:
        unsafe list(around: place, of: \.leafSet.counterclockwise, at: node, &pages)
      }
    }
    // A member of the leaf set may be in the table, too, which tells how long it takes.
    if let place = unsafe node.pointee.routingTable.slots.place(of: key) {
      unsafe list(place, in: \.routingTable.slots.entries, at: node, &pages)
    }
    return position != nil
  }

  /// Asks for what handing on a message for `key` needs to know of the next hop. Reads leaf set or
  /// table.
  /// - Returns: the next hop, if all is as usual; `.none` when there is none.
  package static func prefetch(
    nextHopFor key: Key, at node: UnsafePointer<PastryNode>
  ) -> NodeIndex {
    let next =
      if let position = unsafe node.pointee.leafSet.position(of: key) {
        unsafe node.pointee.leafSet.closest(at: position).index
      } else {
        unsafe node.pointee.routingTable.slots.entry(for: key)
      }
    unsafe prefetch(roundTripTo: next, at: node)
    return next
  }

  @inline(__always)
  private static func prefetch(place: Int, at node: UnsafePointer<PastryNode>) {
    guard let offset = MemoryLayout<PastryNode>.offset(of: \.requests.near),
      place < RequestTable.nearCount
    else { return }
    let place = place &* MemoryLayout<RequestTable.Place>.stride
    unsafe redoubt_prefetch(UnsafeRawPointer(node) + offset + place)
  }

  /// An element of one of the node's arrays.
  @inline(__always)
  private static func list<Element>(
    _ place: Int, in array: KeyPath<PastryNode, ContiguousArray<Element>>,
    at node: UnsafePointer<PastryNode>, _ pages: inout PrefetchList
  ) {
    guard let base = unsafe start(of: array, at: node) else { return }
    unsafe pages.add(base + place &* MemoryLayout<Element>.stride)
  }

  /// The members of a side of the leaf set around a place: the two lines in which about three of
  /// four keys with that likely place find the members before and behind them.
  @inline(__always)
  private static func list(
    around place: Int, of side: KeyPath<PastryNode, ContiguousArray<Peer>>,
    at node: UnsafePointer<PastryNode>, _ pages: inout PrefetchList
  ) {
    guard let base = unsafe start(of: side, at: node) else { return }
    let first = unsafe base + (place &- 2) &* MemoryLayout<Peer>.stride
    unsafe pages.add(first)
    unsafe pages.add(first + 64)
  }

  /// Where an array's elements start: behind four words. Every other way to ask an array keeps it
  /// alive meanwhile, and so writes to the very line that is not there yet.
  @inline(__always)
  static func start<Element>(
    of array: KeyPath<PastryNode, ContiguousArray<Element>>, at node: UnsafePointer<PastryNode>
  ) -> UnsafeRawPointer? {
    guard let offset = MemoryLayout<PastryNode>.offset(of: array) else { return nil }
    let reference = unsafe UnsafeRawPointer(node).load(fromByteOffset: offset, as: UInt.self)
    return unsafe UnsafeRawPointer(bitPattern: reference &+ 32)
  }
}

extension PeerBook {
  /// Asks for the nodeId of a node.
  @inline(__always)
  package func prefetch(_ node: NodeIndex) {
    guard contains(node) else { return }
    unsafe nodeIds.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe redoubt_prefetch(base + Int(node.number))
    }
  }

  /// Asks for the nodeIds of these nodes, all at once instead of one after the other.
  func prefetch(_ nodes: borrowing NodeList) {
    for place in nodes.indices { prefetch(nodes[place]) }
  }
}
