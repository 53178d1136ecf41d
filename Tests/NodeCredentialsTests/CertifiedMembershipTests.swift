import RingIdentifiers
import Testing

@testable import NodeCredentials

/// Who may be in a node's tables, and who leaves them.
struct CertifiedMembershipTests {
  let authority: TestAuthority
  let verifier: CertificateVerifier

  init() throws {
    authority = try TestAuthority()
    verifier = try authority.verifier()
  }

  private func node(
    _ digit: String, from start: Int = 2020, to end: Int = 2049
  ) throws -> CertifiedNode {
    let content = try authority.content(
      nodeId: OverlaySample.nodeId(digit),
      validity: ValidityPeriod(
        notBefore: TestAuthority.moment(start), notAfter: TestAuthority.moment(end)))
    return try verifier.verify(
      UnverifiedNodeCertificate(der: authority.issuing.sign(content)), at: TestAuthority.now)
  }

  private func membership(_ nodes: [CertifiedNode], capacity: Int = 10) -> CertifiedMembership {
    var membership = CertifiedMembership(overlay: authority.overlay, capacity: capacity)
    for node in nodes { #expect(membership.admit(node) == .admitted) }
    return membership
  }

  private func list(_ nodes: [CertifiedNode], number: UInt64 = 2) throws -> RevocationList {
    try verifier.revocationList(from: authority.list(nodes.map(\.serial), number: number))
  }

  private func document(_ bad: [CertifiedNode], sequence: UInt16 = 7) throws -> OverlayDocument {
    try OverlaySample.document(
      OverlaySample.configuration(authority, sequence: sequence, badNodes: bad.map(\.nodeId)),
      authority)
  }

  @Test func membersComeInTheOrderOfTheRing() throws {
    let nodes = try ["9", "1", "f", "5"].map { try node($0) }
    let membership = membership(nodes)
    #expect(membership.nodes == [nodes[1], nodes[3], nodes[0], nodes[2]])
    #expect(membership.count == 4)
    #expect(membership[nodes[2].nodeId] == nodes[2])
    #expect(try membership[OverlaySample.nodeId("2")] == nil)
  }

  @Test func aListDropsAndBars() throws {
    let nodes = try ["9", "1", "5"].map { try node($0) }
    var membership = membership(nodes)
    #expect(
      try membership.apply(list(Array(nodes[..<2]))) == .applied(dropped: [nodes[1], nodes[0]]))
    #expect(membership.nodes == [nodes[2]])
    #expect(membership.listNumber == 2)
    // A newer list that names neither sets nobody free.
    #expect(try membership.apply(list([], number: 3)) == .applied(dropped: []))
    for node in nodes[..<2] { #expect(membership.admit(node) == .refused(.revoked)) }
    // Another certificate of the same nodeId is another certificate.
    #expect(try membership.admit(node("9")) == .admitted)
  }

  @Test func anOlderListChangesNothing() throws {
    let nodes = try [node("1")]
    var membership = membership(nodes)
    #expect(try membership.apply(list([], number: 5)) == .applied(dropped: []))
    for number in [UInt64(4), 5] {
      #expect(try membership.apply(list(nodes, number: number)) == .outdated)
    }
    #expect(membership.nodes == nodes)
    #expect(membership.admit(nodes[0]) == .alreadyMember)
  }

  @Test func aDocumentDropsAndBars() throws {
    let nodes = try ["9", "1", "5"].map { try node($0) }
    let absent = try node("3")
    var membership = membership(nodes)
    #expect(
      try membership.apply(document([nodes[0], absent, nodes[1]]))
        == .applied(dropped: [nodes[1], nodes[0]]))
    #expect(membership.nodes == [nodes[2]])
    #expect(membership.document?.value == 7)
    #expect(try membership.apply(document([], sequence: 8)) == .applied(dropped: []))
    for node in [nodes[0], nodes[1], absent] {
      #expect(membership.admit(node) == .refused(.badNode))
    }
    // The nodeId is barred, whatever certificate comes with it.
    #expect(try membership.admit(node("9", from: 2021)) == .refused(.badNode))
  }

  @Test func anOlderDocumentChangesNothing() throws {
    let nodes = try [node("1")]
    var membership = membership(nodes)
    #expect(try membership.apply(document([], sequence: 7)) == .applied(dropped: []))
    for sequence in [UInt16(7), 6, 0, 65_534] {
      #expect(try membership.apply(document(nodes, sequence: sequence)) == .outdated)
    }
    #expect(membership.nodes == nodes)
    #expect(try membership.apply(document(nodes, sequence: 8)) == .applied(dropped: nodes))
  }

  @Test func aForeignDocumentChangesNothing() throws {
    let nodes = try [node("1")]
    var membership = membership(nodes)
    let stranger = try TestAuthority(overlay: "other.example")
    let document = try OverlaySample.document(
      OverlaySample.configuration(stranger, badNodes: [nodes[0].nodeId]), stranger)
    #expect(membership.apply(document) == .foreign)
    #expect(membership.nodes == nodes)
    #expect(membership.document == nil)
  }

  @Test func theExpiredLeaveAndStayOutside() throws {
    let short = try [node("7", to: 2027), node("2", to: 2027)]
    let long = try node("4", to: 2028)
    var membership = membership(short + [long])
    #expect(membership.expire(at: TestAuthority.moment(2027)) == [])
    let after = TestAuthority.moment(2027).adding(seconds: 1)
    #expect(membership.expire(at: after) == [short[1], short[0]])
    #expect(membership.nodes == [long])
    #expect(membership.expire(at: TestAuthority.now) == [])
    #expect(membership.admit(short[0]) == .refused(.expired))
    #expect(try membership.admit(node("7")) == .admitted)
  }

  @Test func aNewerCertificateTakesTheOldOnesPlace() throws {
    let old = try node("1", from: 2021)
    let new = try node("1", from: 2022)
    var membership = membership([old])
    #expect(membership.admit(old) == .alreadyMember)
    #expect(membership.admit(new) == .replaced(old))
    #expect(membership.admit(old) == .refused(.outdated))
    #expect(membership.nodes == [new])
    // The old one's revocation does not touch the new one.
    #expect(try membership.apply(list([old])) == .applied(dropped: []))
    #expect(membership.nodes == [new])
  }

  @Test func thereIsRoomForSoMany() throws {
    let nodes = try ["1", "2", "3"].map { try node($0) }
    var membership = membership(Array(nodes[..<2]), capacity: 2)
    #expect(membership.admit(nodes[2]) == .refused(.full))
    let renewed = try node("2", from: 2021)
    #expect(membership.admit(renewed) == .replaced(nodes[1]))
    #expect(try membership.apply(list([renewed])) == .applied(dropped: [renewed]))
    #expect(membership.admit(nodes[2]) == .admitted)
  }

  @Test func aRevokedNodeVanishesFromTheRing() throws {
    // The same node, by way of the list and by way of the document: gone either way, and gone from
    // the ids that any table built from the members would hold.
    let nodes = try ["2", "4", "6", "8"].map { try node($0) }
    for byDocument in [false, true] {
      var membership = membership(nodes)
      let change =
        try byDocument
        ? membership.apply(document([nodes[2]])) : membership.apply(list([nodes[2]]))
      #expect(change == .applied(dropped: [nodes[2]]))
      #expect(membership.nodes.map(\.nodeId) == [nodes[0], nodes[1], nodes[3]].map(\.nodeId))
    }
  }
}
