import Admission
import CertificateAuthority
import Foundation
import GRDB
import NodeCredentials
import RingIdentifiers
import Synchronization
import Testing
import TransparencyLog

/// What a crash, a locked ledger or a full disk may do to a group of enrollments.
@Suite struct EnrollmentSafetyTests {
  private static let now = EnrollmentBench.now

  @Test(arguments: [IssuanceStep.reserved, .signed, .recorded])
  func aCrashIssuesNothingTwice(_ step: IssuanceStep) throws {
    var policy = AdmissionPolicy.bare
    policy.nodeIdsPerRequest = 2
    let bench = try EnrollmentBench(policy, accounts: ["alice": 50])
    let before = try bench.issue(bench.wish())
    let crashing = try bench.bench.open { if $0 == step { throw LedgerSafetyTests.Crash() } }
    let group = [
      try bench.wish(count: 2), try bench.wish("mallory"),
      try bench.wish(renewing: before.nodeId), try bench.wish(),
    ]
    let results = crashing.enroll(group, by: bench.engine, at: AdmissionTime(Self.now))
    #expect(results.count == 4)
    for result in results { #expect(throws: AuthorityError.self) { try result.get() } }

    let reader = try bench.bench.reader()
    let isRecorded = step == .recorded
    #expect(try reader.certificateCount() == (isRecorded ? 5 : 1))
    let burnt = try reader.burntNodeIds()
    // The renewal burns a serial number; its nodeId stays the applicant's.
    #expect(burnt.count == (isRecorded ? 0 : 3))
    #expect(!burnt.contains(before.nodeId))
    #expect(try bench.bench.audit().finding == nil)

    let next = try bench.enroll(group).flatMap(\.receipts)
    #expect(next.count == 4)
    let serials = try bench.bench.number("SELECT count(DISTINCT serial) FROM reservations")
    #expect(serials == 9)
    let fresh = next.map(\.nodeId).filter { $0 != before.nodeId }
    #expect(fresh.count == 3 && !fresh.contains { burnt.contains($0) })
    // What is paid is paid, once for each attempt.
    #expect(try reader.accounts().first?.credits == 50 - 1 - 3 - 3)
    for receipt in next { _ = try bench.bench.verify(receipt) }
    try bench.authority.publishLog()
    #expect(try bench.bench.audit().finding == nil)
  }

  @Test func theIdsAreDurableBeforeAnythingIsSigned() throws {
    let bench = try EnrollmentBench(accounts: ["alice": 9])
    let seen = Mutex<[[Int]]>([])
    let url = bench.bench.url
    let authority = try bench.bench.open { step in
      let reader = try LedgerReader(directory: url)
      let counts = [try reader.burntNodeIds().count, try reader.certificateCount()]
      seen.withLock { $0.append(counts) }
    }
    let results = authority.enroll(
      [try bench.wish(), try bench.wish()], by: bench.engine, at: AdmissionTime(Self.now))
    for result in results { #expect(try result.get().receipts.count == 1) }
    // Reserved, signed, recorded: as another connection sees it.
    #expect(seen.withLock { $0 } == [[2, 0], [2, 0], [0, 2]])
  }

  @Test func aLockedLedgerFailsTheGroupAndLeavesNothing() throws {
    let bench = try EnrollmentBench(accounts: ["alice": 9])
    let authority = try bench.bench.open(wait: 0)
    let before = try bench.bench.dump()
    let holder = try DatabaseQueue(path: bench.bench.ledger.path)
    try holder.writeWithoutTransaction { database in
      try database.execute(sql: "BEGIN IMMEDIATE")
      let results = authority.enroll(
        [try bench.wish(), try bench.wish()], by: bench.engine, at: AdmissionTime(Self.now))
      for result in results {
        #expect(
          result == .failure(.ledger(.locked(path: bench.bench.ledger.path))))
      }
      try database.execute(sql: "ROLLBACK")
    }
    #expect(try bench.bench.dump() == before)
  }

  @Test func aFullDiskFailsGroupsWholly() throws {
    let bench = try EnrollmentBench(accounts: ["alice": 900])
    let authority = try bench.bench.open(maximumPageCount: 80)
    var failure: AuthorityError?
    var issued = 0
    for _ in 0..<20 where failure == nil {
      let results = authority.enroll(
        try (0..<16).map { _ in try bench.wish() }, by: bench.engine,
        at: AdmissionTime(Self.now))
      let failed = results.filter { if case .failure = $0 { true } else { false } }
      #expect(failed.isEmpty || failed.count == 16)
      if case .failure(let error)? = failed.first { failure = error } else { issued += 16 }
    }
    #expect(failure == .ledger(.io(path: bench.bench.ledger.path, detail: "the disk is full")))
    #expect(try bench.bench.reader().certificateCount() == issued)
    #expect(try bench.bench.audit().finding == nil)
    // With room again it goes on.
    _ = try bench.issue(bench.wish())
    #expect(try bench.bench.audit().finding == nil)
  }

  @Test func twoAuthoritiesEnrollIntoOneLedger() async throws {
    let bench = try EnrollmentBench(accounts: ["alice": 60])
    let others = try (0..<2).map { _ in try bench.bench.open(wait: 60) }
    let receipts = try await withThrowingTaskGroup(of: [EnrollmentReceipt].self) { group in
      for authority in others {
        group.addTask {
          try (0..<10).flatMap { _ in
            try authority.enroll(
              (0..<4).map { _ in try bench.wish() }, by: bench.engine,
              at: AdmissionTime(Self.now)
            ).flatMap { try $0.get().receipts }
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    // Eighty asked, sixty credits.
    #expect(receipts.count == 60)
    #expect(Set(receipts.map(\.nodeId)).count == 60)
    for receipt in receipts { _ = try bench.bench.verify(receipt) }
    #expect(try bench.bench.reader().accounts().first?.credits == 0)
    #expect(try bench.authority.publishLog() == 60)
    #expect(try bench.bench.audit().finding == nil)
  }
}
