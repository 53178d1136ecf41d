import EventSimulation
import ProtocolTime
import Randomness
import Testing

/// The queue's single operations and its edges.
@Suite struct EventQueueTests {
  private func event(_ time: UInt64, _ number: UInt32 = 0) -> Event {
    Event(
      time: Instant(nanoseconds: time), kind: 1, target: 2, source: 3, sequence: number,
      payload: number)
  }

  @Test func eventIsSmallAndGivesItsPartsBack() {
    #expect(MemoryLayout<Event>.size == 24 && MemoryLayout<Event>.stride == 24)
    let limit: UInt32 = 1 << 28 - 1
    for (kind, target, source) in [(UInt8(0), limit, UInt32(0)), (255, 0, limit), (7, 8, 9)] {
      let event = Event(
        time: .never, kind: kind, target: target, source: source, sequence: .max, payload: 4)
      #expect(event.kind == kind && event.target == target && event.source == source)
      #expect(event.sequence == .max && event.payload == 4 && event.time == .never)
    }
  }

  @Test func keysCompareByTimeKindTargetSourceSequence() {
    let parts: [(UInt64, UInt8, UInt32, UInt32, UInt32)] = [
      (0, 9, 9, 9, 9), (1, 0, 9, 9, 9), (1, 1, 0, 9, 9), (1, 1, 1, 0, 9), (1, 1, 1, 1, 0),
      (1, 1, 1, 1, 1),
    ]
    let keys = parts.map {
      EventKey(
        time: Instant(nanoseconds: $0.0), kind: $0.1, target: $0.2, source: $0.3, sequence: $0.4)
    }
    for left in keys.indices {
      for right in keys.indices {
        #expect((keys[left] < keys[right]) == (left < right))
        #expect((keys[left] == keys[right]) == (left == right))
      }
      #expect(keys[left] < .last(at: keys[left].time))
    }
  }

  @Test func nodeIndexThatDoesNotFitEndsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      _ = EventKey(time: .zero, kind: 0, target: 1 << 28, source: 0, sequence: 0)
    }
  }

  @Test func emptyQueueGivesNothing() {
    let queue = EventQueue()
    #expect(queue.popMin() == nil && queue.peek() == nil && queue.upcoming(0) == nil)
    #expect(queue.isEmpty && queue.count == 0 && queue.lastTime == .zero)
  }

  @Test func queueIsRefilledAfterItWasEmpty() {
    let queue = EventQueue()
    var time: UInt64 = 0
    for round in 0..<200 {
      for step in 0..<UInt64(round % 5 + 1) { queue.push(event(time + step * 1_000_003)) }
      #expect(queue.count == round % 5 + 1)
      while let next = queue.popMin() { time = next.time.nanoseconds }
      #expect(queue.isEmpty)
      time += UInt64(round) << UInt64(round % 30)
    }
  }

  @Test func farEventsAndNeverComeLast() {
    let queue = EventQueue(bucketWidth: TimeSpan(nanoseconds: 1))
    var times = (0..<64).map { UInt64(1) << $0 } + [0, .max, .max - 1, .max - (1 << 40)]
    for (number, time) in times.enumerated() { queue.push(event(time, UInt32(number))) }
    times.sort()
    #expect(times.map { _ in queue.popMin()?.time.nanoseconds } == times)
    queue.push(event(.max, 7))
    queue.push(event(.max, 6))
    #expect(queue.popMin()?.sequence == 6 && queue.popMin()?.sequence == 7)
  }

  @Test func eventOfThePresentMayComeBeforeWhatIsPending() {
    let queue = EventQueue()
    queue.push(event(50, 8))
    queue.push(event(50, 9))
    #expect(queue.popMin()?.sequence == 8)
    queue.push(event(50, 3))
    #expect(queue.peek()?.sequence == 3)
    #expect(queue.popMin()?.sequence == 3 && queue.popMin()?.sequence == 9)
  }

  @Test func eventBeforeTheLastOneTakenEndsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      let queue = EventQueue()
      let at = Instant(nanoseconds: 100)
      queue.push(Event(time: at, kind: 0, target: 0, source: 0, sequence: 0, payload: 0))
      _ = queue.popMin()
      let early = Instant(nanoseconds: 99)
      queue.push(Event(time: early, kind: 0, target: 0, source: 0, sequence: 1, payload: 0))
    }
  }

  @Test func peekAgreesWithPopAndMovesNothing() throws {
    var maker = EventMaker(seed: 2)
    let queue = EventQueue()
    for _ in 0..<400 { queue.push(maker.make(.scales, after: .zero)) }
    for _ in 0..<2000 {
      let ahead = queue.peek()
      let again = queue.peek()
      #expect(ahead == again)
      let taken = try #require(queue.popMin())
      #expect(taken == ahead)
      queue.push(maker.make(.heavyTail, after: taken.time))
    }
  }

  @Test(arguments: [DelayMix.uniform, .zeroDelays, .heavyTail])
  func upcomingIsWhatComes(mix: DelayMix) throws {
    var maker = EventMaker(seed: 4)
    let queue = EventQueue()
    for _ in 0..<3000 { queue.push(maker.make(mix, after: .zero)) }
    var known = 0
    for _ in 0..<1000 {
      #expect(queue.upcoming(-1) == nil && queue.upcoming(1 << 40) == nil)
      let ahead = (0..<7).map { queue.upcoming($0) }
      var taken: [Event] = []
      for place in 0..<7 {
        guard let event = queue.popMin() else { break }
        taken.append(event)
        if let promised = ahead[place] {
          known += 1
          #expect(promised == event)
        }
      }
      for event in taken { queue.push(maker.make(mix, after: taken.last?.time ?? event.time)) }
    }
    #expect(known > 300)
  }

  @Test func popUpToALimitLeavesTheRest() throws {
    var maker = EventMaker(seed: 6)
    let queue = EventQueue()
    var heap = EventHeap()
    for _ in 0..<3000 {
      let event = maker.make(.heavyTail, after: .zero)
      queue.push(event)
      heap.push(event)
    }
    for step in 1...3000 {
      let deadline = Instant(nanoseconds: UInt64(step) * 20_000_000)
      while let expected = heap.peek, expected.time <= deadline {
        let first = heap.popMin()
        #expect(queue.popMin(notAfter: .last(at: deadline)) == first)
      }
      #expect(queue.popMin(notAfter: .last(at: deadline)) == nil)
      #expect(queue.count == heap.count)
      if step < 1000 {
        // Events right behind the deadline, before whatever bucket was looked at.
        let event = maker.make(at: deadline + .microseconds(UInt64(step % 7)))
        queue.push(event)
        heap.push(event)
      }
    }
    #expect(queue.isEmpty)
  }

  @Test func widthFollowsThePopulation() throws {
    let queue = EventQueue(bucketWidth: .seconds(100))
    var maker = EventMaker(seed: 9)
    for _ in 0..<2000 { queue.push(maker.make(.uniform, after: .zero)) }
    func hold(_ mix: DelayMix, _ times: Int) throws {
      for _ in 0..<times {
        let event = try #require(queue.popMin())
        queue.push(maker.make(mix, after: event.time))
      }
    }
    // 2000 events in a mean delay of 0.5 s: 250 us apart.
    try hold(.uniform, 30_000)
    #expect(queue.bucketWidth >= .milliseconds(1) && queue.bucketWidth <= .milliseconds(10))
    // 2000 in 7.8 s and rising to 250 s.
    try hold(.heavyTail, 60_000)
    #expect(queue.bucketWidth >= .milliseconds(8) && queue.bucketWidth <= .milliseconds(200))
  }
}
