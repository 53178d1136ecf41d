import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting

/// Takes one scenario through its phases and lets the checkers look between events.
struct SwarmDriver: ~Copyable {
  /// Where a run stands, for planted bugs.
  enum Phase: Sendable {
    case chaos, healing, final
  }

  /// What a planted bug does between events.
  typealias Tamper = (inout Simulation, Phase) -> Void

  /// The bound of liveness: what must be so this many heartbeat periods after healing.
  static var healingPeriods: UInt64 { 10 }
  /// Lookups of the last phase.
  static var finalLookups: Int { 64 }
  /// Calls of secure routing after them.
  static var finalCalls: Int { 16 }

  /// Events within one step of at most 20 s; more than ever needed, so that a run always ends.
  static var eventsMax: Int { 2_000_000 }

  let scenario: SwarmScenario
  var simulation: Simulation
  var watch: SwarmWatch
  private let checkPeriod: TimeSpan
  private let tamper: Tamper?
  private var isStuck = false

  init(_ scenario: SwarmScenario, tamper: Tamper? = nil) {
    self.scenario = scenario
    self.tamper = tamper
    let nodeIds = scenario.nodeIds
    let configuration = scenario.configuration
    simulation = Simulation(settings: scenario.settings, nodeIds: nodeIds)
    // All attempts of a probe, and the way there and back.
    watch = SwarmWatch(
      nodeIds,
      failureTime: configuration.probeTimeout * (UInt64(configuration.probeRetries) + 2),
      sideCapacity: configuration.leafSetSize / 2, grace: .seconds(5))
    watch.strictness.delivery = scenario.isClean
    watch.strictness.failure = scenario.isClean
    checkPeriod = .seconds(scenario.nodes > 64 ? 20 : 5)
  }

  /// Runs all phases.
  mutating func run() -> SwarmOutcome {
    if scenario.arrivals == .constructed {
      simulation.construct()
      for node in 0..<UInt32(scenario.nodes) {
        watch.started(node, at: .zero)
        watch.activated(node, at: .zero)
      }
    }
    for command in scenario.commands {
      advance(to: command.time, .chaos)
      if isStuck { return outcome(SwarmTables()) }
      carryOut(command)
      if watch.violations.count > 20 { break }
    }
    advance(to: scenario.healedAt, .chaos)
    heal()
    let settled =
      scenario.healedAt + scenario.configuration.heartbeatPeriod * Self.healingPeriods
    advance(to: settled, .healing)
    if isStuck { return outcome(SwarmTables()) }
    tamper?(&simulation, .final)
    let tables = checkQuiescence()
    watch.strictness.reachabilitySince = settled
    for number in 0..<Self.finalLookups {
      advance(to: settled + .milliseconds(UInt64(200 * number)), .healing)
      lookUp(number, name: "final")
    }
    advance(
      to: simulation.now + simulation.settings.lookupDeadline + .seconds(1), .healing)
    callSecurely()
    checkConservation()
    return outcome(tables)
  }

  private mutating func heal() {
    simulation.settings.conditions = scenario.healedConditions
  }

  // MARK: moving on

  private mutating func advance(to time: Instant, _ phase: Phase) {
    while simulation.now < time, !isStuck {
      let period = checkPeriod.nanoseconds
      let next = Instant(nanoseconds: (simulation.now.nanoseconds / period + 1) * period)
      guard simulation.run(until: min(next, time), eventsMax: Self.eventsMax, &watch) else {
        watch.report(
          SwarmViolation(
            .progress, node: nil, at: simulation.now,
            "\(Self.eventsMax) events without an end of this step"))
        isStuck = true
        return
      }
      tamper?(&simulation, phase)
      if simulation.now == next { checkSafety() }
    }
  }

  private mutating func carryOut(_ command: SwarmScenario.Command) {
    let node = command.number
    switch command.kind {
    case .start: simulation.start(node, at: simulation.now)
    case .crash: simulation.stop(node, at: simulation.now)
    case .depart: simulation.depart(node, observer: &watch)
    case .lookUp: lookUp(Int(command.number), name: "sought")
    }
  }

  private mutating func lookUp(_ number: Int, name: String) {
    guard simulation.membership.count > 0 else { return }
    var draws = RandomStream(scenario.streams[name][number])
    let list = simulation.membership.list
    let source = list[Int(draws.index(below: UInt32(list.count)))]
    // Half of the keys lie next to a node, where roots are disputed.
    var key = Key.random(from: &draws)
    if draws.next() & 1 == 0 {
      let near = scenario.nodeIds[Int(draws.index(below: UInt32(scenario.nodes)))]
      key = Key(near.value &+ UInt160(draws.next() & 0xFF))
    }
    simulation.lookUp(key, from: source, &watch)
  }

