import Admission
import ArgumentParser
import CertificateAuthority
import Foundation
import NodeCredentials
import TransparencyLog

/// `redoubt ca audit`.
struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Check ledger, log, certificates and revocation lists against each other.",
    discussion: """
      Works from the root certificate up and needs no secret key: a copy of the directory without \
      root/, issuing/ and nodes/ will do. Prints one line per check. Exits with 0 when everything \
      fits; otherwise names the first inconsistency and exits with 1.
      """)

  @OptionGroup var location: AuthorityLocation

  @Option(
    name: .long, help: "The time at which lists must be current, YYYY-MM-DDTHH:MM:SSZ; now.")
  var at: CredentialTime?

  @Option(name: .long, help: "How to print the checks.")
  var format: RecordFormat = .table

  func run() async throws {
    try await AuthoritySession.run {
      let audit = try LedgerAudit(location.url, at: at ?? AuthoritySession.now())
      let isTerminal = isatty(STDERR_FILENO) == 1
      let report = try audit.run { done, total in
        if isTerminal { StandardError.write("\r\u{1B}[K\(done) of \(total) certificates") }
      }
      if isTerminal { StandardError.write("\r\u{1B}[K") }
      var printer = RecordPrinter(
        format,
        [
          RecordColumn("check", 18), RecordColumn("verdict", 8), RecordColumn("count", 9),
          RecordColumn("detail", 40),
        ])
      for check in report.checks {
        printer.row([
          .text(check.name), .text("sound"), .integer(Int64(check.count)), .text(check.summary),
        ])
      }
      if let finding = report.finding {
        printer.row([
          .text(finding.check), .text("WRONG"), .none,
          .text("\(finding.subject): \(finding.detail)"),
        ])
      }
      printer.end()
      guard report.finding == nil else { throw ExitCode(1) }
    }
  }
}

/// `redoubt ca proof`.
struct LogProofCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "proof",
    abstract: "Show or check the proof that a certificate is in the authority's log.",
    discussion: """
      Show:   redoubt ca proof --directory DIR --node-id ID > node.tlog-proof
      Check:  redoubt ca proof --check node.tlog-proof --certificate node.crt --log-key DIR/log.pub

      A check needs no network and no clock. Witnesses (--witness-key, repeatable) must have \
      cosigned when --witnesses says how many.
      """)

  @Option(name: .long, help: "The authority's directory.", completion: .directory)
  var directory: String?

  @Option(name: .long, help: "The serial number: 32 hex digits, colons and 0x allowed.")
  var serial: String?

  @Option(name: .long, help: "The nodeId: 40 lower-case hex digits.")
  var nodeId: String?

  @Option(name: .long, help: "A .tlog-proof file to check.", completion: .file())
  var check: String?

  @Option(name: .long, help: "The certificate to prove, PEM or DER.", completion: .file())
  var certificate: String?

  @Option(name: .long, help: "A file with the log's verifier key, such as log.pub.")
  var logKey: String?

  @Option(name: .long, help: "A file with a witness's verifier key; repeatable.")
  var witnessKey: [String] = []

  @Option(name: .long, help: "How many of these witnesses must have cosigned.")
  var witnesses = 0

  func validate() throws {
    if check != nil {
      guard certificate != nil, logKey != nil, directory == nil, serial == nil, nodeId == nil else {
        throw ValidationError("--check goes with --certificate and --log-key")
      }
    } else {
      guard directory != nil, certificate == nil, logKey == nil else {
        throw ValidationError("give --directory and a certificate's --serial or --node-id")
      }
      _ = try name()
    }
  }

  func run() async throws {
    try await AuthoritySession.run {
      if let check, let certificate, let logKey {
        return try verify(check, certificate, logKey)
      }
      let url = URL(fileURLWithPath: directory ?? "", isDirectory: true)
      let proof = try LedgerReader(directory: url).logProof(name())
      FileHandle.standardOutput.write(Data(proof.octets))
    }
  }

  private func name() throws -> CertificateName {
    var selection = CertificateSelection()
    selection.serial = serial
    selection.nodeId = nodeId
    return try selection.name()
  }

  private func verify(_ check: String, _ certificate: String, _ logKey: String) throws {
    let key = try LogKeyFile.read(logKey)
    do {
      let proof = try LogProof(octets: try AuthoritySession.read(check, limit: 1 << 20))
      let octets = try AuthoritySession.read(certificate, limit: 1 << 20)
      let policy = try LogPolicy(
        origin: LogOrigin("\(key.name)"), logKeys: [key],
        witnesses: try witnessKey.map(LogKeyFile.read), requiredWitnesses: witnesses)
      let verified = try proof.verify(
        entry: try UnverifiedNodeCertificate(pemOrDER: octets).der, policy: policy)
      var printer = RecordPrinter(
        .table,
        [
          RecordColumn("verdict", 8), RecordColumn("log", 24), RecordColumn("index", 10),
          RecordColumn("size", 10), RecordColumn("cosignatures", 12),
        ])
      printer.row([
        .text("proved"), .text("\(verified.checkpoint.origin)"),
        .integer(Int64(clamping: proof.inclusion.index)),
        .integer(Int64(clamping: verified.checkpoint.size)),
        .integer(Int64(verified.cosignatures.count)),
      ])
      printer.end()
    } catch let rejection as TransparencyRejection {
      print("verdict  refused\nreason   \(rejection)")
      throw ExitCode(1)
    }
  }
}

