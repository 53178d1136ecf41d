import ArgumentParser

/// `redoubt simulate`: the real protocol, message by message.
struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Run the real Pastry protocol, message by message, in a simulated network.",
    discussion: """
      'redoubt campaign' samples routes on a graph that it knows: millions of routes against \
      attacks, no time, no messages. 'redoubt simulate' runs the protocol that will run on \
      sockets: nodes join, probe, time out, repair and route, one event after the other, with \
      delays from a network model, churn, loss and clocks that are off. Use it for what only the \
      protocol has: joins, failures, repair, delays, maintenance traffic. Every \
      node here is honest; a campaign with 'engine: events' runs the same protocol with an \
      adversary in it.

      A run is a function of its options: the same options and seed give the same bytes on \
      standard output, whatever the number of threads. What depends on this machine (events per \
      second, progress) goes to standard error.

      Examples:
        redoubt simulate run --nodes 10000 --lookups 100000
        redoubt simulate run --nodes 5000 --failures 0.1
        redoubt simulate run --nodes 500 --build joined --loss 0.01 --runs 8 --json out.json
        redoubt simulate run --churn gnutella:intervals_ip --duration 1h
        redoubt simulate run --nodes 100 --lookups 200 --trace run.jsonl
        redoubt simulate show run.jsonl --lookup 0
        redoubt simulate replay run.jsonl
        redoubt simulate growth --nodes 1000,10000,100000
        redoubt simulate convergence --nodes 10000 --network plane:100ms
        redoubt simulate swarm --seeds 500

      What is measured and how: docs/guides/simulation.md.
      """,
    subcommands: [
      SimulateRun.self, SimulateGrowth.self, SimulateConvergence.self, SimulateSwarm.self,
      SimulateReplay.self, SimulateShow.self, SimulateGrowthChild.self,
    ],
    defaultSubcommand: SimulateRun.self)
}

/// Why a simulation cannot be run or a trace cannot be used.
struct SimulateError: Error, Equatable, CustomStringConvertible {
  /// Open set of kinds; each has its exit code.
  enum Kind: Int32 {
    /// The options do not fit what the files say.
    case usage = 64
    /// A file is not what it should be.
    case data = 65
    /// A file is not there.
    case noInput = 66
    /// A file cannot be written.
    case inputOutput = 74
  }

  let kind: Kind
  /// The file or option, what is wrong, the remedy.
  let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

/// Reading, writing and errors of the simulate commands.
enum SimulateConsole {
  /// Runs a command's work and turns its errors into a message and an exit code.
  static func run(_ work: () async throws(SimulateError) -> ExitCode) async throws {
    var code: ExitCode
    do throws(SimulateError) {
      code = try await work()
    } catch {
      StandardError.note("error: \(error.description)")
      code = ExitCode(error.kind.rawValue)
    }
    if code != .success { throw code }
  }
}
