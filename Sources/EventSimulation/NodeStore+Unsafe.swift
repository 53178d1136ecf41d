#if canImport(Glibc)
  import Glibc
#endif
public import Pastry

/// The nodes of a run by index: what the engine keeps of each, and the protocol value beside it.
///
/// Both start with what every event needs, on one line of memory, and all that handing on a message
/// needs of the value itself lies on few whole lines behind it: see `PastryNode`.
@safe
public struct NodeStore: ~Copyable {
  private let memory: UnsafeMutableRawPointer
  private let capacity: Int
  /// Nodes in it.
  public private(set) var count = 0

  /// Octets before a protocol value: the engine's own state. What every input reads of the node
  /// lies behind it on the same line.
  private static var lead: Int { MemoryLayout<HostState>.stride }

  /// Octets from one node to the next: whole lines, and an odd number of them, so that the first
  /// lines of all nodes are spread over all sets of a cache.
  @inline(__always)
  private static var stride: Int { (lead &+ MemoryLayout<PastryNode>.stride &+ 63) & ~63 | 64 }

  /// An empty store with room for so many nodes, backed by huge pages where the system has them.
  init(capacity: Int) {
    self.capacity = capacity
    let bytes = max(1, capacity) * NodeStore.stride
    let page = 2 << 20
    unsafe memory = .allocate(byteCount: bytes, alignment: bytes < page ? 64 : page)
    #if os(Linux)
      if bytes >= page { unsafe _ = madvise(memory, bytes, MADV_HUGEPAGE) }
    #endif
  }

  deinit {
    for index in 0..<count {
      unsafe place(index).deinitialize(count: 1)
      unsafe host(index).deinitialize(count: 1)
    }
    unsafe memory.deallocate()
  }

  @inline(__always)
  private func place(_ index: Int) -> UnsafeMutablePointer<PastryNode> {
    unsafe (memory + (NodeStore.lead &+ index &* NodeStore.stride))
      .assumingMemoryBound(to: PastryNode.self)
  }

  @inline(__always)
  private func host(_ index: Int) -> UnsafeMutablePointer<HostState> {
    unsafe (memory + index &* NodeStore.stride).assumingMemoryBound(to: HostState.self)
  }

  @inline(__always)
  private func checked(_ index: Int) -> Int {
    precondition(indices.contains(index), "node \(index) of \(count)")
    return index
  }

  /// All indexes.
  public var indices: Range<Int> { 0..<count }

  /// Adds a node behind the others.
  /// - Precondition: there is room.
  mutating func append(_ node: consuming PastryNode) {
    precondition(count < capacity, "\(capacity) nodes are all that there is room for")
    unsafe host(count).initialize(to: HostState())
    unsafe place(count).initialize(to: node)
    count += 1
  }

  /// The node with this index.
  /// - Precondition: `indices` contains it.
  public subscript(index: Int) -> PastryNode {
    @inline(__always)
    unsafeAddress { unsafe UnsafePointer(place(checked(index))) }
    @inline(__always)
    unsafeMutableAddress { unsafe place(checked(index)) }
  }

  /// What the engine itself keeps of the node with this index.
  /// - Precondition: `indices` contains it.
  subscript(host index: Int) -> HostState {
    @inline(__always)
    unsafeAddress { unsafe UnsafePointer(host(checked(index))) }
    @inline(__always)
    unsafeMutableAddress { unsafe host(checked(index)) }
  }

  /// Gives the place of a node; nothing happens when there is none.
  @inline(__always)
  func withPlace(of index: Int, _ body: (UnsafePointer<PastryNode>) -> Void) {
    if indices.contains(index) { unsafe body(UnsafePointer(place(index))) }
  }
}
