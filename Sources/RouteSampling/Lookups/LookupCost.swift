/// What a lookup costs, as the sender and the nodes that serve it would count it.
struct LookupCost: Equatable, Sendable {
  /// Messages sent by anybody: requests, forwarded copies, answers, confirmations.
  var messages = 0
  /// Bytes of these messages by `MessageSizes`.
  var bytes = 0
  /// Times that the sender waits for answers before it can go on.
  var rounds = 0
  /// Waits in which an answer never came.
  var timeouts = 0

  /// Counts `count` messages of `size` bytes each.
  @inline(__always)
  mutating func send(_ count: Int, of size: Int) {
    messages &+= count
    bytes &+= count &* size
  }

  /// Adds what another part of the lookup cost.
  mutating func add(_ other: LookupCost) {
    messages &+= other.messages
    bytes &+= other.bytes
    rounds &+= other.rounds
    timeouts &+= other.timeouts
  }

  /// Counts one wait, with or without an answer missing.
  @inline(__always)
  mutating func wait(missing: Bool) {
    rounds &+= 1
    if missing { timeouts &+= 1 }
  }
}

/// The message size model, in bytes: what a message carries, transport headers and the
/// application's payload excluded. [Castro02], cost of secure routing
///
/// A certificate is 128 bytes (PSS-R over a 1024-bit modulus) and a signed nonce 64, as in the
/// paper; an id is 20 bytes and a nonce 8.
enum MessageSizes {
  /// A nodeId or key.
  static let identifier = 20
  /// A nodeId certificate.
  static let certificate = 128
  /// A nonce signed by the node that answers.
  static let signedNonce = 64
  /// A request: key and nonce. A forwarded message is as long.
  static let request = 28

  /// A request to confirm a root set: also a digest of the listed ids next to the member asked.
  static let confirmationRequest = request + identifier

  /// An answer that is signed and lists `count` certificates.
  static func answer(certificates count: Int) -> Int { signedNonce + count * certificate }

  /// A request that also lists `count` ids.
  static func list(identifiers count: Int) -> Int { request + count * identifier }
}
