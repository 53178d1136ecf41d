extension SlotTable {
  /// The entry at a place.
  ///
  /// Checked against the rows that were made, which stand beside the other things that a hop reads,
  /// and not against the array's own count: that lies on a line of memory that nothing else needs.
  /// - Precondition: `place` in `0..<slotCount`.
  @inline(__always)
  subscript(place: Int) -> (node: NodeIndex, roundTrip: UInt32) {
    precondition(place >= 0 && place < slotCount, "place \(place) of \(slotCount)")
    return unsafe entries.withUnsafeBufferPointer { unsafe $0[place] }
  }
}
