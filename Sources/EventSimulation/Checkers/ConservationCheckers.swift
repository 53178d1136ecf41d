import Pastry
import ProtocolTime

/// Judges the engine's counters.
enum ConservationCheckers {
  /// Whether every message that was sent is somewhere.
  static func messages(_ simulation: borrowing Simulation) -> [SwarmViolation] {
    let counters = simulation.counters
    let underWay = UInt64(simulation.messagesUnderWay)
    let known =
      counters.received &+ counters.lostInNetwork &+ counters.toStoppedNodes &+ underWay
    var sent: UInt64 = 0
    for count in counters.sent + counters.secure.sent + counters.reads.sent { sent &+= count }
    sent &+= counters.adversaryMessages
    if sent == known { return [] }
    return [
      SwarmViolation(
        .messages, node: nil, at: simulation.now,
        "\(sent) sent; \(counters.received) received, \(counters.lostInNetwork) lost, "
          + "\(counters.toStoppedNodes) to stopped nodes, \(underWay) under way")
    ]
  }

  /// Whether every lookup has ended once or is under way, by the engine and by the watch.
  static func lookups(
    _ simulation: borrowing Simulation, _ watch: SwarmWatch
  ) -> [SwarmViolation] {
    let counters = simulation.counters
    var ended =
      counters.delivered &+ counters.misdelivered &+ counters.overdue &+ counters.abandoned
    for count in counters.dropped { ended &+= count }
    let open = UInt64(simulation.lookupsUnderWay)
    var found: [SwarmViolation] = []
    if counters.lookups != ended &+ open {
      found.append(
        SwarmViolation(
          .lookups, node: nil, at: simulation.now,
          "\(counters.lookups) looked up, \(ended) ended, \(open) open"))
    }
    if watch.issued != counters.lookups || watch.ended != ended
      || UInt64(watch.openCount) != open
    {
      found.append(
        SwarmViolation(
          .lookups, node: nil, at: simulation.now,
          "seen: \(watch.issued) looked up, \(watch.ended) ended, \(watch.openCount) open; "
            + "counted: \(counters.lookups), \(ended), \(open)"))
    }
    return found
  }
}

extension Simulation {
  /// Messages that the network carries now.
  var messagesUnderWay: Int { messages.count + secureMessages.count + reads.messages.count }

  /// Lookups that have not ended.
  var lookupsUnderWay: Int { lookups.openCount }
}
