import EventSimulation
import NetworkModels
import ProtocolTime

/// What was counted in a part of a run.
struct SimulatePhase: Sendable {
  let name: String
  let span: TimeSpan
  let counters: SimulationCounters
}

/// What a run gave.
struct SimulateResult: Sendable {
  let seed: UInt64
  let nodeCount: Int
  let phases: [SimulatePhase]
  let total: SimulationCounters
  let digest: String
  let simulated: Instant
  let activeNodes: Int
  /// False when a signal ended it.
  let isComplete: Bool
}

/// Where a run is.
struct SimulateProgress {
  let phase: String
  let now: Instant
  let events: UInt64
  /// How much of the phase is done, as far as that is known.
  let fraction: Double
}

/// Takes one run through its phases.
///
/// Time advances in slices of fixed length, and a run looks at its counters and at requests to stop
/// between two slices only: so it ends at the same event with any observer.
struct SimulateDriver<Observer: SimulationObserver>: ~Copyable {
  /// Called after each slice; false ends the run.
  typealias Tick = (inout Observer, SimulateProgress) throws(SimulateError) -> Bool

  /// The simulated time between two looks.
  static var slice: TimeSpan { .milliseconds(100) }

  private var simulation: Simulation
  private var observer: Observer
  private let scenario: SimulateScenario
  private let tick: Tick
  private var phases: [SimulatePhase] = []
  private var isStopped = false

  /// A run that has not begun.
  init(_ scenario: SimulateScenario, observer: Observer, tick: @escaping Tick) {
    self.scenario = scenario
    self.observer = observer
    self.tick = tick
    simulation = Simulation(settings: scenario.settings, nodeIds: scenario.nodeIds)
  }

  /// Runs to the end, and lets the observer see it.
  consuming func run(
    _ finish: (inout Observer, borrowing Simulation, Bool) throws(SimulateError) -> Void
  ) throws(SimulateError) -> SimulateResult {
    let none = simulation.counters
    try build()
    if let share = scenario.options.failures {
      try measure("before")
      for node in scenario.failingNodes(share: share) where !isStopped {
        simulation.stop(node, at: simulation.now)
      }
      try measure("right after")
      try advance("repair", to: simulation.now + scenario.options.repair.span)
      try measure("after repair")
    } else {
      try measure("measured")
    }
    let total = simulation.counters
    assert(total.since(total) == none, "a counter is not merged")
    try finish(&observer, simulation, !isStopped)
    return SimulateResult(
      seed: scenario.seed, nodeCount: scenario.nodeIds.count, phases: phases,
      total: simulation.counters, digest: simulation.digest.description,
      simulated: simulation.now, activeNodes: simulation.membership.count,
      isComplete: !isStopped)
  }

  /// Runs until the overlay is there, and hands it over. It is a part of one when `tick` ended it.
  consuming func built() throws(SimulateError) -> Simulation {
    try build()
    return simulation
  }

  // MARK: phases

  private mutating func build() throws(SimulateError) {
    guard scenario.options.isJoined else {
      simulation.construct()
      return
    }
    let before = simulation.counters
    let first = initialNodes
    var seconds = 0.0
    for (place, node) in first.enumerated() {
      simulation.start(node, at: moment(seconds))
      // A tenth of the overlay per second, at least one node per second.
      seconds += 1 / max(1, Double(place) / 30)
    }
    let end = moment(seconds) + scenario.options.settle.span
    scheduleSessions(from: end)
    try advance("build", to: end)
    note("build", since: before, .zero)
  }

  private func moment(_ seconds: Double) -> Instant {
    .zero + (TimeSpan(seconds: seconds) ?? .max)
  }

  /// The nodes that are there when the measurement begins.
  private var initialNodes: [UInt32] {
    if scenario.options.churn.isNone { return Array(0..<UInt32(scenario.nodeIds.count)) }
    return scenario.sessions.filter { $0.arrival == .zero }.map(\.node)
  }

  private mutating func scheduleSessions(from start: Instant) {
    let end = start + (scenario.options.measuredSpan ?? SimulateScenario.phaseMax)
    for session in scenario.sessions {
      if session.arrival > .zero {
        simulation.start(session.node, at: start + session.arrival.since(.zero))
      }
      let departure = start + session.departure.since(.zero)
      if departure < end { simulation.stop(session.node, at: departure) }
    }
  }

  private mutating func measure(_ name: String) throws(SimulateError) {
    if isStopped { return }
    let before = simulation.counters
    let start = simulation.now
    let goal = scenario.options.lookupGoal
    let end = start + (scenario.options.measuredSpan ?? SimulateScenario.phaseMax)
    simulation.startWorkload()
    try advance(name, to: end) { counters in
      goal.map { Double(counters.ended - before.ended) / Double($0) }
    }
    simulation.stopWorkload()
    // Whoever is late counts as well.
    let last = simulation.now + scenario.settings.lookupDeadline + Self.slice
    try advance(name, to: last) { counters in
      Double(counters.ended - before.ended) / Double(max(1, counters.lookups - before.lookups))
    }
    note(name, since: before, start)
  }

  private mutating func note(_ name: String, since before: SimulationCounters, _ start: Instant) {
    phases.append(
      SimulatePhase(
        name: name, span: simulation.now.since(start),
        counters: simulation.counters.since(before)))
  }

  /// Runs to a moment, or until the counters say that all is done.
  private mutating func advance(
    _ phase: String, to end: Instant, done: (SimulationCounters) -> Double? = { _ in nil }
  ) throws(SimulateError) {
    let start = simulation.now
    while !isStopped, simulation.now < end, done(simulation.counters) ?? 0 < 1 {
      simulation.run(until: min(end, simulation.now + Self.slice), observer: &observer)
      let progress = SimulateProgress(
        phase: phase, now: simulation.now, events: simulation.counters.events,
        fraction: done(simulation.counters)
          ?? simulation.now.since(start).seconds / end.since(start).seconds)
      isStopped = try !tick(&observer, progress)
    }
  }
}
