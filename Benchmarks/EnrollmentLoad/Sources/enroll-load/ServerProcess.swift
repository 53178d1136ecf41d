import Foundation
import LoadModel
import NIOCore
import Synchronization

/// A server that this program started, and the only process that it ever kills.
final class ServerProcess: Sendable {
  /// How it ended.
  enum End: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
  }

  let pid: Int32
  private let ended: EventLoopFuture<End>
  private let isOver: IsOver

  /// Whether the process was waited for: its number may belong to another one afterwards.
  private final class IsOver: Sendable {
    let value = Mutex(false)
  }

  /// Starts a command with its output appended to a file.
  ///
  /// Not by Foundation's `Process`: that hands the signal mask of the calling thread on, and
  /// threads of a pool block nearly all signals, so that SIGTERM would not reach the server.
  /// - Throws: `IOError` when the command cannot be started.
  init(command: [String], log: FileHandle, loop: any EventLoop) throws {
    pid = try ServerProcess.spawn(command, output: log.fileDescriptor)
    let promise = loop.makePromise(of: End.self)
    let isOver = IsOver()
    let pid = pid
    DispatchQueue(label: "process \(pid)").async {
      var status: Int32 = 0
      var result: Int32
      // Looks without reaping first, so that no signal goes to a number that is free again.
      var info = siginfo_t()
      repeat {
        result = waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT)
      } while result != 0 && errno == EINTR
      isOver.value.withLock { $0 = true }
      repeat { result = waitpid(pid, &status, 0) } while result < 0 && errno == EINTR
      let signal = status & 0x7F
      promise.succeed(signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal))
    }
    ended = promise.futureResult
    self.isOver = isOver
    RunningServers.all.withLock { list in
      list.removeAll { $0.hasEnded }
      list.append(self)
    }
  }

  private static func spawn(_ command: [String], output: Int32) throws -> Int32 {
    precondition(!command.isEmpty, "a command has at least one word")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, output, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
    var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var pid: Int32 = 0
    let code = posix_spawnp(&pid, command[0], &actions, &attributes, words, environ)
    guard code == 0 else { throw IOError(errnoCode: code, reason: "start \(command[0])") }
    return pid
  }

  /// Whether it was seen to end.
  var hasEnded: Bool { isOver.value.withLock { $0 } }

  /// Kills it at once, whatever it does.
  func kill() { signal(SIGKILL) }

  /// Asks it to go down.
  func terminate() { signal(SIGTERM) }

  private func signal(_ number: Int32) {
    isOver.value.withLock { if !$0 { _ = Foundation.kill(pid, number) } }
  }

  /// Waits for its end.
  func end() async throws -> End { try await ended.get() }

  /// Asks `/ready` again and again until it says yes.
  /// - Returns: how many times it was asked; nil when it never said yes.
  func waitUntilReady(
    _ access: ServerAccess, on loop: any EventLoop, attemptsMax: Int = 3_000
  ) async throws -> Int? {
    for attempt in 1...attemptsMax {
      let outcome = await Exchange.get("/ready", access).run(access, on: loop)
      if outcome.responses.first?.status == 200 { return attempt }
      // The pause only spaces the questions; nothing depends on its length.
      try await Task.sleep(for: .milliseconds(10))
    }
    return nil
  }
}

/// What must not outlive this program when it is interrupted.
enum RunningServers {
  /// All that were started and did not end yet: a server, and perhaps an audit beside it.
  static let all = Mutex<[ServerProcess]>([])

  /// Kills it on SIGINT and SIGTERM, and ends this program.
  static func killOnSignals() -> [any DispatchSourceSignal] {
    [(SIGINT, 130), (SIGTERM, 143)].map { number, status in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        all.withLock { for server in $0 { server.kill() } }
        exit(Int32(status))
      }
      source.resume()
      return source
    }
  }
}

/// Runs a command to its end.
struct Command: Sendable {
  let words: [String]

  /// - Returns: exit status and output; both streams go to a file first: no pipe can fill up.
  func run(in folder: URL, loop: any EventLoop) async throws -> (status: Int32, output: String) {
    let url = folder.appending(path: "command.out")
    guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
      throw CocoaError(.fileWriteUnknown)
    }
    let handle = try FileHandle(forWritingTo: url)
    let process = try ServerProcess(command: words, log: handle, loop: loop)
    let end = try await process.end()
    try handle.close()
    let output = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    if case .exited(let status) = end { return (status, output) }
    return (-1, output)
  }
}
