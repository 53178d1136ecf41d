import Adversary
import EventSimulation
import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting
import Statistics
import Testing

/// Security claims about the protocol, by the attacks that the registry has: the undefended variant
/// fails, the defended one holds. 400 nodes with l = 16, a quarter of them faulty, 99 % intervals
/// over 120 lookups of one overlay and fault set. What confirmations buy against certificates of
/// nodes that have left is claimed where half of all certificates are such (`SecRouteTests`).
@Suite("Security claims of the protocol", .optimisedOnly)
struct ProtocolClaimTests {
  /// The settings that are meant to hold; gamma is that of the failure test for l = 16 and c = .25.
  private static func secure(
    _ change: (inout SecureConfiguration) -> Void = { _ in }
  ) -> EventTrial.Lookups {
    var configuration = SecureConfiguration()
    configuration.redundancy = .clusters
    configuration.copies = 16
    configuration.clusterWidth = 16
    configuration.localSamples = 128
    configuration.densityThreshold = 1.18
    change(&configuration)
    return .secure(configuration)
  }

  private static func outcome(
    _ attacks: [String], _ lookups: EventTrial.Lookups
  ) throws -> EventTrialOutcome {
    let key = StreamKey(seed: 31)["claims"]
    var draws = RandomStream(key["ids"])
    let trial = EventTrial(
      nodeIds: ContiguousArray((0..<400).map { _ in NodeId.random(from: &draws) }),
      pastry: PastryConfiguration(leafSetSize: 16), lookups: lookups,
      network: .sphere(
        SphereNetwork(nodeCount: 400, stream: key["sphere"], maximumDelay: .milliseconds(80))),
      faultyFraction: 0.25,
      attacks: try attacks.map { try AttackRegistry.make(AttackSelection(name: $0)) },
      replicas: 4, lookupCount: 120, stream: key)
    return try trial.run()
  }

  private static func complete(_ outcome: EventTrialOutcome) -> Interval {
    wilsonInterval(
      successes: outcome.complete, trials: outcome.lookups - outcome.vacuous, confidence: 0.99)
  }

  private static func deceived(_ outcome: EventTrialOutcome) -> Interval {
    wilsonInterval(
      successes: outcome.falselyAccepted, trials: outcome.lookups, confidence: 0.99)
  }

  @Test("messages that faulty nodes keep", arguments: ["drop", "misroute", "corrupt"])
  func kept(_ attack: String) throws {
    let undefended = try Self.outcome([attack], Self.secure { $0.redundancy = .none })
    let defended = try Self.outcome([attack], Self.secure())
    #expect(Self.complete(undefended).high < 0.75)
    #expect(Self.complete(defended).low > 0.94)
  }

  @Test("forged root sets")
  func forged() throws {
    let attacks = ["impersonate-root", "suppress-ids"]
    let undefended = try Self.outcome(
      attacks,
      Self.secure {
        $0.densityThreshold = 4_096
        $0.confirms = false
      })
    let defended = try Self.outcome(attacks, Self.secure())
    #expect(Self.deceived(undefended).low > 0.2)
    #expect(Self.deceived(defended).high < 0.08)
    #expect(Self.complete(defended).low > 0.94)
  }

  @Test(
    "attacks that have to be borne",
    arguments: ["alternate-suppression", "partial-silence", "slow", "flooding", "replay"])
  func borne(_ attack: String) throws {
    let outcome = try Self.outcome([attack], Self.secure())
    #expect(Self.complete(outcome).low > 0.94)
  }
}
