public import Adversary
public import NetworkModels
public import Pastry
public import ProtocolTime
public import Randomness
public import RingIdentifiers
public import SecureRouting

/// One overlay under attack, and lookups in it: what a campaign repeats.
///
/// The overlay is there from the start, and so is its adversary: tables are attacked as time
/// passes, and under churn as nodes come and go. A pure function of its values: the same outcome on
/// any thread.
public struct EventTrial: Sendable {
  /// What is measured.
  public enum Lookups: Hashable, Sendable {
    /// Messages on their way to the root of a key.
    case plain
    /// Calls of secure routing.
    case secure(SecureConfiguration)
    /// Reads of self-certifying objects, each of which lies at the `replicas` nodes that are
    /// closest to its key when the first read starts; and how their secure routing goes.
    case read(ReadConfiguration, SecureConfiguration)
  }

  /// The overlay at its start, by node number.
  public var nodeIds: ContiguousArray<NodeId>
  /// What all nodes agree on.
  public var pastry: PastryConfiguration
  /// What is measured.
  public var lookups: Lookups
  /// Whether arriving nodes find the nodes around them by secure routing: with the configuration of
  /// secure lookups or reads, or the published one when lookups are plain.
  public var joinsSecurely: Bool
  /// How long messages take. A node that arrives takes the place of the one that it replaces.
  public var network: Network
  /// The mean session, exponential; nil when nodes stay. Each node that leaves, without a word, is
  /// replaced at once by a node with a new nodeId.
  public var churn: TimeSpan?
  /// The share f of faulty nodes: exact at the start, a probability of each node that arrives.
  public var faultyFraction: Double
  /// The share c of nodes in one coalition: there are round(f / c) coalitions of equal size.
  /// Anything above f means one coalition; means nothing when f is 0.
  public var coalitionFraction: Double
  /// What each coalition plays.
  public var attacks: [any Attack]
  /// NodeIds of the adversary's choice: nodes beside those of `nodeIds`, in the first coalition
  /// from the start to the end, whatever `faultyFraction` and `churn` say.
  public var chosenIds: ContiguousArray<NodeId>
  /// Replica roots of a secure lookup or a read.
  public var replicas: UInt8
  /// Lookups, each from a random honest node.
  public var lookupCount: Int
  /// What is looked up; nil for a random key each time. Nobody chooses the key of an object, so
  /// reads have none.
  public var targetKey: Key?
  /// The time before the first lookup.
  public var warmUp: TimeSpan
  /// The time between two lookups. One that is lost is open for a minute, so 200 ms keep at most
  /// 300 of them open.
  public var lookupPeriod = TimeSpan.milliseconds(200)
  /// Names all draws.
  public var stream: StreamKey

  /// A trial without faults, churn and defences, unless something else is said.
  /// - Parameter warmUp: nil for none without churn, and five minutes with it.
  public init(
    nodeIds: ContiguousArray<NodeId>, pastry: PastryConfiguration = PastryConfiguration(),
    lookups: Lookups = .plain, joinsSecurely: Bool = false, network: Network,
    churn: TimeSpan? = nil, faultyFraction: Double = 0, coalitionFraction: Double = 1,
    attacks: [any Attack] = [], chosenIds: ContiguousArray<NodeId> = [], replicas: UInt8 = 8,
    lookupCount: Int = 200, targetKey: Key? = nil, warmUp: TimeSpan? = nil, stream: StreamKey
  ) {
    self.nodeIds = nodeIds
    self.pastry = pastry
    self.lookups = lookups
    self.joinsSecurely = joinsSecurely
    self.network = network
    self.churn = churn
    self.faultyFraction = faultyFraction
    self.coalitionFraction = coalitionFraction
    self.attacks = attacks
    self.chosenIds = chosenIds
    self.replicas = replicas
    self.lookupCount = lookupCount
    self.targetKey = targetKey
    self.warmUp = warmUp ?? (churn == nil ? .zero : .minutes(5))
    self.stream = stream
  }

