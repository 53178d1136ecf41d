/// Looks for one node after the other among the members of a leaf set.
///
/// Neighbours name nearly the same members in nearly the same order, so that most are found next to
/// the one before.
struct MemberSearch {
  /// The set's members, in their order.
  let members: ContiguousArray<Peer>
  /// The place behind the one that was found last.
  private var next = 0
  /// A bit for each place that was found.
  private var found: UInt64 = 0

  /// A search that starts with the first member.
  /// - Precondition: at most 64 members, as many as a leaf set has.
  init(_ members: ContiguousArray<Peer>) {
    precondition(members.count <= 64, "\(members.count) members, at most 64 can be marked")
    self.members = members
  }

  /// The place of a node among the members; nil when it is none of them.
  /// - Complexity: O(l); O(1) for the member behind the one that was found last.
  mutating func place(of node: NodeIndex) -> Int? {
    var place = next
    if place >= members.count || members[place].index != node {
      guard let first = members.firstIndex(where: { $0.index == node }) else { return nil }
      place = first
    }
    next = place &+ 1
    found |= 1 &<< UInt64(place)
    return place
  }

  /// Whether the member at a place was looked for.
  func hasFound(at place: Int) -> Bool { found & 1 &<< UInt64(place) != 0 }

  /// Whether every member was looked for.
  var hasFoundAll: Bool { found.nonzeroBitCount == members.count }
}
