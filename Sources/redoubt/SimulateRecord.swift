import EventSimulation
import Foundation
import ProtocolTime
import Statistics

/// What `--json` writes: every counter of every phase of every run, and the pooled measures.
struct SimulateRecord: Encodable {
  struct Share: Encodable {
    let value: Double
    let low: Double
    let high: Double

    init(_ value: Double, _ interval: Interval) {
      self.value = value
      low = interval.low
      high = interval.high
    }

    init?(_ estimate: SimulateEstimate?) {
      guard let estimate else { return nil }
      self.init(
        estimate.value, estimate.interval ?? Interval(low: estimate.value, high: estimate.value))
    }
  }

  struct Phase: Encodable {
    let name: String
    let simulatedSeconds: Double
    let meanNodes: Double
    let lookups: UInt64
    let delivered: UInt64
    let deliveredShare: Share?
    let misdelivered: UInt64
    let misdeliveredShare: Share?
    let duplicates: UInt64
    let wrongDuplicates: UInt64
    let meanDelaySeconds: Share?
    let stretchMeanOfRatios: Share?
    let stretchRatioOfMeans: Share?
    let meanHops: Share?
    let hops: [UInt64]
    let controlMessagesPerSecondAndNode: Share?
    let controlMessagesPerSecondAndNodeByKind: [String: Double]
    let started: UInt64
    let activated: UInt64
    let stopped: UInt64
    let joinDelaySeconds: Share?
    let messagesPerJoin: Share?
    let foundFailed: UInt64
    let foundFailedAlive: UInt64
    let lost: [String: UInt64]
    let refused: [String: UInt64]
    let lostInNetwork: UInt64
    let toStoppedNodes: UInt64
  }

  struct Run: Encodable {
    let seed: UInt64
    let nodes: Int
    let nodesAtEnd: Int
    let events: UInt64
    let simulatedSeconds: Double
    let isComplete: Bool
    let digest: String
  }

  let schema = "redoubt-simulation"
  let version = 1
  let confidence = 0.95
  let settings: [String: String]
  let runs: [Run]
  let phases: [Phase]

  private enum CodingKeys: String, CodingKey {
    case schema, version, confidence, settings, runs, phases
  }

  init(_ results: [SimulateResult], _ options: SimulateOptions) {
    settings = options.settings.byName
    runs = results.map {
      Run(
        seed: $0.seed, nodes: $0.nodeCount, nodesAtEnd: $0.activeNodes, events: $0.total.events,
        simulatedSeconds: $0.simulated.seconds, isComplete: $0.isComplete, digest: $0.digest)
    }
    phases = SimulateSummary.summaries(results).map(Phase.init)
  }
}

extension SimulateRecord.Phase {
  init(_ summary: SimulateSummary) {
    let pooled = summary.pooled
    let trials = Double(max(1, pooled.ended))
    name = summary.name
    simulatedSeconds = summary.seconds
    meanNodes = summary.meanNodes
    lookups = pooled.ended
    delivered = pooled.delivered
    deliveredShare =
      summary.hasLookups
      ? SimulateRecord.Share(Double(pooled.delivered) / trials, summary.deliveredShare) : nil
    misdelivered = pooled.misdelivered
    misdeliveredShare =
      summary.hasLookups
      ? SimulateRecord.Share(Double(pooled.misdelivered) / trials, summary.wrongShare) : nil
    duplicates = pooled.duplicates
    wrongDuplicates = pooled.wrongDuplicates
    meanDelaySeconds = SimulateRecord.Share(summary.meanDelay)
    stretchMeanOfRatios = SimulateRecord.Share(summary.meanOfRatios)
    stretchRatioOfMeans = SimulateRecord.Share(summary.ratioOfMeans)
    meanHops = SimulateRecord.Share(summary.hops)
    hops = Array(pooled.hops.prefix(summary.hopShares.count))
    controlMessagesPerSecondAndNode = SimulateRecord.Share(summary.controlRate)
    controlMessagesPerSecondAndNodeByKind = Dictionary(
      summary.controlRates.map { ($0.kind.name, $0.rate) }, uniquingKeysWith: { $1 })
    started = pooled.started
    activated = pooled.activated
    stopped = pooled.stopped
    joinDelaySeconds = SimulateRecord.Share(summary.joinDelay)
    messagesPerJoin = SimulateRecord.Share(summary.messagesPerJoin)
    foundFailed = pooled.foundFailed
    foundFailedAlive = pooled.foundFailedAlive
    lost = Dictionary(
      summary.losses.map { ($0.reason, $0.count) }, uniquingKeysWith: { $1 })
    refused = Dictionary(
      summary.refusals.map { ($0.reason, $0.count) }, uniquingKeysWith: { $1 })
    lostInNetwork = pooled.lostInNetwork
    toStoppedNodes = pooled.toStoppedNodes
  }
}