/// A file whose first line is a verifier key, such as log.pub or witness.pub.
enum LogKeyFile {
  static func read(_ path: String) throws -> VerifierKey {
    let text = String(decoding: try AuthoritySession.read(path, limit: 4_096), as: UTF8.self)
    do {
      return try VerifierKey(String(text.prefix { !$0.isNewline }))
    } catch {
      throw AuthorityError.invalid(path: path, line: 1, detail: error.description)
    }
  }
}

/// `redoubt ca rotate`.
struct RotateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate", abstract: "Put a new issuing key beside the old one.",
    discussion: """
      Needs the root's key, which normally is offline: bring it for the moment and name it with \
      --root-key. Certificates of the old key stay valid, and the old key goes on signing their \
      revocation list (issuing.crl); those of the new key have their own (issuing-2.crl). \
      Start a running server again afterwards. The new key can be one on a PKCS#11 token (--token).
      """)

  @OptionGroup var location: AuthorityLocation

  @Option(
    name: .long, help: "The root's private key; DIR/root/root.key if left out.",
    completion: .file())
  var rootKey: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The new key's place on a PKCS#11 token, pkcs11:token=...;object=...; its PIN is the "
        + "passphrase of all keys.", valueName: "uri"))
  var token: String?

  @Option(
    name: .long, help: "The token's PKCS#11 library; those that p11-kit knows if left out.",
    completion: .file())
  var tokenModule: String?

  @Option(name: .long, help: "How to print the result.")
  var format: RecordFormat = .table

  @OptionGroup var passphrase: KeyPassphrase
  @OptionGroup var patience: LedgerPatience

  func validate() throws {
    guard token != nil || tokenModule == nil else {
      throw ValidationError("--token-module goes with --token")
    }
  }

  func run() async throws {
    try await AuthoritySession.run {
      let root =
        rootKey.map { URL(fileURLWithPath: $0) } ?? AuthorityDirectory(location.url).rootKey
      let outcome = try passphrase.using { passphrase in
        try OverlayAuthority.rotate(
          location.url, rootKey: root,
          token: token.map { TokenKey(uri: $0, module: tokenModule) }, wait: patience.wait,
          passphrase: passphrase, at: AuthoritySession.now())
      }
      var printer = RecordPrinter(
        format,
        [RecordColumn("issuer", 6), RecordColumn("certificate", 40), RecordColumn("key", 40)])
      printer.row([
        .integer(outcome.issuer), .text(outcome.certificateFile.path),
        .text(outcome.keyFile.path),
      ])
      printer.end()
    }
  }
}

/// `redoubt ca quota`.
struct QuotaCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quota", abstract: "Show what is left for an account and an address.",
    discussion: "Applicants ask a running server instead: GET /quota.")

  @OptionGroup var location: AuthorityLocation

  @Option(name: .long, help: "The account.")
  var account: AccountName?

  @Option(name: .long, help: "The IP address that would ask.")
  var ip: IPArgument?

  @OptionGroup var passphrase: KeyPassphrase
  @OptionGroup var patience: LedgerPatience

  func run() async throws {
    try await AuthoritySession.run {
      let authority = try passphrase.open(location, patience)
      let engine = try authority.admissionEngine()
      let map = try authority.autonomousSystems(for: engine.policy)
      let quota = try authority.quota(
        account: account, peer: ip?.value,
        autonomousSystem: ip.flatMap { map?.autonomousSystem(of: $0.value) }, by: engine,
        at: AdmissionTime(AuthoritySession.now()))
      guard let quota else {
        throw LedgerError.unknownAccount(
          path: authority.directory.ledger.path, name: account?.value ?? "")
      }
      print(try json(quota))
    }
  }
}

/// An IP address on the command line.
struct IPArgument: ExpressibleByArgument {
  let value: IPAddress

  init?(argument: String) {
    guard let value = IPAddress(argument) else { return nil }
    self.value = value
  }
}
