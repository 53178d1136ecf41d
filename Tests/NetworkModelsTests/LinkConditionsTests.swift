import NetworkModels
import ProtocolTime
import Randomness
import Testing

@Suite struct LinkConditionsTests {
  static let stream = StreamKey(seed: 5)["NetworkModelsTests"]["conditions"]

  @Test func idealLinksDeliverEverythingAndDrawNothing() {
    var source = RandomStream(Self.stream)
    var untouched = source
    for node: UInt32 in 0..<100 {
      let outcome = LinkConditions.ideal.outcome(from: node, to: 1, now: .zero, using: &source)
      #expect(outcome == .delivered(jitter: .zero))
    }
    #expect(source.next() == untouched.next())
  }

  @Test func idealIsWithoutLossJitterAndPartitions() {
    #expect(LinkConditions.ideal.isIdeal)
    #expect(!LinkConditions(lossNumerator: 1).isIdeal)
    #expect(!LinkConditions(lossNumerator: 0, jitterMax: TimeSpan(nanoseconds: 1)).isIdeal)
    let cut = Partition(from: .zero, to: .never, split: .range(0..<5))
    #expect(!LinkConditions(lossNumerator: 0, partitions: [cut]).isIdeal)
  }

  @Test func lossAndJitterHaveTheirDistributions() {
    let conditions = LinkConditions(lossProbability: 0.05, jitterMax: .milliseconds(10))
    #expect(conditions.lossNumerator == 214_748_365)
    var source = RandomStream(Self.stream["loss"])
    var lost = 0
    var sum = 0.0
    var longest = TimeSpan.zero
    for _ in 0..<100_000 {
      switch conditions.outcome(from: 1, to: 2, now: .zero, using: &source) {
      case .lost: lost += 1
      case .delivered(let jitter):
        sum += jitter.milliseconds
        longest = max(longest, jitter)
      case .partitioned: Issue.record("there is no partition")
      }
    }
    // Four standard errors: 276 losses, .037 ms.
    #expect((lost - 5000).magnitude < 276)
    #expect((sum / Double(100_000 - lost) - 5).magnitude < 0.038)
    #expect(longest <= .milliseconds(10) && longest > .microseconds(9990))
  }

  @Test func extremesAreExact() {
    var source = RandomStream(Self.stream["extremes"])
    let always = LinkConditions(lossNumerator: 1 << 32, jitterMax: .max)
    for _ in 0..<1000 {
      #expect(always.outcome(from: 1, to: 2, now: .zero, using: &source) == .lost)
      // A node always reaches itself at once.
      let own = always.outcome(from: 1, to: 1, now: .zero, using: &source)
      #expect(own == .delivered(jitter: .zero))
    }
  }

  @Test func aPartitionShiftsNoDraws() {
    let split = Partition(from: .zero, to: .never, split: .range(0..<5))
    let with = LinkConditions(
      lossProbability: 0.5, jitterMax: .milliseconds(1), partitions: [split])
    let without = LinkConditions(lossProbability: 0.5, jitterMax: .milliseconds(1))
    var first = RandomStream(Self.stream["shift"])
    var second = first
    for node: UInt32 in 0..<10 {
      let found = with.outcome(from: node, to: 9, now: .zero, using: &first)
      let free = without.outcome(from: node, to: 9, now: .zero, using: &second)
      #expect(found == (node < 5 ? .partitioned : free))
    }
    #expect(first.next() == second.next())
  }

  @Test func partitionsHaveTheirTimesAndGroups() {
    let start = Instant(nanoseconds: 10)
    let end = Instant(nanoseconds: 20)
    let range = Partition(from: start, to: end, split: .range(3..<6))
    for (now, isThere) in [(9, false), (10, true), (19, true), (20, false)] {
      let moment = Instant(nanoseconds: UInt64(now))
      #expect(range.separates(2, 3, at: moment) == isThere)
      #expect(range.separates(3, 2, at: moment) == isThere)
      #expect(!range.separates(3, 5, at: moment))
      #expect(!range.separates(2, 6, at: moment))
    }
    let bits = Partition.Split.bitmap([1 << 63, 1])
    #expect(
      [0, 63, 64, 65, 128, .max].map(bits.contains) == [false, true, true, false, false, false])
    let random = Partition.Split.drawn(Self.stream["split"], numerator: 1 << 30)
    let members = (0..<40_000 as Range<UInt32>).count { random.contains($0) }
    // A quarter; standard deviation 87.
    #expect((members - 10_000).magnitude < 350)
    let nobody = Partition.Split.drawn(Self.stream, numerator: 0)
    let everybody = Partition.Split.drawn(Self.stream, numerator: 1 << 32)
    #expect(
      (0..<1000 as Range<UInt32>).allSatisfy { !nobody.contains($0) && everybody.contains($0) })
  }
}
