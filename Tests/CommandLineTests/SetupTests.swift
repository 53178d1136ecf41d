import Foundation
import Testing

/// `.ci/setup` on machines made of stubs: a PATH where only chosen programs exist.
@Suite struct SetupTests {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// A machine: a folder that becomes the whole PATH.
  struct Machine: ~Copyable {
    let folder: URL

    init() throws {
      folder = FileManager.default.temporaryDirectory.appending(
        path: "redoubt-setup-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for tool in ["sh", "sed", "sort", "head", "grep", "env", "cat", "touch"] {
        let real = try #require(
          ["/bin/", "/usr/bin/"].map { $0 + tool }.first {
            FileManager.default.isExecutableFile(atPath: $0)
          }, "the tests need \(tool)")
        try FileManager.default.createSymbolicLink(
          atPath: folder.appending(path: tool).path, withDestinationPath: real)
      }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Adds a program that runs `script`.
    func add(_ name: String, _ script: String) throws {
      let place = folder.appending(path: name)
      try Data("#!/bin/sh\n\(script)\n".utf8).write(to: place)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path)
    }

    /// Adds everything that a ready machine has; a package is there when the file of its name is.
    func addEverything() throws {
      try add("swift", "echo 'Swift version 6.2.1 (swift-6.2.1-RELEASE)'")
      try add("id", "echo 0")
      for name in ["make", "pkg-config", "gnuplot", "certtool", "openssl", "sqlite3"] {
        try add(name, "exit 0")
      }
      try add(
        "dpkg-query",
        """
        for package in libssl-dev libgmp-dev libsqlite3-dev; do
          [ -e "$STUBS/$package.there" ] && echo "$package installed"
        done
        """)
      for package in ["libssl-dev", "libgmp-dev", "libsqlite3-dev"] {
        try add("\(package).there", "")
      }
    }

    /// An apt-get that writes down its arguments and installs what it is asked for.
    func addAptGet() throws {
      try add(
        "apt-get",
        """
        echo "$@" >> "$STUBS/apt.log"
        [ "$1" = install ] || exit 0
        for word in "$@"; do touch "$STUBS/$word.there"; done
        """)
    }

    func remove(_ name: String) throws {
      try FileManager.default.removeItem(at: folder.appending(path: name))
    }

    func runSetup(_ arguments: [String] = []) throws -> Program {
      try Program.run(
        SetupTests.root.appending(path: ".ci/setup"), arguments,
        environment: ["PATH": folder.path, "STUBS": folder.path], in: SetupTests.root)
    }

    /// What apt-get was asked, one call per line.
    var aptCalls: [String] {
      let text = try? String(contentsOf: folder.appending(path: "apt.log"), encoding: .utf8)
      return text?.split(separator: "\n").map(String.init) ?? []
    }
  }

  @Test func aReadyMachineIsLeftAlone() throws {
    let machine = try Machine()
    try machine.addEverything()
    try machine.addAptGet()
    let program = try machine.runSetup()
    #expect(program.status == 0)
    #expect(program.output.isEmpty && program.errors.isEmpty)
    #expect(machine.aptCalls.isEmpty)
  }

  @Test func missingPackagesAreInstalledAfterOneUpdate() throws {
    let machine = try Machine()
    try machine.addEverything()
    try machine.addAptGet()
    try machine.remove("libssl-dev.there")
    try machine.remove("libgmp-dev.there")
    let program = try machine.runSetup()
    #expect(program.status == 0, "\(program.errors)")
    #expect(
      machine.aptCalls == [
        "update -q", "install -q -y --no-install-recommends libssl-dev libgmp-dev",
      ])
  }

  @Test func aMissingProgramNamesItsPackage() throws {
    let machine = try Machine()
    try machine.addEverything()
    try machine.addAptGet()
    try machine.remove("certtool")
    let program = try machine.runSetup()
    // The stub installs no program, so setup must notice that certtool is still missing.
    #expect(machine.aptCalls.last?.hasSuffix(" gnutls-bin") == true)
    #expect(program.status == 1)
    #expect(program.errors.contains("still missing after the installation: gnutls-bin"))
  }

  @Test func onlyBenchmarksNeedValgrind() throws {
    let machine = try Machine()
    try machine.addEverything()
    try machine.addAptGet()
    #expect(try machine.runSetup().status == 0)
    #expect(machine.aptCalls.isEmpty)
    _ = try machine.runSetup(["bench"])
    #expect(machine.aptCalls.last?.hasSuffix(" valgrind") == true)
    try machine.add("valgrind", "exit 0")
    #expect(try machine.runSetup(["bench"]).status == 0)
  }

  @Test func sudoIsUsedWhenNotRoot() throws {
    let machine = try Machine()
    try machine.addEverything()
    try machine.addAptGet()
    try machine.remove("id")
    try machine.add("id", "echo 1000")
    try machine.add("sudo", "echo sudo >> \"$STUBS/apt.log\"; exec \"$@\"")
    try machine.remove("libsqlite3-dev.there")
    let program = try machine.runSetup()
    #expect(program.status == 0, "\(program.errors)")
    #expect(machine.aptCalls.map { $0.prefix(7) } == ["sudo", "update ", "sudo", "install"])
  }

  @Test func withoutSudoTheCommandForRootIsNamed() throws {
    let machine = try Machine()
    try machine.addEverything()
    try machine.addAptGet()
    try machine.remove("id")
    try machine.add("id", "echo 1000")
    try machine.remove("libgmp-dev.there")
    let program = try machine.runSetup()
    #expect(program.status == 1)
    #expect(program.errors.contains("apt-get update && apt-get install -y libgmp-dev"))
    #expect(machine.aptCalls.isEmpty)
  }

  @Test func withoutAptThePackagesAreNamed() throws {
    let machine = try Machine()
    try machine.addEverything()
    try machine.remove("gnuplot")
    let program = try machine.runSetup()
    #expect(program.status == 1)
    #expect(program.errors.contains("there is no apt-get here"))
    #expect(program.errors.contains("gnuplot-nox"))
  }

  @Test func aFailedInstallationIsReported() throws {
    let machine = try Machine()
    try machine.addEverything()
    try machine.add("apt-get", "echo 'E: no network' >&2; exit 100")
    try machine.remove("libssl-dev.there")
    let program = try machine.runSetup()
    #expect(program.status == 1)
    #expect(program.errors.contains("E: no network"))
    #expect(program.errors.contains("apt-get could not install: libssl-dev"))
  }

  @Test func withoutSwiftTheWayToItIsNamed() throws {
    let machine = try Machine()
    try machine.addEverything()
    try machine.remove("swift")
    let program = try machine.runSetup()
    #expect(program.status == 1)
    #expect(program.errors.contains("https://www.swift.org/install/linux/"))
  }

  @Test(arguments: [
    ("5.10.1", 1), ("6.1", 1), ("6.1.3", 1), ("6.2", 0), ("6.3.1", 0), ("6.10", 0), ("10.0", 0),
  ])
  func onlyARecentSwiftWillDo(version: String, status: Int32) throws {
    let machine = try Machine()
    try machine.addEverything()
    try machine.add("swift", "echo 'Swift version \(version) (swift-RELEASE)'")
    let program = try machine.runSetup()
    #expect(program.status == status)
    #expect(program.errors.contains("this is Swift \(version)") == (status == 1))
  }
}
