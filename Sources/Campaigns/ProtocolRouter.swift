import EventSimulation
import Pastry
import RouteSampling
import SecureRouting

/// One defence of secure routing, for campaigns that switch one off. [Castro02]
enum Defence: String, CaseIterable {
  /// A joining node's lookup of its own nodeId is a secure one.
  case secureJoin = "secure-join"
  /// Copies follow tables whose entries are fixed by nodeIds.
  case constrainedTables = "constrained-tables"
  /// The density of a root set is tested, and its nodes confirm it.
  case failureTest = "failure-test"
  /// Something follows when the test fires.
  case redundancy
  /// The nodes of a root set confirm that they are there.
  case confirmations
}

/// A router as the nodes of the event engine run it.
struct ProtocolRouter: Hashable, Sendable {
  /// How nodes look up.
  var lookups: EventTrial.Lookups
  /// Whether nodes join by a secure lookup.
  var joinsSecurely: Bool

  /// One message along the tables by proximity; joins are as in [Rowstron01].
  static let plain = ProtocolRouter(lookups: .plain, joinsSecurely: false)

  /// gamma of a failure test that accepts everything.
  static let neverFires = 4_096.0

  /// Copies at once, nothing tested first.
  static func anycast(copies: Int) -> ProtocolRouter {
    var configuration = SecureConfiguration()
    configuration.testsFirst = false
    configuration.redundancy = .copies
    configuration.copies = copies
    return ProtocolRouter(lookups: .secure(configuration), joinsSecurely: true)
  }

  /// Clusters at once, nothing tested first.
  static func clusterIterative(width: Int) -> ProtocolRouter {
    var configuration = SecureConfiguration()
    configuration.testsFirst = false
    configuration.redundancy = .clusters
    configuration.clusterWidth = width
    return ProtocolRouter(lookups: .secure(configuration), joinsSecurely: true)
  }

  /// One tested message, and the fallback when the test fires; without a defence if so asked.
  static func secRoute(_ router: RouterParameters, leafSetSize: Int) -> ProtocolRouter {
    var configuration = SecureConfiguration()
    configuration.testsFirst = true
    configuration.redundancy = router.fallsBackToClusters ? .clusters : .copies
    configuration.copies = router.integer("copies") ?? leafSetSize
    configuration.clusterWidth = ClusterParameters().width
    configuration.localSamples = router.integer("samples") ?? configuration.localSamples
    configuration.densityThreshold = router.densityThreshold(leafSetSize: leafSetSize)
    var joinsSecurely = true
    switch router.word("without").flatMap(Defence.init) {
    case .secureJoin: joinsSecurely = false
    case .constrainedTables: configuration.copyTable = .proximity
    case .failureTest:
      configuration.densityThreshold = neverFires
      configuration.confirms = false
    case .redundancy: configuration.redundancy = .none
    case .confirmations: configuration.confirms = false
    case nil: break
    }
    return ProtocolRouter(lookups: .secure(configuration), joinsSecurely: joinsSecurely)
  }
}
