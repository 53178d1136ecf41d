/// The actions of a node that wait to be carried out, first in, first out.
///
/// Actions are moved in and out and never copied, because handing them on is most of what a large
/// simulation does.
/// - Complexity: O(1) for each action, amortised; no allocation while at most half of the buffer
///   waits.
@safe
public struct PastryActions: ~Copyable {
  @usableFromInline var base: UnsafeMutablePointer<PastryAction>
  @usableFromInline var capacity: Int
  /// The places of the first action and behind the last one.
  @usableFromInline var head = 0
  @usableFromInline var end = 0

  /// No actions.
  public init() {
    capacity = 16
    unsafe base = .allocate(capacity: 16)
  }

  deinit {
    unsafe (base + head).deinitialize(count: end &- head)
    unsafe base.deallocate()
  }

  /// The number of actions that wait.
  @inlinable
  public var count: Int { end &- head }

  /// Whether none waits.
  @inlinable
  public var isEmpty: Bool { head == end }

  /// Adds an action behind all others.
  @inlinable
  public mutating func append(_ action: consuming PastryAction) {
    if _slowPath(end == capacity) { grow() }
    unsafe (base + end).initialize(to: action)
    end &+= 1
  }

  /// Takes the first action; nil when none waits.
  @inlinable
  public mutating func takeFirst() -> PastryAction? {
    if head == end { return nil }
    let action = unsafe (base + head).move()
    head &+= 1
    if head == end {
      head = 0
      end = 0
    }
    return action
  }

  /// Takes all actions, in their order.
  public mutating func takeAll() -> [PastryAction] {
    var taken: [PastryAction] = []
    while let action = takeFirst() { taken.append(action) }
    return taken
  }

  /// Makes room behind the last action: where others were before, if that is half of the buffer.
  @usableFromInline
  @inline(never)
  mutating func grow() {
    let waiting = end &- head
    if waiting <= capacity / 2 {
      unsafe base.moveInitialize(from: base + head, count: waiting)
      head = 0
      end = waiting
      return
    }
    let wider = UnsafeMutablePointer<PastryAction>.allocate(capacity: 2 &* capacity)
    unsafe wider.moveInitialize(from: base + head, count: waiting)
    unsafe base.deallocate()
    unsafe base = wider
    capacity &*= 2
    head = 0
    end = waiting
  }
}
