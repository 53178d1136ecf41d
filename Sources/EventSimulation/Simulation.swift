public import Adversary
import Pastry
public import ProtocolTime
import Randomness
public import RingIdentifiers
public import SecureRouting

/// A run of the real protocol: nodes, a network, perhaps an adversary, one total order of events.
///
/// The engine carries messages and timers between protocol values that do not know of it. The same
/// settings and the same schedule give the same events, byte for byte, in every build and with or
/// without an observer. Inside a run there is one thread; independent runs may use others.
/// - Complexity: O(1) per event besides what the node does; no allocation per event while nothing
///   joins or fails.
public struct Simulation: ~Copyable {
  /// What the run depends on.
  public internal(set) var settings: SimulationSettings
  /// The engine's clock.
  public internal(set) var now = Instant.zero
  /// The protocol values, by node index.
  public internal(set) var nodes: NodeStore
  /// Secure routing of each node, by node index; empty when the settings have none.
  public internal(set) var secure: ContiguousArray<SecureRouter> = []
  /// Who stands between the faulty nodes and the network; nil when all nodes are honest.
  public internal(set) var adversary: ProtocolAdversary?
  /// Which nodes are in the overlay.
  public internal(set) var membership: Membership
  /// What has happened so far.
  public internal(set) var counters = SimulationCounters()
  /// Stands for all events so far.
  public internal(set) var digest = TraceDigest()

  var world: PastryEnvironment
  var schedule: EventSchedule
  var messages = MessagePool<PastryMessage>()
  var secureMessages = MessagePool<SecureMessage>()
  var lookups = LookupLedger()
  var calls = SecureLedger()
  var reads = ReadState()
  var actions = OverlayActions()
  /// The next number of the engine's own events.
  var engineSequence: UInt32 = 0
  let streams: StreamNames
  var lookupNumber: UInt64 = 0
  var isLookingUp = false
  /// The lookups that come next, nearest first, as far as it is known; only for asking for memory.
  var lookupsAhead = (LookupAhead(), LookupAhead(), LookupAhead())
  /// The pages that will be asked for together, and how many events from now.
  var pages = PrefetchList()
  var eventsUntilBatch = 0
  var workloadNumber: UInt32 = 0
  var contactChanges: UInt64 = 0
  var countedUntil = Instant.zero

  struct StreamNames: Sendable {
    let nodes: StreamKey
    let links: StreamKey
    let lookups: StreamKey
    let contacts: StreamKey
    let secure: StreamKey
    let reads: StreamKey

    init(seed: UInt64) {
      let root = StreamKey(seed: seed)["events"]
      nodes = root["nodes"]
      links = root["links"]
      lookups = root["lookups"]
      contacts = root["contacts"]
      secure = root["secure"]
      reads = root["reads"]
    }
  }

  /// What happens, as it stands in the order of events of one moment.
  enum Kind: UInt8 {
    case stop, start, lookup, deadline, message
    case heartbeat, tableProbe, rowExchange, request, join
    case secureMessage, secureTimer, secureDeadline, adversaryTick, memberLeave, memberReturn
    case readMessage, readTimer, readDeadline
  }

  /// An overlay of nodes that have not started.
  /// - Parameter nodeIds: by node index; all different.
  /// - Precondition: fewer than 2^28 nodes; who wants secure lookups or joins, or reads, gives
  ///   `secure`.
  public init(settings: SimulationSettings, nodeIds: ContiguousArray<NodeId>) {
    precondition(
      settings.secure != nil
        || settings.lookupKind == .plain && !settings.joinsSecurely && settings.reads == nil,
      "secure lookups and joins, and reads, need SimulationSettings.secure")
    self.settings = settings
    let count = nodeIds.count
    world = PastryEnvironment(
      configuration: settings.pastry, book: PeerBook(nodeIds))
    membership = Membership(capacity: count)
    streams = StreamNames(seed: settings.seed)
    schedule = EventSchedule(delays: Simulation.constantDelays(settings))
    nodes = NodeStore(capacity: count)
    for (index, nodeId) in nodeIds.enumerated() {
      nodes.append(
        PastryNode(
          Peer(nodeId, NodeIndex(UInt32(index))), configuration: settings.pastry,
          stream: streams.nodes[index][0]))
      nodes[host: index].clock = clock(of: index)
    }
    if let configuration = settings.secure {
      secure.reserveCapacity(count)
      for index in 0..<count {
        secure.append(
          SecureRouter(configuration: configuration, stream: streams.secure[index][0]))
      }
    }
    if let configuration = settings.reads {
      reads.readers.reserveCapacity(count)
      for index in 0..<count {
        reads.readers.append(
          SelfCertifyingReader(
            owner: NodeIndex(UInt32(index)), configuration: configuration,
            stream: streams.reads[index][0]))
      }
    }
  }

  /// The delays that many events have in common, each once: a caller may choose two alike.
  private static func constantDelays(_ settings: SimulationSettings) -> [TimeSpan] {
    var delays: [TimeSpan] = []
    var common = [
      settings.pastry.heartbeatPeriod, settings.pastry.rowExchangePeriod,
      settings.pastry.probeTimeout, settings.lookupDeadline,
    ]
    if let secure = settings.secure {
      common += [secure.lookupTimeout, secure.roundTimeout, settings.deliveryGrace]
    }
    for delay in common where !delays.contains(delay) { delays.append(delay) }
    return delays
  }

