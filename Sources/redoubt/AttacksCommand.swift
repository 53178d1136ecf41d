import Adversary
import ArgumentParser
import Foundation

/// `redoubt attacks`: the attack registry.
struct AttacksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attacks", abstract: "List the attacks and describe each one.",
    discussion: """
      Attacks are named in a campaign file under 'attacks:'. Several compose when they are given \
      as one list entry.
      """,
    subcommands: [List.self, Show.self])

  /// `redoubt attacks list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List all attacks, a line each.")

    @Option(help: "Output format: table or json.")
    var format: ListFormat = .table

    func run() throws {
      switch format {
      case .table:
        printList(AttackRegistry.all.map { ($0.name, $0.summary) })
      case .json:
        try print(json(AttackRegistry.all.map { try AttackRecord($0) }))
      }
    }
  }

  /// `redoubt attacks show NAME`.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Describe one attack: parameters, source, defence and how to use it.")

    @Argument(help: "The attack's name, as 'redoubt attacks list' prints it.")
    var name: String

    @Option(help: "Output format: table or json.")
    var format: ListFormat = .table

    func validate() throws {
      guard AttackRegistry.all.contains(where: { $0.name == name }) else {
        throw ValidationError(
          "unknown attack \(name); the registry has "
            + AttackRegistry.all.map(\.name).joined(separator: ", "))
      }
    }

    func run() throws {
      for attack in AttackRegistry.all where attack.name == name {
        switch format {
        case .table: print(try text(attack))
        case .json: try print(json(AttackRecord(attack)))
        }
      }
    }

    private func text(_ attack: AttackDescriptor) throws -> String {
      var lines = [attack.name, "  " + attack.summary, "", "Parameters"]
      if attack.parameters.isEmpty { lines.append("  none") }
      for parameter in attack.parameters {
        let unit = parameter.unit == "1" ? "" : " [\(parameter.unit)]"
        lines.append("  \(parameter.name)\(unit): \(parameter.summary)")
        lines.append("    \(parameter.domainText); default \(parameter.defaultValue)")
      }
      lines += [
        "", "Source    \(attack.source)", "Defence   \(attack.defence)",
        "Engines   \(try engines(of: attack).joined(separator: ", "))", "", "In a campaign",
        "  attacks:",
      ]
      if let first = attack.parameters.first {
        lines.append("    - {name: \(attack.name), \(first.name): \(first.defaultValue)}")
      } else {
        lines.append("    - \(attack.name)")
      }
      return lines.joined(separator: "\n")
    }
  }
}

/// How a registry is printed.
enum ListFormat: String, ExpressibleByArgument, CaseIterable {
  case table
  case json
}

/// The engines that an attack has a form for, as campaigns name them.
private func engines(of attack: AttackDescriptor) throws -> [String] {
  let made = try AttackRegistry.make(AttackSelection(name: attack.name))
  var engines: [String] = []
  if made.staticForm != nil { engines.append("sampling") }
  if made.protocolForm != nil { engines.append("events") }
  return engines
}

/// An attack as JSON.
private struct AttackRecord: Encodable {
  struct Parameter: Encodable {
    let name: String
    let summary: String
    let unit: String
    let domain: String
    let defaultValue: String
  }

  let name: String
  let summary: String
  let source: String
  let defence: String
  let engines: [String]
  let parameters: [Parameter]

  init(_ attack: AttackDescriptor) throws {
    name = attack.name
    summary = attack.summary
    source = attack.source
    defence = attack.defence
    engines = try redoubt.engines(of: attack)
    parameters = attack.parameters.map {
      Parameter(
        name: $0.name, summary: $0.summary, unit: $0.unit, domain: $0.domainText,
        defaultValue: $0.defaultValue)
    }
  }
}

/// A line per entry of a registry, the summaries in one column.
func printList(_ entries: [(name: String, summary: String)]) {
  let width = entries.map(\.name.count).max() ?? 0
  for entry in entries {
    let name = entry.name.padding(toLength: width + 2, withPad: " ", startingAt: 0)
    print(name + entry.summary)
  }
}

/// Readable JSON with sorted keys.
func json(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
