import Adversary
import Randomness
import SecureRouting

/// Follows a walk in 64 fault sets at once.
@safe
private struct MaskObserver: HopObserver {
  let faulty: UnsafePointer<UInt64>
  let interception: Interception
  /// Probability that a slot is poisoned, and where its sets come from.
  let poison: BernoulliMask
  let poisonStream: StreamKey
  /// Per flight: sets in which the message is lost before the current node, and at it.
  let lostBefore: UnsafeMutablePointer<UInt64>
  let lost: UnsafeMutablePointer<UInt64>
  /// Messages over all sets and flights.
  var messages = 0

  @inline(__always)
  mutating func hop(slot: Int, from owner: UInt32, to next: UInt32, isHop: Bool) {
    if !isHop { return }
    let before = unsafe lost[slot]
    send(before)
    var slotLost = before
    if poison.numerator != 0 {
      // A slot is known by its owner and the node that belongs there.
      var random = RandomStream(poisonStream[UInt64(owner) << 32 | UInt64(next)])
      slotLost |= poison.next(from: &random)
    }
    unsafe lostBefore[slot] = slotLost
    unsafe lost[slot] = slotLost | faulty[Int(truncatingIfNeeded: next)]
  }

  /// Counts one message in every set in which somebody sends it.
  @inline(__always)
  mutating func send(_ lost: UInt64) {
    messages &+= interception == .corruption ? 64 : (~lost).nonzeroBitCount
  }
}

extension BatchRun {
  /// Any router with sampled fault sets, lane by lane on the same routes.
  func masks(_ router: Router) -> BatchOutcome {
    let outcomes = cell.lanes.indices.map { lane in
      let fraction = cell.faultyFractions[lane]
      let given = cell.lanes[lane]
      // Bought identities join the coalition.
      let coalition = given.coalitionFraction + (fraction - given.faultyFraction)
      let stream = cell.stream["fault sets"][batch]
      let sets = FaultSets(
        nodeCount: cell.overlay.nodeCount, faultyFraction: fraction,
        coalitionFraction: min(coalition, fraction), alwaysFaulty: cell.overlay.chosenNodes,
        stream: stream)
      var tally = MaskTally(routes: cell.routesPerBatch)
      switch router {
      case .prefix:
        let messages = unsafe walkPrefix(sets, stream: stream, faultyFraction: fraction) {
          chunk, count, lostBefore, lost, _ in
          for k in 0..<count {
            let flight = unsafe chunk.flights.base[k]
            tally.count(
              hops: Int(flight.hops) + (flight.current == flight.next ? 0 : 1),
              lost: unsafe prefixLoss(flight, sets, before: lostBefore[k], after: lost[k]))
          }
        }
        tally.messages += Double(messages)
      case .anycast(let copies):
        anycast(copies: copies, sets: sets, tally: &tally)
      case .secRoute(let parameters):
        secRoute(
          parameters, sets: sets, stream: stream, faultyFraction: fraction, tally: &tally)
      default: preconditionFailure("\(router.name) has no form for fault sets of many lookups")
      }
      return tally.outcome(faultyFraction: fraction)
    }
    return BatchOutcome(
      routes: cell.routesPerBatch, faultSets: FaultSets.count, lanes: outcomes)
  }

  /// Sets in which a `prefix` message is not delivered.
  @inline(__always)
  private func prefixLoss(
    _ flight: Flight, _ sets: FaultSets, before: UInt64, after: UInt64
  ) -> UInt64 {
    let endsAtRoot = flight.current == flight.next
    let isSender = flight.hops == 0
    switch cell.event {
    case .replicaRoots: return after
    case .path: return endsAtRoot ? before : after
    case .root:
      return endsAtRoot && isSender
        ? 0 : unsafe after | sets.faulty.base[Int(truncatingIfNeeded: flight.next)]
    }
  }

  /// Walks the batch's routes in all fault sets and hands each chunk to `body` with, per flight,
  /// the sets in which it is lost before and at its last node, and its sender.
  /// - Returns: messages over all routes and sets.
  private func walkPrefix(
    _ sets: FaultSets, stream: StreamKey, faultyFraction: Double,
    _ body: (
      _ chunk: Chunk, _ count: Int, _ lostBefore: UnsafeMutablePointer<UInt64>,
      _ lost: UnsafeMutablePointer<UInt64>, _ sources: UnsafeMutablePointer<UInt32>
    ) -> Void
  ) -> Int {
    let chunk = Chunk()
    let sources = FlatColumn<UInt32>(count: Chunk.capacity)
    let lostBefore = FlatColumn<UInt64>(count: Chunk.capacity)
    let lost = FlatColumn<UInt64>(count: Chunk.capacity)
    var observer = unsafe MaskObserver(
      faulty: UnsafePointer(sets.faulty.base), interception: cell.adversary.interception,
      poison: BernoulliMask(probability: cell.slotPoisoning(faultyFraction: faultyFraction)),
      poisonStream: stream["poisoned slots"], lostBefore: lostBefore.base, lost: lost.base)
    forEachChunk(chunk, sources: sources) { count in
      for k in 0..<count {
        unsafe lost.base[k] = 0
        unsafe lostBefore.base[k] = 0
      }
      unsafe routing.route(
        chunk.flights.base, count: count, active: chunk.active.base, observer: &observer)
      for k in 0..<count {
        let flight = unsafe chunk.flights.base[k]
        let atEnd = unsafe lost.base[k]
        let endsAtRoot = flight.current == flight.next
        if !endsAtRoot { observer.send(atEnd) }
        if cell.adversary.interception == .diversion {
          let onTheWay = unsafe endsAtRoot ? lostBefore.base[k] : atEnd
          observer.messages &+= onTheWay.nonzeroBitCount
        }
      }
      unsafe body(chunk, count, lostBefore.base, lost.base, sources.base)
    }
    return observer.messages
  }

