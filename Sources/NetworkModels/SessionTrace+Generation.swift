public import ProtocolTime
public import Randomness

extension SessionTrace {
  /// The most sessions of a generated trace.
  public static let sessionCountMax = 1 << 26

  /// Draws a trace of nodes that alternate between sessions and times away, in steady state.
  ///
  /// Each node is an independent alternating renewal process observed from a random moment on. At
  /// zero it is there with probability mean session / (mean session + mean time away), and what is
  /// left of its session or time away is drawn from the residual distribution (length-biased, see
  /// `SpanDistribution.residual`): no warm-up is needed. All further lengths are fresh draws.
  /// Departures after `duration` are kept, so that no session is cut; `end` is `duration`.
  ///
  /// Node i draws from streams of its own, one for its first state and one word for each later
  /// length: more nodes or a longer duration extend a trace and change nothing else of it.
  /// - Throws: `NetworkParameterError` when a mean is infinite, `duration` or `nodeCount` is out of
  ///   range, or the trace grows beyond `sessionCountMax`.
  /// - Complexity: O(sessions log sessions), about .15 us per session.
  public static func steadyState(
    nodeCount: Int, duration: TimeSpan, sessions: SpanDistribution, away: SpanDistribution,
    stream: StreamKey
  ) throws(NetworkParameterError) -> SessionTrace {
    guard nodeCount >= 0, nodeCount <= nodeCountMax else {
      throw NetworkParameterError("nodeCount", "is \(nodeCount), must be in 0...\(nodeCountMax)")
    }
    guard duration > .zero else {
      throw NetworkParameterError("duration", "is zero, must be above")
    }
    let cycle = sessions.meanSeconds + away.meanSeconds
    guard cycle.isFinite else {
      throw NetworkParameterError(
        "shape", "a Pareto distribution of shape 1 or less has no mean and no steady state")
    }
    let end = Instant.zero + duration
    var drawn: [Session] = []
    for node in 0..<UInt32(nodeCount) {
      let own = stream[UInt64(node)]
      var source = RandomStream(own["start"])
      var isThere = source.unit() < sessions.meanSeconds / cycle
      var now = Instant.zero
      var next = now + (isThere ? sessions : away).residual(using: &source)
      var words = own["lengths"].words(of: 0)
      while now < end {
        if isThere { drawn.append(Session(node: node, arrival: now, departure: next)) }
        guard drawn.count <= sessionCountMax else {
          throw NetworkParameterError(
            "duration", "the trace has more than \(sessionCountMax) sessions; shorten it")
        }
        isThere.toggle()
        now = next
        next = now + (isThere ? sessions : away).span(of: words.next())
      }
    }
    return SessionTrace(nodeCount: nodeCount, unsorted: drawn, end: end)
  }
}
