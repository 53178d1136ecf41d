import ArgumentParser
import Campaigns
import Foundation

/// `redoubt proof check`.
struct ProofCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Compute all closed forms of the experiments anew, and hold runs against them.",
    discussion: """
      Every closed form that an experiment uses is recorded in a file of --numbers, with decimals \
      between which exact arithmetic proves it to lie. The check evaluates each of them again, \
      compares the formula in floating point, asks PARI/GP (the program gp) for the same numbers \
      from definitions of its own, and looks whether the campaign file still names the same ones.

      With run directories, every measured cell that has a closed form is held against its exact \
      value. The intervals are those of one joint statement: with all laws right, all cells lie \
      inside with probability .999. What lies outside is printed with the reason that the campaign \
      file gives; without one, and beyond its tolerance, the check fails.

      One line for each campaign on standard output, each disagreement on standard error. Exit \
      code 1 when something does not hold, 2 when a run has cells missing, 65 for a damaged file.

      Examples:
        redoubt proof check
        redoubt proof check out/reproduce/osdi02/*
      """)

  @Argument(help: "Run directories of finished campaigns.")
  var runs: [String] = []

  @Option(help: "The directory of recorded numbers.")
  var numbers = "proofs/numbers"

  @Option(help: "Print as text, json or csv.")
  var format = ProofFormat.text

  func run() async throws {
    try await CampaignConsole.run { () async throws(CampaignError) in
      let check = NumberCheck(directory: numbers)
      if !check.hasSecondOpinion {
        StandardError.note(
          "gp is not installed, so nobody else computes the numbers: apt-get install pari-gp")
      }
      var printer = ProofPrinter(format)
      for name in try check.names() { printer.show(try await check.check(name)) }
      if !runs.isEmpty {
        for finding in try BoundedCells(runs: runs).findings { printer.show(finding) }
      }
      printer.end()
      return printer.allGood ? .success : ExitCode(1)
    }
  }
}

/// `redoubt proof certify`.
struct ProofCertifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certify",
    abstract: "Record the closed forms of campaigns, each between two proven decimals.",
    discussion: """
      Writes one file per campaign that uses closed forms; one that uses none gets no file. Name \
      campaign files as they are seen from the root of the repository.
      """)

  @Argument(help: "Campaign files.")
  var files: [String]

  @Option(help: "The directory to write to.")
  var numbers = "proofs/numbers"

  func run() async throws {
    try await CampaignConsole.run { () async throws(CampaignError) in
      let check = NumberCheck(directory: numbers)
      for file in files {
        let count = try check.record(try await Campaign(specPath: file), from: file)
        CampaignConsole.say("\(file): \(count) closed forms")
      }
      return .success
    }
  }
}

/// How findings are printed.
enum ProofFormat: String, CaseIterable, ExpressibleByArgument {
  case text, json, csv
}

/// Prints findings as they come.
struct ProofPrinter {
  private let format: ProofFormat
  private var records: RecordPrinter?
  /// Whether every finding so far is good.
  private(set) var allGood = true

  init(_ format: ProofFormat) {
    self.format = format
    let columns = ["kind", "name", "verdict", "detail"].map { RecordColumn($0, 0) }
    switch format {
    case .text: break
    case .json: records = RecordPrinter(.json, columns)
    case .csv: records = RecordPrinter(.csv, columns)
    }
  }

  mutating func show(_ finding: ProofFinding) {
    allGood = allGood && finding.isGood
    let verdict = finding.isGood ? "ok" : "FAILED"
    let fields = [finding.kind.rawValue, finding.name, verdict, finding.detail]
    for remark in finding.remarks { StandardError.note("\(finding.name): \(remark)") }
    if records == nil {
      let widths = [8, 44, 7, 0]
      let line = zip(fields, widths).map { field, width in
        field.padding(toLength: max(width, field.count), withPad: " ", startingAt: 0)
      }
      print(line.joined(separator: " "))
    } else {
      records?.row(fields.map { .text($0) })
    }
  }

  mutating func end() { records?.end() }
}
