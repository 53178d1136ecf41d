public import Pastry
import ProtocolTime
public import Randomness
public import RingIdentifiers

/// Reads of self-certifying objects by one node, without input and output.
///
/// A read goes out as one plain routed message; whoever delivers it answers with its copy. Only if
/// that is not the object, or nothing comes in time, secure routing finds the replica roots and
/// each of them is asked: whoever is right can prove it, so one correct replica root is enough.
/// Source: [Castro02], self-certifying data. Insertion and joining have no such proof and go
/// through secure routing in any case; that an object is absent is believed of certified replica
/// roots alone.
///
/// It stands beside the `PastryNode` and the `SecureRouter` of its node and reaches them by
/// actions. An object that is checked is right whoever sends it; still only the first answer to the
/// plain lookup counts, and then one of each replica root asked, so that nobody makes a caller
/// check more than `replicas` + 1 objects for one read.
public struct SelfCertifyingReader: Sendable {
  /// One read that has not ended.
  private struct Read: Sendable {
    /// What the caller waits for.
    enum Stage: Sendable {
      /// The answer to the plain lookup.
      case routed
      /// The replica roots, from secure routing.
      case securing
      /// The answers of these.
      case asking(NodeList)
    }

    let key: Key
    let replicas: UInt8
    let tag: UInt64
    let nonce: UInt64
    var stage = Stage.routed
    /// The number of the timer that this stage has armed.
    var timer: UInt32
    /// Replica roots that were asked, and those of them that have no copy or another object.
    var asked = 0
    var absent = 0
    var wrong = 0
  }

  /// How it reads.
  public let configuration: ReadConfiguration
  private let owner: NodeIndex
  private var random: RandomStream
  private var reads: ContiguousArray<Read> = []
  private var lastTimer: UInt32 = 0

  /// A reader without reads.
  /// - Parameters:
  ///   - owner: the node that it belongs to.
  ///   - stream: names every draw that it makes.
  public init(owner: NodeIndex, configuration: ReadConfiguration, stream: StreamKey) {
    self.owner = owner
    self.configuration = configuration
    random = RandomStream(stream)
  }

  /// Reads that have not ended.
  public var openCount: Int { reads.count }

  // MARK: inputs

  /// Reads an object; ends with `.completed`.
  /// - Parameters:
  ///   - replicas: nodes that keep the object, those closest to its key; above zero.
  ///   - tag: the application's own number of the read.
  public mutating func read(
    _ key: Key, replicas: UInt8, tag: UInt64, _ objects: some SelfCertifyingObjects,
    into actions: inout ReadActions
  ) {
    if let own = objects.copy(of: key), isRight(own, for: key, objects) {
      return end(key, tag, .found(own, from: owner), fellBack: false, into: &actions)
    }
    guard reads.count < configuration.readsMax else {
      return end(key, tag, .failed(.overloaded), fellBack: false, into: &actions)
    }
    let nonce = random.next()
    actions.append(.route(RouteMessage(key: key, source: owner, tag: nonce)))
    let timer = arm(configuration.lookupTimeout, into: &actions)
    reads.append(Read(key: key, replicas: replicas, tag: tag, nonce: nonce, timer: timer))
  }

  /// The node has delivered the routed message of a read, its own or another node's.
  public mutating func arrived(
    _ message: RouteMessage, _ objects: some SelfCertifyingObjects,
    into actions: inout ReadActions
  ) {
    let answer = answer(to: message.key, nonce: message.tag, objects)
    guard message.source == owner else {
      actions.append(.send(answer, to: message.source))
      return
    }
    take(answer, from: owner, objects, into: &actions)
  }

  /// A message has arrived.
  public mutating func receive(
    _ message: ReadMessage, from sender: NodeIndex,
    _ objects: some SelfCertifyingObjects, _ world: borrowing PastryEnvironment,
    into actions: inout ReadActions
  ) {
    guard world.book.contains(sender) else {
      actions.append(.refused(from: sender, .unknownNode))
      return
    }
    guard message.isBounded(by: configuration) else {
      actions.append(.refused(from: sender, .oversized))
      return
    }
    switch message {
    case .request(let key, let nonce):
      actions.append(.send(answer(to: key, nonce: nonce, objects), to: sender))
    case .object, .absent:
      take(message, from: sender, objects, into: &actions)
    }
  }

  /// A call of secure routing has ended; nothing when it was not for a read.
  public mutating func completed(
    _ result: SecureResult, _ objects: some SelfCertifyingObjects,
    into actions: inout ReadActions
  ) {
    guard let place = reads.firstIndex(where: { $0.nonce == result.tag }),
      case .securing = reads[place].stage
    else { return }
    guard SelfCertifyingReader.isCertified(result.outcome), !result.roots.isEmpty else {
      return finish(place, .failed(.rootsUnknown), into: &actions)
    }
    let (key, nonce) = (reads[place].key, reads[place].nonce)
    reads[place].asked = result.roots.count
    reads[place].stage = .asking(result.roots)
    reads[place].timer = arm(configuration.roundTimeout, into: &actions)
    for root in result.roots where root != owner {
      actions.append(.send(.request(key, nonce: nonce), to: root))
    }
    guard result.roots.contains(owner) else { return }
    take(answer(to: key, nonce: nonce, objects), from: owner, objects, into: &actions)
  }