  private func anycast(copies: Int, sets: FaultSets, tally: inout MaskTally) {
    let chunk = Chunk()
    let sources = FlatColumn<UInt32>(count: Chunk.capacity)
    let anycast = MaskAnycast(run: self, sets: sets, copies: copies)
    var result = tally
    forEachChunk(chunk, sources: sources) { count in
      unsafe constrained.locate(chunk.flights.base, count: count)
      for k in 0..<count {
        let flight = unsafe chunk.flights.base[k]
        let sent = unsafe anycast.send(flight, from: sources.base[k], in: ~0)
        result.count(hops: 0, lost: sent.lost)
        result.hops += sent.hops
        result.messages += sent.messages
      }
    }
    tally = result
  }

  /// `sec-route`: the message along the routing tables, the failure test, anycast when it fires.
  private func secRoute(
    _ parameters: SecRouteParameters, sets: FaultSets, stream: StreamKey, faultyFraction: Double,
    tally: inout MaskTally
  ) {
    let judge = SecRouteJudge(run: self, parameters: parameters, sets: sets)
    let anycast = MaskAnycast(run: self, sets: sets, copies: parameters.copies)
    var result = tally
    let messages = unsafe walkPrefix(sets, stream: stream, faultyFraction: faultyFraction) {
      chunk, count, _, lost, sources in
      for k in 0..<count {
        let flight = unsafe chunk.flights.base[k]
        let source = unsafe sources[k]
        // The root answers, so a faulty root counts as interception.
        var captured = unsafe lost[k] | sets.faulty.base[Int(truncatingIfNeeded: flight.next)]
        if flight.next == source { captured = 0 }
        let verdict = judge.judge(flight, source: source, captured: captured)
        var undelivered = verdict.forgeryAccepted
        if verdict.fired != 0 {
          let sent = anycast.send(flight, from: source, in: verdict.fired)
          undelivered |= verdict.fired & sent.lost
          result.messages += sent.messages
        }
        result.count(
          hops: Int(flight.hops) + (flight.current == flight.next ? 0 : 1), lost: undelivered)
        result.fired += verdict.fired.nonzeroBitCount
        result.forgeriesAccepted += verdict.forgeryAccepted.nonzeroBitCount
      }
    }
    result.messages += Double(messages)
    tally = result
  }
}

/// Sums over the routes and fault sets of one batch and lane.
struct MaskTally {
  let routes: Int
  var deliveries = 0
  var hops = 0.0
  var messages = 0.0
  var fired = 0
  var forgeriesAccepted = 0

  init(routes: Int) {
    self.routes = routes
  }

  mutating func count(hops: Int, lost: UInt64) {
    deliveries += (~lost).nonzeroBitCount
    self.hops += Double(hops)
  }

  func outcome(faultyFraction: Double) -> LaneOutcome {
    let trials = Double(routes * FaultSets.count)
    return LaneOutcome(
      deliveredMean: Double(deliveries) / trials, hopsMean: hops / Double(routes),
      messagesMean: messages / trials, faultyFraction: faultyFraction,
      testFiredMean: Double(fired) / trials,
      forgeryAcceptedMean: Double(forgeriesAccepted) / trials)
  }
}

/// Sends anycasts in 64 fault sets.
private struct MaskAnycast<Routing: SlotColumns, Constrained: SlotColumns> {
  let run: BatchRun<Routing, Constrained>
  let sets: FaultSets
  let copies: Int
  let tree: AnycastTree<Constrained>
  let losses = FlatColumn<UInt64>(count: 128)
  let counts = FlatColumn<SIMD8<UInt64>>(count: 64)

  init(run: BatchRun<Routing, Constrained>, sets: FaultSets, copies: Int) {
    self.run = run
    self.sets = sets
    self.copies = copies
    tree = AnycastTree(walk: run.constrained, scratch: .init())
  }

