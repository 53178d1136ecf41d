import Admission
import NodeCredentials
import Randomness
import Testing

/// Seeded traffic with everything at once: refusals leave no trace, and what was admitted obeys
/// every limit as counted from the list of admissions alone.
@Suite struct TrafficTests {
  private struct Admission {
    var time: Int64
    var account: Int
    var host: UInt32
    var system: UInt32
  }

  private func policy() throws -> AdmissionPolicy {
    var policy = AdmissionPolicy.bare
    policy.identitiesPerAccount = 12
    policy.asmap = "map"
    policy.limits = [
      .account: try .of(3, 2, 60), .address: try .of(2, 1, 40), .prefix: try .of(4, 3, 60),
      .autonomousSystem: try .of(6, 7, 60), .overall: try .of(10, 30, 60),
      .reroll: try .of(1, 1, 300), .renewal: try .of(2, 2, 60),
    ]
    return policy
  }

  @Test(arguments: 0..<20)
  func admissionsObeyEveryLimit(_ run: Int) throws {
    var stream = RandomStream(StreamKey(seed: 2_002)["traffic"][run])
    let policy = try policy()
    var desk = try Desk(policy)
    for account in 0..<6 {
      try desk.state.setStanding(
        AccountStanding(credits: Int64(stream.index(below: 30))), of: .named("account\(account)"))
    }
    var admitted: [Admission] = []
    var now = noon.microseconds
    for _ in 0..<600 {
      now += Int64(stream.index(below: 4_000_000))
      let account = Int(stream.index(below: 7))
      let host = 0xC000_0200 + stream.index(below: 600)
      let system = 64_496 + host % 3
      if stream.index(below: 8) == 0 {
        desk.state.endIdentities(1, of: try .named("account\(stream.index(below: 6))"))
      }
      let request = AdmissionRequest(
        kind: stream.index(below: 6) == 0 ? .renewal : .newIdentity(count: 1),
        account: try .named("account\(account)"), peer: .v4(host), autonomousSystem: system)
      if case .admitted(let grant) = try desk.ask(request, at: AdmissionTime(microseconds: now)),
        grant.newNodeIds > 0
      {
        admitted.append(Admission(time: now, account: account, host: host, system: system))
      }
    }
    #expect(admitted.count > 20)
    func check(_ scope: LimitScope, _ group: (Admission) -> Int) throws {
      let limit = try #require(policy.limits[scope])
      for (index, last) in admitted.enumerated() {
        var count: Int64 = 0
        for first in admitted[...index].reversed() where group(first) == group(last) {
          count += 1
          let back = (last.time - first.time) / limit.intervalMicroseconds
          #expect(count <= Int64(limit.burst) + back, "\(scope) at \(index)")
        }
      }
    }
    try check(.account) { $0.account }
    try check(.address) { Int($0.host) }
    try check(.prefix) { Int($0.host >> 8) }
    try check(.autonomousSystem) { Int($0.system) }
    try check(.overall) { _ in 0 }
  }

  @Test func theSameTrafficGivesTheSameState() throws {
    func run() throws -> InMemoryAdmissionState {
      var stream = RandomStream(StreamKey(seed: 9)["twice"])
      var desk = try Desk(try policy())
      try desk.state.setStanding(AccountStanding(credits: 100), of: .named("a"))
      for step in 0..<200 {
        let request = AdmissionRequest(
          account: try .named("a"), peer: .v4(stream.index(below: 1_000)))
        _ = try desk.ask(request, at: noon.adding(seconds: Int64(step)))
      }
      return desk.state
    }
    #expect(try run() == run())
  }

  @Test func theQuotaForeseesTheNextAnswer() throws {
    var stream = RandomStream(StreamKey(seed: 31)["quota"])
    var desk = try Desk(try policy())
    let alice = try AccountName.named("alice")
    try desk.state.setStanding(AccountStanding(credits: 200), of: alice)
    var now = noon
    var refusals = 0
    for step in 0..<500 {
      now = now.adding(microseconds: Int64(stream.index(below: 60_000_000)))
      let peer = IPAddress.v4(0xC000_0200 + stream.index(below: 4))
      if stream.index(below: 3) == 0 { desk.state.endIdentities(1, of: alice) }
      let quota = try #require(
        try desk.engine.quota(
          account: alice, peer: peer, autonomousSystem: 7, at: now, state: desk.state))
      let request = AdmissionRequest(account: alice, peer: peer, autonomousSystem: 7)
      let decision = try desk.ask(request, at: now)
      #expect((decision.grant != nil) == (quota.newIdentitiesNow > 0), "step \(step)")
      if let refusal = decision.refusal {
        refusals += 1
        #expect(refusal.retryAfterSeconds == quota.newIdentityInSeconds, "step \(step)")
      } else {
        #expect(quota.newIdentityInSeconds == 0)
      }
    }
    #expect((100...450).contains(refusals))
    #expect(
      try desk.engine.quota(
        account: .named("nobody"), peer: nil, at: now, state: desk.state) == nil)
  }
}
