import ProtocolTime
import Randomness
import Testing

@testable import Pastry

/// The queue of actions against an array.
@Suite struct ActionsTests {
  @Test func firstInFirstOut() {
    var draws = RandomStream(StreamKey(seed: 8)["actions"])
    var queue = PastryActions()
    var dumb: [PastryAction] = []
    var longest = 0
    for number in 0..<UInt32(4_000) {
      if draws.index(below: 100) < (number / 500 % 2 == 0 ? 60 : 40) {
        let action =
          number % 3 == 0
          ? PastryAction.send(.row([NodeIndex(number), NodeIndex(7)]), to: NodeIndex(1))
          : .foundFailed(NodeIndex(number))
        queue.append(action)
        dumb.append(action)
      } else {
        #expect(queue.takeFirst() == (dumb.isEmpty ? nil : dumb.removeFirst()))
      }
      #expect(queue.count == dumb.count && queue.isEmpty == dumb.isEmpty)
      longest = max(longest, queue.count)
    }
    #expect(longest > 64, "the queue has grown")
    #expect(queue.takeAll() == dumb && queue.isEmpty && queue.takeFirst() == nil)
  }

  @Test func roomInFrontIsUsedBeforeMemoryIsTaken() {
    var queue = PastryActions()
    let first = queue.capacity
    queue.append(.foundFailed(NodeIndex(0)))
    for number in 1...UInt32(10_000) {
      queue.append(.foundFailed(NodeIndex(number)))
      #expect(queue.takeFirst() == .foundFailed(NodeIndex(number - 1)))
    }
    #expect(queue.capacity == first && queue.count == 1)
  }

  /// What is left in a queue at its end, and what was taken, is given back: the list of nodes has
  /// one owner again, and so stays where it is when it is changed.
  @Test func listsAreGivenBack() {
    var list = NodeList((1..<9).map { NodeIndex($0) })
    let place = list.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    for taken in [0, 1, 20] {
      var queue = PastryActions()
      for _ in 0..<40 { queue.append(.send(.row(list), to: NodeIndex(1))) }
      for _ in 0..<taken { _ = queue.takeFirst() }
    }
    list[0] = NodeIndex(3)
    #expect(list.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } == place)
  }
}
