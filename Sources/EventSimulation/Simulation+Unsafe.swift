import CPrefetch
import Pastry

/// Asking for memory before it is needed: most of a large run's time is spent waiting for it.
extension Simulation {
  /// Cache lines of a node's own state, without what its arrays hold.
  private static var nodeLines: Int { (MemoryLayout<PastryNode>.stride + 63) / 64 }

  /// Asks for the state of the nodes that events a few places ahead will happen to.
  ///
  /// Changes nothing: which events come next may still change, and then the memory was asked for in
  /// vain.
  @inline(__always)
  func prefetchAhead() {
    guard let ahead = schedule.upcoming(4) else { return }
    let index = Int(ahead.target)
    guard index < nodes.count else { return }
    unsafe nodes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let state = unsafe UnsafeRawPointer(base + index)
      for line in 0..<Simulation.nodeLines {
        unsafe redoubt_prefetch(state + 64 &* line)
      }
    }
  }
}
