import Foundation
import LoadModel
import NIOCore
import NIOPosix

/// One measured session with its surroundings: checker, memory of the server, processor time.
struct LoadRun: Sendable {
  let plan: SessionPlan
  let requests: RequestBatch
  let verifier: SampleVerifier?
  let sampleEvery: Int
  let journalPath: String?
  /// The server's process, to watch its memory.
  let serverPid: Int32?
  /// Whether a line of progress appears every second.
  let showsProgress: Bool

  private struct Result: Sendable {
    let outcome: SessionOutcome
    let faults: [String: Int]
    let faultDetails: [String]
    let releasedCount: Int
    let verifiedCount: Int
    let madeLateCount: Int
    let samples: [ProcessSample]
  }

  /// The state of a run that lives on the event loop.
  private final class Watch {
    let session: LoadSession
    let pid: Int32?
    let showsProgress: Bool
    let started = NIODeadline.now()
    var samples: [ProcessSample] = []
    var lastCount = 0

    init(session: LoadSession, pid: Int32?, showsProgress: Bool) {
      self.session = session
      self.pid = pid
      self.showsProgress = showsProgress
    }

    func look() {
      let seconds = Double((NIODeadline.now() - started).nanoseconds) / 1e9
      let count = session.enrolledCount
      if let pid, let memory = ProcessTable.residentKilobytes(pid: pid) {
        samples.append(
          ProcessSample(seconds: seconds, enrolled: count, residentKilobytes: memory))
      }
      if showsProgress {
        progress(
          String(format: "%6.1f s  %8d enrolled  %6d per second", seconds, count, count - lastCount)
        )
      }
      lastCount = count
    }
  }

  /// Runs to the end on `loop`.
  func run(on loop: any EventLoop) async throws -> LoadReport {
    let cpuBefore = ProcessTable.ownCPUSeconds
    let serverBefore = serverPid.flatMap(ProcessTable.cpuSeconds(pid:))
    let result = try await loop.flatSubmit { start(on: loop) }.get()
    let answered = max(1, result.outcome.answeredCount)
    let serverAfter = serverPid.flatMap(ProcessTable.cpuSeconds(pid:))
    let serverCost = serverBefore.flatMap { before in
      serverAfter.map { ($0 - before) * 1e6 / Double(answered) }
    }
    let ownCost = (ProcessTable.ownCPUSeconds - cpuBefore) * 1e6 / Double(answered)
    return report(result, ownCost: ownCost, serverCost: serverCost)
  }

  private func start(on loop: any EventLoop) -> EventLoopFuture<Result> {
    do {
      let checker = AnswerChecker(
        verifier: verifier, sampleEvery: sampleEvery,
        journal: try journalPath.map { try JournalWriter(creating: $0) })
      let session = try LoadSession(
        plan: plan, requests: requests, checker: checker, loop: loop)
      let watch = Watch(session: session, pid: serverPid, showsProgress: showsProgress)
      let task = Ticker(on: loop, after: .zero, every: .seconds(1)) { watch.look() }
      return session.start().assumeIsolated().map { outcome in
        task.cancel()
        watch.look()
        return Result(
          outcome: outcome, faults: checker.faults, faultDetails: checker.faultDetails,
          releasedCount: checker.releasedCount, verifiedCount: checker.verifiedCount,
          madeLateCount: session.madeLateCount, samples: watch.samples)
      }.nonisolated()
    } catch {
      return loop.makeFailedFuture(error)
    }
  }

  private func report(_ result: Result, ownCost: Double, serverCost: Double?) -> LoadReport {
    let outcome = result.outcome
    let seconds = Double(outcome.nanoseconds) / 1e9
    var mode = "closed loop"
    var rate: UInt64?
    if case .open(let schedule) = plan.workload {
      mode = schedule.isPoisson ? "open loop, random arrivals" : "open loop"
      rate = schedule.ratePerSecond
    }
    return LoadReport(
      mode: mode, connections: plan.connectionCount, targetRate: rate, seconds: seconds,
      sent: outcome.sentCount, answered: outcome.answeredCount, enrolled: result.releasedCount,
      enrolledPerSecond: seconds > 0 ? Double(result.releasedCount) / seconds : 0,
      latencyMilliseconds: .init(outcome.latency),
      serviceMilliseconds: .init(outcome.serviceTime),
      statuses: Dictionary(
        outcome.statuses.map { ("\($0.key)", $0.value) }, uniquingKeysWith: +),
      losses: outcome.losses, unsent: outcome.unsentCount, waitingMax: outcome.waitingMax,
      connectionsOpened: outcome.connectionsOpened, faults: result.faults,
      faultDetails: result.faultDetails, verified: result.verifiedCount,
      requestsMadeWhileRunning: result.madeLateCount,
      generatorMicrosecondsPerAnswer: ownCost, serverMicrosecondsPerAnswer: serverCost,
      serverMemory: MemoryTrend(result.samples).map {
        .init(
          firstKilobytes: $0.firstKilobytes, maxKilobytes: $0.maxKilobytes,
          lastKilobytes: $0.lastKilobytes, octetsPerEnrollment: $0.octetsPerEnrollment)
      })
  }
}
