import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NodeCredentials
import ServiceLifecycle
import UnixSignals

extension HTTP1Channel.Configuration {
  /// Bounded heads, and deadlines for everything that a peer can withhold.
  static func guarded(bodySeconds: Int, idleSeconds: Int) -> HTTP1Channel.Configuration {
    HTTP1Channel.Configuration(
      additionalChannelHandlers: [
        ConnectionGuard(bodySeconds: bodySeconds + 2, idleSeconds: idleSeconds)
      ],
      idleTimeout: .seconds(Int64(idleSeconds)),
      httpDecoderConfiguration: .init(
        maxHeaderFieldSize: 16_384, maxHeaderListSize: 32_768, maxHeaderFieldCount: 100))
  }
}

extension ServerSettings.Endpoint {
  /// A server at this place that accepts so many connections at once, and tells its port when it
  /// listens.
  /// - Parameter connections: nil for what the descriptor limit allows.
  func application(
    _ router: Router<EnrollmentContext>, _ server: HTTPServerBuilder, backlog: Int,
    connections: Int?, logger: Logger, listening: @escaping @Sendable (Int) -> Void
  ) -> any Service {
    Application(
      router: router, server: server,
      configuration: ApplicationConfiguration(
        address: .hostname(ip.description, port: port), backlog: backlog,
        availableConnectionsDelegate: MaximumAvailableConnections(
          connections ?? DescriptorLimit.connections, logger: logger)),
      onServerRunning: { channel in listening(channel.localAddress?.port ?? port) },
      logger: logger)
  }
}

extension ServiceGroup {
  /// Runs services until SIGTERM or SIGINT, or until `stop` returns; they go down last one first.
  static func serve(
    _ services: [any Service], drainSeconds: Int, logger: Logger,
    until stop: (@Sendable () async -> Void)?
  ) async throws {
    var configuration = ServiceGroupConfiguration(
      services: services, gracefulShutdownSignals: stop == nil ? [.sigterm, .sigint] : [],
      logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(drainSeconds)
    let group = ServiceGroup(configuration: configuration)
    guard let stop else { return try await group.run() }
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      tasks.addTask {
        await stop()
        await group.triggerGracefulShutdown()
      }
      // The group's end ends the waiting for `stop`; `stop` alone ends nothing yet.
      defer { tasks.cancelAll() }
      try await tasks.waitForAll()
    }
  }
}
