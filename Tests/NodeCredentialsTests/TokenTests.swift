import Foundation
import NodeCredentials
import RingIdentifiers
import Testing

/// Keys on a PKCS#11 token, by softhsm2.
///
/// Each test is a process of its own: the module reads its configuration from the environment, and
/// a process uses one module and stays logged in.
@Suite(
  .enabled(
    if: SoftToken.isInstalled,
    "needs the packages softhsm2, opensc and libengine-pkcs11-openssl"))
struct TokenTests {
  @Test func anAuthorityWorksWithAKeyOnAToken() async {
    await #expect(processExitsWith: .success) {
      let token = try SoftToken()
      let key = try token.open("issuing", pin: "1234")
      // The key stays where it is.
      #expect(throws: OpenSSLError.self) { try key.pem() }
      #expect(throws: OpenSSLError.self) {
        guard let passphrase = Passphrase(firstLineOf: [0x78]) else { return }
        _ = try key.pem(passphrase: passphrase)
      }
      let request = try CertificationRequest.der(for: key)
      let (held, asked) = (key.publicKey, try CertificationRequest(pemOrDER: request).publicKey)
      #expect(held == asked)

      // Both tiers on the token, opened again, sign everything that an authority signs.
      let overlay = try OverlayName("overlay.example")
      let first = try AuthorityCredentials.root(
        overlay: overlay, key: token.open("root", pin: "1234"), validity: TestAuthority.validity)
      let root = try AuthorityCredentials.root(
        overlay: overlay, certificate: first.certificate, key: token.open("root", pin: "1234"))
      let made = try root.issuingAuthority(key: key, validity: TestAuthority.validity)
      let issuing = try AuthorityCredentials.issuing(
        overlay: overlay, certificate: made.certificate, key: token.open("issuing", pin: "1234"))
      let authority = TestAuthority(overlay: overlay, root: root, issuing: issuing)
      let content = try authority.content()
      let leaf = try issuing.sign(content)
      #expect(try authority.rejection(leaf) == nil)
      #expect(try authority.rejection(leaf, revoked: [content.serial])?.name == "revoked")
      #expect(throws: OpenSSLError.self) { try issuing.privateKeyPEM() }
      #expect(try token.statusIsGood(content.serial, authority: authority))
    }
  }

  @Test func threadsShareAKeyOnAToken() async {
    await #expect(processExitsWith: .success) {
      let token = try SoftToken()
      let authority = try AuthorityCredentials.root(
        overlay: OverlayName("overlay.example"), key: token.open("issuing", pin: "1234"),
        validity: TestAuthority.validity)
      let count = await withTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
          group.addTask {
            (0..<50).count { _ in
              let made = try? authority.issuingAuthority(
                algorithm: .p256, validity: TestAuthority.validity)
              guard let made else { return false }
              let verifier = try? CertificateVerifier(
                overlay: authority.overlay, root: authority.certificate,
                issuing: made.certificate, revocation: .ledger([]))
              return verifier != nil
            }
          }
        }
        return await group.reduce(0, +)
      }
      #expect(count == 400)
    }
  }

  @Test func failuresAreNamed() async {
    await #expect(processExitsWith: .success) {
      let token = try SoftToken()
      func rejection(
        _ uri: String, pin: String = "1234", module: String? = SoftToken.module
      ) throws -> TokenRejection? {
        guard let pin = Passphrase(firstLineOf: Array(pin.utf8)) else { return nil }
        do throws(TokenRejection) {
          _ = try PrivateKey(pkcs11: uri, pin: pin, module: module)
          return nil
        } catch {
          return error
        }
      }
      func reasons(_ rejection: TokenRejection?) -> [String] {
        if case .notOpened(let error) = rejection { return error.reasons }
        return []
      }
      let good = token.uri("issuing")
      #expect(reasons(try rejection(good, pin: "9999")).contains("PIN incorrect"))
      #expect(try rejection(good) == nil)
      #expect(reasons(try rejection(token.uri("nothing"))).contains("object not found"))
      #expect(try rejection(good, module: "/nowhere.so") == .otherModule(SoftToken.module))
      for uri in ["", "file:key", good + ";pin-value=1234", good + "?pin-source=/x", good + "\0"] {
        guard case .uri = try rejection(uri) else {
          Issue.record("\(uri)")
          continue
        }
      }
      #expect(try rejection(token.uri("wide")) == .unsupportedKey)
    }
  }
}

