import ArgumentParser
import Foundation
import LoadModel
import NodeCredentials

/// `enroll-load raw`: what keys and requests cost with nothing around them.
struct RawCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "raw", abstract: "Measure bare key generation and request making.",
    discussion: """
      Prints keys and requests per second on --threads threads together. Key generation has no row \
      in "openssl speed"; Benchmarks/bulk-issue takes it from here. A request is a key, its \
      encoding and one signature: what the load generator spends before its clock starts.
      """)

  @Option(name: .long, help: "Threads.")
  var threads = 2

  @Option(name: .long, help: "Keys per thread.")
  var count = 20_000

  @Option(name: .long, help: "How to print the result: table or json.")
  var format: ResultFormat = .table

  private struct Report: Encodable {
    let threads: Int
    let keysPerSecond: Double
    let requestsPerSecond: Double
  }

  func validate() throws {
    guard (1...256).contains(threads), (1...10_000_000).contains(count) else {
      throw ValidationError("--threads is from 1 to 256, --count from 1 to 10000000")
    }
  }

  func run() async throws {
    let clock = ContinuousClock()
    let start = clock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<threads {
        group.addTask {
          let generator = try KeyGenerator(.p256)
          for _ in 0..<count { _ = try generator.next() }
        }
      }
      try await group.waitForAll()
    }
    let middle = clock.now
    _ = try await RequestBatch.make(count: threads * count, threads: threads)
    let end = clock.now
    func rate(_ duration: Duration) -> Double {
      (Double(threads * count) / (duration / .seconds(1))).rounded()
    }
    let report = Report(
      threads: threads, keysPerSecond: rate(middle - start), requestsPerSecond: rate(end - middle))
    if format == .json { return try printJSON(report) }
    print("threads              \(report.threads)")
    print("keys per second      \(Int(report.keysPerSecond))")
    print("requests per second  \(Int(report.requestsPerSecond))")
  }
}
