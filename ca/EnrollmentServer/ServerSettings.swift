public import Foundation
public import Logging
public import NodeCredentials

/// How the enrollment server is run.
public struct ServerSettings: Sendable {
  /// Where it listens: an address of this host, and a port; 0 for any free one.
  public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// The address.
    public var ip: IPAddress
    /// The port.
    public var port: Int

    /// An endpoint from its parts.
    public init(ip: IPAddress, port: Int) {
      self.ip = ip
      self.port = port
    }

    /// `192.0.2.1:443` or `[2001:db8::1]:443`.
    public var description: String {
      if case .v6 = ip { return "[\(ip)]:\(port)" }
      return "\(ip):\(port)"
    }
  }

  /// A TLS certificate that is not the authority's own.
  public struct TLSFiles: Hashable, Sendable {
    /// PEM, the server's certificate first.
    public var certificateChain: URL
    /// PEM, not encrypted.
    public var privateKey: URL

    /// The two files.
    public init(certificateChain: URL, privateKey: URL) {
      self.certificateChain = certificateChain
      self.privateKey = privateKey
    }
  }

  /// HTTPS: everything.
  public var endpoint: Endpoint
  /// Plain HTTP for what is public and signed: lists, statuses, the log; nil for none.
  public var statusEndpoint: Endpoint?
  /// nil: a certificate of the authority's own issuing key, new at every start.
  public var tls: TLSFiles?
  /// Host names in the server's own certificate, beside the overlay's name; all below that name.
  public var hosts: [String] = []
  /// What the overlay document says of where to enroll; empty for `https://<overlay>/enroll`.
  public var enrollmentURLs: [String] = []
  /// What the overlay document says of where to join.
  public var bootstrapNodes: [NodeAddress] = []
  /// Who is asked to cosign the log after it grew.
  public var witnesses: [WitnessPeer] = []
  /// Octets of a body.
  public var bodyCountMax = 32_768
  /// Seconds within which a body must arrive.
  public var bodySeconds = 10
  /// Seconds after which a connection without a request is closed.
  public var idleSeconds = 30
  /// Connections at once; nil for what the descriptor limit allows.
  public var connectionsMax: Int?
  /// Enrollments that may wait.
  public var queueCapacity = 1_024
  /// Seconds that requests under way get when the server goes down.
  public var drainSeconds = 20
  /// The least important records that are logged.
  public var logLevel: Logger.Level = .info

  /// Serves HTTPS here, and nothing else.
  public init(endpoint: Endpoint) { self.endpoint = endpoint }
}
