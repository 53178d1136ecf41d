import Adversary
import Randomness

/// Follows a walk in all fault sets of all lanes.
@safe
struct MaskObserver: HopObserver {
  private let faults: FaultLines
  /// Poisoned slots, by owner and by the node that belongs there, if there are any.
  private let hasPoison: Bool
  private let poison: FaultLines
  /// Per flight: sets in which the message is lost before it reaches the current node.
  private let lost: UnsafeMutablePointer<LaneWords>
  /// Per flight: whether it has left its sender.
  private let hasLeft: UnsafeMutablePointer<Bool>
  /// Messages sent by senders, one in every set, and by others, where they are correct and reached.
  private(set) var first = 0
  private(set) var sent = LaneTally()

  init(
    faults: FaultLines, poison: FaultLines?, lost: UnsafeMutablePointer<LaneWords>,
    hasLeft: UnsafeMutablePointer<Bool>
  ) {
    self.faults = faults
    hasPoison = poison != nil
    self.poison = poison ?? faults
    unsafe self.lost = lost
    unsafe self.hasLeft = hasLeft
  }

  @inline(__always)
  mutating func hop(slot: Int, from owner: UInt32, to next: UInt32, isHop: Bool) {
    if !isHop { return }
    send(slot: slot, from: owner)
    if hasPoison {
      unsafe lost[slot] |= poison.drawn(UInt64(owner) << 32 | UInt64(next))
    }
    faults.prefetch(next)
  }

  /// A message leaves `owner`, unless the node loses it.
  @inline(__always)
  mutating func send(slot: Int, from owner: UInt32) {
    if unsafe hasLeft[slot] {
      unsafe lost[slot] |= faults[owner]
      sent.add(unsafe ~lost[slot])
    } else {
      unsafe hasLeft[slot] = true
      first &+= 1
    }
  }
}

/// Where the messages of a chunk were lost.
@safe
struct ChunkLosses {
  let chunk: Chunk
  let count: Int
  let sources: UnsafeMutablePointer<UInt32>
  /// Sets in which a message does not reach its last node before the root, and in which that node
  /// does not send it on, by flight.
  let before: UnsafeMutablePointer<LaneWords>
  let after: UnsafeMutablePointer<LaneWords>

  /// A flight, its sender and its losses.
  @inline(__always)
  subscript(k: Int) -> (flight: Flight, source: UInt32, before: LaneWords, after: LaneWords) {
    unsafe (chunk.flights.base[k], sources[k], before[k], after[k])
  }

  /// The sets in which a message is delivered.
  @inline(__always)
  func delivered(_ k: Int, event: DeliveryEvent, faults: FaultLines) -> LaneWords {
    let (flight, _, before, after) = self[k]
    let endsAtRoot = flight.current == flight.next
    switch event {
    case .replicaRoots: return ~after
    case .path: return ~(endsAtRoot ? before : after)
    case .root:
      let isOwnRoot = endsAtRoot && flight.hops == 0
      return isOwnRoot ? .allSets : ~(after | faults[flight.next])
    }
  }
}

extension BatchRun {
  /// Any router with sampled fault sets, all lanes on the same routes.
  func masks(_ router: Router) -> BatchOutcome {
    let sets = BatchFaults(self, router: router)
    var tally = MaskTally(routes: cell.routesPerBatch)
    switch router {
    case .prefix: prefix(sets, tally: &tally)
    case .anycast(let copies): anycast(copies: copies, sets, tally: &tally)
    case .secRoute(let parameters): secRoute(parameters, sets, tally: &tally)
    default: preconditionFailure("\(router.name) has no form for fault sets of many lookups")
    }
    withExtendedLifetime(sets) {}
    return BatchOutcome(
      routes: cell.routesPerBatch, faultSets: FaultSets.count,
      lanes: cell.faultyFractions.enumerated().map { lane, fraction in
        tally.outcome(lane: lane, faultyFraction: fraction)
      })
  }

  private func prefix(_ sets: BatchFaults, tally: inout MaskTally) {
    let faults = sets.faulty.lines
    var result = tally
    let messages = walkPrefix(sets) { losses in
      for k in 0..<losses.count {
        let flight = losses[k].flight
        result.hops += Double(flight.hops) + (flight.current == flight.next ? 0 : 1)
        result.delivered.add(losses.delivered(k, event: cell.event, faults: faults))
      }
    }
    result.messages += messages
    tally = result
  }

