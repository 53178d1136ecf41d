@testable import EventSimulation
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
@testable import SecureRouting
import Testing

@Suite("Parts of secure runs")
struct SecurePartTests {
  private static let key = Key(.zero)

  private static func call(source: UInt32 = 3) -> SecureLedger.Call {
    SecureLedger.Call(key: key, source: source, replicas: 2, startedAt: .zero, roots: [1, 2])
  }

  private static func result(tag: UInt64, nonce: UInt64) -> SecureResult {
    SecureResult(
      request: SecureRequest(key: key, source: NodeIndex(3), nonce: nonce, replicas: 2), tag: tag,
      outcome: .tested, roots: [], isTestPositive: false, rounds: 1)
  }

  private static func arrival(_ node: UInt32, nonce: UInt64) -> SecureLedger.Arrival {
    SecureLedger.Arrival(node: node, nonce: nonce, isNear: true, isDelivery: true)
  }

  @Test("a call ends once, and only what has its nonce is its own")
  func ledger() {
    var ledger = SecureLedger()
    let first = ledger.open(Self.call())
    let second = ledger.open(Self.call())
    #expect(first != second && ledger.openCount == 2)
    #expect(ledger.note(Self.arrival(1, nonce: 10), of: Self.key, from: 3) == .noted)
    #expect(ledger.note(Self.arrival(1, nonce: 10), of: Self.key, from: 3) == .repeated)
    #expect(ledger.note(Self.arrival(1, nonce: 11), of: Self.key, from: 3) == .noted)
    #expect(ledger.note(Self.arrival(1, nonce: 10), of: Self.key, from: 4) == .unknown)
    #expect(ledger[first]?.own.count == 2)
    #expect(ledger.complete(first, Self.result(tag: first, nonce: 10), at: .zero) != nil)
    #expect(ledger.complete(first, Self.result(tag: first, nonce: 10), at: .zero) == nil)
    #expect(ledger[first]?.own == [Self.arrival(1, nonce: 10)])
    #expect(ledger.close(first) != nil && ledger.close(first) == nil)
    #expect(ledger.note(Self.arrival(2, nonce: 11), of: Self.key, from: 3) == .noted)
    #expect(ledger.close(second) != nil && ledger.openCount == 0)
    #expect(ledger.note(Self.arrival(2, nonce: 11), of: Self.key, from: 3) == .unknown)
    let third = ledger.open(Self.call())
    #expect(third != second && third != first && ledger[second] == nil)
  }

  @Test("the nearest nodes equal a sort of all")
  func nearest() {
    var draws = RandomStream(StreamKey(seed: 4))
    for count in [1, 2, 3, 9, 40] {
      let ids = (0..<count).map { _ in NodeId.random(from: &draws) }
      var membership = Membership(capacity: count)
      var ring = CheckedRing()
      for (node, nodeId) in ids.enumerated() {
        membership.insert(UInt32(node), nodeId)
        ring.insert(UInt32(node), RingPoint(nodeId.value))
      }
      for _ in 0..<200 {
        let key = Key.random(from: &draws)
        let wanted = Int(draws.index(below: 12)) + 1
        let sorted = ring.nearest(to: RingPoint(key.value), count: wanted)
        #expect(membership.closest(to: key, count: wanted) == sorted)
        let node = draws.index(below: UInt32(count))
        let reach = Int(draws.index(below: 4))
        let near =
          ring.neighbours(of: node, step: 1, count: reach)
          + ring.neighbours(of: node, step: -1, count: reach) + [node]
        #expect(
          membership.isNear(ids[Int(node)], rootOf: key, reach: reach)
            == near.contains(sorted[0]))
      }
    }
  }

  @Test("the watch misses a message at a replica root that stays, and at no other")
  func watch() {
    let ids = Opposition.nodeIds(20)
    var draws = RandomStream(StreamKey(seed: 6))
    for skipped in 0..<4 {
      var watch = SecureWatch(ids, grace: .seconds(5))
      for node in UInt32(0)..<20 { watch.activated(node, at: .zero) }
      let key = Key.random(from: &draws)
      let points = ids.map { RingPoint($0.value) }
      let roots = (UInt32(0)..<20).sorted {
        points[Int($0)].isNearer(than: points[Int($1)], to: RingPoint(key.value))
      }.prefix(4)
      let request = SecureRequest(key: key, source: NodeIndex(3), nonce: 9, replicas: 4)
      watch.secureCalled(key, replicas: 4, from: 3, tag: 1, at: .zero)
      for (place, root) in roots.enumerated() where place != skipped {
        watch.secureDelivered(request, at: root, moment: .zero)
      }
      watch.secureCompleted(
        SecureResult(
          request: request, tag: 1, outcome: .tested, roots: [], isTestPositive: false, rounds: 1),
        at: 3, moment: .zero)
      #expect(watch.violations(at: .zero).isEmpty)
      #expect(watch.violations(at: .zero + .seconds(5)).map(\.node) == [roots[skipped]])
      watch.stopped(roots[skipped], at: .zero + .seconds(5))
      #expect(watch.violations(at: .zero + .seconds(5)).count == 1)
      watch.stopped(roots[skipped], at: .zero + .seconds(4))
      #expect(watch.violations(at: .zero + .seconds(5)).isEmpty)
    }
  }

  @Test("counters of parts add up")
  func counters() {
    var first = SecureCounters()
    first.calls = 9
    first.complete = 4
    first.missed[1] = 2
    first.outcomes[1] = 6
    first.delay = .seconds(3)
    var whole = SimulationCounters()
    whole.secure = first
    whole.reached = 2
    let twice = whole.plus(whole)
    #expect(twice.secure.calls == 18 && twice.secure.incomplete == 4)
    #expect(twice.secure.completed == 12 && twice.secure.delay == .seconds(6))
    #expect(twice.ended == 12 && twice.reached == 4)
    #expect(twice.since(whole) == whole)
  }
}
