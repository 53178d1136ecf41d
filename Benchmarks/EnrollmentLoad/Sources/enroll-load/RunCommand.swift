import ArgumentParser
import Foundation
import LoadModel
import NIOCore
import NIOPosix
import Randomness

/// `enroll-load run`: measures rate and latency.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Measure rate, latency and memory.",
    discussion: """
      Closed loop, for the rate: --connections 32 --total 100000. Every connection sends its next \
      request when the last answer is there.

      Open loop, for latency at a given rate: --rate 350 --seconds 60. Requests are due at fixed \
      moments (--arrivals poisson: at random ones), and latency counts from the moment a request \
      was due, also when it had to wait for a connection: a stall of the server is not hidden.

      Keys and requests are made before the clock starts. Exit status 0 when every request was \
      answered with a sound certificate, 1 when not.
      """)

  @OptionGroup var server: ServerOptions
  @OptionGroup var checks: CheckOptions

  @Option(name: .long, help: "Kept-alive connections.")
  var connections = 32

  @Option(name: .long, help: "Closed loop: how many requests.")
  var total: Int?

  @Option(name: .long, help: "Open loop: requests per second.")
  var rate: UInt64?

  @Option(name: .long, help: "Open loop: how long.")
  var seconds: UInt64?

  @Option(name: .long, help: "Open loop: even or poisson.")
  var arrivals: ArrivalKind = .even

  @Option(name: .long, help: "The seed of random arrivals.")
  var seed: UInt64 = 1

  @Flag(
    name: .long,
    help: """
      Start without the one enrollment for each account that otherwise comes before the clock: \
      the server's first look at a secret is slow on purpose.
      """)
  var cold = false

  @Option(name: .long, help: "Seconds to wait for an answer.")
  var timeout: Int64 = 30

  @Option(name: .long, help: "The server's process, to watch its memory and processor time.")
  var serverPid: Int32?

  @Option(name: .long, help: "How to print the result: table or json.")
  var format: ResultFormat = .table

  enum ArrivalKind: String, ExpressibleByArgument, CaseIterable {
    case even, poisson
  }

  func validate() throws {
    guard (1...10_000).contains(connections) else {
      throw ValidationError("--connections must be from 1 to 10000")
    }
    guard (1...3_600).contains(timeout) else {
      throw ValidationError("--timeout must be from 1 to 3600")
    }
    switch (total, rate, seconds) {
    case (let total?, nil, nil):
      guard (1...10_000_000).contains(total) else {
        throw ValidationError("--total must be from 1 to 10000000")
      }
    case (nil, _?, _?):
      guard schedule != nil else {
        throw ValidationError("--rate and --seconds must be positive and give 10^8 at most")
      }
    default: throw ValidationError("give --total, or --rate and --seconds")
    }
  }

  private var schedule: SendSchedule? {
    guard let rate, let seconds else { return nil }
    let key = StreamKey(seed: seed)["enroll-load"]["arrivals"]
    return SendSchedule(
      ratePerSecond: rate, seconds: seconds, arrivals: arrivals == .even ? .even : .poisson(key))
  }

  func run() async throws {
    let plan = SessionPlan(
      access: try server.access(), connectionCount: connections,
      workload: schedule.map { .open($0) } ?? .closed(total: total),
      heads: try server.requestHeads(), requestTimeout: .seconds(timeout), endsWithServer: false)
    let count = min(schedule?.expectedCount ?? total ?? 0, RequestBatch.countMax)
    let requests = try await prepare(count)
    let run = LoadRun(
      plan: plan, requests: requests, verifier: try checks.verifier(rootPath: server.root),
      sampleEvery: checks.verifySample, journalPath: checks.journal, serverPid: serverPid,
      showsProgress: true)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    if !cold { try await WarmUp(access: plan.access, heads: plan.heads).run(on: group.next()) }
    let report = try await run.run(on: group.next())
    try await group.shutdownGracefully()
    switch format {
    case .table: for line in report.lines { print(line) }
    case .json: try printJSON(report)
    }
    if !report.isClean { throw ExitCode(1) }
  }

  private func prepare(_ count: Int) async throws -> RequestBatch {
    let clock = ContinuousClock()
    let start = clock.now
    let requests = try await RequestBatch.make(count: count)
    let seconds = (clock.now - start) / .seconds(1)
    progress(String(format: "made %d keys and requests in %.1f s", count, seconds))
    return requests
  }
}
