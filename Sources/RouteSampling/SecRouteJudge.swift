import Adversary

/// Runs the routing failure test of `sec-route` in all fault sets of all lanes.
struct SecRouteJudge {
  private let cell: SamplingCell
  private let test: SuppressedFailureTest
  private let coalition: CoalitionIndex?
  private let half: Int
  private let localHalf: Int

  init(
    _ run: BatchRun<some SlotColumns, some SlotColumns>, parameters: SecRouteParameters,
    sets: BatchFaults
  ) {
    cell = run.cell
    half = cell.overlay.configuration.leafSetSize / 2
    localHalf = parameters.localSamples / 2
    test = SuppressedFailureTest(
      parameters, leafSetSize: 2 * half, side: cell.adversary.suppression)
    let needsIndex =
      cell.adversary.interception == .rootImpersonation || cell.adversary.suppression != nil
    coalition =
      needsIndex
      ? CoalitionIndex(faulty: sets.faulty, members: sets.members, ring: cell.overlay.ring) : nil
  }

  /// - Parameter captured: sets in which the message ends at a faulty node.
  /// - Returns: sets in which redundant routing starts, and in which a forged set is believed.
  func judge(
    _ flight: Flight, source: UInt32, captured: LaneWords
  ) -> (fired: LaneWords, forgeryAccepted: LaneWords) {
    let question = Question(
      flight: flight, sender: Int(source),
      local: cell.overlay.ring.span(around: Int(source), half: localHalf),
      root: cell.overlay.ring.span(around: Int(flight.next), half: half))
    var fired = LaneWords.zero
    var accepted = LaneWords.zero
    for lane in cell.lanes.indices {
      fired[lane] = rejected(question, lane: lane, sets: ~captured[lane])
      let believed = believed(question, lane: lane, sets: captured[lane])
      fired[lane] |= captured[lane] & ~believed
      accepted[lane] = believed
    }
    return (fired, accepted)
  }

  /// What the judge looks at for one lookup.
  private struct Question {
    let flight: Flight
    let sender: Int
    /// What the sender measures around itself while the coalition does not hide.
    let local: UInt64
    /// The span of the true root set.
    let root: UInt64
  }

  /// Those of `sets` in which an honest root's answer fails the test.
  private func rejected(_ question: Question, lane: Int, sets: UInt64) -> UInt64 {
    func accepts(_ place: CoalitionIndex.Place) -> Bool {
      test.acceptsHonest(
        all: question.root,
        visible: coalition?.span(
          of: .outsider, key: question.flight.key, position: Int(question.flight.position),
          half: half, place),
        local: question.local, suppressed: suppressed(question, place))
    }
    // Nobody hides, so all sets look alike.
    if cell.adversary.suppression == nil {
      return accepts(CoalitionIndex.Place(lane: lane, set: 0)) ? 0 : sets
    }
    return filter(sets) { !accepts(CoalitionIndex.Place(lane: lane, set: $0)) }
  }

  /// Those of `sets` in which the coalition's forged root set passes the test.
  private func believed(_ question: Question, lane: Int, sets: UInt64) -> UInt64 {
    guard cell.adversary.interception == .rootImpersonation, let coalition else { return 0 }
    return filter(sets) { set in
      let place = CoalitionIndex.Place(lane: lane, set: set)
      let forged = coalition.span(
        of: .member, key: question.flight.key, position: Int(question.flight.position),
        half: half, place)
      return test.acceptsForgery(
        forged, local: question.local, suppressed: suppressed(question, place))
    }
  }

  /// What the sender measures around itself while the coalition hides.
  private func suppressed(_ question: Question, _ place: CoalitionIndex.Place) -> UInt64? {
    coalition?.localSpan(sender: question.sender, half: localHalf, place)
  }

  /// Those of `sets` for which `isIn` holds.
  private func filter(_ sets: UInt64, _ isIn: (Int) -> Bool) -> UInt64 {
    var rest = sets
    var result: UInt64 = 0
    while rest != 0 {
      let set = rest.trailingZeroBitCount
      if isIn(set) { result |= 1 << UInt64(set) }
      rest &= rest &- 1
    }
    return result
  }
}

extension SortedRing {
  /// Distance from the node `half` places before `node` to the one `half` places after it.
  func span(around node: Int, half: Int) -> UInt64 {
    let after = node + half >= count ? node + half - count : node + half
    let before = node < half ? node + count - half : node - half
    return identifiers[after] &- identifiers[before]
  }
}