  /// Walks the batch's routes in all fault sets and hands each chunk to `body`.
  /// - Returns: messages over all routes and sets, per lane.
  func walkPrefix(
    _ sets: BatchFaults, _ body: (_ losses: ChunkLosses) -> Void
  ) -> SIMD8<Double> {
    let chunk = Chunk()
    let sources = FlatColumn<UInt32>(count: Chunk.capacity)
    let before = FlatColumn<LaneWords>(count: Chunk.capacity)
    let after = FlatColumn<LaneWords>(count: Chunk.capacity)
    let hasLeft = FlatColumn<Bool>(count: Chunk.capacity)
    let faults = sets.faulty.lines
    let isDiverted = cell.adversary.interception == .diversion
    var hops = 0
    var diverted = LaneTally()
    var observer = unsafe MaskObserver(
      faults: faults, poison: sets.poison?.lines, lost: before.base, hasLeft: hasLeft.base)
    forEachChunk(chunk, sources: sources) { count in
      for k in 0..<count {
        unsafe before.base[k] = .zero
        unsafe hasLeft.base[k] = false
      }
      unsafe routing.route(
        chunk.flights.base, count: count, active: chunk.active.base, observer: &observer)
      for k in 0..<count {
        let flight = unsafe chunk.flights.base[k]
        let reached = unsafe before.base[k]
        let endsAtRoot = flight.current == flight.next
        if endsAtRoot {
          let own = unsafe hasLeft.base[k] ? faults[flight.current] : .zero
          unsafe after.base[k] = reached | own
        } else {
          observer.send(slot: k, from: flight.current)
          unsafe after.base[k] = before.base[k]
          unsafe before.base[k] = reached
        }
        hops &+= Int(flight.hops) &+ (endsAtRoot ? 0 : 1)
        if isDiverted { unsafe diverted.add(endsAtRoot ? reached : after.base[k]) }
      }
      unsafe body(
        ChunkLosses(
          chunk: chunk, count: count, sources: sources.base, before: before.base,
          after: after.base))
    }
    if cell.adversary.interception == .corruption {
      return SIMD8(repeating: Double(hops * FaultSets.count))
    }
    return Double(observer.first * FaultSets.count) + observer.sent.total + diverted.total
  }

  private func anycast(copies: Int, _ sets: BatchFaults, tally: inout MaskTally) {
    let chunk = Chunk()
    let sources = FlatColumn<UInt32>(count: Chunk.capacity)
    let sending = FlatColumn<LaneWords>(count: Chunk.capacity)
    for k in 0..<Chunk.capacity { sending[k] = .allSets }
    let anycast = MaskAnycast(self, copies: copies, faults: sets.faulty.lines)
    var result = tally
    forEachChunk(chunk, sources: sources) { count in
      unsafe constrained.locate(chunk.flights.base, count: count)
      unsafe anycast.send(
        chunk.flights.base, from: sources.base, in: sending.base, count: count
      ) { _, outcome in
        result.delivered.add(~outcome.loss)
        result.hops += outcome.hopsPerCopy
      }
    }
    result.messages += anycast.messages(cell.adversary.interception)
    tally = result
  }

  /// `sec-route`: the message along the routing tables, the failure test, anycast when it fires.
  private func secRoute(
    _ parameters: SecRouteParameters, _ sets: BatchFaults, tally: inout MaskTally
  ) {
    let faults = sets.faulty.lines
    let judge = SecRouteJudge(self, parameters: parameters, sets: sets)
    let anycast = MaskAnycast(self, copies: parameters.copies, faults: faults)
    // The lookups of a chunk whose test fires somewhere, and the sets in which it does.
    let lookups = FlatColumn<Flight>(count: Chunk.capacity)
    let senders = FlatColumn<UInt32>(count: Chunk.capacity)
    let firing = FlatColumn<LaneWords>(count: Chunk.capacity)
    let believed = FlatColumn<LaneWords>(count: Chunk.capacity)
    var result = tally
    let messages = walkPrefix(sets) { losses in
      var started = 0
      for k in 0..<losses.count {
        let (flight, source, _, after) = losses[k]
        // The root answers, so a faulty root counts as interception.
        let captured = flight.next == source ? .zero : after | faults[flight.next]
        let verdict = judge.judge(flight, source: source, captured: captured)
        result.hops += Double(flight.hops) + (flight.current == flight.next ? 0 : 1)
        result.fired.add(verdict.fired)
        result.forgeriesAccepted.add(verdict.forgeryAccepted)
        guard verdict.fired.hasAny else {
          result.delivered.add(~verdict.forgeryAccepted)
          continue
        }
        unsafe lookups.base[started] = flight
        unsafe senders.base[started] = source
        unsafe firing.base[started] = verdict.fired
        unsafe believed.base[started] = verdict.forgeryAccepted
        started += 1
      }
      unsafe anycast.send(
        lookups.base, from: senders.base, in: firing.base, count: started
      ) { k, outcome in
        let undelivered = unsafe believed.base[k] | (firing.base[k] & outcome.loss)
        result.delivered.add(~undelivered)
      }
    }
    result.messages += messages + anycast.messages(cell.adversary.interception)
    tally = result
  }
}