  /// - Returns: sets in which no copy is delivered, messages over all sets, mean hops of a copy.
  func send(
    _ flight: Flight, from source: UInt32, in sending: UInt64
  ) -> (lost: UInt64, messages: Double, hops: Double) {
    let outcome = unsafe tree.route(
      source: source, key: flight.key, position: flight.position, root: flight.next,
      copies: copies, event: run.cell.event, algebra: MaskLanes(sets, sending: sending),
      losses: losses.base, counts: counts.base)
    let setsSending = Double(sending.nonzeroBitCount)
    let messages: Double
    switch run.cell.adversary.interception {
    case .silence, .rootImpersonation: messages = outcome.forwarded
    case .diversion:
      messages = outcome.forwarded + Double(outcome.sent) * setsSending - outcome.arrived
    case .corruption: messages = Double(outcome.hops) * setsSending
    }
    return (outcome.loss, messages, outcome.hopsPerCopy)
  }
}

/// Runs the routing failure test of `sec-route` in 64 fault sets.
private struct SecRouteJudge<Routing: SlotColumns, Constrained: SlotColumns> {
  private let run: BatchRun<Routing, Constrained>
  private let test: RoutingFailureTest
  private let coalition: CoalitionIndex?
  private let half: Int
  private let localHalf: Int

  init(run: BatchRun<Routing, Constrained>, parameters: SecRouteParameters, sets: FaultSets) {
    self.run = run
    half = run.cell.overlay.configuration.leafSetSize / 2
    localHalf = parameters.localSamples / 2
    test = RoutingFailureTest(
      rootGaps: SecRouteParameters.rootGaps(leafSetSize: 2 * half), localGaps: parameters.localSamples,
      densityThreshold: parameters.densityThreshold)
    let adversary = run.cell.adversary
    let needsIndex =
      adversary.interception == .rootImpersonation || adversary.suppression != nil
    coalition = needsIndex ? CoalitionIndex(sets, ring: run.cell.overlay.ring) : nil
  }

  /// - Returns: sets in which redundant routing starts, and in which a forged set is believed.
  func judge(
    _ flight: Flight, source: UInt32, captured: UInt64
  ) -> (fired: UInt64, forgeryAccepted: UInt64) {
    let side = run.cell.adversary.suppression
    let ring = run.cell.overlay.ring
    let sender = Int(source)
    var fired: UInt64 = 0
    var accepted: UInt64 = 0
    let local = ring.span(around: sender, half: localHalf)
    let trueSpan = ring.span(around: Int(flight.next), half: half)
    // What the sender measures around itself, with the coalition hiding there or not.
    func suppressedLocal(_ set: Int) -> UInt64? {
      coalition?.localSpan(sender: sender, half: localHalf, set: set)
    }
    // Answers of honest roots.
    if let side, let coalition {
      forEachSet(~captured) { set in
        let span =
          side == .sender
          ? trueSpan
          : coalition.honestSpan(
            key: flight.key, position: Int(flight.position), half: half, set: set)
        let isAccepted =
          accepts(span, side == .sender ? suppressedLocal(set) : local)
          && (side != .worst || accepts(trueSpan, local))
        if !isAccepted { fired |= 1 << UInt64(set) }
      }
    } else if !accepts(trueSpan, local) {
      fired |= ~captured
    }
    // Answers of the coalition, or none.
    guard run.cell.adversary.interception == .rootImpersonation, let coalition else {
      return (fired | captured, 0)
    }
    forEachSet(captured) { set in
      let forged = coalition.forgedSpan(
        key: flight.key, position: Int(flight.position), half: half, set: set)
      // At its worst side the coalition hides only where that helps it.
      let isAccepted =
        switch side {
        case nil, .root: accepts(forged, local)
        case .sender: accepts(forged, suppressedLocal(set))
        case .worst: accepts(forged, local) || accepts(forged, suppressedLocal(set))
        }
      if isAccepted {
        accepted |= 1 << UInt64(set)
      } else {
        fired |= 1 << UInt64(set)
      }
    }
    return (fired, accepted)
  }

  /// The test; sets that cannot be filled are not accepted.
  private func accepts(_ root: UInt64?, _ local: UInt64?) -> Bool {
    guard let root, let local else { return false }
    return test.accepts(rootGapSum: root, localGapSum: local)
  }

  @inline(__always)
  private func forEachSet(_ sets: UInt64, _ body: (Int) -> Void) {
    var sets = sets
    while sets != 0 {
      body(sets.trailingZeroBitCount)
      sets &= sets &- 1
    }
  }
}

extension SortedRing {
  /// Distance from the node `half` places before `node` to the one `half` places after it.
  func span(around node: Int, half: Int) -> UInt64 {
    let after = node + half >= count ? node + half - count : node + half
    let before = node < half ? node + count - half : node - half
    return identifiers[after] &- identifiers[before]
  }
}
