import ArgumentParser
import CertificateAuthority
import Foundation
import Glibc
import NodeCredentials

/// The passphrase of the authority's keys: from a file or from the terminal, never from an
/// argument, which every process of the machine can read.
struct KeyPassphrase: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "A file whose first line is the passphrase of the authority's keys; asked for at the "
        + "terminal when keys are encrypted and this is left out.", valueName: "file"),
    completion: .file())
  var passphraseFile: String?

  /// Opens an authority for work.
  func open(_ location: AuthorityLocation, _ patience: LedgerPatience) throws -> OverlayAuthority {
    try using { passphrase in
      try OverlayAuthority(opening: location.url, wait: patience.wait, passphrase: passphrase)
    }
  }

  /// Runs work with the passphrase of the file; without a file first with none, and when keys turn
  /// out to be encrypted, again with what the terminal says.
  func using<Value>(_ work: (borrowing Passphrase?) throws -> Value) throws -> Value {
    if let passphraseFile { return try work(KeyPassphrase.read(passphraseFile)) }
    do {
      return try work(nil)
    } catch AuthorityError.key(_, .passphraseMissing) where isatty(STDIN_FILENO) == 1 {
      return try work(KeyPassphrase.ask("Passphrase of the authority's keys: "))
    }
  }

  /// The first line of a file.
  static func read(_ path: String) throws -> Passphrase {
    var text = try AuthoritySession.read(path, limit: 4_096)
    defer { Passphrase.wipe(&text) }
    guard let passphrase = Passphrase(firstLineOf: text) else {
      throw AuthorityError.invalid(
        path: path, line: 1, detail: "the first line is no passphrase of 1 to 1,000 octets")
    }
    return passphrase
  }

  /// Asks at the terminal, without echo.
  static func ask(_ question: String) throws -> Passphrase {
    var line = try SecretPrompt.line(question)
    defer { Passphrase.wipe(&line) }
    guard let passphrase = Passphrase(firstLineOf: line) else {
      throw AuthoritySession.failure("a passphrase has 1 to 1,000 octets", 65)
    }
    return passphrase
  }

  /// Asks twice, for a passphrase that is new.
  static func askForNew() throws -> Passphrase {
    var first = try SecretPrompt.line("New passphrase for the authority's keys: ")
    var second = try SecretPrompt.line("The same again: ")
    defer {
      Passphrase.wipe(&first)
      Passphrase.wipe(&second)
    }
    guard first == second else {
      throw AuthoritySession.failure("the two passphrases differ; nothing was made", 65)
    }
    guard let passphrase = Passphrase(firstLineOf: first) else {
      throw AuthoritySession.failure("a passphrase has 1 to 1,000 octets", 65)
    }
    return passphrase
  }
}

/// Reads a secret at the terminal.
enum SecretPrompt {
  /// One line from standard input, without echo when it is a terminal; the caller wipes it.
  static func line(_ question: String) throws -> [UInt8] {
    StandardError.write(question)
    var settings = termios()
    let isTerminal = tcgetattr(STDIN_FILENO, &settings) == 0
    let visible = settings
    if isTerminal {
      settings.c_lflag &= ~tcflag_t(ECHO)
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
    }
    defer {
      if isTerminal {
        var visible = visible
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &visible)
        StandardError.write("\n")
      }
    }
    var octets: [UInt8] = []
    octets.reserveCapacity(1_024)
    var octet: UInt8 = 0
    while Glibc.read(STDIN_FILENO, &octet, 1) == 1, octet != 0x0A, octets.count < 1_024 {
      octets.append(octet)
    }
    return octets
  }
}
