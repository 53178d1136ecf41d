public import SecureRouting
public import Statistics

/// A detector of Sybils around a key, as a number that grows with suspicion.
public enum Detector: String, Hashable, Sendable, CaseIterable {
  /// `ListDensityTest`: shape and level together.
  case joint
  /// The published detector, computed from the list: `prefixLengthDivergence`.
  case divergence = "kl"
  /// The distance of the farthest listed peer alone.
  case farthestDistance = "farthest-distance"
  /// The smallest Gamma probability over the ranks.
  case minimumOverRanks = "minimum-over-ranks"

  /// The suspicion that a trial raises, or nil when it cannot be tested.
  func suspicion(_ trial: SybilTrial, test: ListDensityTest) -> Double? {
    guard let scaled = trial.scaledDistances else { return nil }
    switch self {
    case .joint: return test.verdict(scaledDistances: scaled).score
    case .divergence: return trial.divergence
    case .farthestDistance:
      return ComparisonDensityTest.farthestDistance.suspicion(scaledDistances: scaled)
    case .minimumOverRanks:
      return ComparisonDensityTest.minimumOverRanks.suspicion(scaledDistances: scaled)
    }
  }
}

/// Some of a number, with its interval.
public struct Share: Hashable, Sendable {
  /// How many.
  public let count: Int
  /// Of how many.
  public let total: Int

  /// The point estimate; nil of nothing.
  public var value: Double? { total > 0 ? Double(count) / Double(total) : nil }

  /// The 95 % Wilson interval; all of 0...1 when there is nothing.
  public var interval: Interval {
    total > 0 ? wilsonInterval(successes: count, trials: total, confidence: 0.95) : .unit
  }
}

/// One operating point of a detector.
public struct DetectionRow: Hashable, Sendable {
  /// The detector and, where its threshold is not the empirical quantile, which one it is.
  public let detector: String
  /// The false-alarm rate that was asked for; nil for the published threshold.
  public let requestedRate: Double?
  /// Trials without Sybils that it takes for attacks.
  public let falseAlarms: Share
  /// Attacks found, in the order of `DetectorComparison.sybilCounts`.
  public let found: [Share]
  /// Attacks found, over all S.
  public let foundInAll: Share
}

/// Detectors side by side on the trials that list a full set of peers.
public struct DetectorComparison: Sendable {
  /// Trials that list fewer peers than this are left out.
  public let listedPeers: Int
  private let test: ListDensityTest
  private let trials: [SybilTrial]

  /// - Parameters:
  ///   - trials: with and without Sybils.
  ///   - listedPeers: how many peers a full list has; 20 on IPFS.
  public init(trials: [SybilTrial], listedPeers: Int = 20, test: ListDensityTest) {
    self.listedPeers = listedPeers
    self.test = test
    self.trials = trials.filter { $0.distances.count >= listedPeers && $0.scaledDistances != nil }
  }

  /// The attack sizes that occur, ascending.
  public var sybilCounts: [Int] { Set(trials.map(\.sybils)).subtracting([0]).sorted() }

  /// Trials without Sybils.
  public var honestCount: Int { trials.count { $0.sybils == 0 } }

  /// A detector whose threshold is the empirical quantile: the lowest that keeps the false alarms
  /// on these very trials at or below the rate.
  /// - Precondition: there are trials without Sybils; `rate` in 0..<1.
  public func row(_ detector: Detector, rate: Double) -> DetectionRow {
    row(detector, rates: [rate])[0]
  }

  /// As `row(_:rate:)`, for several rates at once.
  public func row(_ detector: Detector, rates: [Double]) -> [DetectionRow] {
    let scored = trials.map { ($0, detector.suspicion($0, test: test) ?? 0) }
    let honest = scored.filter { $0.0.sybils == 0 }.map(\.1).sorted(by: >)
    precondition(!honest.isEmpty, "an empirical threshold needs trials without Sybils")
    return rates.map { rate in
      precondition((0..<1).contains(rate), "a false-alarm rate must be in 0..<1, got \(rate)")
      let threshold = honest[Int((Double(honest.count) * rate + 1e-9).rounded(.down))]
      return summary(detector.rawValue, rate: rate, scored.map { ($0.0, $0.1 > threshold) })
    }
  }

  /// The joint test with the threshold of the null model: p-value at most the rate.
  public func modelRow(rate: Double) -> DetectionRow {
    summary(
      "joint, p-value", rate: rate,
      trials.map { trial in
        let verdict = trial.scaledDistances.map { test.verdict(scaledDistances: $0) }
        return (trial, verdict?.fires(falseAlarmRate: rate) ?? false)
      })
  }

