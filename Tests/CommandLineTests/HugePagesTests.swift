import Foundation
import Testing

/// Commands that simulate start themselves anew with huge pages, and nobody else notices.
@Suite struct HugePagesTests {
  private static let wish = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"

  /// A file of a process under /proc; empty when the process is gone.
  private func read(_ file: String, of process: Process) -> String {
    let path = "/proc/\(process.processIdentifier)/\(file)"
    return (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }

  private func catchesSignals(_ process: Process) -> Bool {
    let line = read("status", of: process).split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
    let mask = line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
    return mask & 1 << UInt64(SIGTERM - 1) != 0
  }

  /// A setting of one's own is kept, an empty one, too: then all is done in the first process.
  @Test(arguments: [nil, "", "glibc.malloc.arena_max=1"])
  func aSimulationAsksForThemUnlessToldOtherwise(setting: String?) throws {
    let scratch = try SimulateScratch()
    var environment = ["PATH": scratch.folder.path]
    environment["GLIBC_TUNABLES"] = setting
    let (process, pipe) = try scratch.started(
      "run --nodes 20000 --build joined", environment: environment)
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    // It catches signals once it is at work, and no earlier.
    while process.isRunning, !catchesSignals(process) { sched_yield() }
    let started = read("environ", of: process)
    #expect(started.contains(Self.wish) == (setting == nil))
    if let setting { #expect(started.contains("GLIBC_TUNABLES=\(setting)")) }
    #expect(read("comm", of: process) == "redoubt\n")
    kill(process.processIdentifier, SIGTERM)
    _ = try pipe.fileHandleForReading.readToEnd()
    process.waitUntilExit()
    #expect(process.terminationStatus == 143)
  }

  /// gnuplot is started by the process, not by its children.
  @Test func noOtherProgramInheritsTheWish() throws {
    let scratch = try SimulateScratch()
    let gnuplot = scratch.folder.appending(path: "gnuplot")
    try scratch.write("#!/bin/sh\n/usr/bin/env > seen\n", "gnuplot")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: gnuplot.path)
    _ = try scratch.alone("growth --nodes 20,30 --lookups 10 --figure growth.svg")
    let seen = try scratch.read("seen")
    #expect(seen.contains("PATH=") && !seen.contains("GLIBC_TUNABLES"))
    #expect(!seen.contains("REDOUBT_STARTED_ANEW"))
  }

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
