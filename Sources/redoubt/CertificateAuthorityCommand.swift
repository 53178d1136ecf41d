import Admission
public import ArgumentParser
import CertificateAuthority
import Foundation
public import NodeCredentials

/// `redoubt ca`: the certificate authority.
struct CertificateAuthorityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ca", abstract: "Enroll, issue, list, verify, revoke and audit node certificates.",
    discussion: """
      An authority assigns every node a uniformly random nodeId and certifies it with the node's \
      key and address. docs/guides/certificates.md shows the whole way; enrollment.md, \
      admission.md and transparency.md beside it show the server, its policy and its log.
      """,
    subcommands: [InitAuthorityCommand.self] + serve + [
      AccountCommand.self, QuotaCommand.self, IssueCommand.self, ListCertificatesCommand.self,
      ShowCertificateCommand.self, VerifyCertificateCommand.self, RevokeCommand.self,
      RevocationListCommand.self, RotateCommand.self, LogProofCommand.self,
    ] + witness + [AuditCommand.self])

  // A build may leave the server out: `Scope` in Package.swift.
  #if SERVER
    private static let serve: [any ParsableCommand.Type] = [ServeCommand.self]
    private static let witness: [any ParsableCommand.Type] = [WitnessCommand.self]
  #else
    private static let serve: [any ParsableCommand.Type] = []
    private static let witness: [any ParsableCommand.Type] = []
  #endif
}

/// Where the authority is.
struct AuthorityLocation: ParsableArguments {
  @Option(name: .long, help: "The authority's directory.", completion: .directory)
  var directory: String

  var url: URL { URL(fileURLWithPath: directory, isDirectory: true) }
}

/// How long to wait for a locked ledger.
struct LedgerPatience: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Seconds to wait while another process holds the ledger.", valueName: "seconds"))
  var wait: Double = 10

  func validate() throws {
    guard wait >= 0, wait <= 3_600 else {
      throw ValidationError("--wait must be from 0 to 3600 seconds")
    }
  }
}

/// The command line's view of the authority's errors and of time.
enum AuthoritySession {
  /// The time of the system's clock: the one place where the authority learns what time it is.
  static func now() -> CredentialTime {
    CredentialTime(secondsSinceEpoch: Int64(Date().timeIntervalSince1970))
  }

  /// Runs a command; its errors go to stderr as one line and become the exit status.
  static func run<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error as AuthorityError {
      throw failure(error.description, error.exitCode)
    } catch let error as LedgerError {
      throw failure(error.description, error.exitCode)
    } catch let error as CertificateRejection {
      throw failure(error.description, 65)
    } catch let error as AdmissionPolicyError {
      throw failure(error.description, 65)
    } catch let error as OpenSSLError {
      throw failure(error.description, 70)
    }
  }

  /// Says what went wrong on stderr.
  static func failure(_ message: String, _ status: Int32) -> ExitCode {
    StandardError.note("error: \(message)")
    return ExitCode(status)
  }

  /// The whole file, at most `limit` bytes of it.
  static func read(_ path: String, limit: Int) throws -> [UInt8] {
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      return [UInt8](try handle.read(upToCount: limit) ?? Data())
    } catch {
      throw AuthorityError.io(path: path, detail: "cannot be read")
    }
  }
}

extension KeyAlgorithm: ExpressibleByArgument {}
extension RevocationReason: ExpressibleByArgument {}

extension OverlayName: ExpressibleByArgument {
  /// Reads the argument; nil makes the parser show the usage.
  public init?(argument: String) {
    try? self.init(argument)
  }
}

extension NodeAddress: ExpressibleByArgument {
  /// Reads `ip:port`; nil makes the parser show the usage.
  public init?(argument: String) {
    self.init(argument)
  }
}

extension CredentialTime: ExpressibleByArgument {
  /// Reads `YYYY-MM-DDTHH:MM:SSZ`; nil makes the parser show the usage.
  public init?(argument: String) {
    self.init(argument)
  }
}

/// `redoubt ca init`.
struct InitAuthorityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make a new authority: keys, certificates, ledger, list.")

  @Option(
    name: .long, help: "The overlay's DNS name, such as redoubt.example (a-z, 0-9, - and dots).")
  var overlay: String

  @OptionGroup var location: AuthorityLocation

  @Option(name: .long, help: "The algorithm of all keys; overrides the profile.")
  var algorithm: KeyAlgorithm?

  @Option(
    name: .long, help: "A profile in YAML; see ca/profiles.",
    completion: .file(extensions: ["yaml"]))
  var profile: String?

  @Option(
    name: .long, help: "The policy of enrollment in YAML; see ca/profiles/policy-*.yaml.",
    completion: .file(extensions: ["yaml"]))
  var policy: String?

  @Option(
    name: .long, help: "A file whose first line is the passphrase that encrypts the private keys.",
    completion: .file())
  var passphraseFile: String?

  @Flag(name: .long, help: "Keep the private keys in plain text (mode 0600): for experiments.")
  var plainKeys = false

  @Option(name: .long, help: "How to print the result.")
  var format: RecordFormat = .table

  func validate() throws {
    guard passphraseFile == nil || !plainKeys else {
      throw ValidationError("give either --passphrase-file or --plain-keys")
    }
    guard passphraseFile != nil || plainKeys || isatty(STDIN_FILENO) == 1 else {
      throw ValidationError(
        "there is no terminal to ask for a passphrase: give --passphrase-file FILE, or "
          + "--plain-keys to encrypt nothing")
    }
  }

  func run() async throws {
    let name: OverlayName
    do {
      name = try OverlayName(overlay)
    } catch {
      throw AuthoritySession.failure(error.description, 64)
    }
    try await AuthoritySession.run {
      let now = AuthoritySession.now()
      var settings = CertificateProfile()
      if let profile {
        let text = try AuthoritySession.read(profile, limit: 1 << 20)
        settings = try CertificateProfile(
          yaml: String(decoding: text, as: UTF8.self), path: profile)
      }
      settings.keyAlgorithm = algorithm ?? settings.keyAlgorithm
      try create(name, settings, at: now)
      let paths = AuthorityDirectory(location.url)
      var printer = RecordPrinter(format, InitAuthorityCommand.columns)
      printer.row([
        .text(name.value), .text(location.url.path), .text(settings.keyAlgorithm.rawValue),
        .text(paths.rootCertificate.path), .text(paths.issuingCertificate.path),
        .text(paths.revocationList.path),
      ])
      printer.end()
      StandardError.note(
        "note: \(paths.rootKey.path) signs nothing more in daily work; move it offline")
    }
  }

  private func create(
    _ name: OverlayName, _ settings: CertificateProfile, at now: CredentialTime
  ) throws {
    var rules = AdmissionPolicy()
    if let policy {
      let text = try AuthoritySession.read(policy, limit: 1 << 20)
      rules = try AdmissionPolicy(yaml: String(decoding: text, as: UTF8.self), path: policy)
    }
    func create(_ passphrase: borrowing Passphrase?) throws {
      try OverlayAuthority.create(
        at: location.url, overlay: name, profile: settings, policy: rules, passphrase: passphrase,
        now: now)
    }
    if plainKeys {
      try create(nil)
    } else if let passphraseFile {
      try create(KeyPassphrase.read(passphraseFile))
    } else {
      try create(KeyPassphrase.askForNew())
    }
  }

  private static let columns = [
    RecordColumn("overlay", 24), RecordColumn("directory", 24), RecordColumn("algorithm", 9),
    RecordColumn("root", 24), RecordColumn("issuing", 24), RecordColumn("revocation_list", 24),
  ]
}
