import Admission
public import CertificateAuthority
import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import NodeCredentials
import ServiceLifecycle

/// The enrollment server: an authority at work behind HTTPS.
public struct EnrollmentServer: Sendable {
  /// What a running server tells.
  public enum Event: Sendable {
    /// It listens; the port is the one that it got.
    case listening(port: Int, isTLS: Bool)
  }

  private let authority: OverlayAuthority
  private let settings: ServerSettings
  private let log: @Sendable (String) -> Void
  private let report: @Sendable (Event) -> Void

  /// Prepares a server; nothing is opened yet.
  /// - Parameters:
  ///   - log: takes each log record as one line of JSON.
  ///   - report: is told when the server listens.
  public init(
    _ authority: OverlayAuthority, settings: ServerSettings,
    log: @escaping @Sendable (String) -> Void, report: @escaping @Sendable (Event) -> Void
  ) {
    self.authority = authority
    self.settings = settings
    self.log = log
    self.report = report
  }

  /// Serves until SIGTERM or SIGINT, or until `stop` returns; then refuses new connections, answers
  /// what is under way, and returns when all of it is committed and published.
  /// - Throws: `AuthorityError`, or what the network says when it cannot listen.
  public func run(until stop: (@Sendable () async -> Void)? = nil) async throws {
    let engine = try authority.admissionEngine()
    let metrics = ServerMetrics()
    let threads = NIOThreadPool(numberOfThreads: 1)
    let secretThreads = NIOThreadPool(numberOfThreads: 1)
    let witnessThreads = NIOThreadPool(numberOfThreads: 1)
    threads.start()
    secretThreads.start()
    witnessThreads.start()
    let logger = Logger(label: "redoubt.ca") { [settings, log] _ in
      JSONLog(level: settings.logLevel, write: log)
    }
    let queue = EnrollmentQueue(
      authority, engine: engine, threads: threads, metrics: metrics,
      capacity: settings.queueCapacity, clock: ServerClock.admissionTime)
    let desk = EnrollmentDesk(
      authority: authority, engine: engine,
      autonomousSystems: try authority.autonomousSystems(for: engine.policy),
      gate: try AccountGate(authority, engine: engine, threads: secretThreads), queue: queue,
      metrics: metrics, limits: bodyLimits, clock: ServerClock.admissionTime)
    let upkeep = Upkeep(authority, engine: engine, threads: threads, logger: logger)
    try await upkeep.once()
    let liaison = WitnessLiaison(
      authority, peers: settings.witnesses, threads: witnessThreads, logger: logger)
    let services: [any Service] =
      [upkeep, queue, liaison] + (try applications(desk, liaison, metrics, logger))
    try await ServiceGroup.serve(
      services, drainSeconds: settings.drainSeconds, logger: logger, until: stop)
    try await threads.shutdownGracefully()
    try await secretThreads.shutdownGracefully()
    try await witnessThreads.shutdownGracefully()
    try authority.publishLog()
  }

  private var bodyLimits: BodyLimits {
    BodyLimits(count: settings.bodyCountMax, seconds: settings.bodySeconds)
  }

  // MARK: listening

  private func applications(
    _ desk: EnrollmentDesk, _ liaison: WitnessLiaison, _ metrics: ServerMetrics, _ logger: Logger
  ) throws -> [any Service] {
    let status = StatusRoutes(
      desk, liaison: liaison, metrics: metrics, settings: settings, limits: bodyLimits)
    let secure = router(metrics, isTLS: true)
    EnrollmentRoutes(desk: desk, authorities: authority.authorityCertificates)
      .add(to: secure)
    status.add(to: secure)
    var applications: [any Service] = []
    if let endpoint = settings.statusEndpoint {
      let plain = router(metrics, isTLS: false)
      status.add(to: plain)
      applications.append(
        application(plain, .http1(configuration: channel), endpoint, isTLS: false, logger))
    }
    let tls: HTTPServerBuilder = try .tls(
      .http1(configuration: channel), tlsConfiguration: tlsConfiguration())
    applications.append(application(secure, tls, settings.endpoint, isTLS: true, logger))
    return applications
  }

  private func router(_ metrics: ServerMetrics, isTLS: Bool) -> Router<EnrollmentContext> {
    // Whoever may GET may also HEAD (RFC 9110 section 9.1).
    let router = Router(context: EnrollmentContext.self, options: .autoGenerateHeadEndpoints)
    router.addMiddleware { AnswerMiddleware(metrics: metrics, isTLS: isTLS) }
    return router
  }

  private var channel: HTTP1Channel.Configuration {
    .guarded(bodySeconds: settings.bodySeconds, idleSeconds: settings.idleSeconds)
  }

  private func application(
    _ router: Router<EnrollmentContext>, _ server: HTTPServerBuilder,
    _ endpoint: ServerSettings.Endpoint, isTLS: Bool, _ logger: Logger
  ) -> any Service {
    endpoint.application(
      router, server, backlog: 1_024, connections: settings.connectionsMax, logger: logger
    ) { [report] port in report(.listening(port: port, isTLS: isTLS)) }
  }

  private func tlsConfiguration() throws -> TLSConfiguration {
    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey
    if let files = settings.tls {
      chain = try NIOSSLCertificate.fromPEMFile(files.certificateChain.path)
      key = try NIOSSLPrivateKey(file: files.privateKey.path, format: .pem)
    } else {
      let made = try authority.serverCertificate(
        hosts: settings.hosts, ip: settings.endpoint.ip,
        at: ServerClock.admissionTime().credentialTime)
      chain = try made.chain.map { try NIOSSLCertificate(bytes: $0, format: .der) }
      key = try NIOSSLPrivateKey(bytes: made.keyPEM, format: .pem)
    }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    return configuration
  }
}
