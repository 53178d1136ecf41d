import ArgumentParser
import Campaigns
import Foundation

/// `redoubt routers`: the routers that a campaign may name.
struct RoutersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "routers", abstract: "List the routers and describe each one.",
    discussion: "Routers are named in a campaign file under 'routers:'.",
    subcommands: [List.self, Show.self])

  /// `redoubt routers list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List all routers, a line each.")

    @Option(help: "Output format: table or json.")
    var format: ListFormat = .table

    func run() throws {
      switch format {
      case .table:
        printList(RouterRegistry.all.map { ($0.name, $0.summary) })
      case .json:
        try print(json(RouterRegistry.all.map(RouterRecord.init)))
      }
    }
  }

  /// `redoubt routers show NAME`.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Describe one router: parameters, the adversary's best response, source.")

    @Argument(help: "The router's name, as 'redoubt routers list' prints it.")
    var name: String

    @Option(help: "Output format: table or json.")
    var format: ListFormat = .table

    func validate() throws {
      guard RouterRegistry.descriptor(name) != nil else {
        throw ValidationError(
          "unknown router \(name); there are "
            + RouterRegistry.all.map(\.name).joined(separator: ", "))
      }
    }

    func run() throws {
      guard let router = RouterRegistry.descriptor(name) else { return }
      switch format {
      case .table: print(text(router))
      case .json: try print(json(RouterRecord(router)))
      }
    }

    private func text(_ router: RouterDescriptor) -> String {
      var lines = [router.name, "  " + router.summary, "", "Parameters"]
      if router.parameters.isEmpty { lines.append("  none") }
      for parameter in router.parameters {
        lines.append("  \(parameter.name): \(parameter.summary)")
        // Where not all engines of the router know the parameter.
        let engines =
          router.engines.allSatisfy(parameter.engines.contains)
          ? "" : "; engine \(parameter.engines.map(\.rawValue).joined(separator: ", ")) alone"
        lines.append("    \(parameter.domainText); default \(parameter.defaultText)\(engines)")
      }
      if !router.alternatives.isEmpty {
        let groups = router.alternatives.map { $0.joined(separator: " with ") }
        lines.append("  Give either \(groups.joined(separator: " or ")).")
      }
      lines += [
        "", "Attack    \(router.bestResponse)", "Source    \(router.source)",
        "Engines   \(router.engines.map(\.rawValue).joined(separator: ", "))", "",
        "In a campaign",
        "  routers:",
      ]
      let example = router.parameters.first.map { parameter in
        "    - {name: \(router.name), \(parameter.name): \(parameter.example)}"
      }
      lines.append(example ?? "    - \(router.name)")
      return lines.joined(separator: "\n")
    }
  }
}

/// A router as JSON.
private struct RouterRecord: Encodable {
  struct Parameter: Encodable {
    let name: String
    let summary: String
    let domain: String
    let defaultValue: String
    let engines: [String]
  }

  let name: String
  let summary: String
  let bestResponse: String
  let source: String
  let engines: [String]
  let parameters: [Parameter]

  init(_ router: RouterDescriptor) {
    engines = router.engines.map(\.rawValue)
    name = router.name
    summary = router.summary
    bestResponse = router.bestResponse
    source = router.source
    parameters = router.parameters.map {
      Parameter(
        name: $0.name, summary: $0.summary, domain: $0.domainText, defaultValue: $0.defaultText,
        engines: $0.engines.map(\.rawValue))
    }
  }
}
