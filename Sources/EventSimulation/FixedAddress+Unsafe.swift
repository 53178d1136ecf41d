/// A value that holds memory which nobody gives back by itself.
protocol ManuallyFreed {
  /// Gives the memory back; called once, when nothing uses it any more.
  func deallocate()
}

/// Owns a state at a fixed address, so that its methods need no exclusivity checks.
///
/// Safe because only the one value that holds this touches the state, and each of that value's
/// methods returns before another one begins.
@safe
struct FixedAddress<State: ManuallyFreed>: ~Copyable {
  let state: UnsafeMutablePointer<State>

  /// Takes a state over.
  init(_ initial: State) {
    unsafe state = .allocate(capacity: 1)
    unsafe state.initialize(to: initial)
  }

  deinit {
    unsafe state.pointee.deallocate()
    unsafe state.deinitialize(count: 1)
    unsafe state.deallocate()
  }
}
