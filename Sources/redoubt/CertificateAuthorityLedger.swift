public import ArgumentParser
public import CertificateAuthority
import Foundation
import NodeCredentials
import RingIdentifiers

/// A certificate named by exactly one of serial number and nodeId.
struct CertificateSelection: ParsableArguments {
  @Option(name: .long, help: "The serial number: 32 hex digits, colons and 0x allowed.")
  var serial: String?

  @Option(name: .long, help: "The nodeId: 40 lower-case hex digits.")
  var nodeId: String?

  func validate() throws { _ = try name() }

  func name() throws -> CertificateName {
    switch (serial, nodeId) {
    case (let text?, nil):
      guard let serial = SerialNumber(text) else {
        throw ValidationError("\"\(text)\" is not a serial number of 32 hex digits")
      }
      return .serial(serial)
    case (nil, let text?):
      do {
        return .nodeId(try NodeId(hex: text))
      } catch {
        throw ValidationError("\"\(text)\" is not a nodeId: \(error)")
      }
    case (nil, nil), (.some, .some):
      throw ValidationError("give either --serial or --node-id")
    }
  }
}

/// The columns of certificate records.
enum CertificateColumns {
  static let all = [
    RecordColumn("node_id", 40), RecordColumn("address", 21), RecordColumn("serial", 32),
    RecordColumn("status", 13), RecordColumn("not_before", 20), RecordColumn("not_after", 20),
    RecordColumn("revoked_at", 20), RecordColumn("reason", 20),
  ]

  static func values(_ record: LedgerRecord, at time: CredentialTime) -> [RecordValue] {
    [
      .text(record.nodeId.hex), .text(record.address), .text("\(record.serial)"),
      .text(record.status(at: time).rawValue), .text("\(record.notBefore)"),
      .text("\(record.notAfter)"), record.revocation.map { .text("\($0.time)") } ?? .none,
      record.revocation.map { .text($0.reason.rawValue) } ?? .none,
    ]
  }

  /// PEM and records are two kinds of output, of which one is asked for.
  static func requireOne(pem: Bool, format: RecordFormat?) throws {
    guard !pem || format == nil else {
      throw ValidationError("give either --pem or --format, not both")
    }
  }

  static func printPEM(_ record: LedgerRecord) throws {
    let text = try PEM.encode(record.der, label: "CERTIFICATE")
    print(String(decoding: text, as: UTF8.self), terminator: "")
  }
}

extension CertificateStatus: ExpressibleByArgument {}

/// `redoubt ca list`.
struct ListCertificatesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the certificates of the ledger in the order of issue.")

  @OptionGroup var location: AuthorityLocation

  @Option(name: .long, help: "Only certificates with this status.")
  var status: CertificateStatus?

  @Option(name: .long, help: "The time for which the status is told, YYYY-MM-DDTHH:MM:SSZ.")
  var at: CredentialTime?

  @Option(name: .long, help: "How to print the records; table if left out.")
  var format: RecordFormat?

  @Flag(name: .long, help: "Print the certificates themselves, as one PEM stream.")
  var pem = false

  func validate() throws {
    try CertificateColumns.requireOne(pem: pem, format: format)
    guard at == nil || status != nil || !pem else {
      throw ValidationError("--at with --pem needs --status: the certificates tell no status")
    }
  }

  func run() async throws {
    try await AuthoritySession.run {
      let reader = try LedgerReader(directory: location.url)
      let time = at ?? AuthoritySession.now()
      var printer = pem ? nil : RecordPrinter(format ?? .table, CertificateColumns.all)
      var last: Int64 = 0
      while true {
        let page =
          try pem ? reader.recordsWithCertificates(after: last) : reader.records(after: last)
        guard let end = page.last?.sequence else { break }
        last = end
        for record in page where status == nil || record.status(at: time) == status {
          if pem {
            try CertificateColumns.printPEM(record)
          } else {
            printer?.row(CertificateColumns.values(record, at: time))
          }
        }
      }
      printer?.end()
    }
  }
}

/// `redoubt ca show`.
struct ShowCertificateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show one certificate of the ledger.")

  @OptionGroup var location: AuthorityLocation

  @OptionGroup var selection: CertificateSelection

  @Option(name: .long, help: "How to print the record; table if left out.")
  var format: RecordFormat?

  @Flag(name: .long, help: "Print the certificate itself, in PEM.")
  var pem = false

  func validate() throws { try CertificateColumns.requireOne(pem: pem, format: format) }

  func run() async throws {
    try await AuthoritySession.run {
      let reader = try LedgerReader(directory: location.url)
      let name = try selection.name()
      guard let record = try reader.record(name) else {
        throw LedgerError.unknownCertificate(
          path: reader.directory.ledger.path, name: name.description)
      }
      if pem {
        try CertificateColumns.printPEM(record)
      } else {
        var printer = RecordPrinter(format ?? .table, CertificateColumns.all)
        printer.row(CertificateColumns.values(record, at: AuthoritySession.now()))
        printer.end()
      }
    }
  }
}