  /// Whether the nodes that secure routing has found have shown that they are the replica roots.
  private static func isCertified(_ outcome: SecureResult.Outcome) -> Bool {
    switch outcome {
    case .ownLeafSet, .tested, .redundant: true
    case .failed, .overloaded: false
    }
  }

  /// A timer that was armed with this number has run out.
  public mutating func timerFired(_ number: UInt32, into actions: inout ReadActions) {
    guard let place = reads.firstIndex(where: { $0.timer == number }) else { return }
    switch reads[place].stage {
    case .routed: fallBack(place, otherwise: .failed(.unanswered), into: &actions)
    case .securing: break
    case .asking: conclude(place, into: &actions)
    }
  }

  // MARK: answers

  /// What this node has to say of an object. A copy over the bound is none that can be sent.
  private func answer(
    to key: Key, nonce: UInt64, _ objects: some SelfCertifyingObjects
  ) -> ReadMessage {
    guard let own = objects.copy(of: key), own.count <= configuration.objectOctetsMax else {
      return .absent(nonce: nonce)
    }
    return .object(own, nonce: nonce)
  }

  /// Takes in an object, or that there is none.
  private mutating func take(
    _ answer: ReadMessage, from sender: NodeIndex,
    _ objects: some SelfCertifyingObjects, into actions: inout ReadActions
  ) {
    let octets: ObjectOctets?
    let nonce: UInt64
    switch answer {
    case .object(let content, let number): (octets, nonce) = (content, number)
    case .absent(let number): (octets, nonce) = (nil, number)
    case .request: return
    }
    guard let place = reads.firstIndex(where: { $0.nonce == nonce }), awaits(sender, place) else {
      actions.append(.refused(from: sender, .unsolicited))
      return
    }
    if let octets, isRight(octets, for: reads[place].key, objects) {
      return finish(place, .found(octets, from: sender), into: &actions)
    }
    guard case .asking(var awaited) = reads[place].stage else {
      let verdict = octets == nil ? Verdict.absent(said: 1, asked: 1) : .failed(.wrongObject)
      return fallBack(place, otherwise: verdict, into: &actions)
    }
    if octets == nil { reads[place].absent += 1 } else { reads[place].wrong += 1 }
    awaited.removeAll { $0 == sender }
    reads[place].stage = .asking(awaited)
    if awaited.isEmpty { conclude(place, into: &actions) }
  }

  /// Whether an answer of this node would count. The nonce of a plain lookup has been seen only by
  /// those whom it came by, and the first of them to answer is heard.
  private func awaits(_ sender: NodeIndex, _ place: Int) -> Bool {
    switch reads[place].stage {
    case .routed: true
    case .securing: false
    case .asking(let awaited): awaited.contains(sender)
    }
  }

  private func isRight(
    _ octets: ObjectOctets, for key: Key, _ objects: some SelfCertifyingObjects
  ) -> Bool {
    !configuration.checks || objects.isObject(octets, of: key)
  }

  // MARK: timers and ends

  private typealias Verdict = ReadResult.Outcome

  /// Plain routing has not brought the object.
  private mutating func fallBack(
    _ place: Int, otherwise verdict: Verdict, into actions: inout ReadActions
  ) {
    guard configuration.fallsBack else { return finish(place, verdict, into: &actions) }
    reads[place].stage = .securing
    let read = reads[place]
    actions.append(.secRoute(read.key, replicas: read.replicas, tag: read.nonce))
  }

  /// All replica roots have answered, or the time is up.
  private mutating func conclude(_ place: Int, into actions: inout ReadActions) {
    let read = reads[place]
    let verdict: Verdict
    if read.wrong > 0 {
      verdict = .failed(.wrongObject)
    } else if read.absent > 0 {
      verdict = .absent(said: UInt8(clamping: read.absent), asked: UInt8(clamping: read.asked))
    } else {
      verdict = .failed(.unanswered)
    }
    finish(place, verdict, into: &actions)
  }

  private mutating func finish(_ place: Int, _ verdict: Verdict, into actions: inout ReadActions) {
    let read = reads.remove(at: place)
    var fellBack = true
    if case .routed = read.stage { fellBack = false }
    end(read.key, read.tag, verdict, fellBack: fellBack, into: &actions)
  }

  private func end(
    _ key: Key, _ tag: UInt64, _ verdict: Verdict, fellBack: Bool, into actions: inout ReadActions
  ) {
    actions.append(
      .completed(ReadResult(key: key, tag: tag, outcome: verdict, fellBack: fellBack)))
  }

  /// Arms a timer and gives its number.
  private mutating func arm(_ span: TimeSpan, into actions: inout ReadActions) -> UInt32 {
    lastTimer &+= 1
    actions.append(.arm(lastTimer, after: span))
    return lastTimer
  }
}
