import CertificateAuthority
import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1

/// Turns every error into a problem document, and counts every answer.
struct AnswerMiddleware: RouterMiddleware {
  typealias Context = EnrollmentContext

  let metrics: ServerMetrics
  /// Whether answers leave by TLS; only then may they ask for it (RFC 6797 section 7.2).
  let isTLS: Bool

  func handle(
    _ request: Request, context: EnrollmentContext,
    next: (Request, EnrollmentContext) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    var response: Response
    do {
      response = try await next(request, context)
    } catch let error as HTTPParserError {
      // A request that breaks off or is no HTTP: the server answers 400 and closes.
      throw error
    } catch {
      let problem = AnswerMiddleware.problem(error, context.logger)
      response = try problem.response(from: request, context: context)
    }
    if isTLS { response.headers[.strictTransportSecurity] = "max-age=31536000" }
    let parts = (ContinuousClock.now - start).components
    metrics.answered(
      route: context.endpointPath ?? "none", status: response.status.code,
      seconds: Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
    return response
  }

  private static func problem(_ error: any Error, _ logger: Logger) -> Problem {
    if let problem = error as? Problem { return problem }
    if let error = error as? HTTPError {
      return Problem(
        word: error.status == .notFound ? "notFound" : "request", status: error.status,
        title: error.status.reasonPhrase,
        detail: error.status == .notFound
          ? "there is nothing at this path and method" : "the request cannot be answered")
    }
    if case AuthorityError.ledger(.locked) = error {
      logger.warning("the ledger is locked", metadata: ["error": "\(error)"])
      return .locked
    }
    if !(error is CancellationError) {
      logger.error("a request failed", metadata: ["error": "\(error)"])
    }
    return .failure
  }
}
