import ArgumentParser
import Foundation
import LoadModel
import NIOCore
import NIOPosix

/// `enroll-load abuse`: what impolite clients can do, and what polite ones notice of it.
struct AbuseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "abuse", abstract: "Abuse the server in bounded ways, and judge how it holds.",
    discussion: """
      Each kind is judged on its own: "held" when the answers are the expected ones and good \
      clients are served in time meanwhile, "failed" with what was seen instead, "skipped" when \
      the policy makes it pointless. Leave --only out to run them all. Wrong credentials come from \
      127.77.0.1 and idle connections from 127.66.0.0/16, so that limits for addresses do not hit \
      the good clients. Exit status 0 when nothing failed, 1 when something did.
      """)

  /// The kinds, in the order in which they run.
  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case oversized
    case garbage
    case mediaType = "media-type"
    case malformedHTTP = "malformed-http"
    case pipelined
    case halfClosed = "half-closed"
    case puzzle
    case slowBodies = "slow-bodies"
    case slowHeads = "slow-heads"
    case idleTCP = "idle-tcp"
    case idleTLS = "idle-tls"
    case credentials

    /// Whether good clients are watched meanwhile, for which the policy must let them in.
    var hasGoodClients: Bool {
      switch self {
      case .slowBodies, .slowHeads, .idleTCP, .idleTLS: true
      default: false
      }
    }
  }

  @OptionGroup var server: ServerOptions

  @Option(name: .long, help: "Only these kinds; may be given more than once.")
  var only: [Kind] = []

  @Option(name: .long, help: "The seed of garbage.")
  var seed: UInt64 = 1

  @Option(name: .long, help: "The server's process, to watch its memory.")
  var serverPid: Int32?

  @Option(name: .long, help: "Enrollments per second of the good clients.")
  var goodRate: UInt64 = 50

  @Option(name: .long, help: "Seconds for which good clients are watched.")
  var goodSeconds: UInt64 = 10

  @Option(name: .long, help: "The p99 in milliseconds that good clients must keep.")
  var goodP99 = 250.0

  @Option(name: .long, help: "Slow clients.")
  var slowConnections = 200

  @Option(name: .long, help: "Seconds within which the server must be rid of slow clients.")
  var slowLimit: Int64 = 45

  @Option(name: .long, help: "Idle connections; at most what the descriptor limit allows.")
  var idleConnections = 10_000

  @Option(name: .long, help: "How to print the result: table or json.")
  var format: ResultFormat = .table

  func validate() throws {
    guard (1...1_000).contains(goodRate), (1...600).contains(goodSeconds), goodP99 > 0 else {
      throw ValidationError("--good-rate is from 1 to 1000, --good-seconds from 1 to 600")
    }
    guard (1...5_000).contains(slowConnections), (1...600).contains(slowLimit) else {
      throw ValidationError("--slow-connections is from 1 to 5000, --slow-limit from 1 to 600")
    }
    guard (1...100_000).contains(idleConnections) else {
      throw ValidationError("--idle-connections is from 1 to 100000")
    }
  }

  func run() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let authorization = try server.credentials().prefix(1).map {
      "Authorization: Basic \(Data($0.utf8).base64EncodedString())"
    }
    let bench = AbuseBench(
      access: try server.access(), loop: group.next(), path: server.path,
      authorization: authorization, heads: try server.requestHeads(), seed: seed,
      serverPid: serverPid, goodRate: goodRate, goodSeconds: goodSeconds, goodP99Max: goodP99,
      slowConnections: slowConnections, slowLimit: slowLimit, idleConnections: idleConnections)
    var verdicts: [AbuseVerdict] = []
    let kinds = only.isEmpty ? Kind.allCases : only
    if kinds.contains(where: \.hasGoodClients) {
      try await WarmUp(access: bench.access, heads: bench.heads).run(on: bench.loop)
      let before = bench.judge(good: try await bench.goodClients())
      show(.judged(before.isServed, "no abuse", before.text), into: &verdicts)
    }
    for kind in kinds {
      show(try await AbuseCommand.verdict(kind, bench), into: &verdicts)
    }
    try await group.shutdownGracefully()
    if format == .json { try printJSON(verdicts) }
    if verdicts.contains(where: { $0.verdict == "failed" }) { throw ExitCode(1) }
  }

  private func show(_ verdict: AbuseVerdict, into verdicts: inout [AbuseVerdict]) {
    verdicts.append(verdict)
    let padding = String(repeating: " ", count: max(1, 26 - verdict.name.count))
    let line = "\(verdict.verdict)\t\(verdict.name)\(padding)\(verdict.detail)"
    // At once, in a pipe too: a kind of abuse can take a minute.
    if format == .table {
      FileHandle.standardOutput.write(Data((line + "\n").utf8))
    } else {
      progress(line)
    }
  }

  private static func verdict(_ kind: Kind, _ bench: AbuseBench) async throws -> AbuseVerdict {
    switch kind {
    case .oversized: await bench.oversized()
    case .garbage: try await bench.garbage()
    case .mediaType: try await bench.wrongMediaType()
    case .malformedHTTP: try await bench.malformedHTTP()
    case .pipelined: try await bench.pipelined()
    case .halfClosed: try await bench.halfClosed()
    case .puzzle: try await bench.replayedPuzzle()
    case .slowBodies: try await bench.slowBodies()
    case .slowHeads: try await bench.slowHeads()
    case .idleTCP: try await bench.idle(usesTLS: false)
    case .idleTLS: try await bench.idle(usesTLS: true)
    case .credentials: try await bench.wrongCredentials()
    }
  }
}
