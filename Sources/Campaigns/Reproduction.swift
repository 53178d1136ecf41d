import Foundation

/// A document that sets finished runs beside what others published: `docs/reproduction.md`.
///
/// The text is a function of the runs' specifications and shards alone: no time, machine or path of
/// a run directory is in it.
public struct Reproduction {
  /// How the comparisons of one section or of all went.
  public struct Tally: Equatable, Sendable {
    /// Claims that are met.
    public var agreeing = 0
    /// Claims that are not met, with a reason in the campaign file.
    public var explained = 0
    /// Claims that are not met, without a reason.
    public var unexplained = 0
    /// Claims that the campaign requires and that are not met.
    public var failing = 0

    /// All comparisons.
    public var total: Int { agreeing + explained + unexplained }

    init(_ comparisons: [Comparison] = []) {
      for row in comparisons {
        switch row.verdict {
        case .agrees: agreeing += 1
        case .explained: explained += 1
        case .differs: unexplained += 1
        }
        if row.claim.isRequired && !row.agrees { failing += 1 }
      }
    }
  }

  private struct Section {
    let title: String
    let body: String
    /// Nil for a ready-made section.
    let tally: Tally?
  }

  /// The name of a ready-made section in a directory that is no campaign run.
  static let sectionFile = "reproduction.md"
  private let sections: [Section]
  /// How all comparisons went.
  public let tally: Tally

  /// Reads finished runs, in the order of the document.
  ///
  /// A directory that holds no run but a file `reproduction.md` gives that file as a section; it
  /// begins with a line `## Title`.
  /// - Throws: `CampaignError`: `.badData` for what is neither, `.incomplete` for a run with cells
  ///   missing.
  public init(directories: [String]) throws(CampaignError) {
    var sections: [Section] = []
    var comparisons: [Comparison] = []
    for path in directories {
      if let ready = try Self.readySection(path) {
        sections.append(ready)
        continue
      }
      let plan = try Campaign(runDirectory: path).plan
      let directory = RunDirectory(path: path)
      let shards = try directory.allShards(plan)
      let section = ReproductionSection(
        plan: plan, table: ResultTable(plan: plan, shards: shards),
        file: try Manifest(readingFrom: directory.manifestPath).specPath)
      sections.append(
        Section(
          title: plan.spec.title ?? plan.spec.name, body: section.text,
          tally: Tally(section.comparisons)))
      comparisons += section.comparisons
    }
    self.sections = sections
    tally = Tally(comparisons)
  }

  private static func readySection(_ path: String) throws(CampaignError) -> Section? {
    let file = path + "/" + sectionFile
    guard !RunDirectory(path: path).holdsRun, FileManager.default.fileExists(atPath: file) else {
      return nil
    }
    let bytes = try AtomicFile.read(file)
    guard let text = String(validating: bytes, as: UTF8.self), text.hasPrefix("## "),
      let title = text.dropFirst(3).split(separator: "\n").first
    else {
      throw CampaignError(
        .badData, file: file, "does not begin with a line '## Title'",
        remedy: "It is taken into the document as it is.")
    }
    return Section(
      title: String(title), body: text.trimmingCharacters(in: .newlines), tally: nil)
  }

  /// Writes the document to `path`, whole or not at all.
  /// - Throws: `CampaignError.Code.cannotCreate`, `.inputOutput`.
  public func write(to path: String) throws(CampaignError) {
    try AtomicFile.write(text, to: path)
  }

  /// The document.
  public var text: String {
    var rows = sections.map { section in
      let counts =
        section.tally.map { "\($0.total) | \($0.agreeing) | \($0.explained) | \($0.unexplained)" }
        ?? "in the section | | |"
      return "| \(section.title) | \(counts) |"
    }
    rows.append(
      "| **all** | \(tally.total) | \(tally.agreeing) | \(tally.explained) | \(tally.unexplained) |"
    )
    return """
      # Reproduction

      Every published or independently computed number that the toolkit has been held against, with
      what it measures itself. `make reproduce` runs the campaigns and writes this file; do not edit
      it: explanations are the `description` and `because` of the campaign files.

      *Ours* is the mean over independent batches, the interval has the coverage of the campaign
      (95 % unless it says otherwise) and is conditional on the sampled nodeIds; where nothing
      failed it is the exact bound. A number *agrees* when the interval reaches it or it is within
      the tolerance that the campaign file states; where it *differs*, the reason follows the table.

      *Exact* is the closed form that the campaign names for a cell, in exact arithmetic (`redoubt
      bound`): ten digits, cut off and not rounded, each of them proven. A table without that
      column compares something for which the campaign has no closed form.

      | experiment | compared | agree | differ, explained | differ |
      | --- | ---: | ---: | ---: | ---: |
      \(rows.joined(separator: "\n"))

      \(sections.map(\.body).joined(separator: "\n\n"))

      """
  }
}
