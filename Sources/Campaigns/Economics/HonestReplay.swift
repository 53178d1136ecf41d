import Admission
import Randomness

/// How a real network fares under a policy: its nodes enroll one by one, each with an account and
/// an address of its own where the real ones lie.
struct HonestReplay: Sendable {
  let nodes: Int
  /// Nodes that were never admitted, though each asked again whenever it was told to.
  let keptOut: Int
  /// Nodes that were admitted more than a day after they first asked.
  let delayed: Int

  /// Nodes come at times that are uniform over `days`; after 30 days more the rest counts as kept
  /// out. A file with more than 254 nodes in a prefix puts several on one address.
  /// - Throws: `CampaignError.Code.inconsistent` when the engine cannot decide.
  init(
    _ file: PrefixFile, policy: EconomicsStudy.Policy, days: Int, stream: StreamKey
  ) throws(CampaignError) {
    let start = AdmissionTime(microseconds: 1_767_225_600_000_000)
    let end = start.adding(seconds: Int64(days + 30) * 86_400)
    var random = RandomStream(stream)
    var running = policy.policy
    running.puzzle.difficultyBits = 0
    running.puzzle.renewals = false
    var state = InMemoryAdmissionState(capacity: 8_000_000)
    var requests: [AdmissionRequest] = []
    var first: [AdmissionTime] = []
    var queue = ReadyQueue()
    var delayed = 0
    var admitted = 0
    do {
      let engine = try AdmissionEngine(policy: running)
      for row in file.rows {
        for number in 0..<row.nodes {
          let account = AccountName("node-\(requests.count)")
          if let account {
            try state.setStanding(
              AccountStanding(credits: Int64(running.priceCredits)), of: account)
          }
          let offset = Int64(random.unit() * Double(days) * 86_400e6)
          first.append(start.adding(microseconds: offset))
          queue.add(requests.count, at: first[requests.count], left: 1)
          requests.append(
            AdmissionRequest(
              account: account, peer: row.host(number), autonomousSystem: row.system))
        }
      }
      while let node = queue.first, node.ready <= end {
        switch try engine.admit(requests[node.index], at: node.ready, state: &state) {
        case .admitted:
          admitted += 1
          let wait = node.ready.microseconds - first[node.index].microseconds
          delayed += wait > 86_400_000_000 ? 1 : 0
          queue.take(1)
        case .refused(let refusal):
          if case .rateLimited(_, _, let wait) = refusal.reason {
            queue.delay(to: node.ready.adding(microseconds: wait))
          } else {
            queue.drop()
          }
        }
      }
    } catch {
      throw CampaignError(.inconsistent, "the policy engine failed: \(error)")
    }
    nodes = requests.count
    keptOut = requests.count - admitted
    self.delayed = delayed
  }
}
