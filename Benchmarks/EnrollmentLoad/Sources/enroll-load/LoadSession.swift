import LoadModel
import NIOCore
import NIOPosix

/// What one session of load does.
struct SessionPlan: Sendable {
  enum Workload: Sendable {
    /// Every connection sends its next request when the last answer is there; nil never ends.
    case closed(total: Int?)
    /// Requests are due at fixed moments, whatever the server does.
    case open(SendSchedule)
  }

  let access: ServerAccess
  let connectionCount: Int
  let workload: Workload
  /// The heads of requests, one per account, used in turn; without the length of the body.
  let heads: [[UInt8]]
  /// An answer that takes longer is given up, and its connection closed.
  let requestTimeout: TimeAmount
  /// Whether a lost connection is the end (the server was killed) or is opened again.
  let endsWithServer: Bool

  /// After so many failures to connect in a row, a session gives up.
  static let connectFailuresMax = 200
}

/// What a session counted.
struct SessionOutcome: Sendable {
  /// From the moment it is due (open loop) or sent (closed loop) to the last octet of the answer.
  var latency = LatencyHistogram()
  /// From the sending to the last octet of the answer.
  var serviceTime = LatencyHistogram()
  /// Answers by status code.
  var statuses: [Int: Int] = [:]
  /// Requests that got no answer, by the reason.
  var losses: [String: Int] = [:]
  var sentCount = 0
  var connectionsOpened = 0
  var waitingMax = 0
  /// Requests that an open loop never sent, as the session had to give up.
  var unsentCount = 0
  /// From the first request sent to the last answer.
  var nanoseconds: UInt64 = 0

  var answeredCount: Int { statuses.values.reduce(0, +) }
}

/// Drives connections on one event loop; all of its state belongs to that loop.
final class LoadSession {
  let plan: SessionPlan
  private let loop: any EventLoop
  private let checker: AnswerChecker
  private var source: RequestSource
  private let finished: EventLoopPromise<SessionOutcome>

  private(set) var outcome = SessionOutcome()
  private var ready: CircularBuffer<LoadConnection> = []
  private var busy: [ObjectIdentifier: LoadConnection] = [:]
  private var openingCount = 0
  private var connectFailures = 0
  private var headIndex = 0

  private var schedule: SendSchedule?
  private var isScheduleOver = true
  private var due: CircularBuffer<NIODeadline> = []
  private var started: NIODeadline?
  private var isEnding = false
  private var isFinished = false
  private var timeouts: Ticker?
  private var atBeginning: (() -> Void)?
  private var atFirstCertificate: (() -> Void)?

  init(
    plan: SessionPlan, requests: RequestBatch, checker: AnswerChecker, loop: any EventLoop
  ) throws {
    self.plan = plan
    self.loop = loop
    self.checker = checker
    source = try RequestSource(requests)
    finished = loop.makePromise()
  }

  /// Calls `body` when the connections are open and the first requests go out.
  func whenLoadBegins(_ body: @escaping () -> Void) { atBeginning = body }

  /// Calls `body` when the first certificate is there.
  func whenFirstEnrolled(_ body: @escaping () -> Void) { atFirstCertificate = body }

  var enrolledCount: Int { outcome.statuses[200] ?? 0 }

  var madeLateCount: Int { source.madeLateCount }

  /// Opens the connections and, when all are there, starts the clock.
  func start() -> EventLoopFuture<SessionOutcome> {
    loop.assertInEventLoop()
    for _ in 0..<plan.connectionCount { open() }
    timeouts = Ticker(on: loop, after: .milliseconds(250), every: .milliseconds(250)) { [self] in
      closeOverdue()
    }
    return finished.futureResult
  }

  /// Ends the session: connections close, requests under way count as lost.
  func stop(_ reason: String) {
    guard !isEnding else { return }
    isEnding = true
    for connection in ready { connection.close() }
    for connection in busy.values { connection.lose(reason) }
    finishIfDone()
  }

  // MARK: Connections

  private func open() {
    openingCount += 1
    let bound = NIOLoopBound(self, eventLoop: loop)
    plan.access.connect(on: loop) { LoadConnection(session: bound.value) }
      .assumeIsolated().whenFailure { [self] error in
        openingCount -= 1
        connectFailed("\(error)")
      }
  }

  /// The TLS handshake of a connection is done.
  func connectionReady(_ connection: LoadConnection) {
    openingCount -= 1
    connectFailures = 0
    outcome.connectionsOpened += 1
    if isEnding { return connection.close() }
    ready.append(connection)
    if started == nil {
      if openingCount == 0 { begin() }
    } else {
      dispatch()
    }
  }