  /// The joint test on data that its model has not seen: each honest trial is judged by a model
  /// that was fitted to the honest trials of the other groups, and each attack by one of those
  /// models, which take turns.
  /// - Parameter groups: honest lists by the client that saw them, each as for `HonestListModel`.
  /// - Returns: nil when some group leaves fewer than `HonestListModel.fitListsMin` lists, or lists
  ///   that are too alike.
  public func heldOutRows(groups: [[SybilTrial]], rates: [Double]) -> [DetectionRow]? {
    let lists = groups.map { group in
      group.filter { $0.sybils == 0 && $0.distances.count >= listedPeers }
        .compactMap(\.scaledDistances)
    }.filter { !$0.isEmpty }
    var tests: [ListDensityTest] = []
    for index in lists.indices {
      let others = lists.enumerated().filter { $0.offset != index }.flatMap(\.element)
      if others.count < HonestListModel.fitListsMin { return nil }
      guard let model = HonestListModel(fitting: others) else { return nil }
      tests.append(ListDensityTest(model: model))
    }
    if tests.isEmpty { return nil }
    let honest = zip(lists, tests).flatMap { lists, test in
      lists.map { test.verdict(scaledDistances: $0) }
    }
    let attacks = trials.filter { $0.sybils > 0 }.enumerated().map { index, trial in
      (
        trial,
        trial.scaledDistances.map { tests[index % tests.count].verdict(scaledDistances: $0) }
      )
    }
    return rates.map { rate in
      let row = summary(
        "joint, held out", rate: rate,
        attacks.map { ($0.0, $0.1?.fires(falseAlarmRate: rate) ?? false) })
      let alarms = Share(
        count: honest.count { $0.fires(falseAlarmRate: rate) }, total: honest.count)
      return DetectionRow(
        detector: row.detector, requestedRate: rate, falseAlarms: alarms, found: row.found,
        foundInAll: row.foundInAll)
    }
  }

  /// The published detector with its published threshold, as recorded.
  public func publishedRow() -> DetectionRow {
    summary("kl, published threshold", rate: nil, trials.map { ($0, $0.recordedDetection) })
  }

  private func summary(
    _ name: String, rate: Double?, _ verdicts: [(trial: SybilTrial, fired: Bool)]
  ) -> DetectionRow {
    func share(_ isCounted: (SybilTrial) -> Bool) -> Share {
      let counted = verdicts.filter { isCounted($0.trial) }
      return Share(count: counted.count { $0.fired }, total: counted.count)
    }
    return DetectionRow(
      detector: name, requestedRate: rate, falseAlarms: share { $0.sybils == 0 },
      found: sybilCounts.map { sybils in share { $0.sybils == sybils } },
      foundInAll: share { $0.sybils > 0 })
  }
}

/// How far the attacks of one size got.
public struct EclipseRow: Hashable, Sendable {
  /// S.
  public let sybils: Int
  /// Trials of this size that list at least one peer, of all of this size.
  public let listing: Share
  /// Trials in which the client found no provider record, as recorded, of those that list peers.
  public let eclipsed: Share
  /// Trials whose list holds Sybils only.
  public let fullLists: Share
  /// Mean share of Sybils among the listed peers, from the lists, with a 95 % Student interval.
  public let listedShare: Double
  /// Its interval; nil with fewer than two trials.
  public let listedShareInterval: Interval?
  /// The same mean as recorded.
  public let recordedShare: Double

  /// One row per attack size, ascending.
  public static func table(_ trials: [SybilTrial]) -> [EclipseRow] {
    Set(trials.map(\.sybils)).sorted().compactMap { sybils in
      let all = trials.filter { $0.sybils == sybils }
      let listing = all.filter { !$0.distances.isEmpty }
      if listing.isEmpty { return nil }
      let shares = RunningMean(
        listing.map { Double($0.listedSybils) / Double($0.distances.count) })
      let recorded = RunningMean(listing.map { $0.recordedPercentEclipsed / 100 })
      return EclipseRow(
        sybils: sybils, listing: Share(count: listing.count, total: all.count),
        eclipsed: Share(count: listing.count { $0.recordedEclipse }, total: listing.count),
        fullLists: Share(
          count: listing.count { $0.listedSybils == $0.distances.count }, total: listing.count),
        listedShare: shares.mean,
        listedShareInterval: shares.studentInterval(confidence: 0.95)?.clamped(to: .unit),
        recordedShare: recorded.mean)
    }
  }
}
