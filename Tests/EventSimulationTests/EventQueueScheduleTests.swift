import EventSimulation
import ProtocolTime
import Randomness
import Testing

/// Rings of constant delays, alone and beside the ladder: the order is that of one heap.
@Suite struct EventQueueScheduleTests {
  private static let delays: [TimeSpan] = [
    .seconds(3), .milliseconds(500), .seconds(30), .zero, .milliseconds(1),
  ]

  @Test(arguments: [0, 1, 5], [10, 2000])
  func scheduleAgreesWithHeap(ringCount: Int, pending: Int) throws {
    let delays = Array(Self.delays[..<ringCount])
    let schedule = EventSchedule(delays: delays)
    var heap = EventHeap()
    var maker = EventMaker(seed: UInt64(ringCount))
    func add(after now: Instant) {
      let choice = Int(maker.stream.index(below: UInt32(2 * ringCount + 2)))
      if choice < ringCount {
        let event = maker.make(at: now + delays[choice])
        schedule.schedule(event, afterConstant: choice)
        heap.push(event)
      } else {
        let event = maker.make(choice % 2 == 0 ? .heavyTail : .exactTies, after: now)
        schedule.schedule(event)
        heap.push(event)
      }
    }
    for _ in 0..<pending { add(after: .zero) }
    for step in 0..<(4 * pending + 4000) {
      let first = heap.popMin()
      let expected = try #require(first)
      try #require(schedule.next() == expected, "step \(step)")
      #expect(schedule.now == expected.time && schedule.count == heap.count)
      // The population grows and shrinks.
      for _ in 0..<[0, 2, 1, 1, 2, 0, 1][step % 7] { add(after: expected.time) }
      if heap.count == 0 { add(after: expected.time) }
    }
    while let expected = heap.popMin() { try #require(schedule.next() == expected) }
    #expect(schedule.next() == nil && schedule.isEmpty)
  }

  /// Ten thousand timers of one moment in random order: most are too far from the tail.
  @Test func tiesInRandomOrderComeOutInOrder() throws {
    let schedule = EventSchedule(delays: [.seconds(1)])
    var heap = EventHeap()
    var maker = EventMaker(seed: 1)
    for index in 0..<10_000 {
      let event = maker.make(at: Instant.zero + .seconds(1) + .seconds(UInt64(index / 5000)))
      schedule.schedule(event, afterConstant: 0)
      heap.push(event)
    }
    while let expected = heap.popMin() { try #require(schedule.next() == expected) }
    #expect(schedule.isEmpty)
  }

  @Test func deadlineHoldsBackLadderAndRings() throws {
    let schedule = EventSchedule(delays: [.seconds(1)])
    var maker = EventMaker(seed: 7)
    let timer = maker.make(at: Instant(nanoseconds: 1_000_000_000))
    let far = maker.make(at: Instant(nanoseconds: 9_000_000_000))
    schedule.schedule(timer, afterConstant: 0)
    schedule.schedule(far)
    #expect(schedule.next(notAfter: Instant(nanoseconds: 999_999_999)) == nil)
    #expect(schedule.now == .zero && schedule.count == 2)
    let near = maker.make(at: Instant(nanoseconds: 500_000_000))
    schedule.schedule(near)
    #expect(schedule.next(notAfter: timer.time) == near)
    #expect(schedule.next(notAfter: timer.time) == timer)
    #expect(schedule.next(notAfter: timer.time) == nil)
    #expect(schedule.next() == far && schedule.next() == nil)
  }

  @Test func theTimersBehindTheLastOneAreThoseOfItsRing() {
    let schedule = EventSchedule(delays: [.seconds(1), .seconds(2)])
    var maker = EventMaker(seed: 9)
    let timers = (0..<40).map { maker.make(at: Instant.zero + .seconds(1) + .milliseconds($0)) }
    let others = (0..<3).map { maker.make(at: Instant.zero + .seconds(2) + .milliseconds($0)) }
    let message = maker.make(at: Instant.zero + .milliseconds(1_500))
    for timer in timers { schedule.schedule(timer, afterConstant: 0) }
    for timer in others { schedule.schedule(timer, afterConstant: 1) }
    schedule.schedule(message)
    #expect(schedule.upcomingTimer(0) == nil, "nothing has been taken")
    for number in timers.indices {
      #expect(schedule.next() == timers[number])
      for ahead in 0..<50 {
        let place = number + 1 + ahead
        let expected = place < timers.count ? timers[place] : nil
        if schedule.upcomingTimer(ahead) != expected { Issue.record("\(ahead) behind \(number)") }
      }
    }
    #expect(schedule.next() == message && schedule.upcomingTimer(0) == nil)
    #expect(schedule.next() == others[0] && schedule.upcomingTimer(1) == others[2])
    #expect(schedule.upcomingTimer(2) == nil && schedule.upcomingTimer(-1) == nil)
    #expect(EventSchedule().upcomingTimer(0) == nil)
  }

  @Test func ringRefusesWhatIsFarFromItsTail() {
    let rings = TimerRings(delays: [.seconds(1), .seconds(2)])
    #expect(rings.index(of: .seconds(2)) == 1 && rings.index(of: .seconds(4)) == nil)
    func event(_ number: Int) -> Event {
      Event(
        time: Instant(nanoseconds: 5), kind: 0, target: UInt32(number), source: 0, sequence: 0,
        payload: UInt32(number))
    }
    for number in 100..<(100 + 2 * TimerRings.reach) {
      #expect(rings.push(event(number), afterConstant: 0) == .inserted)
    }
    #expect(rings.push(event(1), afterConstant: 0) == .tooFarFromTail)
    #expect(rings.push(event(1), afterConstant: 1) == .inserted)
    #expect(rings.count == 2 * TimerRings.reach + 1)
    #expect(rings.peek() == event(1) && rings.leastKey == event(1).key)
    #expect(rings.popMin() == event(1) && rings.popMin() == event(100))
  }

  @Test func sixteenRingsAgreeWithHeap() throws {
    let delays = (0..<16).map { TimeSpan.milliseconds(UInt64($0 * $0)) }
    let rings = TimerRings(delays: delays)
    var heap = EventHeap()
    var maker = EventMaker(seed: 12)
    var now = Instant.zero
    for step in 0..<20_000 {
      for _ in 0..<(step < 8000 ? 2 : 0) {
        let index = Int(maker.stream.index(below: 16))
        let event = maker.make(at: now + delays[index])
        if rings.push(event, afterConstant: index) == .inserted { heap.push(event) }
      }
      let expected = heap.popMin()
      try #require(rings.popMin() == expected)
      if let expected { now = expected.time }
      if rings.count != heap.count { Issue.record("step \(step): \(rings.count)") }
    }
    #expect(rings.popMin() == nil && rings.leastKey == nil && rings.peek() == nil)
  }

  @Test func eventBeforeThePresentEndsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      let schedule = EventSchedule(delays: [.seconds(1)])
      let at = Instant(nanoseconds: 100)
      let timer = Event(time: at, kind: 0, target: 0, source: 0, sequence: 0, payload: 0)
      schedule.schedule(timer, afterConstant: 0)
      _ = schedule.next()
      let early = Instant(nanoseconds: 99)
      schedule.schedule(
        Event(time: early, kind: 0, target: 0, source: 0, sequence: 1, payload: 0))
    }
  }

  @Test func delayWithTwoRingsOrTooManyRingsEndTheProgram() async {
    await #expect(processExitsWith: .failure) {
      _ = TimerRings(delays: [.seconds(1), .milliseconds(1000)])
    }
    await #expect(processExitsWith: .failure) {
      _ = TimerRings(delays: (0..<17).map { TimeSpan.seconds($0) })
    }
  }
}
