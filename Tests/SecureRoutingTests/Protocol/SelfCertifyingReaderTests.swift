import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@testable import SecureRouting

/// What the tests take for a storage layer: a few objects, and one content for each key.
struct Shelf: SelfCertifyingObjects {
  var copies: [Key: ObjectOctets] = [:]
  var right: [Key: ObjectOctets] = [:]

  func copy(of key: Key) -> ObjectOctets? { copies[key] }

  func isObject(_ octets: ObjectOctets, of key: Key) -> Bool { right[key] == octets }
}

/// Single inputs of reads: what is asked, what counts, what is refused, what ends a read.
@Suite("SelfCertifyingReader, input by input")
final class SelfCertifyingReaderTests {
  private let key = Key(UInt160(high: 77, middle: 0, low: 7))
  private let object: ObjectOctets = [1, 2, 3]
  private let forged: ObjectOctets = [6, 6, 6]
  private let own = NodeIndex(0)
  private let world: PastryEnvironment
  private var reader: SelfCertifyingReader
  private var shelf = Shelf()

  /// Node 0 of forty.
  init() {
    let ids = ContiguousArray(
      (0..<40).map { NodeId(UInt160(high: UInt64($0) << 58, middle: 0, low: 7)) })
    world = PastryEnvironment(configuration: PastryConfiguration(), book: PeerBook(ids))
    reader = SelfCertifyingReader(owner: own, configuration: Self.settings(), stream: Self.stream)
    shelf.right[key] = object
  }

  private static let stream = StreamKey(seed: 4)

  private static func settings(
    _ change: (inout ReadConfiguration) -> Void = { _ in }
  ) -> ReadConfiguration {
    var configuration = ReadConfiguration()
    configuration.objectOctetsMax = 8
    configuration.readsMax = 2
    change(&configuration)
    return configuration
  }

  private func use(_ change: (inout ReadConfiguration) -> Void) {
    reader = SelfCertifyingReader(
      owner: own, configuration: Self.settings(change), stream: Self.stream)
  }

  // MARK: inputs

  private func read(tag: UInt64 = 5, replicas: UInt8 = 3) -> ReadActions {
    var actions = ReadActions()
    reader.read(key, replicas: replicas, tag: tag, shelf, into: &actions)
    return actions
  }

  private func receive(_ message: ReadMessage, from sender: UInt32) -> ReadActions {
    var actions = ReadActions()
    reader.receive(message, from: NodeIndex(sender), shelf, world, into: &actions)
    return actions
  }

  private func arrived(_ message: RouteMessage) -> ReadActions {
    var actions = ReadActions()
    reader.arrived(message, shelf, into: &actions)
    return actions
  }

  private func fire(_ timer: UInt32) -> ReadActions {
    var actions = ReadActions()
    reader.timerFired(timer, into: &actions)
    return actions
  }

  private func certify(
    _ roots: [UInt32], _ tag: UInt64, _ outcome: SecureResult.Outcome = .redundant
  ) -> ReadActions {
    var actions = ReadActions()
    let request = SecureRequest(key: key, source: own, nonce: 99, replicas: 3)
    reader.completed(
      SecureResult(
        request: request, tag: tag, outcome: outcome, roots: list(roots), isTestPositive: false,
        rounds: 1),
      shelf, into: &actions)
    return actions
  }

  private func list(_ numbers: [UInt32]) -> NodeList { NodeList(numbers.map { NodeIndex($0) }) }

  /// The nonce of a read that has just started.
  private func nonce(of actions: ReadActions) throws -> UInt64 {
    guard case .route(let message) = actions.first else { throw Unexpected(actions: actions) }
    return message.tag
  }

  private struct Unexpected: Error {
    let actions: ReadActions
  }

  private func completed(
    _ outcome: ReadResult.Outcome, fellBack: Bool, tag: UInt64 = 5
  ) -> ReadAction {
    .completed(ReadResult(key: key, tag: tag, outcome: outcome, fellBack: fellBack))
  }