/// The fault sets of one batch.
struct BatchFaults {
  let faulty: FaultSets
  /// Those that join the coalition if they are faulty; nil for all.
  let members: FaultSets?
  /// Poisoned slots; nil for none.
  let poison: FaultSets?

  init(_ run: BatchRun<some SlotColumns, some SlotColumns>, router: Router) {
    let cell = run.cell
    let fractions = cell.faultyFractions
    let key = cell.stream["fault sets"][run.batch]
    func sets(_ name: String, _ probabilities: [Double], visits: Int) -> FaultSets {
      FaultSets(
        nodeCount: cell.overlay.nodeCount, probabilities: probabilities,
        always: cell.overlay.chosenNodes, key: key[name], visits: visits)
    }
    // Nodes that a lookup visits, roughly; the coalition's index looks at whole blocks.
    let visitsPerRoute =
      switch router {
      case .prefix: 4
      case .anycast(let copies): 2 * copies + 4
      case .secRoute(let parameters): 2 * parameters.copies + 400
      default: 0
      }
    let visits = visitsPerRoute * cell.routesPerBatch
    faulty = sets("faults", fractions, visits: visits)
    let joining = fractions.enumerated().map { lane, fraction in
      let coalition = cell.coalitionFraction(lane: lane)
      return coalition >= fraction ? 1 : coalition / fraction
    }
    members = joining.allSatisfy { $0 == 1 } ? nil : sets("coalition", joining, visits: visits)
    let poisoning = fractions.map { cell.slotPoisoning(faultyFraction: $0) }
    poison =
      poisoning.allSatisfy { $0 == 0 } ? nil : sets("poisoned slots", poisoning, visits: 0)
  }
}

/// Sums over the routes and fault sets of one batch, by lane.
struct MaskTally {
  let routes: Int
  var delivered = LaneTally()
  var hops = 0.0
  var messages = SIMD8<Double>.zero
  var fired = LaneTally()
  var forgeriesAccepted = LaneTally()

  init(routes: Int) {
    self.routes = routes
  }

  func outcome(lane: Int, faultyFraction: Double) -> LaneOutcome {
    let trials = Double(routes * FaultSets.count)
    return LaneOutcome(
      deliveredMean: delivered.total[lane] / trials, hopsMean: hops / Double(routes),
      messagesMean: messages[lane] / trials, faultyFraction: faultyFraction,
      testFiredMean: fired.total[lane] / trials,
      forgeryAcceptedMean: forgeriesAccepted.total[lane] / trials)
  }
}

/// Sends anycasts in all fault sets of all lanes.
@safe
final class MaskAnycast<Constrained: SlotColumns> {
  private let tree: AnycastTree<Constrained, MaskLanes>
  private let faults: FaultLines
  private let storage: [MaskLanes.Storage]
  private let algebras = FlatColumn<MaskLanes>(count: AnycastTree<Constrained, MaskLanes>.group)
  /// Copies that senders send, and their hops when nothing is faulty, over all sets.
  private var sent = SIMD8<Double>.zero
  private var hops = SIMD8<Double>.zero

  init(_ run: BatchRun<some SlotColumns, Constrained>, copies: Int, faults: FaultLines) {
    tree = AnycastTree(walk: run.constrained, copies: copies, event: run.cell.event)
    self.faults = faults
    storage = (0..<AnycastTree<Constrained, MaskLanes>.group).map { _ in MaskLanes.Storage() }
  }

  /// Sends copies for each of `count` lookups in its own sets and hands its outcome to `body`.
  func send(
    _ lookups: UnsafePointer<Flight>, from sources: UnsafePointer<UInt32>,
    in sending: UnsafePointer<LaneWords>, count: Int,
    _ body: (_ lookup: Int, _ outcome: AnycastOutcome<LaneWords>) -> Void
  ) {
    for first in stride(from: 0, to: count, by: storage.count) {
      let size = min(storage.count, count - first)
      for k in 0..<size {
        algebras[k] = unsafe MaskLanes(storage[k], faults: faults, sending: sending[first + k])
      }
      unsafe tree.route(
        lookups + first, sources: sources + first, count: size, algebras: algebras.base
      ) { k, outcome in
        let sets = SIMD8<Double>(unsafe sending[first + k].setCounts)
        sent += Double(outcome.sent) * sets
        hops += Double(outcome.hops) * sets
        body(first + k, outcome)
      }
    }
  }

  /// Messages over all sets, per lane.
  func messages(_ interception: Interception) -> SIMD8<Double> {
    let forwarded = storage.reduce(SIMD8<Double>.zero) { $0 + $1.sentTotal }
    switch interception {
    case .silence, .rootImpersonation: return forwarded
    case .diversion:
      return forwarded + sent - storage.reduce(SIMD8<Double>.zero) { $0 + $1.arrivedTotal }
    case .corruption: return hops
    }
  }
}
