import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting

/// Lists that name coalition members alone. They are no longer than honest ones, and every node in
/// them is certified and answers.
extension AttackScene {
  /// The members that fit the slots of one row of a node's routing tables: in each slot the one
  /// closest to the slot's point, so that it suits the constrained table as far as any does.
  /// - Parameter row: a row that the node's tables can have.
  func forgedRow(_ row: Int, for owner: NodeId) -> NodeList {
    let digitBits = configuration.digitBits
    var found: NodeList = []
    let columns = 1 << UInt160.digitWidth(at: row, digitBits: digitBits)
    for column in 0..<columns where column != owner.digit(at: row, digitBits: digitBits) {
      let point = owner.constrainedPoint(row: row, column: column, digitBits: digitBits)
      let range = owner.value.slotRange(row: row, column: column, digitBits: digitBits)
      if let member = coalition.closest(to: point, within: range) { found.append(member) }
    }
    return found
  }

  /// One member for each slot of a node's tables that members can fill, row by row, up to the first
  /// row for which there is none.
  func forgedTable(for owner: NodeId) -> NodeList {
    var found: NodeList = []
    for row in 0..<UInt160.digitCount(digitBits: configuration.digitBits) {
      let nodes = forgedRow(row, for: owner)
      if nodes.isEmpty { break }
      found += nodes
    }
    return found
  }

  /// Random members, as many as a list takes, for one who looks for a near node.
  mutating func forgedNearby() -> NodeList {
    let members = coalition.members
    guard !members.isEmpty else { return [] }
    let first = Int(random.index(below: UInt32(clamping: members.count)))
    return NodeList(
      (0..<min(configuration.listMax, members.count)).map {
        members[(first + $0) % members.count]
      })
  }

  /// A leaf set report of the members on both sides of the node that it is for.
  func forgedReport(for reader: NodeId) -> LeafSetReport {
    LeafSetReport(members: coalition.bothSides(of: reader, count: configuration.leafSetSize / 2))
  }

  /// The members that a list of the nodes closest to a key takes: l/2 + 1 on each side.
  func membersAround(_ key: Key) -> NodeList {
    coalition.bothSides(of: key, count: configuration.leafSetSize / 2 + 1)
  }

  /// The answer to one who wants the roots of a key found.
  func forgedLookupReply(for key: Key, nonce: UInt64) -> SecureMessage {
    .lookupReply(membersAround(key), nonce: nonce)
  }

  /// What the acting member says in a cluster: the members around it as its leaf set, l/2 on each
  /// side as an honest set has, and the member closest to the key that its slot for the key may
  /// hold.
  func forgedClusterReply(for key: Key, nonce: UInt64) -> SecureMessage {
    var leafSet = coalition.rootSet(around: node.nodeId, size: configuration.leafSetSize + 1)
    leafSet.removeAll { $0 == node.index }
    return .clusterReply(leafSet, slot: forgedSlot(for: key), nonce: nonce)
  }

  /// The member closest to a key among those that the acting member's slot for the key may hold,
  /// or `.none`.
  func forgedSlot(for key: Key) -> NodeIndex {
    guard let range = slotRange(for: key) else { return .none }
    return coalition.closest(to: key, within: range) ?? .none
  }

  /// Where the nodes of the acting member's slot for a key lie; nil for its own nodeId.
  func slotRange(for key: Key) -> ClosedRange<UInt160>? {
    let digitBits = configuration.digitBits
    let row = node.nodeId.sharedPrefixLength(with: key, digitBits: digitBits)
    guard row < UInt160.digitCount(digitBits: digitBits) else { return nil }
    let column = key.digit(at: row, digitBits: digitBits)
    return node.nodeId.value.slotRange(row: row, column: column, digitBits: digitBits)
  }

  /// What the acting member tells a node in place of what its honest machine would say of rows and
  /// near nodes: the same kind of message, naming members alone.
  mutating func forgedTables(_ message: PastryMessage, for reader: NodeIndex) -> PastryMessage {
    switch message {
    case .nearbyReply(_, let id): return .nearbyReply(forgedNearby(), id)
    case .rowReply(let nodes, let rowCount, let id):
      return .rowReply(forgedRow(inPlaceOf: nodes, for: book[reader]), rowCount: rowCount, id)
    case .row(let nodes): return .row(forgedRow(inPlaceOf: nodes, for: book[reader]))
    case .constrainedRow(let nodes):
      return .constrainedRow(forgedRow(inPlaceOf: nodes, for: book[reader]))
    case .route, .acknowledge, .heartbeat, .leafSetProbe, .leafSetReply, .joinReply, .ping, .pong,
      .arrival, .nearbyRequest, .rowRequest, .constrainedRequest, .departure:
      return message
    }
  }

  /// The members that fit the reader's tables where the nodes of one of the acting member's rows
  /// would: nodes that share more digits with the member than the reader does are all for the one
  /// row of the reader that the member is in itself.
  private func forgedRow(inPlaceOf nodes: NodeList, for reader: NodeId) -> NodeList {
    let digitBits = configuration.digitBits
    var row = node.nodeId.sharedPrefixLength(with: reader, digitBits: digitBits)
    if let other = nodes.first(where: { $0 != node.index && book.contains($0) }) {
      row = min(row, node.nodeId.sharedPrefixLength(with: book[other], digitBits: digitBits))
    }
    return forgedRow(min(row, UInt160.digitCount(digitBits: digitBits) - 1), for: reader)
  }
}

/// Claims to be near.
extension AttackScene {
  /// One way from a host of the coalition that stands next to whoever asks.
  static let nearbyDelay = TimeSpan.milliseconds(1)

  /// Tells a node that members are near, one for each slot of its tables that members can fill. It
  /// measures those that its table would take at that round-trip time, the shortest there is.
  mutating func claimProximity(to victim: NodeIndex) {
    for member in forgedTable(for: book[victim]) {
      send(.pastry(.arrival(roundTrip: 1)), to: victim, from: member)
    }
  }
}

/// Keeping a node among members: whatever it hears from them names members alone, and their honest
/// machines, which talk with honest nodes, do not learn of it.
extension AttackScene {
  /// Answers what an enclosed node asks about leaf sets.
  /// - Returns: whether the message is dealt with.
  mutating func answersEnclosed(_ message: OverlayMessage, from enclosed: NodeIndex) -> Bool {
    switch message {
    case .pastry(.leafSetProbe(_, let id)):
      send(.pastry(.leafSetReply(forgedReport(for: book[enclosed]), id)), to: enclosed)
      return true
    case .pastry(.heartbeat): return true
    case .pastry, .secure, .read: return false
    }
  }

  /// What an enclosed node is told in place of what an honest machine wants to tell it.
  mutating func forgedForEnclosed(
    _ message: OverlayMessage, to enclosed: NodeIndex
  ) -> OverlayMessage {
    guard case .pastry(let message) = message else { return message }
    let report = forgedReport(for: book[enclosed])
    switch message {
    case .leafSetProbe(_, let id): return .pastry(.leafSetProbe(report, id))
    case .leafSetReply(_, let id): return .pastry(.leafSetReply(report, id))
    case .joinReply: return .pastry(.joinReply(report))
    case .departure: return .pastry(.departure(report))
    case .route, .acknowledge, .heartbeat, .ping, .pong, .arrival, .nearbyRequest, .nearbyReply,
      .rowRequest, .rowReply, .row, .constrainedRequest, .constrainedRow:
      return .pastry(forgedTables(message, for: enclosed))
    }
  }
}
