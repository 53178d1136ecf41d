import LoadModel
import Testing

@Suite struct CrossCheckTests {
  private func row(_ number: UInt8) throws -> CrossCheck.LedgerRow {
    let entry = try JournalTests.entry(number)
    return CrossCheck.LedgerRow(nodeId: entry.nodeId, serial: entry.serial)
  }

  @Test func aStoreThatKeepsItsPromisesIsSound() throws {
    let released = try [1, 2, 3].map(JournalTests.entry)
    // Number 4 was issued, and the answer was lost: no fault.
    let check = CrossCheck(
      released: released, ledger: try [1, 2, 3, 4].map(row),
      log: try [1, 2, 3, 4].map { try JournalTests.entry($0).digest })
    #expect(check.faultCount == 0)
    #expect(check.faults.isEmpty)
    #expect((check.releasedCount, check.ledgerCount, check.logCount) == (3, 4, 4))
  }

  @Test func eachBrokenPromiseIsFound() throws {
    let released = try [1, 2].map(JournalTests.entry)
    let ledger = try [1, 2].map(row)
    let log = released.map(\.digest)
    func faults(
      _ released: [ReleasedCertificate], _ ledger: [CrossCheck.LedgerRow], _ log: [ShortOctets]
    ) -> [String] {
      CrossCheck(released: released, ledger: ledger, log: log).faults
    }
    #expect(faults(released, ledger, log).isEmpty)
    #expect(faults(released, [ledger[0]], log).contains { $0.hasSuffix("not in the ledger") })
    #expect(faults(released, ledger, [log[0]]).contains { $0.hasSuffix("not in the log") })
    #expect(
      faults(released + [released[0]], ledger, log).contains { $0.hasSuffix("two clients") })
    #expect(
      faults(released, ledger + [ledger[0]], log).contains {
        $0.hasSuffix("two rows of the ledger")
      })
    #expect(
      faults(released, ledger, log + [log[1]]).contains { $0.hasSuffix("two leaves of the log") })
    // One nodeId with two serial numbers.
    let third = try row(3)
    let mixed = CrossCheck.LedgerRow(nodeId: ledger[0].nodeId, serial: third.serial)
    #expect(faults(released, ledger + [mixed], log).contains { $0.hasPrefix("nodeId") })
    // The right serial number under another nodeId is not the released certificate.
    let swapped = CrossCheck.LedgerRow(nodeId: third.nodeId, serial: ledger[1].serial)
    #expect(faults(released, [ledger[0], swapped], log).count == 1)
  }

  @Test func faultsBeyondTheFirstAreCounted() throws {
    let released = try (1...100).map { try JournalTests.entry($0) }
    let check = CrossCheck(released: released, ledger: [], log: nil)
    #expect(check.faultCount == 100)
    #expect(check.faults.count == CrossCheck.faultsShownMax)
    #expect(check.logCount == nil)
  }

  @Test func theLedgersListIsRead() throws {
    let first = try JournalTests.entry(1)
    let heading = "node_id,address,serial,status,not_before,not_after,revoked_at,reason\n"
    let line = "\(first.nodeId),192.0.2.1:4000,\(first.serial),active,a,b,,\n"
    #expect(CrossCheck.ledgerRows(csv: heading) == [])
    #expect(CrossCheck.ledgerRows(csv: heading + line) == [try row(1)])
    for bad in [
      "", "serial,node_id\n", line, heading + "x\n", heading + line.dropFirst(),
      heading + "\n" + line, heading + line + ",,,,,,,\n",
    ] {
      #expect(CrossCheck.ledgerRows(csv: bad) == nil, "\(bad)")
    }
  }
}
