import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting

/// What a scenario means: settings, nodeIds, and a list of what is to be done when.
extension SwarmScenario {
  /// Something that the driver does between events.
  struct Command: Sendable {
    enum Kind: UInt8, Sendable {
      case start, crash, depart, lookUp
    }

    let time: Instant
    let kind: Kind
    /// The node, or the number of the lookup.
    let number: UInt32

    static func isBefore(_ lhs: Command, _ rhs: Command) -> Bool {
      (lhs.time, lhs.kind.rawValue, lhs.number) < (rhs.time, rhs.kind.rawValue, rhs.number)
    }
  }

  var streams: StreamKey { StreamKey(seed: seed)["swarm"] }

  var nodeIds: ContiguousArray<NodeId> {
    ContiguousArray(
      (0..<nodes).map { node in
        var draws = RandomStream(streams["ids"][node])
        return NodeId.random(from: &draws)
      })
  }

  var configuration: PastryConfiguration {
    var configuration = PastryConfiguration(digitBits: digitBits, leafSetSize: leafSetSize)
    configuration.pendingMax = pendingMax
    configuration.heldMax = heldMax
    return configuration
  }

  /// Secure routing of every sort, small enough for small overlays.
  var secureConfiguration: SecureConfiguration {
    var draws = RandomStream(streams["secure"])
    var configuration = SecureConfiguration()
    configuration.testsFirst = draws.index(below: 4) > 0
    configuration.redundancy = draws.index(below: 2) == 1 ? .clusters : .copies
    configuration.copies = 8
    configuration.clusterWidth = 8
    configuration.localSamples = 32
    return configuration
  }

  /// The end of the first phase.
  var healedAt: Instant { .zero + .seconds(UInt64(chaosSeconds)) }

  var settings: SimulationSettings {
    let most = TimeSpan.milliseconds(UInt64(delayMilliseconds))
    let model: Network =
      switch network {
      case .instant: .constant(.zero)
      case .constant: .constant(most)
      case .sphere:
        .sphere(SphereNetwork(nodeCount: nodes, stream: streams["places"], maximumDelay: most))
      case .plane:
        .plane(
          PlaneNetwork(nodeCount: nodes, stream: streams["places"], delayPerUnit: most / 1_415))
      }
    var settings = SimulationSettings(pastry: configuration, network: model, seed: seed)
    settings.secure = secureConfiguration
    settings.clockSkewMax = .seconds(UInt64(skewSeconds))
    settings.clockDriftMax = Int32(drift)
    settings.conditions = LinkConditions(
      lossNumerator: UInt64(loss) << 22,
      jitterMax: .milliseconds(UInt64(jitterMilliseconds)),
      partitions: (0..<partitions).map { number in
        let start = moment("partition", number)
        return Partition(
          from: start, to: min(healedAt, start + .seconds(UInt64(partitionSeconds))),
          split: .drawn(streams["split"][number], numerator: 1 << 31))
      })
    return settings
  }

  /// The conditions after healing: only the jitter stays.
  var healedConditions: LinkConditions {
    LinkConditions(
      lossNumerator: 0, jitterMax: .milliseconds(UInt64(jitterMilliseconds)))
  }

  /// A random moment of the first phase.
  private func moment(_ name: String, _ number: Int) -> Instant {
    var draws = RandomStream(streams[name][number])
    return .zero + random(.seconds(UInt64(chaosSeconds)), &draws)
  }

  private func random(_ span: TimeSpan, _ draws: inout RandomStream) -> TimeSpan {
    (span / (1 << 20)) * UInt64(draws.index(below: 1 << 20))
  }

  /// What is done in the first phase, in order. Node 0 stays: somebody has to know the overlay.
  var commands: [Command] {
    var all: [Command] = []
    for node in 0..<nodes where arrivals != .constructed {
      all.append(Command(time: arrival(of: node), kind: .start, number: UInt32(node)))
    }
    for number in 0..<crashes {
      let (time, node, pause) = stop("crash", number)
      all.append(Command(time: time, kind: .crash, number: node))
      if number < restarts {
        all.append(Command(time: min(healedAt, time + pause), kind: .start, number: node))
      }
    }
    for number in 0..<departures {
      let (time, node, _) = stop("departure", number)
      all.append(Command(time: time, kind: .depart, number: node))
    }
    for number in 0..<lookups * chaosSeconds / 60 {
      all.append(
        Command(time: moment("lookup", number), kind: .lookUp, number: UInt32(number)))
    }
    all.sort(by: Command.isBefore)
    return all
  }

  private func stop(_ name: String, _ number: Int) -> (Instant, UInt32, TimeSpan) {
    var draws = RandomStream(streams[name][number]["details"])
    let node = 1 + draws.index(below: UInt32(nodes - 1))
    // From at once to a minute, the short ones more often.
    let pause = random(.seconds(60), &draws) / UInt64(1 + draws.index(below: 64))
    return (moment(name, number), node, pause)
  }

  private func arrival(of node: Int) -> Instant {
    let half = TimeSpan.seconds(UInt64(chaosSeconds)) / 2
    guard node > 0 else { return .zero }
    var draws = RandomStream(streams["arrival"][node])
    switch arrivals {
    case .once, .constructed: return .zero
    case .slow: return .zero + (half / UInt64(nodes)) * UInt64(node)
    case .burst:
      let start = node % 2 == 0 ? TimeSpan.zero : half
      return .zero + start + random(min(half, .seconds(2)), &draws)
    }
  }
}
