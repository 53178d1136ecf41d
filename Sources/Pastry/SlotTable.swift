public import RingIdentifiers

/// The rows and columns that both kinds of routing table have: one node or none in each slot.
///
/// The slot (r, d) is for nodes that share exactly r leading digits with the owner and have d as
/// the next digit. The owner's own column of each row stays empty. Rows are made when a node first
/// needs them, so the table has about log N rows. Source: [Rowstron01], Pastry node state.
public struct SlotTable: Sendable {
  /// The nodeId whose prefixes the rows share.
  public let owner: NodeId
  private let bits: UInt8
  private var rows: UInt8 = 0
  /// By place: a node and the round-trip time to it, side by side because a hop needs both.
  private(set) var entries: ContiguousArray<(node: NodeIndex, roundTrip: UInt32)> = []

  /// An empty table.
  /// - Precondition: `digitBits` in 1...8.
  public init(owner: NodeId, digitBits: Int) {
    self.owner = owner
    bits = UInt8(digitBits)
  }

  /// Bits per digit, b.
  public var digitBits: Int { Int(bits) }

  /// Rows made so far.
  public var rowCount: Int { Int(rows) }

  /// Columns of each row, 2^b.
  public var columnCount: Int { 1 &<< digitBits }

  /// A place in the table.
  public struct Slot: Hashable, Sendable {
    /// Leading digits shared with the owner.
    public let row: Int
    /// The digit after them.
    public let column: Int
  }

  /// The slot of a node or a key; nil for the owner's own nodeId.
  public func slot(of identifier: some RingIdentifier) -> Slot? {
    let row = owner.sharedPrefixLength(with: identifier, digitBits: digitBits)
    guard row < UInt160.digitCount(digitBits: digitBits) else { return nil }
    return Slot(row: row, column: identifier.digit(at: row, digitBits: digitBits))
  }

  /// The node in a slot; `.none` when it is empty or its row was never made.
  public subscript(slot: Slot) -> NodeIndex {
    let place = place(slot)
    return place < slotCount ? self[place].node : .none
  }

  /// The round-trip time to the node in a slot, in microseconds; `RoutingTable.unmeasured` when
  /// there is none, or nobody has measured it.
  func roundTrip(_ slot: Slot) -> UInt32 {
    let place = place(slot)
    return place < slotCount ? self[place].roundTrip : RoutingTable.unmeasured
  }

  /// The node in the slot of a key; `.none` when there is none.
  /// - Complexity: O(1).
  public func entry(for key: Key) -> NodeIndex {
    guard let place = place(of: key) else { return .none }
    return self[place].node
  }

  /// The place of a key's slot; nil when its row was never made.
  func place(of key: Key) -> Int? {
    let row = owner.sharedPrefixLength(with: key, digitBits: digitBits)
    guard row < rowCount else { return nil }
    return row &* columnCount &+ key.digit(at: row, digitBits: digitBits)
  }

  /// The node in a slot.
  public subscript(row: Int, column: Int) -> NodeIndex { self[Slot(row: row, column: column)] }

  /// Puts a node, or `.none`, into a slot.
  mutating func set(
    _ slot: Slot, to index: NodeIndex, roundTrip: UInt32 = RoutingTable.unmeasured
  ) {
    if rowCount <= slot.row { entries.reserveCapacity((slot.row + 1) * columnCount) }
    while rowCount <= slot.row {
      for _ in 0..<columnCount { entries.append((.none, RoutingTable.unmeasured)) }
      rows += 1
    }
    entries[place(slot)] = (index, roundTrip)
  }

  /// The nodes of one row, in the order of their columns.
  public func row(_ row: Int) -> ContiguousArray<NodeIndex> {
    guard row >= 0, row < rowCount else { return [] }
    return ContiguousArray(
      entries[row * columnCount..<(row + 1) * columnCount].lazy.map(\.node).filter(\.exists))
  }

  /// All nodes, row by row.
  public var nodes: ContiguousArray<NodeIndex> {
    ContiguousArray(entries.lazy.map(\.node).filter(\.exists))
  }

  /// Slots made so far, filled or not; places for `entry(at:)`.
  public var slotCount: Int { rowCount &* columnCount }

  /// The node at a place in row order.
  /// - Precondition: `place` in `0..<slotCount`.
  public func entry(at place: Int) -> NodeIndex { self[place].node }

  func place(_ slot: Slot) -> Int { slot.row &* columnCount &+ slot.column }
}

extension SlotTable: Equatable {
  /// Whether two tables have the same owner and shape, and the same in every slot.
  public static func == (lhs: SlotTable, rhs: SlotTable) -> Bool {
    lhs.owner == rhs.owner && lhs.digitBits == rhs.digitBits
      && lhs.entries.elementsEqual(rhs.entries, by: ==)
  }
}
