import Admission
import CertificateAuthority
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NodeCredentials

/// The routes that issue certificates: RELOAD's enrollment [RFC6940] and EST [RFC7030].
struct EnrollmentRoutes: Sendable {
  let desk: EnrollmentDesk
  /// EST's "current CA certificates": the chain of what is issued now, and older issuers.
  let authorities: [[UInt8]]

  func add(to router: Router<EnrollmentContext>) {
    router.post("/enroll", use: enroll)
    let est = router.group("/.well-known/est")
    est.get("cacerts", use: cacerts)
    est.get("csrattrs", use: csrattrs)
    est.post("simpleenroll") { try await self.simpleEnroll($0, $1, renews: false) }
    est.post("simplereenroll") { try await self.simpleEnroll($0, $1, renews: true) }
    router.get("/puzzle", use: puzzle)
    router.get("/quota", use: quota)
  }

  // MARK: RELOAD

  /// PKCS#10 in, a certificate out; several nodeIds come as a bundle, one certificate each.
  private func enroll(_ request: Request, _ context: EnrollmentContext) async throws -> Response {
    let issued = try await desk.enroll(request, context, mediaType: "application/pkcs10") {
      try CertificationRequest(pemOrDER: $0)
    }
    let certificates = issued.receipts.map(\.certificate)
    if let only = certificates.first, certificates.count == 1 {
      return answer(only, "application/pkix-cert", issued.headers)
    }
    return answer(
      try CertificateBundle.pkcs7(certificates), "application/pkcs7-mime; smime-type=certs-only",
      issued.headers)
  }

  // MARK: EST

  private func cacerts(_ request: Request, _ context: EnrollmentContext) throws -> Response {
    estAnswer(try CertificateBundle.pkcs7(authorities), [:])
  }

  private func csrattrs(_ request: Request, _ context: EnrollmentContext) throws -> Response {
    base64(CSRAttributes.der(allowing: KeyAlgorithm.allCases), "application/csrattrs", [:])
  }

  private func simpleEnroll(
    _ request: Request, _ context: EnrollmentContext, renews: Bool
  ) async throws -> Response {
    let issued = try await desk.enroll(
      request, context, mediaType: "application/pkcs10", renews: renews
    ) {
      try CertificationRequest(estBody: $0)
    }
    return estAnswer(
      try CertificateBundle.pkcs7(issued.receipts.map(\.certificate)), issued.headers)
  }

  // MARK: what applicants want to know before

  private func puzzle(_ request: Request, _ context: EnrollmentContext) throws -> Response {
    guard let puzzle = desk.engine.puzzle else {
      throw Problem.notFound("this authority asks for no puzzle")
    }
    let challenge = try puzzle.challenge(at: desk.clock())
    return json([
      ("epoch", "\(challenge.epoch)"),
      ("value", JSONText.string(Hexadecimal.text(challenge.value))),
      ("difficulty", "\(challenge.difficultyBits)"),
      ("validSeconds", "\(challenge.validSeconds)"),
    ])
  }

  private func quota(_ request: Request, _ context: EnrollmentContext) async throws -> Response {
    let peer = try EnrollmentDesk.peer(context)
    let now = desk.clock()
    let account = try await desk.gate.account(request.accountCredentials(), peer: peer, at: now)
    let quota = try desk.authority.quota(
      account: account, peer: peer,
      autonomousSystem: desk.autonomousSystems?.autonomousSystem(of: peer), by: desk.engine,
      at: now)
    guard let quota else { throw Problem.credentials }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return answer([UInt8](try encoder.encode(quota)), "application/json", [:])
  }

  // MARK: answers

  private func estAnswer(_ der: [UInt8], _ headers: HTTPFields) -> Response {
    base64(der, "application/pkcs7-mime; smime-type=certs-only", headers)
  }

  /// EST bodies are base64, and say so (RFC 7030 section 4; RFC 8951 keeps the header out of use).
  private func base64(_ der: [UInt8], _ type: String, _ headers: HTTPFields) -> Response {
    var headers = headers
    headers[.contentTransferEncoding] = "base64"
    let text = Data(der).base64EncodedString(
      options: [.lineLength64Characters, .endLineWithLineFeed])
    return answer(Array((text + "\n").utf8), type, headers)
  }

  private func json(_ members: [(String, String)]) -> Response {
    answer(Array((JSONText.object(members) + "\n").utf8), "application/json", [:])
  }
}

/// An answer with a body of this type, which nobody may cache.
func answer(_ body: [UInt8], _ type: String, _ headers: HTTPFields) -> Response {
  var headers = headers
  headers[.contentType] = type
  if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
  return Response(
    status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
}