  /// The last part: every call must bring its message to all replica roots.
  private mutating func callSecurely() {
    let start = simulation.now
    for number in 0..<Self.finalCalls {
      advance(to: start + .milliseconds(UInt64(500 * number)), .final)
      let list = simulation.membership.list
      guard !list.isEmpty else { continue }
      var draws = RandomStream(scenario.streams["called"][number])
      let source = list[Int(draws.index(below: UInt32(list.count)))]
      let replicas = 1 + draws.index(below: UInt32(scenario.leafSetSize / 2))
      simulation.call(
        Key.random(from: &draws), replicas: UInt8(replicas), from: source, &watch)
    }
    advance(to: simulation.now + simulation.settings.lookupDeadline + .seconds(10), .final)
    for violation in watch.secure.violations(at: simulation.now) { watch.report(violation) }
    let counters = simulation.counters.secure
    if counters.calls != counters.complete {
      watch.report(
        SwarmViolation(
          .replicaRoots, node: nil, at: simulation.now,
          "\(counters.calls) calls, \(counters.complete) of them complete"))
    }
  }

  // MARK: checks

  private mutating func checkSafety() {
    let configuration = scenario.configuration
    let now = simulation.now
    for index in 0..<scenario.nodes where watch.running[index] {
      let node = simulation.nodes[index]
      let found =
        StateCheckers.form(of: node, at: index, watch.points, configuration, now: now)
        + StateCheckers.slots(of: node, watch.points, configuration, now: now)
        + StateCheckers.bounds(of: node, configuration, now: now)
      for violation in found { watch.report(violation) }
    }
    checkConservation()
  }

  private mutating func checkConservation() {
    let found =
      ConservationCheckers.messages(simulation) + ConservationCheckers.lookups(simulation, watch)
    for violation in found { watch.report(violation) }
  }

  private mutating func checkQuiescence() -> SwarmTables {
    checkSafety()
    let configuration = scenario.configuration
    let now = simulation.now
    var tables = SwarmTables()
    for index in 0..<scenario.nodes where watch.running[index] {
      let node = simulation.nodes[index]
      guard watch.activeSince[index] != .never, node.phase == .active else {
        watch.report(
          SwarmViolation(
            .activation, node: UInt32(index), at: now,
            "\(node.phase) since its start at \(watch.startedAt[index])"))
        continue
      }
      for violation in StateCheckers.exactLeafSet(
        of: node, watch.ring, configuration, now: now)
      {
        watch.report(violation)
      }
      let entries = StateCheckers.deadEntries(of: node, watch.ring)
      tables.entries += entries.all
      tables.deadEntries += entries.dead
      let exact = StateCheckers.constrained(of: node, watch.points, watch.ring, configuration)
      tables.constrainedSlots += exact.all
      tables.exactConstrained += exact.exact
    }
    return tables
  }

  private func outcome(_ tables: SwarmTables) -> SwarmOutcome {
    let counters = simulation.counters
    var totals = SwarmTotals()
    totals.seeds = 1
    totals.cleanSeeds = scenario.isClean ? 1 : 0
    totals.lostSides = watch.lostSide ? 1 : 0
    totals.events = counters.events
    totals.joins = counters.activated
    totals.stops = counters.stopped
    totals.lookups = counters.lookups
    totals.calls = counters.secure.calls
    totals.deliveries = watch.deliveries
    totals.wrongDeliveries = watch.wrongDeliveries
    totals.falseFailures = watch.falseFailures
    totals.tables = tables
    return SwarmOutcome(
      scenario: scenario, violations: watch.violations, totals: totals,
      digest: simulation.digest)
  }
}

extension Simulation {
  /// As `run(until:observer:)`, but gives up after so many events: false.
  mutating func run<Observer: SimulationObserver>(
    until end: Instant, eventsMax: Int, _ observer: inout Observer
  ) -> Bool {
    let limit = counters.events + UInt64(eventsMax)
    takeEvents(until: end, &observer) { $0.counters.events < limit }
    guard counters.events < limit else { return false }
    run(until: end, observer: &observer)
    return true
  }

  /// Lets a node leave now, telling its leaf set, and stops it.
  mutating func depart<Observer: SimulationObserver>(
    _ node: UInt32, observer: inout Observer
  ) {
    guard nodes[host: Int(node)].isRunning else { return }
    world.now = nodes[host: Int(node)].clock.reading(at: now)
    nodes[Int(node)].depart(world, into: &actions.pastry)
    drain(node, &observer)
    stop(node, at: now)
    run(until: now, observer: &observer)
  }
}
