import ProtocolTime
import RingIdentifiers
import SecureRouting

/// The calls of secure routing under way: who sends what to whom, and where it has come.
///
/// A call is open from its start until it is judged. Messages name it by source and key alone until
/// its end says which nonce it has; so what arrives is noted for all open calls of that name, with
/// its nonce.
struct SecureLedger: ~Copyable, Sendable {
  /// A node has had a message.
  struct Arrival: Hashable, Sendable {
    let node: UInt32
    let nonce: UInt64
    /// Whether the node is within l/2 places of the key's root.
    let isNear: Bool
    /// Whether it handed the message to the application, as a replica root.
    let isDelivery: Bool
  }

  struct Call: Sendable {
    let key: Key
    let source: UInt32
    let replicas: UInt8
    let startedAt: Instant
    /// The replica roots at the start, honest or not, by the engine's own ring.
    let roots: [UInt32]
    /// How it ended, and when.
    var result: SecureResult?
    var endedAt = Instant.never
    var arrivals: [Arrival] = []

    /// What has come of this call's own message, as far as its nonce is known.
    var own: [Arrival] {
      guard let nonce = result?.request.nonce else { return arrivals }
      return arrivals.filter { $0.nonce == nonce }
    }
  }

  /// What a message says of the call that it belongs to.
  private struct Name: Hashable, Sendable {
    let key: Key
    let source: UInt32
  }

  private var slots = TaggedSlots<Call>()
  /// Slots of open calls by name; looked up, never iterated.
  private var names: [Name: ContiguousArray<UInt32>] = [:]

  var openCount: Int { slots.openCount }
  var closedCount: UInt64 { slots.closedCount }

  /// Opens a call and gives its tag.
  mutating func open(_ call: Call) -> UInt64 {
    let tag = slots.open(call)
    names[Name(key: call.key, source: call.source), default: []].append(
      UInt32(truncatingIfNeeded: tag))
    return tag
  }

  /// The open call with this tag.
  subscript(tag: UInt64) -> Call? { slots.slot(of: tag).flatMap { slots[$0] } }

  /// Notes how a call ended; nil when it is over or has ended before.
  mutating func complete(_ tag: UInt64, _ result: SecureResult, at now: Instant) -> Call? {
    guard let slot = slots.slot(of: tag), slots[slot]?.result == nil else { return nil }
    slots[slot]?.result = result
    slots[slot]?.endedAt = now
    return slots[slot]
  }

  /// What became of an arrival.
  enum Note {
    /// No such call is open.
    case unknown
    /// The node has had this message in the same way before.
    case repeated
    /// It is noted.
    case noted
  }

  /// Notes that a message has arrived somewhere.
  mutating func note(_ arrival: Arrival, of key: Key, from source: UInt32) -> Note {
    guard let open = names[Name(key: key, source: source)] else { return .unknown }
    var note = Note.repeated
    for slot in open.map(Int.init) {
      guard slots[slot]?.arrivals.contains(arrival) == false else { continue }
      slots[slot]?.arrivals.append(arrival)
      note = .noted
    }
    return note
  }

  /// Ends a call for good; nil when that is done.
  mutating func close(_ tag: UInt64) -> Call? {
    guard let call = slots.close(tag) else { return nil }
    let name = Name(key: call.key, source: call.source)
    names[name]?.removeAll { $0 == UInt32(truncatingIfNeeded: tag) }
    if names[name]?.isEmpty == true { names[name] = nil }
    return call
  }

  /// The tag of the call that a deadline was set for; nil when another one has its slot.
  func tag(of deadline: Event) -> UInt64? { slots.tag(of: deadline) }
}
