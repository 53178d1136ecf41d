import Adversary
import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers

/// What a trial has drawn before its run: who comes and goes when, and who is faulty.
struct EventTrialPlan {
  /// A node leaves, and another one comes in its place.
  struct Change {
    let time: Instant
    let leaving: UInt32
    let arriving: UInt32
  }

  /// All nodes of the trial: those of the start, then those that arrive.
  private(set) var nodeIds: ContiguousArray<NodeId>
  /// Where each of them is in the network.
  private(set) var places: ContiguousArray<UInt32>
  /// In no order of meaning; the schedule has its own.
  private(set) var changes: [Change] = []
  /// The members of each coalition.
  private(set) var coalitions: [NodeList]

  init(_ trial: EventTrial) {
    let fraction = trial.faultyFraction
    precondition(
      (0...1).contains(fraction) && (fraction == 0 || trial.coalitionFraction > 0),
      "faulty fraction \(fraction), coalition fraction \(trial.coalitionFraction)")
    nodeIds = trial.nodeIds + trial.chosenIds
    places = ContiguousArray(0..<UInt32(nodeIds.count))
    let least = trial.chosenIds.isEmpty ? 0 : 1
    let parts =
      fraction > 0 ? max(1, Int((fraction / trial.coalitionFraction).rounded())) : least
    precondition(parts < Int(Int16.max), "\(parts) coalitions are too many")
    coalitions = Array(repeating: [], count: parts)
    let count = trial.nodeIds.count
    for chosen in count..<nodeIds.count { coalitions[0].append(NodeIndex(UInt32(chosen))) }
    chooseFaulty(Int((fraction * Double(count)).rounded()), of: count, trial.stream["faulty"])
    planChurn(of: trial)
  }

  /// Chooses so many of the first `total` nodes at random, and deals them out to the coalitions.
  private mutating func chooseFaulty(_ count: Int, of total: Int, _ stream: StreamKey) {
    var draws = RandomStream(stream)
    var numbers = ContiguousArray(0..<UInt32(total))
    for place in 0..<count {
      let chosen = place + Int(draws.index(below: UInt32(numbers.count - place)))
      numbers.swapAt(place, chosen)
      coalitions[place % coalitions.count].append(NodeIndex(numbers[place]))
    }
  }

  /// One line of nodes after each other in the place of each node of the start.
  private mutating func planChurn(of trial: EventTrial) {
    guard let mean = trial.churn else { return }
    guard let sessions = try? SpanDistribution.exponential(mean: mean) else {
      preconditionFailure("a mean session of \(mean)")
    }
    let end = Instant.zero + trial.duration(trial.settings)
    for place in trial.nodeIds.indices {
      var draws = RandomStream(trial.stream["churn"][place])
      var current = UInt32(place)
      var time = Instant.zero + sessions.span(of: draws.next())
      while time < end {
        let next = UInt32(nodeIds.count)
        nodeIds.append(NodeId.random(from: &draws))
        places.append(UInt32(place))
        changes.append(Change(time: time, leaving: current, arriving: next))
        if draws.unit() < trial.faultyFraction {
          let part = draws.index(below: UInt32(coalitions.count))
          coalitions[Int(part)].append(NodeIndex(next))
        }
        current = next
        time = time + sessions.span(of: draws.next())
      }
    }
  }

  /// The adversary of the whole trial.
  func adversary(of trial: EventTrial) throws(AttackError) -> ProtocolAdversary {
    let book = PeerBook(nodeIds)
    var routesReads = false
    if case .read = trial.lookups { routesReads = true }
    var scenes: [AttackScene] = []
    for (number, members) in coalitions.enumerated() {
      scenes.append(
        AttackScene(
          coalition: Coalition(members, in: book), victims: [], configuration: trial.pastry,
          book: book, routesReads: routesReads, stream: trial.stream["adversary"][number]))
    }
    return try ProtocolAdversary(
      playing: trial.attacks, on: scenes, nodeCount: nodeIds.count)
  }
}