  /// A connection is gone. Its request, if it had one, is lost for the given reason.
  func connectionEnded(_ connection: LoadConnection, wasReady: Bool, reason: String) {
    if !wasReady {
      openingCount -= 1
      return connectFailed(reason)
    }
    ready.removeAll { $0 === connection }
    if busy.removeValue(forKey: ObjectIdentifier(connection)) != nil { lost(reason) }
    afterLoss()
  }

  private func connectFailed(_ reason: String) {
    connectFailures += 1
    outcome.losses["connect: \(reason.prefix(160))", default: 0] += 1
    // A server that was never there is not waited for: it may distrust, or be distrusted.
    let most = started == nil ? 1 : SessionPlan.connectFailuresMax
    if connectFailures >= most { stop("the server cannot be reached") }
    afterLoss()
  }

  private func afterLoss() {
    if plan.endsWithServer, started != nil || connectFailures > 0 { stop("the server is gone") }
    if !isEnding, !isWorkDone {
      if connectFailures == 0 {
        open()
      } else {
        _ = loop.assumeIsolated().scheduleTask(in: .milliseconds(50)) { [self] in
          if !isEnding { open() } else { finishIfDone() }
        }
        return
      }
    }
    finishIfDone()
  }

  private func closeOverdue() {
    let limit = NIODeadline.now() - plan.requestTimeout
    for connection in busy.values where connection.sent < limit { connection.lose("time-out") }
  }

  // MARK: Work

  private func begin() {
    let now = NIODeadline.now()
    started = now
    atBeginning?()
    if case .open(let schedule) = plan.workload {
      self.schedule = schedule
      isScheduleOver = false
      armNext(after: now)
    }
    dispatch()
  }

  private func armNext(after start: NIODeadline) {
    guard let offset = schedule?.next() else {
      isScheduleOver = true
      return finishIfDone()
    }
    let moment = start + .nanoseconds(Int64(offset))
    _ = loop.assumeIsolated().scheduleTask(deadline: moment) { [self] in
      if isEnding { return }
      due.append(moment)
      outcome.waitingMax = max(outcome.waitingMax, due.count)
      dispatch()
      armNext(after: start)
    }
  }

  private func dispatch() {
    guard started != nil, !isEnding else { return finishIfDone() }
    while let connection = ready.first, let intended = nextDue() {
      ready.removeFirst()
      send(on: connection, intended: intended)
    }
    finishIfDone()
  }

  /// The moment that the next request is due, if there is one to send now.
  private func nextDue() -> NIODeadline? {
    switch plan.workload {
    case .closed(let total):
      return outcome.sentCount < total ?? .max ? .now() : nil
    case .open:
      return due.popFirst()
    }
  }

  private func send(on connection: LoadConnection, intended: NIODeadline) {
    do {
      let request = try source.next()
      headIndex = (headIndex + 1) % plan.heads.count
      outcome.sentCount += 1
      busy[ObjectIdentifier(connection)] = connection
      connection.send(head: plan.heads[headIndex], body: request, intended: intended)
    } catch {
      stop("no request can be made: \(error)")
    }
  }

  /// A whole answer is there.
  func answered(_ connection: LoadConnection, _ response: HTTPResponse, request: [UInt8]) {
    let now = NIODeadline.now()
    outcome.latency.record(nanoseconds: nanoseconds(from: connection.intended, to: now))
    outcome.serviceTime.record(nanoseconds: nanoseconds(from: connection.sent, to: now))
    outcome.statuses[response.status, default: 0] += 1
    if let started { outcome.nanoseconds = nanoseconds(from: started, to: now) }
    busy.removeValue(forKey: ObjectIdentifier(connection))
    if response.status == 200 {
      checker.check(response, request: request)
      atFirstCertificate?()
      atFirstCertificate = nil
    }
    if response.closes {
      connection.close()
    } else {
      ready.append(connection)
    }
    dispatch()
  }

  private func lost(_ reason: String) {
    outcome.losses[reason, default: 0] += 1
  }

  private var isWorkDone: Bool {
    guard started != nil else { return false }
    return switch plan.workload {
    case .closed(let total): outcome.sentCount >= total ?? .max
    case .open: isScheduleOver && due.isEmpty
    }
  }

  private func finishIfDone() {
    guard !isFinished, started != nil || isEnding else { return }
    guard busy.isEmpty, isEnding || isWorkDone, !isEnding || openingCount == 0 else { return }
    isFinished = true
    isEnding = true
    timeouts?.cancel()
    timeouts = nil
    outcome.unsentCount = due.count
    for connection in ready { connection.close() }
    checker.flush()
    finished.succeed(outcome)
  }

  private func nanoseconds(from start: NIODeadline, to end: NIODeadline) -> UInt64 {
    UInt64(max(0, (end - start).nanoseconds))
  }
}
