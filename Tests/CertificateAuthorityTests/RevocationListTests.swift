import CertificateAuthority
import Foundation
import NodeCredentials
import RingIdentifiers
import Testing

/// When revocation lists are made anew, and what stays in them.
@Suite struct RevocationListTests {
  private static let now = AuthorityBench.now

  @Test func listsAreRenewedAfterTwoThirdsOfTheirLife() throws {
    let bench = try AuthorityBench()
    let authority = try bench.open()
    // The list lives from 60 s before `now` to 24 h after.
    let life: Int64 = 86_400 + 60
    let due = Self.now.adding(seconds: life * 2 / 3 - 60)
    let before = try bench.dump()
    for time in [Self.now, Self.now.adding(seconds: -60), due.adding(seconds: -1)] {
      #expect(try !authority.renewRevocationListsIfDue(at: time))
    }
    #expect(try bench.dump() == before)
    #expect(try authority.renewRevocationListsIfDue(at: due))
    let list = try authority.currentRevocationList()
    #expect(list.number == 2 && list.thisUpdate == due.adding(seconds: -60))
    #expect(list.nextUpdate == due.adding(seconds: 86_400))
    // Now the next one counts.
    #expect(try !authority.renewRevocationListsIfDue(at: due))
    #expect(try !authority.renewRevocationListsIfDue(at: Self.now.adding(seconds: 86_400)))
    #expect(try authority.renewRevocationListsIfDue(at: due.adding(seconds: 10 * 86_400)))
    #expect(try authority.currentRevocationList().number == 3)
  }

  /// A clock that was ahead when the list was made: nobody would take the list for long.
  @Test func aListFromTheFutureIsReplaced() throws {
    let bench = try AuthorityBench()
    let authority = try bench.open()
    let ahead = Self.now.adding(days: 30)
    _ = try authority.renewRevocationList(at: ahead)
    #expect(try authority.renewRevocationListsIfDue(at: Self.now))
    let list = try authority.currentRevocationList()
    #expect(list.number == 3 && list.thisUpdate == Self.now.adding(seconds: -60))
    #expect(try bench.audit().finding == nil)
    #expect(try !authority.renewRevocationListsIfDue(at: Self.now))
  }

  @Test func allIssuersAreRenewedTogether() throws {
    let bench = try AuthorityBench()
    let later = Self.now.adding(seconds: 50_000)
    _ = try bench.issue()
    let rootKey = AuthorityDirectory(bench.url).rootKey
    _ = try OverlayAuthority.rotate(bench.url, rootKey: rootKey, at: later)
    let authority = try bench.open()
    func numbers() throws -> [UInt64] {
      try bench.reader().listVerifier().revocationLists.map(\.number)
    }
    #expect(try numbers() == [2, 1])
    #expect(try !authority.renewRevocationListsIfDue(at: later.adding(seconds: 50_000)))
    #expect(try authority.renewRevocationListsIfDue(at: later.adding(seconds: 60_000)))
    #expect(try numbers() == [3, 2])
    // An issuer without any list gets one at once.
    try bench.unsay("DELETE FROM revocation_lists WHERE issuer = 2")
    #expect(try authority.renewRevocationListsIfDue(at: later.adding(seconds: 60_001)))
    #expect(try numbers() == [4, 1])
  }

  @Test func theRevokedAndExpiredStayForOnePeriod() throws {
    var profile = CertificateProfile()
    profile.nodeValidityDays = 1
    let bench = try AuthorityBench(profile: profile)
    let authority = try bench.open()
    let node = try bench.issue().node
    let end = Self.now.adding(days: 1)
    #expect(node.notAfter == end)
    // Revoked in the last second of its life.
    _ = try authority.revoke(.serial(node.serial), reason: .unspecified, at: end)
    func isListed(_ seconds: Int64) throws -> Bool {
      let time = end.adding(seconds: seconds)
      let list = try authority.renewRevocationList(at: time)
      // Whatever is listed or not, the audit agrees.
      #expect(try bench.audit(at: time).finding == nil)
      return list.entries.map(\.serial) == [node.serial]
    }
    #expect(try isListed(0))
    #expect(try isListed(86_400))
    #expect(try !isListed(86_401))
    #expect(try bench.reader().record(.serial(node.serial))?.revocation?.time == end)
  }

  @Test func withoutAnyListTheAuthorityIsDamaged() throws {
    let bench = try AuthorityBench()
    let node = try bench.issue().node
    let authority = try bench.open()
    _ = try authority.revoke(.serial(node.serial), reason: .superseded, at: Self.now)
    try bench.unsay("DELETE FROM revocation_lists")
    // Revoking again makes no new list, so there is none to publish.
    let error = try authorityError {
      _ = try authority.revoke(.serial(node.serial), reason: .superseded, at: Self.now)
    }
    guard case .ledger(.damaged) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try authority.renewRevocationList(at: Self.now).entries.map(\.serial) == [node.serial])
  }

  @Test func publishedListsAreThoseOfTheFiles() throws {
    let bench = try AuthorityBench()
    let authority = try bench.open()
    _ = try authority.renewRevocationList(at: Self.now)
    let published = try #require(try authority.publishedRevocationLists().first)
    let file = bench.url.appendingPathComponent(published.fileName)
    #expect(PEM.decode([UInt8](try Data(contentsOf: file)), label: "X509 CRL") == published.der)
    #expect(published.nextUpdate == Self.now.adding(seconds: 86_400))
  }
}
