import Admission
import CertificateAuthority
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import NodeCredentials
import RingIdentifiers

/// Where applicants come: reads a request, checks who asks, queues it, and words the answer.
///
/// RELOAD's enrollment and EST's are two ways to the same desk.
struct EnrollmentDesk: Sendable {
  let authority: OverlayAuthority
  let engine: AdmissionEngine
  let autonomousSystems: ASMap?
  let gate: AccountGate
  let queue: EnrollmentQueue
  let metrics: ServerMetrics
  let limits: BodyLimits
  let clock: @Sendable () -> AdmissionTime

  /// What the desk hands out.
  struct Issued {
    let receipts: [EnrollmentReceipt]
    let headers: HTTPFields
  }

  /// Checks the applicant, and enrolls the key of its request.
  /// - Parameters:
  ///   - read: makes the request from the body; throws `Problem` or `RequestRejection`.
  ///   - renews: whether the request names, as its common name, the nodeId to renew.
  /// - Throws: `Problem`.
  func enroll(
    _ request: Request, _ context: EnrollmentContext, mediaType: String, renews: Bool = false,
    read: ([UInt8]) throws -> CertificationRequest
  ) async throws -> Issued {
    guard request.hasMediaType(mediaType) else { throw Problem.mediaType(mediaType) }
    let peer = try Self.peer(context)
    let account = try await gate.account(
      request.accountCredentials(), peer: peer, at: clock())
    let body = try await request.wholeBody(limits)
    let certification: CertificationRequest
    do {
      certification = try read(body)
    } catch let rejection as RequestRejection {
      throw Problem(rejection)
    }
    let enrollment = Enrollment(
      publicKey: certification.publicKey, count: try Self.count(request),
      renewing: renews ? try Self.renewed(certification) : nil, account: account, peer: peer,
      address: try Self.address(request),
      autonomousSystem: autonomousSystems?.autonomousSystem(of: peer),
      solution: try Self.solution(request))
    return try issued(await queue.enroll(enrollment), context.logger, account, peer)
  }

  private func issued(
    _ outcome: EnrollmentQueue.Outcome, _ logger: Logger, _ account: AccountName?, _ peer: IPAddress
  ) throws(Problem) -> Issued {
    let facts: Logger.Metadata = ["account": "\(account?.value ?? "")", "peer": "\(peer)"]
    switch outcome {
    case .failure(.overloaded(let detail)):
      metrics.enrollment("overloaded")
      throw .overloaded(detail)
    case .failure(.authority(.ledger(.locked))):
      metrics.enrollment("overloaded")
      logger.warning("the ledger is locked", metadata: facts)
      throw .locked
    case .failure(.authority(let error)):
      metrics.enrollment("failed")
      logger.error("enrollment failed", metadata: facts.merging(["error": "\(error)"]) { $1 })
      throw .failure
    case .success(.refused(let refusal)):
      metrics.enrollment(refusal.word)
      logger.notice("refused", metadata: facts.merging(["reason": "\(refusal.word)"]) { $1 })
      throw Problem(refusal)
    case .success(.notRenewable(let refusal)):
      metrics.enrollment(refusal.rawValue)
      logger.notice("refused", metadata: facts.merging(["reason": "\(refusal.rawValue)"]) { $1 })
      throw Problem(
        word: refusal.rawValue, status: refusal == .unknownNode ? .notFound : .forbidden,
        title: "Not renewable", detail: refusal.detail)
    case .success(.issued(let receipts, let warnings)):
      metrics.enrollment("issued", count: receipts.count)
      var headers = HTTPFields()
      for receipt in receipts {
        headers.append(HTTPField(name: .nodeId, value: receipt.nodeId.hex))
        headers.append(HTTPField(name: .serial, value: receipt.serial.description))
        let proof = Data(receipt.proof.utf8).base64EncodedString()
        headers.append(HTTPField(name: .logProof, value: proof))
        logger.info(
          "issued",
          metadata: facts.merging(
            ["nodeId": "\(receipt.nodeId.hex)", "serial": "\(receipt.serial)"]) { $1 })
      }
      for warning in warnings {
        headers.append(HTTPField(name: .warning, value: "299 - \"\(warning)\""))
        logger.warning("\(warning)", metadata: facts)
      }
      return Issued(receipts: receipts, headers: headers)
    }
  }

  // MARK: reading

  static func peer(_ context: EnrollmentContext) throws(Problem) -> IPAddress {
    guard let peer = context.peer else {
      throw .malformed("the connection has no internet address")
    }
    return peer
  }

  private static func count(_ request: Request) throws(Problem) -> Int {
    guard let text = try request.parameter("nodeids") else { return 1 }
    guard let count = Int(text), (1...10_000).contains(count) else {
      throw .malformed("\"nodeids\" must be a whole number from 1")
    }
    return count
  }

  private static func address(_ request: Request) throws(Problem) -> NodeAddress? {
    guard let text = try request.parameter("address") else { return nil }
    guard let address = NodeAddress(text) else {
      throw .malformed("\"address\" must be ip:port, such as 192.0.2.1:4000 or [2001:db8::1]:4000")
    }
    return address
  }

  private static func solution(_ request: Request) throws(Problem) -> PuzzleSolution? {
    guard let text = request.headers[.puzzle] else { return nil }
    guard let solution = PuzzleSolution(text) else {
      throw .malformed("the Puzzle header must be epoch:x, as GET /puzzle explains")
    }
    return solution
  }

  private static func renewed(_ request: CertificationRequest) throws(Problem) -> NodeId {
    guard let name = request.subjectCommonName, let nodeId = try? NodeId(hex: name) else {
      throw .malformed("the request's subject must be CN=<nodeId> of the certificate to renew")
    }
    return nodeId
  }
}

extension Problem {
  /// A refusal of the request itself.
  init(_ rejection: RequestRejection) {
    self.init(
      word: "request", status: .badRequest, title: "Refused request",
      detail: rejection.description)
  }
}

extension HTTPField.Name {
  /// The nodeId of an issued certificate.
  static let nodeId = HTTPField.Name(constant: "Node-Id")
  /// Its serial number.
  static let serial = HTTPField.Name(constant: "Serial")
  /// The base64 of its `.tlog-proof` file.
  static let logProof = HTTPField.Name(constant: "Tlog-Proof")
  /// A puzzle's solution, in a request.
  static let puzzle = HTTPField.Name(constant: "Puzzle")
  static let warning = HTTPField.Name(constant: "Warning")
  /// How EST bodies say that they are base64.
  static let contentTransferEncoding = HTTPField.Name(constant: "Content-Transfer-Encoding")

  private init(constant: String) {
    guard let name = HTTPField.Name(constant) else {
      preconditionFailure("\(constant) is not a header's name")
    }
    self = name
  }
}
