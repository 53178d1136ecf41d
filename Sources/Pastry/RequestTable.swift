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
    var nextFree = UInt16.max
  }

  /// Places are 12 bits of a number, generations 20.
  static var placeBits: UInt32 { 12 }
  /// Places among the node's own lines; few nodes ever need more at one time.
  static var nearCount: Int { 4 }
  /// The place that was freed last; `UInt16.max` when none is free.
  private(set) var firstFree = UInt16.max
  private var openCount: UInt16 = 0
  private var placeCount: UInt16 = 0
  /// The places from number `nearCount` on.
  private(set) var far: ContiguousArray<Place> = []
  private(set) var near = InlineArray<4, Place>(repeating: Place())

  init() {}

  /// Open requests.
  var count: Int { Int(openCount) }

  /// Reads or changes a place that has been used. Whoever only reads changes nothing, and still may
  /// not say so: all of `near` would be copied first.
  @inline(__always)
  private mutating func change<Result>(_ place: Int, _ body: (inout Place) -> Result) -> Result {
    if _fastPath(place < RequestTable.nearCount) { return body(&near[place]) }
    return body(&far[place &- RequestTable.nearCount])
  }

  /// Opens a request; nil when `most` are open.
  mutating func open(_ request: Request, most: Int) -> RequestId? {
    guard count < min(most, 1 << Int(RequestTable.placeBits)) else { return nil }
    let place = firstFree != .max ? firstFree : newPlace()
    openCount += 1
    let (next, generation) = change(Int(place)) { it in
      it.request = request
      return (it.nextFree, it.generation)
    }
    firstFree = next
    return RequestTable.number(place, generation)
  }

  /// Makes a place that has no request yet.
  @inline(never)
  private mutating func newPlace() -> UInt16 {
    if placeCount >= RequestTable.nearCount { far.append(Place()) }
    placeCount += 1
    return placeCount - 1
  }

  private static func number(_ place: UInt16, _ generation: UInt32) -> RequestId {
    RequestId(generation << RequestTable.placeBits | UInt32(place))
  }

  /// The place that a request has or had.
  @inline(__always)
  static func place(of id: RequestId) -> Int { Int(id.number & (1 << placeBits - 1)) }

  /// The place of an open request; nil when it is over.
  @inline(__always)
  private mutating func place(_ id: RequestId) -> Int? {
    let place = RequestTable.place(of: id)
    guard place < Int(placeCount),
      change(
        place,
        {
          $0.request != nil && $0.generation == id.number >> RequestTable.placeBits
        })
    else { return nil }
    return place
  }

  /// The open request with this number.
  @inline(__always)
  mutating func request(_ id: RequestId) -> Request? {
    guard let place = place(id) else { return nil }
    return change(place) { $0.request }
  }

  /// Notes that an open request was sent once more.
  mutating func resent(_ id: RequestId, at now: Instant) {
    guard let place = place(id) else { return }
    change(place) { it in
      let attempts = it.request?.attempts ?? 0
      it.request?.attempts = attempts == .max ? attempts : attempts + 1
      it.request?.sentAt = now
    }
  }

  /// Ends a request and gives it; nil when there is none with this number.
  mutating func close(_ id: RequestId) -> Request? {
    guard let place = place(id) else { return nil }
    let request = change(place) { $0.request }
    free(place)
    return request
  }

  /// Ends the request to `peer` with this number and gives it; nil when there is none, or its
  /// purpose is another one.
  @inline(__always)
  mutating func close(
    _ id: RequestId, to peer: NodeIndex, fits: (Purpose) -> Bool
  ) -> Request? {
    guard let place = place(id), let request = change(place, { $0.request }), request.peer == peer,
      fits(request.purpose)
    else { return nil }
    free(place)
    return request
  }

  @inline(__always)
  private mutating func free(_ place: Int) {
    let next = firstFree
    change(place) { it in
      it.request = nil
      it.generation = (it.generation &+ 1) & 0xF_FFFF
      it.nextFree = next
    }
    firstFree = UInt16(place)
    openCount -= 1
  }

  /// Calls `body` with the open requests and their numbers, by place, until it returns false.
  /// Places behind the last open one are not looked at: a node that has joined has used many.
  private mutating func forEachOpen(_ body: (Request, RequestId) -> Bool) {
    var left = openCount
    var number: UInt16 = 0
    while left > 0 {
      let (request, generation) = change(Int(number)) { ($0.request, $0.generation) }
      if let request {
        left -= 1
        if !body(request, RequestTable.number(number, generation)) { return }
      }
      number += 1
    }
  }

  /// Whether a request to this peer is open for which `matches` holds.
  mutating func contains(_ peer: NodeIndex, where matches: (Purpose) -> Bool) -> Bool {
    var found = false
    forEachOpen { request, _ in
      found = request.peer == peer && matches(request.purpose)
      return !found
    }
    return found
  }

  /// The numbers of all open requests to a peer, by place.
  mutating func open(to peer: NodeIndex) -> ContiguousArray<RequestId> {
    open { $0.peer == peer }
  }

  /// The numbers of the open requests for which `matches` holds, by place.
  mutating func open(where matches: (Request) -> Bool) -> ContiguousArray<RequestId> {
    var found: ContiguousArray<RequestId> = []
    forEachOpen { request, id in
      if matches(request) { found.append(id) }
      return true
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
