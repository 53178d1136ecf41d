import EventSimulation
import ProtocolTime
import Randomness
import Testing

/// Random programs of all operations on a schedule, against one heap.
@Suite struct EventQueueSwarmTests {
  @Test(arguments: 0..<150)
  func randomProgramAgreesWithHeap(seed: Int) throws {
    var maker = EventMaker(seed: UInt64(seed))
    let ringCount = Int(maker.stream.index(below: 6))
    let delays = (0..<ringCount).map { TimeSpan(nanoseconds: UInt64(7) << UInt64(5 * $0)) }
    let width = TimeSpan(nanoseconds: UInt64(1) << UInt64(maker.stream.index(below: 60)))
    let schedule = EventSchedule(delays: delays, bucketWidth: width)
    var heap = EventHeap()
    var mix = DelayMix.uniform
    for step in 0..<60 {
      let label = "seed \(seed) step \(step)"
      if maker.stream.index(below: 4) == 0 {
        mix = DelayMix.allCases[Int(maker.stream.index(below: UInt32(DelayMix.allCases.count)))]
      }
      for _ in 0..<(maker.stream.index(below: 8) == 0 ? 800 : maker.stream.index(below: 60)) {
        let ring = Int(maker.stream.index(below: 12))
        let event =
          ring < ringCount
          ? maker.make(at: schedule.now + delays[ring]) : maker.make(mix, after: schedule.now)
        heap.push(event)
        if ring < ringCount {
          schedule.schedule(event, afterConstant: ring)
        } else {
          schedule.schedule(event)
        }
      }
      let deadline =
        maker.stream.index(below: 6) == 0
        ? .never : schedule.now + TimeSpan(nanoseconds: mix.next(1, &maker.stream))
      for _ in 0..<maker.stream.index(below: 400) {
        guard let expected = heap.peek, expected.time <= deadline, expected.time < .never else {
          if heap.peek.map({ $0.time > deadline }) ?? true {
            try #require(schedule.next(notAfter: deadline) == nil, "\(label)")
          }
          break
        }
        _ = heap.popMin()
        try #require(schedule.next(notAfter: deadline) == expected, "\(label)")
      }
      try #require(schedule.count == heap.count, "\(label)")
    }
    while let expected = heap.popMin() {
      try #require(schedule.next() == expected, "seed \(seed) end")
    }
    #expect(schedule.isEmpty)
  }
}
