import EventSimulation
import ProtocolTime
import Randomness
import Testing

/// The queue gives events in the same order as a heap, whatever the delays and the bucket width.
@Suite struct EventQueueOrderTests {
  @Test(arguments: DelayMix.allCases, [1, 3, 40, 700, 6000])
  func holdAgreesWithHeap(mix: DelayMix, pending: Int) throws {
    let seed = UInt64(pending) &* 31 &+ UInt64(mix.rawValue.utf8.count)
    let label = "seed \(seed) \(mix) \(pending)"
    var maker = EventMaker(seed: seed)
    var pair = QueuePair()
    for _ in 0..<pending { pair.push(maker.make(mix, after: .zero)) }
    for _ in 0..<(3 * pending + 2000) {
      guard let event = try pair.pop(label) else { break }
      if event.time < .never { pair.push(maker.make(mix, after: event.time)) }
    }
    try pair.drain(label)
  }

  @Test(arguments: [DelayMix.uniform, .heavyTail])
  func twoHundredThousand(mix: DelayMix) throws {
    var maker = EventMaker(seed: 8)
    var pair = QueuePair()
    for _ in 0..<200_000 { pair.push(maker.make(mix, after: .zero)) }
    for _ in 0..<100_000 {
      let event = try #require(try pair.pop("seed 8"))
      pair.push(maker.make(mix, after: event.time))
    }
    try pair.drain("seed 8")
  }

  @Test(arguments: [1, 1000, 1_000_000_000, UInt64.max])
  func anyFirstWidthGivesTheSameOrder(width: UInt64) throws {
    for mix in DelayMix.allCases {
      var maker = EventMaker(seed: 3)
      var pair = QueuePair(bucketWidth: TimeSpan(nanoseconds: width))
      for _ in 0..<300 { pair.push(maker.make(mix, after: .zero)) }
      for _ in 0..<6000 {
        guard let event = try pair.pop("\(mix) \(width)") else { break }
        if event.time < .never { pair.push(maker.make(mix, after: event.time)) }
      }
      try pair.drain("\(mix) \(width)")
    }
  }

  @Test func populationThatGrowsAndShrinksAgreesWithHeap() throws {
    var maker = EventMaker(seed: 11)
    var pair = QueuePair()
    let mixes: [DelayMix] = [.heavyTail, .tiny, .uniform, .bursts, .zeroDelays, .exactTies]
    for round in 0..<12 {
      let mix = mixes[round % mixes.count]
      for _ in 0..<(round % 3 * 2000 + 10) { pair.push(maker.make(mix, after: pair.now)) }
      for _ in 0..<1500 {
        guard let event = try pair.pop("round \(round)") else { break }
        if maker.stream.index(below: 2) == 0 { pair.push(maker.make(mix, after: event.time)) }
      }
      if round % 4 == 3 { try pair.drain("round \(round)") }
    }
    try pair.drain("end")
  }

  /// Thousands of events that one event schedules inside the current bucket: the heap of
  /// latecomers.
  @Test func stormInsideOneBucketAgreesWithHeap() throws {
    var maker = EventMaker(seed: 5)
    var pair = QueuePair(bucketWidth: .seconds(1))
    pair.push(maker.make(at: Instant(nanoseconds: 5)))
    let first = try #require(try pair.pop("storm"))
    for index in 0..<6000 {
      // Half of them exact ties, half spread over the bucket in random order.
      let delay = index % 2 == 0 ? 0 : UInt64(maker.stream.index(below: 1 << 28))
      pair.push(maker.make(at: first.time + TimeSpan(nanoseconds: delay)))
    }
    for _ in 0..<9000 {
      guard let event = try pair.pop("storm") else { break }
      if maker.stream.index(below: 2) == 0 { pair.push(maker.make(.tiny, after: event.time)) }
    }
    try pair.drain("storm")
  }

  /// All orders of insertion of a few events with ties in every part of the key.
  @Test func everyPermutationOfTiedEvents() {
    let at = Instant(nanoseconds: 7)
    let later = Instant(nanoseconds: 8)
    let sorted = [
      Event(time: at, kind: 0, target: 1, source: 1, sequence: 9, payload: 0),
      Event(time: at, kind: 1, target: 0, source: 2, sequence: 0, payload: 1),
      Event(time: at, kind: 1, target: 1, source: 0, sequence: 5, payload: 2),
      Event(time: at, kind: 1, target: 1, source: 1, sequence: 4, payload: 3),
      Event(time: at, kind: 1, target: 1, source: 1, sequence: 5, payload: 4),
      Event(time: later, kind: 0, target: 0, source: 0, sequence: 0, payload: 5),
      Event(time: .never, kind: 0, target: 0, source: 0, sequence: 0, payload: 6),
    ]
    var checked = 0
    func permute(_ chosen: [Event], _ rest: [Event]) {
      if rest.isEmpty {
        checked += 1
        let queue = EventQueue(bucketWidth: TimeSpan(nanoseconds: UInt64(1 << (checked % 40))))
        for event in chosen { queue.push(event) }
        for event in sorted where queue.popMin() != event { Issue.record("\(chosen)") }
        if queue.popMin() != nil { Issue.record("too many") }
        return
      }
      for index in rest.indices {
        var left = rest
        let event = left.remove(at: index)
        permute(chosen + [event], left)
      }
    }
    permute([], sorted)
    #expect(checked == 5040)
  }

  @Test func sameRunTwiceGivesTheSameOrderAndWidth() {
    func digest() -> (UInt64, TimeSpan) {
      var maker = EventMaker(seed: 21)
      let queue = EventQueue()
      for _ in 0..<5000 { queue.push(maker.make(.heavyTail, after: .zero)) }
      var sum: UInt64 = 0
      for _ in 0..<20_000 {
        guard let event = queue.popMin() else { break }
        sum = sum &* 31 &+ event.time.nanoseconds &+ UInt64(event.payload)
        queue.push(maker.make(.heavyTail, after: event.time))
      }
      return (sum, queue.bucketWidth)
    }
    #expect(digest() == digest())
  }
}
