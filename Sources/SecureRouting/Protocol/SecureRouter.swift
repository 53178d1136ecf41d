public import Pastry
import ProtocolTime
public import Randomness
public import RingIdentifiers

/// Secure routing of one node, without input and output.
///
/// `secRoute` is the one primitive that applications call: the message reaches every correct node
/// among the `replicas` nodes closest to the key with very high probability. One message is routed
/// along the table by proximity; the root set that comes back must be dense enough and confirm; if
/// it does not, redundant routing follows. Sources: [Castro02], secure routing, routing failure
/// test, redundant routing; the clusters are Redoubt's own.
///
/// Like `PastryNode` it takes inputs and appends actions, and stands beside the node that it
/// belongs to: every input comes with that node.
/// - Deviation: a list is sent once more only to nodes that are new in it; [Castro02] leaves open
///   what a node answers that gets a list in which somebody is missing: here it hands the message
///   on to each of them, once per request, and says that it is there.
public struct SecureRouter: Sendable {
  /// How it routes.
  public let configuration: SecureConfiguration
  var random: RandomStream
  var calls: ContiguousArray<SecureCall> = []
  /// Requests of others, the oldest first.
  var seen: ContiguousArray<SeenRequest> = []
  var sampling = Sampling.none
  var joining: SecureJoin?
  private var lastTimer: UInt32 = 0

  /// The gaps around this node, as far as they are known.
  enum Sampling: Sendable {
    case none
    /// Being counted; the nonce of the questions and the timer.
    case running(DensitySample, nonce: UInt64, timer: UInt32)
    case done(DensitySample, at: Instant)
  }

  /// A router that has not been called.
  /// - Parameter stream: names every draw that it makes.
  public init(configuration: SecureConfiguration, stream: StreamKey) {
    self.configuration = configuration
    random = RandomStream(stream)
  }

  // MARK: inputs

  /// Sends a message to the `replicas` nodes closest to a key; ends with `.completed`.
  /// - Parameter tag: the application's own number of the call.
  public mutating func secRoute(
    _ key: Key, replicas: UInt8, tag: UInt64, _ node: inout PastryNode,
    _ world: borrowing PastryEnvironment, into actions: inout OverlayActions
  ) {
    start(key, replicas: replicas, for: .application(tag), &node, world, into: &actions)
  }

  /// A message has arrived.
  public mutating func receive(
    _ message: SecureMessage, from sender: NodeIndex, _ node: inout PastryNode,
    _ world: borrowing PastryEnvironment, into actions: inout OverlayActions
  ) {
    guard world.book.contains(sender), message.names(only: world.book) else {
      actions.secure.append(.refused(from: sender, .unknownNode))
      return
    }
    guard message.isBounded(by: world.configuration) else {
      actions.secure.append(.refused(from: sender, .oversized))
      return
    }
    switch message {
    case .rootSet(let nodes, let nonce):
      takeRootSet(nodes, nonce, from: sender, &node, world, into: &actions)
    case .confirmed(let nonce):
      takeConfirmation(nonce, from: sender, &node, world, into: &actions)
    case .found(let nonce):
      takeArrival(nonce, from: sender, &node, world, into: &actions)
    case .clusterReply(let members, let slot, let nonce):
      takeCluster(members, slot: slot, nonce, from: sender, &node, world, into: &actions)
    case .lookupReply(let nodes, let nonce):
      takeJoinReply(nodes, nonce, from: sender, &node, world, into: &actions)
    case .list, .forwarded, .needed, .clusterRequest, .lookupRequest:
      guard node.phase == .active else {
        actions.secure.append(.refused(from: sender, .notRunning))
        return
      }
      answer(message, from: sender, &node, world, into: &actions)
    }
  }

  /// The node has delivered a routed message whose purpose is `.roots` or `.copy`.
  public mutating func arrived(
    _ message: RouteMessage, _ node: inout PastryNode, _ world: borrowing PastryEnvironment,
    into actions: inout OverlayActions
  ) {
    let request = SecureRequest(message)
    guard message.source != node.peer.index else { return }
    switch message.purpose {
    case .roots:
      actions.secure.append(
        .send(.rootSet(SecureRouter.rootSet(of: node), nonce: request.nonce), to: request.source))
    case .copy:
      take(request, node, into: &actions)
      actions.secure.append(.send(.found(nonce: request.nonce), to: request.source))
    case .application, .join: break
    }
  }

  /// A timer that was armed with this number has run out.
  public mutating func timerFired(
    _ number: UInt32, _ node: inout PastryNode, _ world: borrowing PastryEnvironment,
    into actions: inout OverlayActions
  ) {
    if let place = calls.firstIndex(where: { $0.timer == number }) {
      return timedOut(place, &node, world, into: &actions)
    }
    if case .running(_, _, let timer) = sampling, timer == number {
      return sampleOn(&node, world, into: &actions)
    }
    if joining?.timer == number { concludeJoin(&node, world, into: &actions) }
  }

  // MARK: timers and ends

  /// Arms a timer and gives its number.
  mutating func arm(_ span: TimeSpan, into actions: inout OverlayActions) -> UInt32 {
    lastTimer &+= 1
    actions.secure.append(.arm(lastTimer, after: span))
    return lastTimer
  }

  /// The caller waits once more.
  mutating func wait(_ place: Int, _ span: TimeSpan, into actions: inout OverlayActions) {
    calls[place].timer = arm(span, into: &actions)
    calls[place].rounds = calls[place].rounds == .max ? .max : calls[place].rounds + 1
  }

  func place(ofNonce nonce: UInt64) -> Int? { calls.firstIndex { $0.request.nonce == nonce } }

  /// A call is over.
  mutating func finish(
    _ place: Int, _ outcome: SecureResult.Outcome, into actions: inout OverlayActions
  ) {
    let call = calls.remove(at: place)
    switch call.client {
    case .application(let tag):
      let roots = call.roots.closestFirst.prefix(Int(call.request.replicas))
      actions.secure.append(
        .completed(
          SecureResult(
            request: call.request, tag: tag, outcome: outcome,
            roots: NodeList(roots.map(\.index)), isTestPositive: call.isTestPositive,
            rounds: call.rounds)))
    case .joining(let client, let nonce):
      guard outcome != .failed, outcome != .overloaded else { return }
      actions.secure.append(.send(.lookupReply(call.roots.nodes, nonce: nonce), to: client))
    }
  }
}
