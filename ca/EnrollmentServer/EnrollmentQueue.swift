import Admission
import CertificateAuthority
import Foundation
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Groups the enrollments that wait and commits each group as one (group commit).
///
/// While one group is written the next one gathers, so the more there are the fewer disk flushes
/// each costs; a single one never waits for company. A full queue refuses at once.
final class EnrollmentQueue: Service {
  /// Why an enrollment came to no decision.
  enum Failure: Error {
    /// It was never begun; trying again can help.
    case overloaded(String)
    /// The authority failed at it.
    case authority(AuthorityError)
  }

  typealias Outcome = Result<EnrollmentOutcome, Failure>

  private struct Waiting {
    let enrollment: Enrollment
    let continuation: CheckedContinuation<Outcome, Never>
  }

  private struct State {
    var waiting: [Waiting] = []
    var isClosed = false
  }

  /// How many enrollments one group may hold: about 100 ms of work.
  static let groupCount = 128
  /// How many may wait: about a second of work. Beyond, an applicant is told to come back.
  let capacity: Int

  private let authority: OverlayAuthority
  private let threads: NIOThreadPool
  private let metrics: ServerMetrics
  private let engine: AdmissionEngine
  private let clock: @Sendable () -> AdmissionTime
  private let state = Mutex(State())
  private let wake: AsyncStream<Void>
  private let waker: AsyncStream<Void>.Continuation

  init(
    _ authority: OverlayAuthority, engine: AdmissionEngine, threads: NIOThreadPool,
    metrics: ServerMetrics, capacity: Int, clock: @escaping @Sendable () -> AdmissionTime
  ) {
    self.authority = authority
    self.engine = engine
    self.threads = threads
    self.metrics = metrics
    self.capacity = capacity
    self.clock = clock
    (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// How many wait now.
  var count: Int { state.withLock { $0.waiting.count } }

  /// Waits until the enrollment is committed or refused.
  func enroll(_ enrollment: Enrollment) async -> Outcome {
    await withCheckedContinuation { continuation in
      let refusal = state.withLock { state -> String? in
        if state.isClosed { return "the server is going down" }
        guard state.waiting.count < capacity else {
          return "\(capacity) enrollments are waiting already"
        }
        state.waiting.append(Waiting(enrollment: enrollment, continuation: continuation))
        return nil
      }
      if let refusal {
        continuation.resume(returning: .failure(.overloaded(refusal)))
      } else {
        waker.yield()
      }
    }
  }

  /// Commits groups until the server has answered its last request.
  func run() async throws {
    await cancelWhenGracefulShutdown {
      for await _ in self.wake { await self.drain() }
    }
    state.withLock { $0.isClosed = true }
    await drain()
  }

  private func drain() async {
    while true {
      let group = state.withLock { state -> [Waiting] in
        let group = Array(state.waiting.prefix(EnrollmentQueue.groupCount))
        state.waiting.removeFirst(group.count)
        return group
      }
      if group.isEmpty { return }
      let outcomes = await commit(group.map(\.enrollment))
      metrics.committed(group.count)
      for (waiting, outcome) in zip(group, outcomes) {
        waiting.continuation.resume(returning: outcome)
      }
    }
  }

  private func commit(_ enrollments: [Enrollment]) async -> [Outcome] {
    let (authority, engine, now) = (authority, engine, clock())
    do {
      return try await threads.runIfActive {
        authority.enroll(enrollments, by: engine, at: now).map { $0.mapError(Failure.authority) }
      }
    } catch {
      return enrollments.map { _ in .failure(.overloaded("the server is going down")) }
    }
  }
}
