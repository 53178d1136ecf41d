import CPrefetch

/// Places in memory that are asked for in one go.
///
/// To ask for a line on a page that the processor has not used lately takes a walk through the page
/// tables, and everything behind it waits meanwhile; where the system runs in a virtual machine, as
/// long as for a line of memory. Several walks overlap only if little else lies between them. A
/// place need not be there any more when it is asked for: it is never read.
@safe
package struct PrefetchList: ~Copyable {
  /// Places at one time; more are not asked for. Room for eight reports of leaf sets, the timers of
  /// eight heartbeats and eight nodes, at l = 32.
  static var capacity: Int { 320 }
  private let places: UnsafeMutablePointer<UnsafeRawPointer>
  /// Places that wait.
  private(set) var count = 0

  /// An empty list.
  package init() {
    unsafe places = .allocate(capacity: PrefetchList.capacity)
  }

  deinit { unsafe places.deallocate() }

  /// Adds a place, if there is room for it.
  @inline(__always)
  package mutating func add(_ place: UnsafeRawPointer) {
    guard count < PrefetchList.capacity else { return }
    unsafe (places + count).initialize(to: place)
    count &+= 1
  }

  /// Asks for all that was added since the last time.
  package mutating func askForAll() {
    for index in 0..<count { unsafe redoubt_prefetch(places[index]) }
    count = 0
  }
}
