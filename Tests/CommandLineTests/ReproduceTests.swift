import Foundation
import Testing

/// `make reproduce` is `.ci/reproduce`: here it runs in a folder with one small experiment.
@Suite struct ReproduceTests {
  private static let script = SetupTests.root.appending(path: ".ci/reproduce")

  private func folder(_ spec: String) throws -> CampaignCommandTests.Scratch {
    let scratch = try CampaignCommandTests.Scratch()
    let experiments = scratch.folder.appending(path: "experiments/osdi02")
    try FileManager.default.createDirectory(at: experiments, withIntermediateDirectories: true)
    try scratch.write(spec, to: "experiments/osdi02/small.yaml")
    return scratch
  }

  private func reproduce(_ scratch: CampaignCommandTests.Scratch) throws -> Program {
    var environment = ProcessInfo.processInfo.environment
    environment["REDOUBT"] = Program.redoubt.path
    return try Program.run(Self.script, [], environment: environment, in: scratch.folder)
  }

  @Test func itRunsEveryExperimentWritesTheDocumentAndGoesOn() throws {
    let scratch = try folder(CampaignCommandTests.spec)
    let first = try reproduce(scratch)
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains(" s  experiments/osdi02/small.yaml"))
    #expect(first.output.contains(" s  in all"))
    let document = try scratch.read("docs/reproduction.md")
    #expect(document.contains("`redoubt campaign run experiments/osdi02/small.yaml`"))
    // The second time nothing is measured, and the document is the same.
    let log = try reproduce(scratch)
    #expect(log.status == 0)
    #expect(try scratch.read("out/reproduce/log").contains("computed   0"))
    #expect(try scratch.read("docs/reproduction.md") == document)
    // A changed file is measured anew.
    try scratch.write(
      CampaignCommandTests.spec.replacing("seed: 3", with: "seed: 4"),
      to: "experiments/osdi02/small.yaml")
    let changed = try reproduce(scratch)
    #expect(changed.status == 0, "\(changed.errors)")
    #expect(changed.errors.contains("small.yaml has changed"))
    #expect(try scratch.read("out/reproduce/log").contains("reused     0"))
    #expect(try scratch.read("docs/reproduction.md") != document)
  }

  @Test func aStudyWithAProgramOfItsOwnLeavesASection() throws {
    let scratch = try folder(CampaignCommandTests.spec)
    try FileManager.default.createDirectory(
      at: scratch.folder.appending(path: "experiments/study"), withIntermediateDirectories: true)
    try scratch.write(
      """
      #!/bin/sh
      printf '## A study\\n\\nDone by %s.\\n' "${REDOUBT##*/}" > "$1/reproduction.md"

      """,
      to: "experiments/study/run")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755],
      ofItemAtPath: scratch.folder.appending(path: "experiments/study/run").path)
    let program = try reproduce(scratch)
    #expect(program.status == 0, "\(program.errors)")
    #expect(try scratch.read("docs/reproduction.md").hasSuffix("## A study\n\nDone by redoubt.\n"))
  }

  @Test func aMissedReferenceIsCode1AndTheDocumentIsThere() throws {
    let missed = CampaignCommandTests.spec.replacing(
      "tolerance: 0.2", with: "tolerance: 0, require: true")
    let scratch = try folder(missed)
    let program = try reproduce(scratch)
    #expect(program.status == 1)
    #expect(program.errors.contains("reference missed"))
    #expect(try scratch.read("docs/reproduction.md").contains("| differs |"))
  }

  @Test func aBadCampaignFileEndsIt() throws {
    let scratch = try folder("nonsense")
    let program = try reproduce(scratch)
    #expect(program.status == 65)
    #expect(!scratch.exists("docs/reproduction.md"))
  }
}
