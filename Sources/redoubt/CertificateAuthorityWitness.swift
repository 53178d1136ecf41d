import ArgumentParser
import CertificateAuthority
import EnrollmentServer
import Foundation
import Logging
import NodeCredentials
import TransparencyLog

/// `redoubt ca witness`.
struct WitnessCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "witness",
    abstract: "Follow logs, and cosign only what grew out of what was seen.",
    discussion: """
      A witness is a second process, best on another machine and in other hands than the \
      authority. It remembers the last checkpoint of each log that it cosigned, and cosigns a \
      later one only with a proof that it grew out of that. An authority that shows two histories \
      cannot have both cosigned.

        redoubt ca witness init --directory W --name witness.example
        redoubt ca witness serve --directory W --log-key log.pub --listen 127.0.0.1:8447
        redoubt ca serve ... --witness http://127.0.0.1:8447 --witness-key W/witness.pub
      """,
    subcommands: [WitnessInitCommand.self, WitnessServeCommand.self, WitnessCheckCommand.self])
}

/// Where the witness is.
struct WitnessLocation: ParsableArguments {
  @Option(name: .long, help: "The witness's directory.", completion: .directory)
  var directory: String

  var witness: WitnessDirectory {
    WitnessDirectory(URL(fileURLWithPath: directory, isDirectory: true))
  }
}

/// `redoubt ca witness init`.
struct WitnessInitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make a new witness: a key, and an empty memory.",
    discussion: """
      Prints the verifier key, which is in witness.pub too: give it to those who are to trust the \
      witness. Without --passphrase-file the private key is kept in plain text, mode 0600.
      """)

  @OptionGroup var location: WitnessLocation

  @Option(
    name: .long, help: "The witness's name, such as witness.example; no spaces, no plus signs.")
  var name: String

  @Option(
    name: .long, help: "A file whose first line is the passphrase that encrypts the private key.",
    completion: .file())
  var passphraseFile: String?

  func run() async throws {
    let keyName: KeyName
    do {
      keyName = try KeyName(name)
    } catch {
      throw AuthoritySession.failure(error.description, 64)
    }
    try await AuthoritySession.run {
      let key =
        if let passphraseFile {
          try location.witness.create(
            name: keyName, passphrase: KeyPassphrase.read(passphraseFile))
        } else {
          try location.witness.create(name: keyName)
        }
      print(key)
    }
  }
}

/// Which logs a witness follows, and how it is opened.
struct WitnessedLogs: ParsableArguments {
  @Option(
    name: .long,
    help: "A file with the verifier key of a log to follow, such as log.pub; repeatable.",
    completion: .file())
  var logKey: [String] = []

  @OptionGroup var passphrase: KeyPassphrase

  func validate() throws {
    guard !logKey.isEmpty else { throw ValidationError("name a log by its --log-key") }
  }

  /// The logs by origin; two keys of one name are two keys of one log.
  func logs() throws -> [WitnessedLog] {
    var keys: [KeyName: [VerifierKey]] = [:]
    for path in logKey {
      let key = try LogKeyFile.read(path)
      keys[key.name, default: []].append(key)
    }
    do {
      return try keys.sorted { $0.key < $1.key }.map { name, keys in
        try WitnessedLog(origin: LogOrigin("\(name)"), keys: keys)
      }
    } catch let error as TransparencyRejection {
      throw AuthoritySession.failure(error.description, 65)
    }
  }

  func open(_ location: WitnessLocation) throws -> LogWitness {
    let logs = try logs()
    return try passphrase.using { passphrase in
      try LogWitness(opening: location.witness, logs: logs, passphrase: passphrase)
    }
  }
}

