import Admission
import CertificateAuthority
import Logging
import NIOPosix
import ServiceLifecycle

/// What an authority does without being asked: publishes the log, renews lists, forgets.
struct Upkeep: Service {
  private let authority: OverlayAuthority
  private let engine: AdmissionEngine
  private let threads: NIOThreadPool
  private let logger: Logger

  /// The log's files follow the ledger once a second, the rest is looked at once a minute.
  private static let secondsPerMinute = 60

  init(
    _ authority: OverlayAuthority, engine: AdmissionEngine, threads: NIOThreadPool, logger: Logger
  ) {
    self.authority = authority
    self.engine = engine
    self.threads = threads
    self.logger = logger
  }

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      var tick = 0
      while !Task.isCancelled {
        try await Task.sleep(for: .seconds(1))
        tick += 1
        do {
          if tick % Upkeep.secondsPerMinute == 0 {
            try await self.once()
          } else {
            try await self.publish()
          }
        } catch {
          self.logger.error("upkeep failed", metadata: ["error": "\(error)"])
        }
      }
    }
  }

  /// Everything at once: before the first request, and then every minute.
  func once() async throws {
    let (authority, engine) = (authority, engine)
    let isRenewed = try await threads.runIfActive {
      let now = ServerClock.admissionTime()
      try authority.forgetPast(by: engine, at: now)
      try authority.publishLog()
      return try authority.renewRevocationListsIfDue(at: now.credentialTime)
    }
    if isRenewed { logger.info("revocation lists renewed") }
  }

  private func publish() async throws {
    let authority = authority
    try await threads.runIfActive { _ = try authority.publishLog() }
  }
}
