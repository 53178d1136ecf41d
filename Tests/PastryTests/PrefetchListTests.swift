import Testing

@testable import Pastry

/// Asking for memory has no effect that can be seen; what the list holds has.
@Suite struct PrefetchListTests {
  @Test func moreThanFitsIsLeftOut() {
    var pages = PrefetchList()
    withUnsafeBytes(of: 0) { bytes in
      guard let place = bytes.baseAddress else { return }
      for number in 0..<PrefetchList.capacity + 5 {
        #expect(pages.count == min(number, PrefetchList.capacity))
        pages.add(place)
      }
    }
    pages.askForAll()
    #expect(pages.count == 0)
  }

  @Test func placesThatAreNotThereDoNoHarm() {
    var pages = PrefetchList()
    for address in [UInt(1), 4_096, .max, 1 << 47] {
      if let place = UnsafeRawPointer(bitPattern: address) { pages.add(place) }
    }
    #expect(pages.count == 4)
    pages.askForAll()
    #expect(pages.count == 0)
  }
}
