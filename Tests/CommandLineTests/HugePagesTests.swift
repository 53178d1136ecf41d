import Foundation
import Testing

/// Commands that simulate start themselves anew with huge pages, and nobody else notices.
@Suite struct HugePagesTests {
  private static let wish = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"

  /// The environment that a process was started with; empty when it is gone.
  private func environment(of process: Process) -> String {
    let file = "/proc/\(process.processIdentifier)/environ"
    return (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
  }

  @Test func aSimulationAsksForThem() throws {
    let scratch = try SimulateScratch()
    let (process, pipe) = try scratch.started("run --nodes 20000 --build joined")
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    var isAsked = false
    while process.isRunning, !isAsked { isAsked = environment(of: process).contains(Self.wish) }
    #expect(isAsked)
    kill(process.processIdentifier, SIGTERM)
    _ = try pipe.fileHandleForReading.readToEnd()
    process.waitUntilExit()
  }

  /// With a setting of one's own, which may be empty, all is done in the first process.
  @Test func theOutputIsTheSameWithAnySetting() throws {
    let scratch = try SimulateScratch()
    var outputs: [String] = []
    for setting in [nil, "", "glibc.malloc.arena_max=1"] {
      var environment = ["PATH": scratch.folder.path]
      environment["GLIBC_TUNABLES"] = setting
      let program = try Program.run(
        Program.redoubt, ["simulate", "run", "--nodes", "60", "--duration", "10s"],
        environment: environment, in: scratch.folder)
      #expect(program.status == 0, "\(program.errors)")
      outputs.append(program.output)
    }
    #expect(Set(outputs).count == 1)
  }
}