  /// Draws a node's clock from its own stream.
  private func clock(of index: Int) -> NodeClock {
    guard settings.clockSkewMax > .zero || settings.clockDriftMax > 0 else { return .exact }
    var stream = RandomStream(streams.nodes[index]["clock"])
    let parts = UInt64(stream.index(below: 1 << 16))
    let span = UInt32(2 * min(settings.clockDriftMax, NodeClock.driftMax) + 1)
    let drift = Int32(stream.index(below: span)) - min(settings.clockDriftMax, NodeClock.driftMax)
    return NodeClock(offset: (settings.clockSkewMax / (1 << 16)) * parts, drift: drift)
  }

  // MARK: what the caller schedules

  /// Lets a node start and join at a moment, through a random node that is in the overlay then.
  /// - Precondition: `moment` is not before `now`.
  public mutating func start(_ node: UInt32, at moment: Instant) {
    add(.start, at: moment, target: node)
  }

  /// Stops a node without a word at a moment.
  /// - Precondition: `moment` is not before `now`.
  public mutating func stop(_ node: UInt32, at moment: Instant) {
    add(.stop, at: moment, target: node)
  }

  private mutating func add(_ kind: Kind, at moment: Instant, target: UInt32, payload: UInt32 = 0) {
    schedule.schedule(event(kind, at: moment, target: target, source: 0, payload: payload))
  }

  /// An event that the engine itself causes.
  mutating func event(
    _ kind: Kind, at moment: Instant, target: UInt32, source: UInt32, payload: UInt32
  ) -> Event {
    let sequence = engineSequence
    engineSequence = sequence &+ 1
    return Event(
      time: moment, kind: kind.rawValue, target: target, source: source, sequence: sequence,
      payload: payload)
  }

  // MARK: running

  /// Takes all events up to a moment, which becomes `now`.
  public mutating func run(until end: Instant) {
    var observer = NoObserver()
    run(until: end, observer: &observer)
  }

  /// The same, with an observer that sees every event.
  public mutating func run<Observer: SimulationObserver>(
    until end: Instant, observer: inout Observer
  ) {
    takeEvents(until: end, &observer) { _ in true }
    countActiveTime(until: end)
    now = end
  }

  /// Takes events until so many lookups were delivered or given up, or time ends.
  public mutating func run(lookups wanted: UInt64, until end: Instant) {
    var observer = NoObserver()
    let goal = endedCount + wanted
    takeEvents(until: end, &observer) { $0.endedCount < goal }
    countActiveTime(until: now)
  }

  /// Lookups, calls and reads that are over: `counters.ended`, counted where they end.
  var endedCount: UInt64 {
    lookups.closedCount &+ calls.closedCount &+ reads.open.closedCount
  }

  /// Takes events up to a moment as long as the state before each of them allows it.
  @inline(__always)
  mutating func takeEvents<Observer: SimulationObserver>(
    until end: Instant, _ observer: inout Observer,
    while goesOn: (borrowing Simulation) -> Bool
  ) {
    while goesOn(self), let event = schedule.next(notAfter: end) {
      prefetchAhead()
      step(event, &observer)
    }
  }

  mutating func countActiveTime(until moment: Instant) {
    counters.activeSeconds += Double(membership.count) * moment.since(countedUntil).seconds
    countedUntil = moment
  }

  @inline(__always)
  private mutating func step<Observer: SimulationObserver>(
    _ event: Event, _ observer: inout Observer
  ) {
    now = event.time
    counters.events &+= 1
    let target = event.target
    guard let kind = Kind(rawValue: event.kind) else { return }
    switch kind {
    case .message:
      let message = messages.take(MessageTicket(event.payload).slot)
      digest.absorb(event, detail: UInt64(MessageKind(message).rawValue))
      observer.arrived(message, from: event.source, to: target, at: now)
      guard nodes[host: Int(target)].isRunning else {
        counters.toStoppedNodes &+= 1
        return
      }
      counters.received &+= 1
      if adversary != nil {
        return takeIn(.pastry(message), from: event.source, at: target, &observer)
      }
      world.now = nodes[host: Int(target)].clock.reading(at: now)
      nodes[Int(target)].receive(
        message, from: NodeIndex(event.source), world, into: &actions.pastry)
      drain(target, &observer)
    case .request, .heartbeat, .tableProbe, .rowExchange, .join:
      digest.absorb(event, detail: UInt64(event.payload))
      guard isCurrent(event) else { return }
      world.now = nodes[host: Int(target)].clock.reading(at: now)
      nodes[Int(target)].timerFired(
        Simulation.timer(kind, event.payload), world, into: &actions.pastry)
      drain(target, &observer)
    case .stop, .start, .lookup, .deadline:
      digest.absorb(event, detail: UInt64(event.payload))
      control(kind, event, &observer)
    case .secureMessage, .secureTimer, .secureDeadline, .adversaryTick, .memberLeave, .memberReturn:
      stepBeyond(kind, event, &observer)
    case .readMessage, .readTimer, .readDeadline:
      stepReads(kind, event, &observer)
    }
  }

  private static func timer(_ kind: Kind, _ payload: UInt32) -> PastryTimer {
    switch kind {
    case .heartbeat: .heartbeat
    case .tableProbe: .tableProbe
    case .rowExchange: .rowExchange
    case .join: .join(payload)
    default: .request(RequestId(payload))
    }
  }
}
