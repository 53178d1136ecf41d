import Pastry
import Testing

@testable import Adversary

@Suite struct RecentMemoryTests {
  @Test func theOldestEntryIsForgottenFirst() {
    var memory = RecentMemory<Int>(capacity: 3)
    for entry in [1, 2, 3] {
      #expect(!memory.contains(entry))
      #expect(memory.insert(entry) == true)
    }
    // What is known grows no younger.
    let again = memory.insert(1)
    #expect(!again && memory.count == 3)
    for entry in 4...9 {
      #expect(memory.insert(entry) == true)
      #expect(memory.count == 3)
      #expect(!memory.contains(entry - 3))
      for kept in (entry - 2)...entry { #expect(memory.contains(kept)) }
    }
    #expect((0..<memory.count).map { memory[$0] }.sorted() == [7, 8, 9])
  }

  @Test func aMemoryWithoutRoomIsAMistake() async {
    await #expect(processExitsWith: .failure) { _ = RecentMemory<Int>(capacity: 0) }
  }

  @Test func sortedNodesHoldWhatTheyWereGiven() {
    let all = SortedNodes(nodes(9, 2, 5, 40))
    for number in 0..<UInt32(50) {
      #expect(all.contains(NodeIndex(number)) == [2, 5, 9, 40].contains(number))
    }
    #expect(!SortedNodes([]).contains(NodeIndex(0)))
    #expect(!all.contains(.none))
  }
}