  /// The protocol's settings for this trial.
  var settings: SimulationSettings {
    var draws = RandomStream(stream["simulation"])
    var settings = SimulationSettings(pastry: pastry, network: network, seed: draws.next())
    switch lookups {
    case .secure(let configuration):
      settings.secure = configuration
      settings.lookupKind = .secure(replicas: replicas)
    case .read(let reads, let configuration):
      settings.reads = reads
      settings.secure = configuration
    case .plain: if joinsSecurely { settings.secure = SecureConfiguration() }
    }
    settings.joinsSecurely = joinsSecurely
    return settings
  }

  /// The time from the start to the last event that counts.
  func duration(_ settings: SimulationSettings) -> TimeSpan {
    warmUp + lookupPeriod * UInt64(lookupCount) + settings.lookupDeadline
      + settings.deliveryGrace + .seconds(1)
  }

  /// Runs the trial.
  /// - Precondition: there is a node, and a place in the network for each; `faultyFraction` is in
  ///   0...1, `coalitionFraction` above 0 unless that is; `replicas` and `churn` are above zero.
  /// - Throws: `AttackError` with code `noProtocolForm`.
  public func run() throws(AttackError) -> EventTrialOutcome {
    let plan = EventTrialPlan(self)
    let present = nodeIds.count + chosenIds.count
    precondition(
      !nodeIds.isEmpty && (network.nodeCount ?? .max) >= present,
      "\(present) nodes at the start, places for \(network.nodeCount ?? .max)")
    var settings = settings
    settings.places = plan.places
    var simulation = Simulation(settings: settings, nodeIds: plan.nodeIds)
    simulation.oppose(try plan.adversary(of: self))
    simulation.construct(first: present)
    for change in plan.changes {
      simulation.stop(change.leaving, at: change.time)
      simulation.start(change.arriving, at: change.time)
    }
    let atRest = simulation.counters
    simulation.run(until: .zero + warmUp)
    let warm = simulation.counters
    let vacuous = lookUpAll(in: &simulation)
    simulation.run(until: .zero + duration(settings))
    var outcome = EventTrialOutcome(simulation.counters.since(warm), simulation.digest)
    let whole = simulation.counters.since(atRest)
    outcome.arrivals = Int(whole.started)
    outcome.joins = Int(whole.activated)
    outcome.joinDelay = whole.activated > 0 ? whole.joinDelay.seconds / Double(whole.activated) : 0
    outcome.events = Int(simulation.counters.events)
    outcome.vacuous += vacuous
    return outcome
  }

  /// Starts all lookups at their times.
  /// - Returns: plain ones of keys that had a faulty root then.
  private func lookUpAll(in simulation: inout Simulation) -> Int {
    var observer = NoObserver()
    var vacuous = 0
    let objects = placeObjects(in: &simulation)
    for number in 0..<lookupCount {
      simulation.run(until: .zero + warmUp + lookupPeriod * UInt64(number))
      var draws = RandomStream(stream["lookups"][number])
      guard let source = simulation.honestNode(from: &draws) else { continue }
      let key = targetKey ?? Key.random(from: &draws)
      switch lookups {
      case .plain:
        let root = simulation.membership.root(of: key)
        if let root, simulation.adversary?.isFaulty(root) == true { vacuous += 1 }
        simulation.lookUp(key, from: source, &observer)
      case .secure: simulation.call(key, replicas: replicas, from: source, &observer)
      case .read: simulation.read(objects[number], replicas: replicas, from: source, &observer)
      }
    }
    return vacuous
  }

  /// Puts the objects of all reads where they belong.
  /// - Returns: their keys.
  private func placeObjects(in simulation: inout Simulation) -> [Key] {
    guard case .read = lookups else { return [] }
    precondition(targetKey == nil, "the key of an object follows from its octets")
    return (0..<lookupCount).map { number in
      var draws = RandomStream(stream["objects"][number])
      return simulation.place(PlacedObjects.object(from: &draws), replicas: replicas)
    }
  }
}
