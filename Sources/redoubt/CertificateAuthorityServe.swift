import ArgumentParser
import CertificateAuthority
import EnrollmentServer
import Foundation
import Logging
import NodeCredentials
import TransparencyLog

/// `redoubt ca serve`.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve enrollment over HTTPS until SIGTERM.",
    discussion: """
      Applicants enroll with RELOAD's method (POST /enroll) or EST (/.well-known/est/...), under \
      the rules of the directory's policy.yaml. Published beside it: revocation lists, OCSP, the \
      overlay document (/.well-known/reload-config), the transparency log (/log), /health, \
      /ready, /metrics.

        redoubt ca serve --directory DIR --listen 127.0.0.1:8443
        curl --cacert DIR/root.crt --resolve OVERLAY:8443:127.0.0.1 -u alice:SECRET \\
          -H 'Content-Type: application/pkcs10' --data-binary @node.csr https://OVERLAY:8443/enroll

      Standard output tells where it listens; standard error is the log, one JSON object a line. \
      SIGTERM or SIGINT: no new connections, what is under way is answered and committed, exit 0. \
      docs/guides/enrollment.md has every endpoint and every refusal.
      """)

  @OptionGroup var location: AuthorityLocation

  @Option(name: .long, help: "Where to serve HTTPS, ip:port; port 0 for any that is free.")
  var listen = EndpointArgument(ServerSettings.Endpoint(ip: .v4(0x7F00_0001), port: 8_443))

  @Option(
    name: .long,
    help: "Where to serve what is public and signed without TLS, ip:port: lists, OCSP, the log.")
  var statusListen: EndpointArgument?

  @Option(
    name: .long, help: "The server's certificate chain in PEM; the authority's own when left out.",
    completion: .file())
  var tlsCertificate: String?

  @Option(name: .long, help: "The key of that certificate in PEM.", completion: .file())
  var tlsKey: String?

  @Option(
    name: .long,
    help: "A host name below the overlay's for the authority's own TLS certificate; repeatable.")
  var host: [String] = []

  @Option(
    name: .long,
    help: "An enrollment URL for the overlay document; https://OVERLAY/enroll if left out.")
  var enrollmentUrl: [String] = []

  @Option(name: .long, help: "A bootstrap node for the overlay document, ip:port; repeatable.")
  var bootstrap: [NodeAddress] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A witness that is to cosign the log, https://... or http:// on this machine; repeatable.",
      valueName: "url"))
  var witness: [String] = []

  @Option(
    name: .long, help: "A file with that witness's verifier key, one for each --witness, in order.",
    completion: .file())
  var witnessKey: [String] = []

  @Option(name: .long, help: "How many enrollments may wait before applicants get 503.")
  var queue = 1_024

  @Option(name: .long, help: "Connections at once; what the descriptor limit allows if left out.")
  var connections: Int?

  @Option(name: .long, help: "Seconds in which a request's body must arrive.")
  var bodySeconds = 10

  @Option(name: .long, help: "Seconds after which an idle connection is closed.")
  var idleSeconds = 30

  @Option(name: .long, help: "Seconds that requests under way get after SIGTERM.")
  var drainSeconds = 20

  @Option(name: .long, help: "The least important records to log.")
  var logLevel: LogLevel = .info

  @OptionGroup var passphrase: KeyPassphrase

  @OptionGroup var patience: LedgerPatience

  /// The names of log levels.
  enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case debug, info, notice, warning, error
  }

  func validate() throws {
    guard (tlsCertificate == nil) == (tlsKey == nil) else {
      throw ValidationError("--tls-certificate and --tls-key go together")
    }
    guard witness.count == witnessKey.count else {
      throw ValidationError("each --witness needs its --witness-key")
    }
    for url in witness where WitnessAddress(url) == nil {
      throw ValidationError("--witness \(url): must be https://, or http:// on this machine")
    }
    let numbers: [(String, Int, ClosedRange<Int>)] = [
      ("--queue", queue, 1...100_000), ("--connections", connections ?? 1, 1...1_000_000),
      ("--body-seconds", bodySeconds, 1...3_600), ("--idle-seconds", idleSeconds, 1...86_400),
      ("--drain-seconds", drainSeconds, 1...3_600),
    ]
    for (name, value, range) in numbers where !range.contains(value) {
      throw ValidationError("\(name) must be from \(range.lowerBound) to \(range.upperBound)")
    }
  }

  func run() async throws {
    try await AuthoritySession.run {
      let authority = try passphrase.open(location, patience)
      let server = EnrollmentServer(
        authority, settings: try settings(), log: { StandardError.write($0) },
        report: { event in
          switch event {
          case .listening(let port, let isTLS):
            let scheme = isTLS ? "https" : "http"
            let ip = isTLS ? listen.endpoint.ip : (statusListen ?? listen).endpoint.ip
            print("listening \(scheme)://\(ServerSettings.Endpoint(ip: ip, port: port))")
            fflush(nil)
          }
        })
      do {
        try await server.run()
      } catch let error as AuthorityError {
        throw error
      } catch {
        throw AuthoritySession.failure("the server stopped: \(error)", 71)
      }
    }
  }

  private func settings() throws -> ServerSettings {
    var settings = ServerSettings(endpoint: listen.endpoint)
    settings.statusEndpoint = statusListen?.endpoint
    if let tlsCertificate, let tlsKey {
      settings.tls = ServerSettings.TLSFiles(
        certificateChain: URL(fileURLWithPath: tlsCertificate),
        privateKey: URL(fileURLWithPath: tlsKey))
    }
    settings.hosts = host
    settings.enrollmentURLs = enrollmentUrl
    settings.bootstrapNodes = bootstrap
    for (url, file) in zip(witness, witnessKey) {
      guard let address = WitnessAddress(url) else { continue }
      let key = try LogKeyFile.read(file)
      do {
        settings.witnesses.append(try WitnessPeer(address: address, key: key))
      } catch {
        throw AuthorityError.invalid(path: file, line: 1, detail: error.description)
      }
    }
    settings.queueCapacity = queue
    settings.connectionsMax = connections
    settings.bodySeconds = bodySeconds
    settings.idleSeconds = idleSeconds
    settings.drainSeconds = drainSeconds
    settings.logLevel = Logger.Level(rawValue: logLevel.rawValue) ?? .info
    return settings
  }
}

/// `ip:port`, where the port may be 0.
struct EndpointArgument: ExpressibleByArgument {
  let endpoint: ServerSettings.Endpoint

  init(_ endpoint: ServerSettings.Endpoint) { self.endpoint = endpoint }

  init?(argument: String) {
    guard let colon = argument.lastIndex(of: ":"),
      let port = UInt16(argument[argument.index(after: colon)...])
    else { return nil }
    // The same text with a port that an address may have.
    guard let address = NodeAddress(String(argument[...colon]) + "1") else { return nil }
    endpoint = ServerSettings.Endpoint(ip: address.ip, port: Int(port))
  }

  var defaultValueDescription: String { "\(endpoint)" }
}