  private func unsolicited(_ sender: UInt32) -> ReadActions {
    [.refused(from: NodeIndex(sender), .unsolicited)]
  }

  /// A read whose plain lookup has brought nothing, and whose replica roots were asked.
  private func asking(_ roots: [UInt32] = [11, 12, 13]) throws -> UInt64 {
    let nonce = try nonce(of: read())
    _ = receive(.absent(nonce: nonce), from: 30)
    _ = certify(roots, nonce)
    return nonce
  }

  // MARK: the plain lookup

  @Test func aReadStartsAsOnePlainMessage() throws {
    let actions = read()
    let nonce = try nonce(of: actions)
    #expect(
      actions == [
        .route(RouteMessage(key: key, source: own, tag: nonce)), .arm(1, after: .seconds(3)),
      ])
    // Two reads of one key are two reads.
    #expect(try self.nonce(of: read(tag: 6)) != nonce)
    #expect(reader.openCount == 2)
  }

  @Test func theRightObjectEndsARead() throws {
    let nonce = try nonce(of: read())
    let end = receive(.object(object, nonce: nonce), from: 30)
    #expect(end == [completed(.found(object, from: NodeIndex(30)), fellBack: false)])
    #expect(reader.openCount == 0)
    // The second answer, the time-out and a result of secure routing come too late.
    #expect(receive(.object(object, nonce: nonce), from: 30) == unsolicited(30))
    #expect(fire(1).isEmpty)
    #expect(certify([11], nonce).isEmpty)
  }

  @Test func anythingElseFallsBack() throws {
    for answer in [ReadMessage?.some(.object(forged, nonce: 0)), .some(.absent(nonce: 0)), nil] {
      let tag = UInt64(reader.openCount) + 40
      let start = read(tag: tag)
      let nonce = try nonce(of: start)
      let next: ReadActions
      switch answer {
      case .object(let octets, _): next = receive(.object(octets, nonce: nonce), from: 30)
      case .absent: next = receive(.absent(nonce: nonce), from: 30)
      case .request: return
      case nil:
        guard case .arm(let timer, _) = start.last else { throw Unexpected(actions: start) }
        next = fire(timer)
      }
      #expect(next == [.secRoute(key, replicas: 3, tag: nonce)])
      // Once; and nothing of the plain lookup counts any more, the right object included.
      #expect(receive(.absent(nonce: nonce), from: 31) == unsolicited(31))
      #expect(receive(.object(object, nonce: nonce), from: 30) == unsolicited(30))
      #expect(fire(1).isEmpty)
      #expect(
        certify([], nonce)
          == [completed(.failed(.rootsUnknown), fellBack: true, tag: tag)])
    }
  }

  @Test func theOwnCopyIsCheckedFirst() throws {
    shelf.copies[key] = object
    #expect(read() == [completed(.found(object, from: own), fellBack: false)])
    // A damaged one is none.
    shelf.copies[key] = forged
    #expect(try nonce(of: read()) != 0)
  }

  @Test func aNodeMayDeliverItsOwnRead() throws {
    let start = read()
    guard case .route(let message) = start.first else { throw Unexpected(actions: start) }
    #expect(arrived(message) == [.secRoute(key, replicas: 3, tag: message.tag)])
    // It has got its copy meanwhile.
    let again = read(tag: 6)
    guard case .route(let second) = again.first else { throw Unexpected(actions: again) }
    shelf.copies[key] = object
    #expect(arrived(second) == [completed(.found(object, from: own), fellBack: false, tag: 6)])
  }

  // MARK: the replica roots

  @Test func eachReplicaRootIsAskedAndOneIsEnough() throws {
    let nonce = try nonce(of: read())
    _ = receive(.object(forged, nonce: nonce), from: 30)
    #expect(
      certify([11, 12, 13], nonce) == [
        .arm(2, after: .milliseconds(1_500)),
        .send(.request(key, nonce: nonce), to: NodeIndex(11)),
        .send(.request(key, nonce: nonce), to: NodeIndex(12)),
        .send(.request(key, nonce: nonce), to: NodeIndex(13)),
      ])
    // They are asked once, whatever secure routing says again.
    #expect(certify([14], nonce).isEmpty)
    #expect(receive(.object(forged, nonce: nonce), from: 11).isEmpty)
    #expect(receive(.absent(nonce: nonce), from: 13).isEmpty)
    #expect(
      receive(.object(object, nonce: nonce), from: 12)
        == [completed(.found(object, from: NodeIndex(12)), fellBack: true)])
    #expect(reader.openCount == 0 && fire(2).isEmpty)
  }

  @Test func strangersAndSecondAnswersDoNotCount() throws {
    let nonce = try asking()
    #expect(receive(.absent(nonce: nonce), from: 11).isEmpty)
    // The same node again, one that was not asked, one that nobody knows, and another read's nonce.
    #expect(receive(.absent(nonce: nonce), from: 11) == unsolicited(11))
    #expect(receive(.object(object, nonce: nonce), from: 11) == unsolicited(11))
    #expect(receive(.object(object, nonce: nonce), from: 14) == unsolicited(14))
    #expect(
      receive(.object(object, nonce: nonce), from: 40)
        == [.refused(from: NodeIndex(40), .unknownNode)])
    #expect(receive(.object(object, nonce: nonce &+ 1), from: 12) == unsolicited(12))
    #expect(receive(.absent(nonce: nonce), from: 12).isEmpty)
    // The last one that was asked decides.
    #expect(
      receive(.absent(nonce: nonce), from: 13)
        == [completed(.absent(said: 3, asked: 3), fellBack: true)])
  }

  @Test func absenceTakesAllWhoAnswer() throws {
    let nonce = try asking()
    _ = receive(.absent(nonce: nonce), from: 11)
    _ = receive(.absent(nonce: nonce), from: 13)
    #expect(fire(1).isEmpty)
    #expect(fire(2) == [completed(.absent(said: 2, asked: 3), fellBack: true)])
    // Too late.
    #expect(receive(.object(object, nonce: nonce), from: 12) == unsolicited(12))
    #expect(fire(2).isEmpty)
  }

  @Test func aWrongObjectIsNoProofOfAbsence() throws {
    let nonce = try asking()
    for root: UInt32 in [11, 12] { #expect(receive(.absent(nonce: nonce), from: root).isEmpty) }
    #expect(
      receive(.object(forged, nonce: nonce), from: 13)
        == [completed(.failed(.wrongObject), fellBack: true)])
  }

  @Test func silenceIsNoProofOfAbsence() throws {
    _ = try asking()
    #expect(fire(2) == [completed(.failed(.unanswered), fellBack: true)])
  }

  @Test func theCallerMayBeAReplicaRoot() throws {
    let nonce = try nonce(of: read())
    _ = receive(.absent(nonce: nonce), from: 30)
    #expect(
      certify([0, 11], nonce) == [
        .arm(2, after: .milliseconds(1_500)),
        .send(.request(key, nonce: nonce), to: NodeIndex(11)),
      ])
    #expect(
      receive(.absent(nonce: nonce), from: 11)
        == [completed(.absent(said: 2, asked: 2), fellBack: true)])
  }

  @Test(arguments: SecureResult.Outcome.allCases)
  func onlyCertifiedRootsAreAsked(outcome: SecureResult.Outcome) throws {
    let nonce = try nonce(of: read())
    _ = receive(.absent(nonce: nonce), from: 30)
    let next = certify([11, 12], nonce, outcome)
    let asks = next.contains(.send(.request(key, nonce: nonce), to: NodeIndex(12)))
    let fails = next == [completed(.failed(.rootsUnknown), fellBack: true)]
    let isCertified = outcome != .failed && outcome != .overloaded
    #expect(asks == isCertified && fails != isCertified)
  }

  @Test func resultsOfOtherCallsAreNothing() throws {
    let nonce = try nonce(of: read())
    // A result before the read has fallen back, and one of a call that was no read's.
    #expect(certify([11], nonce).isEmpty)
    _ = receive(.absent(nonce: nonce), from: 30)
    #expect(certify([11], nonce &+ 1).isEmpty)
    #expect(certify([11], 5).isEmpty)
    #expect(certify([11], nonce).count == 2)
  }

  // MARK: bounds

  @Test func anObjectOverTheBoundIsRefused() throws {
    let nonce = try nonce(of: read())
    let long = ObjectOctets(repeating: 1, count: 9)
    shelf.right[key] = long
    #expect(
      receive(.object(long, nonce: nonce), from: 30)
        == [.refused(from: NodeIndex(30), .oversized)])
    // It was no answer: the one at the bound is.
    let most = ObjectOctets(repeating: 1, count: 8)
    shelf.right[key] = most
    #expect(
      receive(.object(most, nonce: nonce), from: 30)
        == [completed(.found(most, from: NodeIndex(30)), fellBack: false)])
  }

  @Test func openReadsAreBounded() throws {
    let first = try nonce(of: read(tag: 1))
    _ = read(tag: 2)
    #expect(read(tag: 3) == [completed(.failed(.overloaded), fellBack: false, tag: 3)])
    #expect(reader.openCount == 2)
    // One that has fallen back still counts; one that has ended does not.
    _ = receive(.absent(nonce: first), from: 30)
    #expect(read(tag: 3) == [completed(.failed(.overloaded), fellBack: false, tag: 3)])
    _ = certify([], first, .failed)
    #expect(try nonce(of: read(tag: 3)) != first)
  }

  // MARK: what a node does for others

  @Test func copiesAreGivenToWhoAsks() {
    let routed = RouteMessage(key: key, source: NodeIndex(20), tag: 8)
    #expect(arrived(routed) == [.send(.absent(nonce: 8), to: NodeIndex(20))])
    #expect(
      receive(.request(key, nonce: 9), from: 21)
        == [.send(.absent(nonce: 9), to: NodeIndex(21))])
    shelf.copies[key] = object
    #expect(arrived(routed) == [.send(.object(object, nonce: 8), to: NodeIndex(20))])
    #expect(
      receive(.request(key, nonce: 9), from: 21)
        == [.send(.object(object, nonce: 9), to: NodeIndex(21))])
    #expect(
      receive(.request(key, nonce: 9), from: 40) == [.refused(from: NodeIndex(40), .unknownNode)])
    // A copy that no message carries.
    shelf.copies[key] = ObjectOctets(repeating: 1, count: 9)
    #expect(arrived(routed) == [.send(.absent(nonce: 8), to: NodeIndex(20))])
    #expect(reader.openCount == 0)
  }

  // MARK: without defences

  @Test func withoutFallbackThePlainLookupDecides() throws {
    use { $0.fallsBack = false }
    let first = try nonce(of: read())
    #expect(
      receive(.absent(nonce: first), from: 30)
        == [completed(.absent(said: 1, asked: 1), fellBack: false)])
    let second = try nonce(of: read())
    #expect(
      receive(.object(forged, nonce: second), from: 30)
        == [completed(.failed(.wrongObject), fellBack: false)])
    _ = read()
    #expect(fire(3) == [completed(.failed(.unanswered), fellBack: false)])
  }

  @Test func withoutTheCheckAForgedObjectIsBelieved() throws {
    use { $0.checks = false }
    let nonce = try nonce(of: read())
    #expect(
      receive(.object(forged, nonce: nonce), from: 30)
        == [completed(.found(forged, from: NodeIndex(30)), fellBack: false)])
  }
}
