import Foundation
import NodeCredentials
import RingIdentifiers
import Testing

/// An authority with fixed times, so that no test looks at a clock.
///
/// Everything is valid from 2020 to 2049, so that foreign programs that insist on the real time
/// agree with verification at `TestAuthority.now`.
struct TestAuthority {
  static let now = moment(2026)
  static let validity = ValidityPeriod(notBefore: moment(2020), notAfter: moment(2049))
  static let listURL = "http://overlay.example/issuing.crl"

  let overlay: OverlayName
  let root: AuthorityCredentials
  let issuing: AuthorityCredentials

  init(overlay name: String = "overlay.example", algorithm: KeyAlgorithm = .p256) throws {
    overlay = try OverlayName(name)
    root = try AuthorityCredentials.root(
      overlay: overlay, algorithm: algorithm, validity: TestAuthority.validity)
    issuing = try root.issuingAuthority(algorithm: algorithm, validity: TestAuthority.validity)
  }

  /// One of several generations of an authority.
  init(overlay: OverlayName, root: AuthorityCredentials, issuing: AuthorityCredentials) {
    (self.overlay, self.root, self.issuing) = (overlay, root, issuing)
  }

  /// January 1st of a year.
  static func moment(_ year: Int) -> CredentialTime {
    CredentialTime(year: year, month: 1, day: 1) ?? CredentialTime(secondsSinceEpoch: 0)
  }

  /// The contents of a good leaf.
  func content(
    nodeId: NodeId? = nil, algorithm: KeyAlgorithm = .p256,
    validity: ValidityPeriod = TestAuthority.validity, address: String = "192.0.2.7:4000"
  ) throws -> CertificateContent {
    let key = try PrivateKey(generating: algorithm)
    return try issuing.nodeContent(
      nodeId: nodeId ?? NodeId.assigned(), serial: SerialNumber.random(),
      publicKey: key.publicKey, address: #require(NodeAddress(address)), validity: validity,
      distributionPoint: TestAuthority.listURL)
  }

  /// DER of a list that is current from 2020 to 2049.
  func list(
    _ revoked: [SerialNumber] = [], number: UInt64 = 1, nextUpdate: CredentialTime = moment(2049)
  ) throws -> [UInt8] {
    try issuing.revocationList(
      number: number, thisUpdate: TestAuthority.moment(2020), nextUpdate: nextUpdate,
      entries: revoked.map {
        RevokedCertificate(serial: $0, time: TestAuthority.moment(2025), reason: .keyCompromise)
      })
  }

  func verifier(
    revoked: [SerialNumber] = [], nextUpdate: CredentialTime = moment(2049)
  ) throws -> CertificateVerifier {
    try CertificateVerifier(
      overlay: overlay, root: root.certificate, issuing: issuing.certificate,
      revocation: .list(list(revoked, nextUpdate: nextUpdate)))
  }

  /// The reason for which a certificate is refused; nil when it is accepted.
  func rejection(
    _ der: [UInt8], revoked: [SerialNumber] = [], at time: CredentialTime = now,
    expecting: PeerExpectation = PeerExpectation()
  ) throws -> CertificateRejection? {
    let verifier = try verifier(revoked: revoked)
    do {
      _ = try verifier.verify(
        UnverifiedNodeCertificate(der: der), at: time, expecting: expecting)
      return nil
    } catch {
      return error
    }
  }
}

/// A foreign program and its verdict.
struct ForeignProgram {
  let path: String

  static let openssl = ForeignProgram(path: "/usr/bin/openssl")
  static let certtool = ForeignProgram(path: "/usr/bin/certtool")

  var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

  /// Runs to the end; output and errors together.
  func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}

/// A directory that is gone when the test is.
final class ScratchDirectory {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "redoubt-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let file = url.appendingPathComponent(name)
    try Data(bytes).write(to: file)
    return file.path
  }
}