/// A token in a directory that is gone when the test is, with two P-256 keys and a P-384 key.
struct SoftToken {
  static let module = "/usr/lib/softhsm/libsofthsm2.so"
  private static let setup = ForeignProgram(path: "/usr/bin/softhsm2-util")
  private static let tool = ForeignProgram(path: "/usr/bin/pkcs11-tool")
  private static let engines = [
    "/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/engines-3/pkcs11.so",
  ]

  static var isInstalled: Bool {
    setup.isInstalled && tool.isInstalled
      && (engines + [module]).count { FileManager.default.fileExists(atPath: $0) } == 2
  }

  private let directory: ScratchDirectory

  /// Points the process to a new token; for processes that do nothing else yet.
  init() throws {
    directory = try ScratchDirectory()
    let configuration = try directory.write(
      Array(
        "directories.tokendir = \(directory.url.path)\nobjectstore.backend = file\n".utf8),
      "softhsm.conf")
    setenv("SOFTHSM2_CONF", configuration, 1)
    let made = try Self.setup.run([
      "--init-token", "--free", "--label", "redoubt", "--pin", "1234", "--so-pin", "5678",
    ])
    #expect(made.status == 0, "\(made.output)")
    for (index, (name, curve)) in [
      ("issuing", "prime256v1"), ("root", "prime256v1"), ("wide", "secp384r1"),
    ].enumerated() {
      let drawn = try Self.tool.run([
        "--module", Self.module, "--token-label", "redoubt", "--login", "--pin", "1234",
        "--keypairgen", "--key-type", "EC:\(curve)", "--id", "0\(index + 1)", "--label", name,
      ])
      #expect(drawn.status == 0, "\(drawn.output)")
    }
  }

  /// Whether openssl takes the authority's OCSP answer for good.
  func statusIsGood(_ serial: SerialNumber, authority: TestAuthority) throws -> Bool {
    let issuing = try directory.write(
      PEM.encode(authority.issuing.certificate, label: "CERTIFICATE"), "issuing.pem")
    let root = try directory.write(
      PEM.encode(authority.root.certificate, label: "CERTIFICATE"), "root.pem")
    let request = directory.url.appendingPathComponent("request")
    let about = ["ocsp", "-no_nonce", "-issuer", issuing, "-serial", "0x\(serial)"]
    _ = try ForeignProgram.openssl.run(about + ["-reqout", request.path])
    let response = try authority.issuing.ocspResponse(
      to: OCSPRequest(der: [UInt8](Data(contentsOf: request))), statuses: [serial: .good],
      thisUpdate: TestAuthority.moment(2020), nextUpdate: TestAuthority.moment(2049),
      producedAt: TestAuthority.moment(2021))
    let file = try directory.write(response, "response")
    let read = try ForeignProgram.openssl.run(about + ["-respin", file, "-CAfile", root])
    return read.output.contains("Response verify OK") && read.output.contains(": good")
  }

  func uri(_ name: String) -> String { "pkcs11:token=redoubt;object=\(name);type=private" }

  func open(_ name: String, pin: String) throws -> PrivateKey {
    guard let pin = Passphrase(firstLineOf: Array(pin.utf8)) else { throw NoPIN() }
    return try PrivateKey(pkcs11: uri(name), pin: pin, module: Self.module)
  }

  private struct NoPIN: Error {}
}
