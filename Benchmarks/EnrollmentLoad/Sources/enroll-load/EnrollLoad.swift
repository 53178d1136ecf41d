import ArgumentParser
import Foundation
import NodeCredentials

/// The command line: load, crash test, abuse test, and the raw cost of keys.
@main
struct EnrollLoad: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enroll-load",
    abstract: "Loads, crashes and abuses an enrollment server on this machine, and checks it.",
    discussion: """
      The server must run on a loopback address; anything else is refused. Every certificate that \
      it gives is checked: its form, that its key is ours, that its nodeId and serial number are \
      new. docs/guides/load-and-crash.md explains what is counted and how.
      """,
    subcommands: [RunCommand.self, CrashCommand.self, AbuseCommand.self, RawCommand.self],
    defaultSubcommand: RunCommand.self)
}

/// Prints progress, so that standard output holds the result alone.
func progress(_ line: String) {
  FileHandle.standardError.write(Data((line + "\n").utf8))
}

/// How a result is printed.
enum ResultFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json
}

/// Prints a report as JSON with sorted keys.
func printJSON(_ report: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.keyEncodingStrategy = .convertToSnakeCase
  FileHandle.standardOutput.write(try encoder.encode(report) + Data("\n".utf8))
}
