import Foundation
import LoadModel
import NIOCore
import NIOPosix
import NIOSSL
import NodeCredentials

/// How to reach a server: where it is and whom to believe.
struct ServerAccess: Sendable {
  let target: LoopbackTarget
  /// The name to ask for and to check; nil checks the address that was dialled.
  let serverName: String?
  private let context: NIOSSLContext
  private let verifier: ServerVerifier

  /// Trusts one root certificate (PEM) and nothing else.
  ///
  /// The chain is judged by OpenSSL: the library under the connection refuses server certificates
  /// that name an address when the issuing authority has name constraints of that kind.
  init(target: LoopbackTarget, rootPath: String, serverName: String?) throws {
    self.target = target
    self.serverName = serverName
    let text = [UInt8](try Data(contentsOf: URL(filePath: rootPath)))
    guard let root = PEM.decode(text, label: "CERTIFICATE") else {
      throw CertificateRejection.malformed("\(rootPath) is no PEM certificate")
    }
    verifier = ServerVerifier(root: root)
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.trustRoots = .file(rootPath)
    configuration.certificateVerification = .fullVerification
    context = try NIOSSLContext(configuration: configuration)
  }

  /// Opens a connection whose last handler is the one that `handler` makes on the event loop.
  /// - Parameter source: a loopback address to come from; nil leaves the choice to the system.
  func connect(
    on loop: any EventLoop, from source: String? = nil, usesTLS: Bool = true,
    handler: @escaping @Sendable () -> any ChannelHandler
  ) -> EventLoopFuture<any Channel> {
    do {
      let address = try SocketAddress(ipAddress: target.host, port: target.port)
      var bootstrap = ClientBootstrap(group: loop)
        .connectTimeout(.seconds(10))
        .channelOption(.socketOption(.tcp_nodelay), value: 1)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            if usesTLS { try channel.pipeline.syncOperations.addHandler(tlsHandler()) }
            try channel.pipeline.syncOperations.addHandler(handler())
          }
        }
      if let source {
        bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: source, port: 0))
      }
      return bootstrap.connect(to: address)
    } catch {
      return loop.makeFailedFuture(error)
    }
  }

  private func tlsHandler() throws -> NIOSSLClientHandler {
    try NIOSSLClientHandler(
      context: context, serverHostname: serverName,
      customVerificationCallback: { certificates, promise in
        let now = CredentialTime(secondsSinceEpoch: Int64(Date().timeIntervalSince1970))
        do {
          try verifier.verify(
            chain: certificates.map { try $0.toDERBytes() }, host: serverName,
            address: target.host, at: now)
          promise.succeed(.certificateVerified)
        } catch {
          progress("the server's certificate: \(error)")
          promise.succeed(.failed)
        }
      })
  }
}