/// `redoubt ca witness serve`.
struct WitnessServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Cosign checkpoints over HTTP until SIGTERM.",
    discussion: """
      POST /add-checkpoint as in C2SP's tlog-witness; GET /health. A log that contradicts itself \
      is refused, reported at level error, and both checkpoints are kept in evidence/.
      """)

  @OptionGroup var location: WitnessLocation

  @Option(name: .long, help: "Where to serve HTTP, ip:port; port 0 for any that is free.")
  var listen = EndpointArgument(ServerSettings.Endpoint(ip: .v4(0x7F00_0001), port: 8_447))

  @Option(name: .long, help: "The least important records to log.")
  var logLevel: ServeCommand.LogLevel = .info

  @OptionGroup var logs: WitnessedLogs

  func run() async throws {
    try await AuthoritySession.run {
      let witness = try logs.open(location)
      var settings = WitnessServer.Settings(endpoint: listen.endpoint)
      settings.logLevel = Logger.Level(rawValue: logLevel.rawValue) ?? .info
      let server = WitnessServer(
        witness, settings: settings, log: { StandardError.write($0) },
        report: { event in
          switch event {
          case .listening(let port, _):
            print("listening http://\(ServerSettings.Endpoint(ip: listen.endpoint.ip, port: port))")
            fflush(nil)
          }
        })
      do {
        try await server.run()
      } catch {
        throw AuthoritySession.failure("the server stopped: \(error)", 71)
      }
    }
  }
}

/// `redoubt ca witness check`.
struct WitnessCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Look at a copy of a log's files, and cosign its checkpoint.",
    discussion: """
      For a witness without a server: copy the log's static files here by any means, and give the \
      cosigned checkpoint back. The proof that the log grew is made from its tiles. Exits with 1 \
      when the checkpoint is refused; the reason is printed, and contradicting checkpoints are \
      kept in evidence/.
      """)

  @OptionGroup var location: WitnessLocation

  @Option(name: .long, help: "The directory with the log's files.", completion: .directory)
  var log: String

  @Option(
    name: .long, help: "Where to write the cosigned checkpoint; standard output if left out.",
    completion: .file())
  var output: String?

  @OptionGroup var logs: WitnessedLogs

  func run() async throws {
    try await AuthoritySession.run {
      let witness = try logs.open(location)
      let files = LogFiles(URL(fileURLWithPath: log, isDirectory: true))
      let (note, checkpoint) = try files.signedCheckpoint()
      let known = witness.state.heads[checkpoint.origin]?.checkpoint.size ?? 0
      let request: WitnessRequest
      do {
        // A log that shrank has no proof to make; the witness says what that is.
        request = try files.witnessRequest(note, from: min(known, checkpoint.size))
      } catch let error as AuthorityError {
        print("verdict  refused\nreason   \(error)")
        throw ExitCode(1)
      }
      let time = UInt64(max(1, AuthoritySession.now().secondsSinceEpoch))
      let decision = try witness.decide(request, time: time)
      guard case .cosigned(let signature) = decision.verdict else {
        refused(decision)
        throw ExitCode(1)
      }
      let cosigned: SignedNote
      do {
        cosigned = try note.adding([signature])
      } catch {
        throw AuthoritySession.failure("\(error)", 65)
      }
      if let output {
        try Data(cosigned.octets).write(to: URL(fileURLWithPath: output), options: .atomic)
        print("verdict  cosigned\nlog      \(checkpoint.origin)\nsize     \(checkpoint.size)")
      } else {
        FileHandle.standardOutput.write(Data(cosigned.octets))
      }
    }
  }

  private func refused(_ decision: WitnessDecision) {
    let reason = String(decoding: decision.verdict.answer.body, as: UTF8.self)
    let detail =
      switch decision.verdict {
      case .conflict(let size): "the checkpoint is older than size \(size), which was cosigned"
      case .fork(_, _, let size): "two roots for size \(size)"
      default: reason.trimmingCharacters(in: .newlines)
      }
    print("verdict  \(decision.verdict.name)\nreason   \(detail)")
    for file in decision.evidence?.files ?? [] { print("evidence \(file.path)") }
  }
}
