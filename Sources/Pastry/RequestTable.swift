import ProtocolTime

/// What a node has asked and not been answered yet.
///
/// A request's number is its place and the place's generation, so a late answer or timer of a
/// request that is over finds nothing. The number of open requests is bounded.
struct RequestTable: Sendable {
  /// What a request is for.
  enum Purpose: Sendable {
    /// A message was handed on. To the root itself there is no other way.
    case hop(RouteMessage, toRoot: Bool)
    /// A node that belongs or may belong into the leaf set.
    case leafSet(hearsay: Bool)
    /// A table entry that may have failed.
    case liveness
    /// A node that may become a table entry.
    case candidate
    /// A node that may be near, while the node looks for one to join through.
    case search
    /// The list that the search goes on with.
    case searchList
    /// A row of a routing table.
    case row

    var isHop: Bool {
      if case .hop = self { true } else { false }
    }

    var isLeafSet: Bool {
      if case .leafSet = self { true } else { false }
    }
  }

  struct Request: Sendable {
    var purpose: Purpose
    /// Times sent.
    var attempts: UInt16
    let peer: NodeIndex
    /// When it was sent last.
    var sentAt: Instant
  }

  /// In 64 bytes, a line of memory.
  struct Place: Sendable {
    var request: Request?
    var generation: UInt32 = 0
    /// The place that was freed before this one, while this one is free.
    var nextFree = UInt32.max
  }

  /// Places are 12 bits of a number, generations 20.
  static let placeBits: UInt32 = 12
  private(set) var places: ContiguousArray<Place> = []
  /// The place that was freed last; `UInt32.max` when none is free.
  private(set) var firstFree = UInt32.max
  private(set) var count = 0

  /// Room for a few requests from the start: beside the node's other state, not wherever memory is
  /// free when the first one is made.
  init() { places.reserveCapacity(4) }

  /// Opens a request; nil when `most` are open.
  mutating func open(_ request: Request, most: Int) -> RequestId? {
    guard count < min(most, 1 << Int(RequestTable.placeBits)) else { return nil }
    let place: UInt32
    if firstFree != .max {
      place = firstFree
      firstFree = places[Int(place)].nextFree
      places[Int(place)].request = request
    } else {
      place = UInt32(places.count)
      places.append(Place(request: request))
    }
    count += 1
    return number(place)
  }

  private func number(_ place: UInt32) -> RequestId {
    RequestId(places[Int(place)].generation << RequestTable.placeBits | place)
  }

  private func place(_ id: RequestId) -> Int? {
    let place = Int(id.number & (1 << RequestTable.placeBits - 1))
    guard place < places.count, places[place].request != nil,
      places[place].generation == id.number >> RequestTable.placeBits
    else { return nil }
    return place
  }

  /// The open request with this number.
  subscript(id: RequestId) -> Request? {
    guard let place = place(id) else { return nil }
    return places[place].request
  }

  /// Notes that an open request was sent once more.
  mutating func resent(_ id: RequestId, at now: Instant) {
    guard let place = place(id) else { return }
    let attempts = places[place].request?.attempts ?? 0
    places[place].request?.attempts = attempts == .max ? attempts : attempts + 1
    places[place].request?.sentAt = now
  }

  /// Ends a request and gives it; nil when there is none with this number.
  mutating func close(_ id: RequestId) -> Request? {
    guard let place = place(id) else { return nil }
    let request = places[place].request
    free(place)
    return request
  }

  /// Ends the request to `peer` with this number and gives it; nil when there is none, or its
  /// purpose is another one.
  mutating func close(
    _ id: RequestId, to peer: NodeIndex, fits: (Purpose) -> Bool
  ) -> Request? {
    guard let place = place(id), let request = places[place].request, request.peer == peer,
      fits(request.purpose)
    else { return nil }
    free(place)
    return request
  }

  private mutating func free(_ place: Int) {
    places[place].request = nil
    places[place].generation = (places[place].generation &+ 1) & 0xF_FFFF
    places[place].nextFree = firstFree
    firstFree = UInt32(place)
    count -= 1
  }

  /// Whether a request to this peer is open for which `matches` holds.
  func contains(_ peer: NodeIndex, where matches: (Purpose) -> Bool) -> Bool {
    places.contains { place in
      guard let request = place.request, request.peer == peer else { return false }
      return matches(request.purpose)
    }
  }

  /// The numbers of all open requests to a peer, by place.
  func open(to peer: NodeIndex) -> ContiguousArray<RequestId> { open { $0.peer == peer } }

  /// The numbers of the open requests for which `matches` holds, by place.
  func open(where matches: (Request) -> Bool) -> ContiguousArray<RequestId> {
    var found: ContiguousArray<RequestId> = []
    for index in places.indices {
      if let request = places[index].request, matches(request) {
        found.append(number(UInt32(index)))
      }
    }
    return found
  }

  /// Ends the open requests for which `matches` holds and gives them, by place.
  mutating func close(where matches: (Request) -> Bool) -> ContiguousArray<Request> {
    var closed: ContiguousArray<Request> = []
    for id in open(where: matches) {
      if let request = close(id) { closed.append(request) }
    }
    return closed
  }
}