/// `redoubt ca verify`.
struct VerifyCertificateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Verify a node certificate, or the whole ledger.",
    discussion: """
      Prints the certified node and exits with 0, or prints the one reason for the refusal and \
      exits with 1. Revocation is looked up in the published list, as a foreign verifier does, or \
      with --ledger in the ledger. With --all every certificate of the ledger is verified, on all \
      cores, and the counts are printed.
      """)

  @Argument(help: "The certificate, PEM or DER.", completion: .file())
  var certificate: String?

  @Flag(name: .long, help: "Verify every certificate of the ledger.")
  var all = false

  @OptionGroup var location: AuthorityLocation

  @Option(name: .long, help: "The time of verification, YYYY-MM-DDTHH:MM:SSZ; now if left out.")
  var at: CredentialTime?

  @Option(name: .long, help: "The nodeId that was dialled.")
  var nodeId: String?

  @Option(name: .long, help: "The address that was dialled, ip:port.")
  var address: NodeAddress?

  @Flag(name: .long, help: "Look up revocations in the ledger instead of the published list.")
  var ledger = false

  @Option(name: .long, help: "How to print the verdict.")
  var format: RecordFormat = .table

  private static let columns = [
    RecordColumn("verdict", 8), RecordColumn("reason", 16), RecordColumn("detail", 24),
    RecordColumn("node_id", 40), RecordColumn("address", 21), RecordColumn("serial", 32),
    RecordColumn("not_after", 20),
  ]

  func validate() throws {
    if let nodeId, (try? NodeId(hex: nodeId)) == nil {
      throw ValidationError("\"\(nodeId)\" is not a nodeId of 40 lower-case hex digits")
    }
    guard (certificate == nil) == all else {
      throw ValidationError("give either a certificate or --all")
    }
    guard !all || (nodeId == nil && address == nil) else {
      throw ValidationError("--node-id and --address go with one certificate, not with --all")
    }
  }

  func run() async throws {
    try await AuthoritySession.run {
      let reader = try LedgerReader(directory: location.url)
      guard let certificate else { return try await verifyAll(reader) }
      let verifier = try ledger ? reader.verifier() : reader.listVerifier()
      let bytes = try AuthoritySession.read(certificate, limit: 1 << 20)
      var printer = RecordPrinter(format, VerifyCertificateCommand.columns)
      do throws(CertificateRejection) {
        let node = try verifier.verify(
          UnverifiedNodeCertificate(pemOrDER: bytes), at: at ?? AuthoritySession.now(),
          expecting: PeerExpectation(
            nodeId: nodeId.flatMap { try? NodeId(hex: $0) }, ip: address?.ip, port: address?.port))
        printer.row([
          .text("accepted"), .none, .none, .text(node.nodeId.hex), .text("\(node.address)"),
          .text("\(node.serial)"), .text("\(node.notAfter)"),
        ])
        printer.end()
      } catch {
        printer.row([
          .text("refused"), .text(error.name), .text(error.description), .none, .none, .none,
          .none,
        ])
        printer.end()
        throw ExitCode(1)
      }
    }
  }

  private func verifyAll(_ reader: LedgerReader) async throws {
    let found = try await reader.verifiedNodes(at: at ?? AuthoritySession.now())
    var printer = RecordPrinter(
      format,
      [
        RecordColumn("overlay", 24), RecordColumn("verified", 9), RecordColumn("revoked", 9),
        RecordColumn("expired", 9),
      ])
    printer.row([
      .text(reader.overlay), .integer(Int64(found.nodes.count)),
      .integer(Int64(found.revokedCount)), .integer(Int64(found.expiredCount)),
    ])
    printer.end()
  }
}

/// `redoubt ca revoke`.
struct RevokeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Revoke a certificate and publish a new revocation list.",
    discussion: "A revocation is final. Revoking again changes nothing and is no error.")

  @OptionGroup var location: AuthorityLocation

  @OptionGroup var selection: CertificateSelection

  @Option(name: .long, help: "Why, by the names of RFC 5280.")
  var reason: RevocationReason = .unspecified

  @Option(name: .long, help: "How to print the record.")
  var format: RecordFormat = .table

  @OptionGroup var passphrase: KeyPassphrase
  @OptionGroup var patience: LedgerPatience

  func run() async throws {
    try await AuthoritySession.run {
      let authority = try passphrase.open(location, patience)
      let now = AuthoritySession.now()
      let outcome = try authority.revoke(try selection.name(), reason: reason, at: now)
      if outcome.wasAlreadyRevoked {
        StandardError.note("note: it was revoked before; nothing changed")
      }
      var printer = RecordPrinter(
        format, CertificateColumns.all + [RecordColumn("crl_number", 10)])
      printer.row(
        CertificateColumns.values(outcome.record, at: now)
          + [.integer(Int64(clamping: outcome.listNumber))])
      printer.end()
    }
  }
}

/// `redoubt ca crl`.
struct RevocationListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crl", abstract: "Make and publish a new revocation list.")

  @OptionGroup var location: AuthorityLocation

  @Option(name: .long, help: "How to print the result.")
  var format: RecordFormat = .table

  @OptionGroup var passphrase: KeyPassphrase
  @OptionGroup var patience: LedgerPatience

  func run() async throws {
    try await AuthoritySession.run {
      let authority = try passphrase.open(location, patience)
      let list = try authority.renewRevocationList(at: AuthoritySession.now())
      var printer = RecordPrinter(
        format,
        [
          RecordColumn("number", 8), RecordColumn("this_update", 20),
          RecordColumn("next_update", 20), RecordColumn("revoked", 8), RecordColumn("file", 40),
        ])
      printer.row([
        .integer(Int64(clamping: list.number)), .text("\(list.thisUpdate)"),
        .text("\(list.nextUpdate)"), .integer(Int64(list.entries.count)),
        .text(authority.directory.revocationList.path),
      ])
      printer.end()
    }
  }
}
