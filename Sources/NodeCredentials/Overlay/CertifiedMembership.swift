public import RingIdentifiers

/// The certified nodes that this node may keep in its tables: the door of rule 4 with a memory.
///
/// A node comes in by `admit` and leaves when its certificate is revoked, its nodeId is a bad one,
/// or it expires. What was barred once is never admitted again: a revoked serial number stays
/// barred, and so does a bad nodeId, also when the authority no longer lists it because the
/// certificate would have expired by itself. Tables are to hold members only, and drop what
/// `apply` and `expire` return.
///
/// Bars grow with the authority's own revocations, about 60 octets each, and with nothing that a
/// stranger sends.
public struct CertifiedMembership: Sendable {
  /// The overlay whose nodes these are.
  public let overlay: OverlayName
  /// How many members there may be.
  public let capacity: Int
  /// The newest document applied.
  public private(set) var document: OverlaySequence?
  /// The number of the newest revocation list applied.
  public private(set) var listNumber: UInt64?
  private var members: [NodeId: CertifiedNode] = [:]
  private var revokedSerials: Set<SerialNumber> = []
  private var barredNodeIds: Set<NodeId> = []
  private var expiredBefore: CredentialTime?

  /// No members yet.
  /// - Parameter capacity: 1 and more; the bound on memory, about 250 octets for each.
  public init(overlay: OverlayName, capacity: Int) {
    precondition(capacity > 0, "capacity must be positive, got \(capacity)")
    self.overlay = overlay
    self.capacity = capacity
  }

  /// How many members there are.
  public var count: Int { members.count }

  /// The member with this nodeId; nil when there is none.
  public subscript(nodeId: NodeId) -> CertifiedNode? { members[nodeId] }

  /// All members, in ascending order of nodeId.
  /// - Complexity: O(count log count).
  public var nodes: [CertifiedNode] { members.values.sorted { $0.nodeId < $1.nodeId } }

  /// What became of a node that asked to be let in.
  public enum Admission: Hashable, Sendable {
    /// It is a member now.
    case admitted
    /// It is a member now, in place of an older certificate of the same nodeId.
    case replaced(CertifiedNode)
    /// This very certificate was a member's already.
    case alreadyMember
    /// It is not a member, for one reason.
    case refused(Refusal)
  }

  /// Why a node was not let in, the first reason that applies.
  public enum Refusal: Hashable, Sendable {
    /// Its serial number was on a revocation list.
    case revoked
    /// Its nodeId was among the bad ones of a document.
    case badNode
    /// Its certificate ended before the time of the last `expire`.
    case expired
    /// The member with this nodeId has a certificate that begins later, or as late.
    case outdated
    /// There are as many members as there may be.
    case full
  }

  /// What a list or a document changed.
  public enum Change: Hashable, Sendable {
    /// It counts from now on; these members are gone, in ascending order of nodeId.
    case applied(dropped: [CertifiedNode])
    /// It is not newer than the one applied before; nothing changed.
    case outdated
    /// It is about another overlay; nothing changed.
    case foreign
  }

  /// Lets a node in whose certificate `CertificateVerifier` has accepted for this overlay.
  public mutating func admit(_ node: CertifiedNode) -> Admission {
    if revokedSerials.contains(node.serial) { return .refused(.revoked) }
    if barredNodeIds.contains(node.nodeId) { return .refused(.badNode) }
    if let expiredBefore, node.notAfter < expiredBefore { return .refused(.expired) }
    guard let old = members[node.nodeId] else {
      guard members.count < capacity else { return .refused(.full) }
      members[node.nodeId] = node
      return .admitted
    }
    if old.serial == node.serial { return .alreadyMember }
    guard node.notBefore > old.notBefore else { return .refused(.outdated) }
    members[node.nodeId] = node
    return .replaced(old)
  }

  /// Takes over a revocation list that `CertificateVerifier` has accepted; numbers must rise.
  /// - Complexity: O(entries + count).
  public mutating func apply(_ list: RevocationList) -> Change {
    if let listNumber, list.number <= listNumber { return .outdated }
    listNumber = list.number
    for entry in list.entries { revokedSerials.insert(entry.serial) }
    let revoked = revokedSerials
    return .applied(dropped: drop { revoked.contains($0.serial) })
  }

  /// Takes over a document; it must be newer than the one before.
  /// - Complexity: O(bad nodes).
  public mutating func apply(_ document: OverlayDocument) -> Change {
    let configuration = document.configuration
    guard configuration.overlay == overlay else { return .foreign }
    if let current = self.document, !configuration.sequence.isNewer(than: current) {
      return .outdated
    }
    self.document = configuration.sequence
    var dropped: [CertifiedNode] = []
    for nodeId in configuration.badNodes {
      barredNodeIds.insert(nodeId)
      if let node = members.removeValue(forKey: nodeId) { dropped.append(node) }
    }
    return .applied(dropped: dropped)
  }

  /// Drops the members whose certificates ended before `time`, in ascending order of nodeId, and
  /// admits none of that kind from now on. A time before that of an earlier call changes nothing.
  /// - Complexity: O(count).
  public mutating func expire(at time: CredentialTime) -> [CertifiedNode] {
    if let expiredBefore, time <= expiredBefore { return [] }
    expiredBefore = time
    return drop { $0.notAfter < time }
  }

  private mutating func drop(_ isGone: (CertifiedNode) -> Bool) -> [CertifiedNode] {
    let dropped = members.values.filter(isGone).sorted { $0.nodeId < $1.nodeId }
    for node in dropped { members[node.nodeId] = nil }
    return dropped
  }
}
