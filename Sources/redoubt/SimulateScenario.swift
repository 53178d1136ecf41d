import EventSimulation
import NetworkModels
import NodeCredentials
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers

/// The files that the options name, read once for all runs.
struct SimulateInputs: Sendable {
  enum Hosts: Sendable {
    case none
    case matrix(DelayMatrix)
    case coordinates(NetworkCoordinates)
    case routes(TransitStubRoutes)
  }

  private(set) var hosts = Hosts.none
  private(set) var sessions: SessionTrace?
  /// The SHA-256 of each file, so that a replay notices another one.
  private(set) var digests: [TraceSetting] = []

  /// Reads them.
  init(_ options: SimulateOptions) throws(SimulateError) {
    if let path = options.network.path {
      let bytes = try SimulateInputFile.data(path)
      hosts = try Self.parsed(path) { () throws(NetworkDataError) in
        try Self.hosts(options.network.model, bytes)
      }
      digests.append(TraceSetting("network-sha256", try Self.digest(bytes)))
    }
    if case .recorded(let path) = options.churn.model {
      let bytes = try SimulateInputFile.data(path)
      sessions = try Self.parsed(path) { () throws(NetworkDataError) in
        try SessionTrace(availability: bytes)
      }
      digests.append(TraceSetting("churn-sha256", try Self.digest(bytes)))
    }
  }

  private static func parsed<Value>(
    _ path: String, _ parse: () throws(NetworkDataError) -> Value
  ) throws(SimulateError) -> Value {
    do throws(NetworkDataError) {
      return try parse()
    } catch {
      throw SimulateError(.data, "\(path): \(error.description)")
    }
  }

  private static func hosts(
    _ model: NetworkArgument.Model, _ bytes: [UInt8]
  ) throws(NetworkDataError) -> Hosts {
    switch model {
    case .constant, .sphere, .plane: .none
    case .planetlab: .matrix(try .planetLab(bytes))
    case .seattle: .matrix(try .seattle(bytes))
    case .wondernetwork: .matrix(try .wonderNetwork(bytes))
    case .freepastry: .matrix(try .freePastry(bytes))
    case .coordinates: .coordinates(try NetworkCoordinates(syscoord: bytes, meaning: .roundTrip))
    case .coordinatesOneWay:
      .coordinates(try NetworkCoordinates(syscoord: bytes, meaning: .oneWay))
    case .transitStub: .routes(try TransitStubRoutes(TransitStubGraph(gtItm: bytes)))
    }
  }

  private static func digest(_ bytes: [UInt8]) throws(SimulateError) -> String {
    do throws(OpenSSLError) {
      return Hexadecimal.text(try Digest.sha256(bytes))
    } catch {
      throw SimulateError(.data, "SHA-256 is not available: \(error)")
    }
  }
}

/// One run as its seed makes it: nodes, places, sessions.
struct SimulateScenario: Sendable {
  let options: SimulateOptions
  let seed: UInt64
  let nodeIds: ContiguousArray<NodeId>
  let settings: SimulationSettings
  /// When nodes come and go, from the start of the measurement.
  let sessions: [SessionTrace.Session]

  /// The longest phase that a number of lookups ends.
  static let phaseMax = TimeSpan.hours(24)

  /// Draws a run.
  init(
    _ options: SimulateOptions, _ inputs: SimulateInputs, seed: UInt64
  ) throws(SimulateError) {
    self.options = options
    self.seed = seed
    let stream = StreamKey(seed: seed)["simulate"]
    let (count, sessions) = try Self.population(options, inputs, stream["churn"])
    self.sessions = sessions
    var ids = RandomStream(stream["ids"])
    nodeIds = ContiguousArray((0..<count).map { _ in NodeId.random(from: &ids) })
    let network = try Self.network(options, inputs, count, stream["network"])
    var settings = SimulationSettings(
      pastry: PastryConfiguration(digitBits: options.digitBits, leafSetSize: options.leafSet),
      network: network, seed: seed)
    settings.conditions = LinkConditions(
      lossProbability: options.loss, jitterMax: options.jitter.span)
    settings.clockSkewMax = options.clockSkew.span
    settings.clockDriftMax = options.clockDrift
    settings.lookupDeadline = options.deadline.span
    settings.workload = try Self.workload(options, meanNodes: options.nodes ?? count)
    self.settings = settings
  }

