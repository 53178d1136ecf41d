import ArgumentParser
import Campaigns
import Foundation
import Glibc
import Synchronization

/// A number of tasks on the command line.
struct ThreadCount: ExpressibleByArgument {
  let value: Int

  /// All cores.
  static var all: ThreadCount { ThreadCount(value: ProcessInfo.processInfo.activeProcessorCount) }

  private init(value: Int) {
    self.value = value
  }

  init?(argument: String) {
    guard let value = Int(argument), (1...1024).contains(value) else { return nil }
    self.value = value
  }

  var defaultValueDescription: String { "all cores" }
}

/// A slice on the command line.
struct SliceArgument: ExpressibleByArgument {
  let value: CampaignSlice

  /// Reads `k/n`.
  init?(argument: String) {
    guard let value = CampaignSlice(argument) else { return nil }
    self.value = value
  }
}

extension CampaignError {
  /// The exit code of the command line for this kind of error.
  var exitCode: ExitCode {
    switch code {
    case .badSpec, .badData, .specMismatch: ExitCode(65)
    case .verificationFailed: ExitCode(1)
    case .incomplete: ExitCode(2)
    case .cannotCreate: ExitCode(73)
    case .inputOutput: ExitCode(74)
    case .locked: ExitCode(75)
    default: ExitCode(70)
    }
  }
}

/// Standard output for data, standard error for everything else.
enum CampaignConsole {
  /// Runs a command's work and turns its errors into a message and an exit code.
  static func run(_ work: () async throws(CampaignError) -> ExitCode) async throws {
    var code: ExitCode
    do throws(CampaignError) {
      code = try await work()
    } catch {
      StandardError.note("error: \(error.description)")
      code = error.exitCode
    }
    if code != .success { throw code }
  }

  /// One line on standard output.
  static func say(_ line: String) {
    print(line)
  }

  /// Prints one record.
  static func show(_ record: [(name: String, value: RecordValue)], as format: RecordFormat) {
    var printer = RecordPrinter(format, record.map { RecordColumn($0.name, 0) })
    printer.row(record.map(\.value))
    printer.end()
  }
}

/// Turns SIGINT and SIGTERM into a request to stop; a second signal ends the process at once.
struct StopRequest {
  /// The signal that came, if any.
  final class Flag: Sendable {
    private let number = Mutex<Int32>(0)

    /// Whether a signal came.
    var isSet: Bool { number.withLock { $0 != 0 } }

    /// 130 or 143.
    var exitCode: ExitCode { ExitCode(128 + number.withLock { $0 }) }

    fileprivate func set(_ signal: Int32) {
      number.withLock { $0 = signal }
    }
  }

  let flag: Flag
  private let sources: [any DispatchSourceSignal]

  /// Returns when both signals are caught. Before that they end the process, as they should one
  /// that has begun nothing; ignored meanwhile, one that comes early would be lost.
  init() {
    let flag = Flag()
    self.flag = flag
    let caught = DispatchSemaphore(value: 0)
    sources = [SIGINT, SIGTERM].map { number in
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setRegistrationHandler { caught.signal() }
      source.setEventHandler {
        flag.set(number)
        signal(number, SIG_DFL)
      }
      source.resume()
      return source
    }
    for _ in sources { caught.wait() }
  }
}
