public import Admission
public import ArgumentParser
import CertificateAuthority
import Foundation
import NodeCredentials

/// `redoubt ca account`: who may enroll.
struct AccountCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "account", abstract: "Open accounts, give them credits and secrets.",
    discussion: """
      An account is what an applicant enrolls with; the directory's policy.yaml says what an \
      identity costs and how many an account may have.

        redoubt ca account add alice --directory DIR --credits 5     prints a new secret, once
        redoubt ca account credit alice 10 --directory DIR --note "invoice 17"
        redoubt ca account secret alice --directory DIR              a new secret, the old one void
      """,
    subcommands: [
      AddAccountCommand.self, ListAccountsCommand.self, CreditAccountCommand.self,
      SecretCommand.self, CloseAccountCommand.self,
    ])
}

extension AccountName: ExpressibleByArgument {
  /// Reads a name; nil makes the parser show the usage.
  public init?(argument: String) { self.init(argument) }
}

/// A secret for an account: given in a file, or drawn and printed once.
struct AccountSecret: ParsableArguments {
  @Option(
    name: .long, help: "A file whose first line is the secret; one is drawn if left out.",
    completion: .file())
  var secretFile: String?

  /// The secret's hash at the cost that the policy asks for, and the secret itself when it is new.
  func made(for policy: AdmissionPolicy) throws -> (hash: SecretHash, drawn: String?) {
    let given = try secretFile.map(AccountSecret.read)
    let secret = try given ?? AccountSecret.drawn()
    let hash = try SecretHash(
      hashing: Array(secret.utf8),
      cost: ScryptCost(logRounds: policy.secretCostLog2) ?? .standard)
    return (hash, given == nil ? secret : nil)
  }

  /// 160 bits in hex.
  private static func drawn() throws -> String {
    Hexadecimal.text(try SecureRandom.bytes(count: 20))
  }

  /// The first line of a file.
  private static func read(_ path: String) throws -> String {
    let text = String(
      decoding: try AuthoritySession.read(path, limit: 4_096), as: UTF8.self)
    let line = text.prefix { !$0.isNewline }
    guard (8...1_024).contains(line.utf8.count) else {
      throw AuthorityError.invalid(
        path: path, line: 1, detail: "the first line is no secret of 8 to 1,024 octets")
    }
    return String(line)
  }
}

private let secretColumns = [
  RecordColumn("account", 16), RecordColumn("credits", 8), RecordColumn("secret", 40),
]

/// `redoubt ca account add`.
struct AddAccountCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Open an account.")

  @Argument(help: "The account's name: 1 to 64 of a-z, 0-9, '.', '_' and '-'.")
  var name: AccountName

  @OptionGroup var location: AuthorityLocation

  @Option(name: .long, help: "Its first credits; the policy's creditsPerAccount if left out.")
  var credits: Int64?

  @OptionGroup var secretSource: AccountSecret

  @Option(name: .long, help: "How to print the result.")
  var format: RecordFormat = .table

  @OptionGroup var passphrase: KeyPassphrase
  @OptionGroup var patience: LedgerPatience

  func validate() throws {
    guard credits ?? 0 >= 0 else { throw ValidationError("--credits must not be negative") }
  }

  func run() async throws {
    try await AuthoritySession.run {
      let authority = try passphrase.open(location, patience)
      let policy = try authority.admissionEngine().policy
      let secret = try secretSource.made(for: policy)
      let first = credits ?? Int64(policy.creditsPerAccount)
      try authority.openAccount(
        name, secret: secret.hash, credits: first, at: AuthoritySession.now())
      var printer = RecordPrinter(format, secretColumns)
      printer.row([
        .text(name.value), .integer(first), secret.drawn.map { .text($0) } ?? .none,
      ])
      printer.end()
    }
  }
}

/// `redoubt ca account list`.
struct ListAccountsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the accounts.")

  @OptionGroup var location: AuthorityLocation

  @Option(name: .long, help: "How to print the records.")
  var format: RecordFormat = .table

  func run() async throws {
    try await AuthoritySession.run {
      let reader = try LedgerReader(directory: location.url)
      var printer = RecordPrinter(
        format,
        [
          RecordColumn("account", 16), RecordColumn("credits", 10),
          RecordColumn("identities", 10), RecordColumn("enabled", 8),
          RecordColumn("created_at", 20),
        ])
      for account in try reader.accounts() {
        printer.row([
          .text(account.name), .integer(account.credits), .integer(Int64(account.identities)),
          .flag(account.isEnabled), .text("\(account.createdAt)"),
        ])
      }
      printer.end()
    }
  }
}

/// `redoubt ca account credit`.
struct CreditAccountCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "credit", abstract: "Add credits to an account, or take some away.")

  @Argument(help: "The account's name.")
  var name: AccountName

  @Argument(help: "How many; negative after \"--\" to take some away.")
  var amount: Int64

  @OptionGroup var location: AuthorityLocation

  @Option(name: .long, help: "Why, for the ledger; at most 200 octets.")
  var note = "operator"

  @Option(name: .long, help: "How to print the result.")
  var format: RecordFormat = .table

  @OptionGroup var passphrase: KeyPassphrase
  @OptionGroup var patience: LedgerPatience

  func validate() throws {
    guard note.utf8.count <= 200 else { throw ValidationError("--note is longer than 200 octets") }
    guard amount.magnitude <= 1_000_000_000 else {
      throw ValidationError("at most 1,000,000,000 credits at once")
    }
  }

  func run() async throws {
    try await AuthoritySession.run {
      let authority = try passphrase.open(location, patience)
      let balance = try authority.addCredits(
        amount, to: name, note: note, at: AuthoritySession.now())
      var printer = RecordPrinter(
        format, [RecordColumn("account", 16), RecordColumn("credits", 10)])
      printer.row([.text(name.value), .integer(balance)])
      printer.end()
    }
  }
}

/// `redoubt ca account secret`.
struct SecretCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "secret", abstract: "Give an account a new secret; the old one is void at once.")

  @Argument(help: "The account's name.")
  var name: AccountName

  @OptionGroup var location: AuthorityLocation

  @OptionGroup var secretSource: AccountSecret

  @Option(name: .long, help: "How to print the result.")
  var format: RecordFormat = .table

  @OptionGroup var passphrase: KeyPassphrase
  @OptionGroup var patience: LedgerPatience

  func run() async throws {
    try await AuthoritySession.run {
      let authority = try passphrase.open(location, patience)
      let policy = try authority.admissionEngine().policy
      let secret = try secretSource.made(for: policy)
      try authority.setSecret(secret.hash, of: name, at: AuthoritySession.now())
      var printer = RecordPrinter(format, secretColumns)
      printer.row([.text(name.value), .none, secret.drawn.map { .text($0) } ?? .none])
      printer.end()
    }
  }
}

/// `redoubt ca account close`.
struct CloseAccountCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "close",
    abstract: "Close an account until it gets a new secret; its identities stay in force.")

  @Argument(help: "The account's name.")
  var name: AccountName

  @OptionGroup var location: AuthorityLocation
  @OptionGroup var passphrase: KeyPassphrase
  @OptionGroup var patience: LedgerPatience

  func run() async throws {
    try await AuthoritySession.run {
      let authority = try passphrase.open(location, patience)
      try authority.setSecret(nil, of: name, at: AuthoritySession.now())
      StandardError.note("closed; revoke its certificates with \"redoubt ca revoke\" if need be")
    }
  }
}