  private static func workload(
    _ options: SimulateOptions, meanNodes: Int
  ) throws(SimulateError) -> Workload {
    if let inFlight = options.lookupsInFlight { return .inFlight(inFlight) }
    guard let mean = TimeSpan(seconds: 1 / (options.ratePerNode * Double(meanNodes))) else {
      throw SimulateError(.usage, "--lookup-rate is too small")
    }
    return .every(
      try parameters { () throws(NetworkParameterError) in try .exponential(mean: mean) })
  }

  private static func parameters<Value>(
    _ make: () throws(NetworkParameterError) -> Value
  ) throws(SimulateError) -> Value {
    do throws(NetworkParameterError) {
      return try make()
    } catch {
      throw SimulateError(.usage, error.description)
    }
  }

  private static func population(
    _ options: SimulateOptions, _ inputs: SimulateInputs, _ stream: StreamKey
  ) throws(SimulateError) -> (Int, [SessionTrace.Session]) {
    let span = options.measuredSpan ?? phaseMax
    switch options.churn.model {
    case .none: return (options.nodes ?? 1_000, [])
    case .drawn(let sessions, let away):
      let share = sessions.meanSeconds / (sessions.meanSeconds + away.meanSeconds)
      let capacity = (Double(options.nodes ?? 1_000) / share).rounded()
      guard capacity <= Double(SimulateOptions.nodesMax) else {
        throw SimulateError(
          .usage, "--churn: nodes are there for \(share) of the time, so \(capacity) are needed")
      }
      let trace = try parameters { () throws(NetworkParameterError) in
        try SessionTrace.steadyState(
          nodeCount: Int(capacity), duration: span, sessions: sessions, away: away, stream: stream)
      }
      return (trace.nodeCount, trace.sessions)
    case .recorded(let path):
      guard let file = inputs.sessions else { return (0, []) }
      let trace = file.window(from: .zero, to: .zero + span).withoutIdleNodes()
      let count = min(trace.nodeCount, options.nodes ?? trace.nodeCount)
      guard count >= 2 else {
        throw SimulateError(
          .data, "\(path): has \(count) nodes in the first \(span); use a longer --duration")
      }
      return (count, trace.sessions.filter { $0.node < count })
    }
  }

  private static func network(
    _ options: SimulateOptions, _ inputs: SimulateInputs, _ count: Int, _ stream: StreamKey
  ) throws(SimulateError) -> Network {
    switch inputs.hosts {
    case .matrix(let matrix):
      return .matrix(MatrixNetwork(matrix, nodeCount: count, placement: .drawn(stream)))
    case .coordinates(let places):
      return .coordinates(
        CoordinateNetwork(places, nodeCount: count, placement: .drawn(stream)))
    case .routes(let routes):
      return .transitStub(
        TransitStubNetwork(standard: routes, nodeCount: count, stream: stream))
    case .none: break
    }
    switch options.network.model {
    case .sphere:
      return .sphere(
        SphereNetwork(nodeCount: count, stream: stream, maximumDelay: options.network.span))
    case .plane:
      return .plane(
        PlaneNetwork(nodeCount: count, stream: stream, delayPerUnit: options.network.span / 1_000))
    case .transitStub:
      let parameters = try parameters { () throws(NetworkParameterError) in
        try TransitStubParameters()
      }
      do throws(NetworkDataError) {
        let routes = try TransitStubRoutes(
          TransitStubGraph(parameters, stream: stream["graph"]))
        return .transitStub(
          TransitStubNetwork(standard: routes, nodeCount: count, stream: stream))
      } catch {
        throw SimulateError(.usage, "--network transit-stub: \(error.description)")
      }
    case .constant, .planetlab, .seattle, .wondernetwork, .freepastry, .coordinates,
      .coordinatesOneWay:
      return .constant(options.network.span)
    }
  }

  /// The nodes that fail together, in the order of their numbers drawn.
  func failingNodes(share: Double) -> [UInt32] {
    var draws = RandomStream(StreamKey(seed: seed)["simulate"]["failures"])
    let all = (0..<UInt32(nodeIds.count)).shuffled(using: &draws)
    let wanted = Int((share * Double(all.count)).rounded())
    return Array(all.prefix(min(max(1, wanted), all.count - 1)))
  }
}
