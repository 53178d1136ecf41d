import Foundation
import LoadModel
import NodeCredentials
import TransparencyLog

/// Verifies a certificate from the root down and its proof of inclusion, with our own verifiers.
struct SampleVerifier: Sendable {
  struct Failure: Error {
    let fault: AnswerFault
    let detail: String
  }

  private let verifier: CertificateVerifier
  private let policy: LogPolicy?

  /// Whether every answer must bring a proof.
  var wantsProof: Bool { policy != nil }

  /// Reads `root.crt` and `issuing.crt` (PEM) and, if there is one, the log's verifier key.
  init(overlay: String, rootPath: String, issuingPath: String, logKeyPath: String?) throws {
    func der(_ path: String) throws -> [UInt8] {
      let text = [UInt8](try Data(contentsOf: URL(filePath: path)))
      guard let der = PEM.decode(text, label: "CERTIFICATE") else {
        throw CertificateRejection.malformed("\(path) is no PEM certificate")
      }
      return der
    }
    verifier = try CertificateVerifier(
      overlay: try OverlayName(overlay), root: try der(rootPath), issuing: try der(issuingPath),
      revocation: .ledger([]))
    policy = try logKeyPath.map { path in
      let text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
      let key = try VerifierKey(text.trimmingCharacters(in: .newlines))
      return try LogPolicy(origin: LogOrigin(key.name.description), logKeys: [key])
    }
  }

  /// Checks one answer of status 200.
  func verify(_ response: HTTPResponse) throws(Failure) {
    let now = CredentialTime(secondsSinceEpoch: Int64(Date().timeIntervalSince1970))
    do {
      _ = try verifier.verify(UnverifiedNodeCertificate(der: response.body), at: now)
    } catch {
      throw Failure(fault: .unverified, detail: error.description)
    }
    guard let policy else { return }
    do {
      let octets = response["tlog-proof"].flatMap { Data(base64Encoded: $0) } ?? Data()
      _ = try LogProof(octets: [UInt8](octets)).verify(entry: response.body, policy: policy)
    } catch {
      throw Failure(fault: .proofUnverified, detail: "\(error)")
    }
  }
}
