import NIOCore

/// Calls a closure on an event loop again and again until it is cancelled.
///
/// All of it belongs to the loop, so the closure may hold state that no other thread may see.
final class Ticker {
  private let loop: any EventLoop
  private let interval: TimeAmount
  private let body: () -> Void
  private var isCancelled = false

  /// Starts; the first call comes after `delay`.
  init(
    on loop: any EventLoop, after delay: TimeAmount, every interval: TimeAmount,
    _ body: @escaping () -> Void
  ) {
    loop.preconditionInEventLoop()
    self.loop = loop
    self.interval = interval
    self.body = body
    arm(delay)
  }

  /// No more calls.
  func cancel() { isCancelled = true }

  private func arm(_ delay: TimeAmount) {
    loop.assumeIsolated().scheduleTask(in: delay) { [self] in
      if isCancelled { return }
      body()
      arm(interval)
    }
  }
}
