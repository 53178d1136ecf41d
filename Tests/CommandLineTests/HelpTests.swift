import Foundation
import Testing

/// The built command answers for itself.
@Suite struct HelpTests {
  @Test func helpNamesTheCommandGroups() throws {
    let program = try Program.run(Program.redoubt, ["--help"])
    #expect(program.status == 0)
    #expect(program.errors.isEmpty)
    for word in [
      "USAGE: redoubt", "ca ", "campaign ", "attacks ", "detect ", "economics ", "simulate ",
      "bound ",
      "proof ",
    ] {
      #expect(program.output.contains(word), "--help must mention \(word)")
    }
  }

  @Test func versionIsOneNumber() throws {
    let program = try Program.run(Program.redoubt, ["--version"])
    #expect(program.status == 0)
    #expect(program.errors.isEmpty)
    #expect(program.output.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+\n/) != nil)
  }

  @Test func anUnknownCommandIsAUsageError() throws {
    let program = try Program.run(Program.redoubt, ["no-such-command"])
    #expect(program.status == 64)
    #expect(program.output.isEmpty)
    #expect(program.errors.contains("no-such-command"))
  }
}
