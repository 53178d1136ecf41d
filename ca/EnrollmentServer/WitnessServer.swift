public import CertificateAuthority
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
import NodeCredentials
import ServiceLifecycle
import TransparencyLog

/// A witness behind HTTP: logs send it checkpoints, and it cosigns what grew out of the last one.
///
/// Source: [TlogWitness26], `POST /add-checkpoint`. What is sent is signed, so TLS adds little; put
/// a reverse proxy in front where it is wanted.
public struct WitnessServer: Sendable {
  /// How a witness is served.
  public struct Settings: Sendable {
    /// Where it listens.
    public var endpoint: ServerSettings.Endpoint
    /// Seconds within which a body must arrive.
    public var bodySeconds = 10
    /// Seconds after which a connection without a request is closed.
    public var idleSeconds = 30
    /// Connections at once; nil for what the descriptor limit allows.
    public var connectionsMax: Int?
    /// Seconds that requests under way get when the server goes down.
    public var drainSeconds = 20
    /// The least important records that are logged.
    public var logLevel: Logger.Level = .info

    /// Serves here.
    public init(endpoint: ServerSettings.Endpoint) { self.endpoint = endpoint }
  }

  private let witness: LogWitness
  private let settings: Settings
  private let log: @Sendable (String) -> Void
  private let report: @Sendable (EnrollmentServer.Event) -> Void

  /// Prepares a server; nothing is opened yet.
  /// - Parameters:
  ///   - log: takes each log record as one line of JSON.
  ///   - report: is told when the server listens.
  public init(
    _ witness: LogWitness, settings: Settings, log: @escaping @Sendable (String) -> Void,
    report: @escaping @Sendable (EnrollmentServer.Event) -> Void
  ) {
    self.witness = witness
    self.settings = settings
    self.log = log
    self.report = report
  }

  /// Serves until SIGTERM or SIGINT, or until `stop` returns.
  /// - Throws: what the network says when it cannot listen.
  public func run(until stop: (@Sendable () async -> Void)? = nil) async throws {
    let threads = NIOThreadPool(numberOfThreads: 1)
    threads.start()
    let logger = Logger(label: "redoubt.witness") { [settings, log] _ in
      JSONLog(level: settings.logLevel, write: log)
    }
    let router = Router(context: EnrollmentContext.self)
    router.addMiddleware { WitnessMiddleware() }
    let limits = BodyLimits(count: WitnessRequest.octetsMax, seconds: settings.bodySeconds)
    WitnessRoutes(witness: witness, threads: threads, limits: limits).add(to: router)
    let application = settings.endpoint.application(
      router,
      .http1(
        configuration: .guarded(
          bodySeconds: settings.bodySeconds, idleSeconds: settings.idleSeconds)),
      backlog: 256, connections: settings.connectionsMax, logger: logger
    ) { [report] port in report(.listening(port: port, isTLS: false)) }
    try await ServiceGroup.serve(
      [application], drainSeconds: settings.drainSeconds, logger: logger, until: stop)
    try await threads.shutdownGracefully()
  }
}

/// The one thing that a witness does for others.
struct WitnessRoutes: Sendable {
  let witness: LogWitness
  let threads: NIOThreadPool
  let limits: BodyLimits

  func add(to router: Router<EnrollmentContext>) {
    router.post("/add-checkpoint", use: addCheckpoint)
    router.get("/health") { _, _ in
      WitnessMiddleware.answer(
        WitnessAnswer(status: 200, line: "alive"))
    }
  }

  private func addCheckpoint(
    _ request: Request, _ context: EnrollmentContext
  ) async throws -> Response {
    let body = try await request.wholeBody(limits)
    let witness = witness
    let time = UInt64(max(1, ServerClock.admissionTime().credentialTime.secondsSinceEpoch))
    // One thread: a state is written before the next request is decided on it.
    let decision = try await threads.runIfActive { try witness.decide(body: body, time: time) }
    record(decision, context)
    return WitnessMiddleware.answer(decision.verdict.answer)
  }

  private func record(_ decision: WitnessDecision, _ context: EnrollmentContext) {
    var facts: Logger.Metadata = [
      "verdict": "\(decision.verdict.name)",
      "peer": "\(context.peer.map { "\($0)" } ?? "")",
    ]
    if let origin = decision.origin { facts["origin"] = "\(origin)" }
    guard let evidence = decision.evidence else {
      context.logger.info("add-checkpoint", metadata: facts)
      return
    }
    facts["knownSize"] = "\(evidence.knownSize)"
    facts["offeredSize"] = "\(evidence.offeredSize)"
    facts["evidence"] = "\(evidence.files.map(\.path).joined(separator: " "))"
    let isFork = if case .fork = decision.verdict { true } else { false }
    context.logger.error(
      isFork
        ? "the log signed two histories"
        : "the log did not show that its checkpoint grew out of the known one",
      metadata: facts)
  }
}

/// Words every error as plain text, as witnesses do.
struct WitnessMiddleware: RouterMiddleware {
  typealias Context = EnrollmentContext

  func handle(
    _ request: Request, context: EnrollmentContext,
    next: (Request, EnrollmentContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let problem as Problem {
      return Self.answer(
        WitnessAnswer(status: problem.status.code, line: problem.detail),
        closes: problem.closesConnection)
    } catch let error as HTTPError {
      return Self.answer(
        WitnessAnswer(status: error.status.code, line: error.status.reasonPhrase))
    } catch {
      if !(error is CancellationError) {
        context.logger.error("a request failed", metadata: ["error": "\(error)"])
      }
      return Self.answer(
        WitnessAnswer(status: 500, line: "the witness could not do its work; nothing was cosigned"))
    }
  }

  static func answer(_ answer: WitnessAnswer, closes: Bool = false) -> Response {
    var headers: HTTPFields = [.contentType: answer.contentType, .cacheControl: "no-store"]
    if closes { headers[.connection] = "close" }
    return Response(
      status: HTTPResponse.Status(code: answer.status), headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
  }
}
