import CertificateAuthority
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NodeCredentials
import Synchronization
import TransparencyLog

/// The routes that only publish: lists, statuses, the overlay document, the log, and health.
///
/// Everything here is signed or public, so it may be served without TLS and be cached.
final class StatusRoutes: Sendable {
  private let authority: OverlayAuthority
  private let metrics: ServerMetrics
  private let queue: EnrollmentQueue
  private let liaison: WitnessLiaison
  private let settings: ServerSettings
  private let limits: BodyLimits
  private let clock: @Sendable () -> CredentialTime
  private let signed = Mutex<SignedOverlayDocument?>(nil)

  init(
    _ desk: EnrollmentDesk, liaison: WitnessLiaison, metrics: ServerMetrics,
    settings: ServerSettings, limits: BodyLimits
  ) {
    self.liaison = liaison
    authority = desk.authority
    queue = desk.queue
    clock = { [clock = desk.clock] in clock().credentialTime }
    self.metrics = metrics
    self.settings = settings
    self.limits = limits
  }

  func add(to router: Router<EnrollmentContext>) {
    router.get("/:list", use: revocationList)
    router.post("/ocsp", use: ocspPost)
    router.get("/ocsp/**", use: ocspGet)
    router.get("/.well-known/reload-config", use: overlayDocument)
    router.get("/log/**", use: logFile)
    router.get("/health") { _, _ in self.text("alive\n") }
    router.get("/ready", use: ready)
    router.get("/metrics", use: metricsPage)
  }

  // MARK: revocation

  /// `/issuing.crl`, `/issuing-2.crl`, ...: DER, or PEM with `?pem`.
  private func revocationList(
    _ request: Request, _ context: EnrollmentContext
  ) throws -> Response {
    let name = context.parameters.get("list") ?? ""
    let lists = try authority.publishedRevocationLists()
    guard let list = lists.first(where: { $0.fileName == name }) else {
      throw Problem.notFound("there is nothing at this path")
    }
    var headers: HTTPFields = [:]
    let left = list.nextUpdate.secondsSinceEpoch - clock().secondsSinceEpoch
    headers[.cacheControl] = "public, max-age=\(max(0, min(left, 60)))"
    if request.uri.queryParameters["pem"] != nil {
      return answer(
        try PEM.encode(list.der, label: "X509 CRL"), "application/x-pem-file", headers)
    }
    return answer(list.der, "application/pkix-crl", headers)
  }

  private func ocspPost(_ request: Request, _ context: EnrollmentContext) async throws -> Response {
    guard request.hasMediaType("application/ocsp-request") else {
      throw Problem.mediaType("application/ocsp-request")
    }
    let body = try await request.wholeBody(limits)
    return status(of: { () throws(OCSPRequestError) in try OCSPRequest(der: body) })
  }

  /// The request in the path, base64 and then percent-encoded (RFC 6960 appendix A.1).
  private func ocspGet(_ request: Request, _ context: EnrollmentContext) throws -> Response {
    let path = request.uri.path
    let encoded = path.dropFirst("/ocsp/".count)
    let text = String(encoded).removingPercentEncoding ?? ""
    return status(of: { () throws(OCSPRequestError) in try OCSPRequest(base64: Array(text.utf8)) })
  }

  private func status(of read: () throws(OCSPRequestError) -> OCSPRequest) -> Response {
    let octets: [UInt8]
    do {
      octets = try authority.status(for: read(), at: clock())
    } catch is OCSPRequestError {
      octets = OCSPFailure.malformedRequest.der
    } catch {
      octets = OCSPFailure.tryLater.der
    }
    return answer(octets, "application/ocsp-response", [:])
  }

  // MARK: overlay document

  private func overlayDocument(
    _ request: Request, _ context: EnrollmentContext
  ) throws -> Response {
    let document = try document()
    let accepted = request.headers[.accept] ?? ""
    if accepted.contains("json") {
      return answer(document.json, "application/jose+json", [:])
    }
    return answer(document.xml, "application/p2p-overlay+xml", [:])
  }

  /// Signed once for each number: a signature costs time, and ECDSA gives other octets each time.
  private func document() throws -> SignedOverlayDocument {
    let sequence = try authority.documentSequence()
    if let known = signed.withLock({ $0 }), known.sequence == sequence { return known }
    let document = try authority.overlayDocument(
      enrollmentServers: settings.enrollmentURLs, bootstrap: settings.bootstrapNodes, at: clock())
    signed.withLock { $0 = document }
    return document
  }

  // MARK: log

  /// The log's static files: the checkpoint never cached, tiles for ever.
  private func logFile(_ request: Request, _ context: EnrollmentContext) throws -> Response {
    let path = String(request.uri.path.dropFirst("/log/".count))
    let files = authority.logFiles
    if path == "checkpoint" {
      return answer(try files.checkpoint(), "text/plain; charset=utf-8", [:])
    }
    guard let coordinate = TileCoordinate(path: path), let octets = try? files.octets(coordinate)
    else { throw Problem.notFound("the log has no such tile") }
    return answer(
      octets, "application/octet-stream", [.cacheControl: "public, max-age=31536000, immutable"])
  }

  // MARK: health

  /// Ready means that an enrollment sent now would be taken: there is room, and a current list.
  private func ready(_ request: Request, _ context: EnrollmentContext) throws -> Response {
    guard queue.count < queue.capacity else { throw Problem.overloaded("the queue is full") }
    let now = clock()
    guard let list = try authority.publishedRevocationLists().last, now <= list.nextUpdate else {
      throw Problem.overloaded("there is no current revocation list", retryAfterSeconds: 60)
    }
    return text("ready\n")
  }

  private func metricsPage(_ request: Request, _ context: EnrollmentContext) throws -> Response {
    let figures = try authority.figures()
    func gauge(_ name: String, _ help: String, _ value: Int64) -> ServerMetrics.Gauge {
      ServerMetrics.Gauge(name: "redoubt_" + name, help: help, value: value)
    }
    var gauges = [
      gauge("queue_length", "Enrollments that wait.", Int64(queue.count)),
      gauge("certificates", "Certificates ever issued.", Int64(figures.certificates)),
      gauge("revoked_certificates", "Certificates ever revoked.", Int64(figures.revoked)),
      gauge(
        "burnt_ids", "Ids set aside and never issued, those in work included.",
        Int64(figures.burnt)),
      gauge("log_size", "Entries in the transparency log.", Int64(clamping: figures.logSize)),
      gauge(
        "revocation_list_next_update_seconds",
        "When the newest revocation list ends, seconds since 1970.",
        figures.listNextUpdate?.secondsSinceEpoch ?? 0),
    ]
    for (peer, size) in liaison.cosignedSizes {
      gauges.append(
        ServerMetrics.Gauge(
          name: "redoubt_witness_cosigned_size", help: "Log size that a witness cosigned last.",
          labels: [("witness", "\(peer.key.name)")], value: Int64(clamping: size)))
    }
    let page = metrics.page(gauges)
    return answer(Array(page.utf8), "text/plain; version=0.0.4; charset=utf-8", [:])
  }

  private func text(_ text: String) -> Response {
    answer(Array(text.utf8), "text/plain; charset=utf-8", [:])
  }
}
