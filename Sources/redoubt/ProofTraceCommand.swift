import ArgumentParser
import Campaigns
import EventSimulation
import Foundation
import ProtocolModel

/// `redoubt proof trace`.
struct ProofTraceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Check a trace of a simulation against the model of the protocol.",
    discussion: """
      Reads a trace of 'redoubt simulate run --trace FILE' and follows, event by event, the \
      transition relation that proofs/spin/trace.pml states and Spin has explored:

        A node is in the overlay only when it founds it, or when it was told nodes around its \
      nodeId and as many as its leaf set holds have said what theirs is, or were found to have \
      failed.
        An answer answers one request that has come to its sender; none comes twice.
        Only nodes of the overlay look keys up and deliver, and they deliver a lookup at most as \
      often as it has come to them.
        A node that has stopped takes no step of its own until it starts again: it starts no \
      lookup, delivers and drops none, finds nobody failed and does not become active. What it \
      sent before may be under way for any time, so messages from it are allowed.
        A lookup keeps its key and its source for as long as it is open.
        What a delivery says of the root agrees with the nodes that are in the overlay.

      Lookups are delivered at other nodes than the root when the network loses messages; they are \
      counted. Under --roots each of them leaves the model.

      The first event that is not allowed is printed with the state of its node, what was allowed \
      there and what happened. A trace may be of any length; memory is bounded for each node and \
      each open lookup. Of what was asked of a node and has not been answered, and of the lookups \
      that have come to it, the last \(ProtocolRelation.recentMax) at least are remembered. Where \
      a node has forgotten some, an event that would be refused for want of them is allowed and \
      counted as not judged. A trace may have up to \(ProtocolRelation.nodeCountMax) nodes.

      Examples:
        redoubt simulate run --nodes 100 --lookups 200 --build joined --trace run.jsonl
        redoubt proof trace run.jsonl --roots
        redoubt proof trace run.jsonl --format json

      Exit codes: 0 every event is allowed or not judged, 1 one is not, 64 wrong use, 65 the file \
      is not a whole trace or has too many nodes (line and remedy are named), 66 it cannot be read.
      """)

  @Argument(help: "The trace.") var file: String

  @Flag(help: "Allow deliveries at the root alone: for runs without losses.")
  var roots = false

  @Option(
    help: ArgumentHelp(
      "Members of a leaf set, when the header of the trace has no 'leaf-set'.", valueName: "l"))
  var leafSet: Int?

  @Option(help: "Output format: table or json.")
  var format: ListFormat = .table

  func validate() throws {
    if let leafSet, !(2...64).contains(leafSet) || leafSet % 2 != 0 {
      throw ValidationError("--leaf-set must be even and in 2...64")
    }
  }

  func run() async throws {
    try await SimulateConsole.run { () async throws(SimulateError) in
      let judge = try judged()
      switch format {
      case .table: for line in lines(judge) { CampaignConsole.say(line) }
      case .json: CampaignConsole.say(try record(judge))
      }
      return judge.departure == nil ? .success : ExitCode(1)
    }
  }

  /// Reads the file to its end, also behind an event that leaves the model: what is not a trace at
  /// all is said first.
  private func judged() throws(SimulateError) -> TraceJudge {
    var judge: TraceJudge?
    let (header, _) = try SimulateTrace.readLines(file) { number, line in
      switch line {
      case .header(let header):
        guard header.nodes <= ProtocolRelation.nodeCountMax else { return excess(header.nodes) }
        judge = self.judge(header)
      case .event(let event): judge?.take(event, line: number)
      case .trailer: break
      }
      return nil
    }
    return judge ?? self.judge(header)
  }

  private func judge(_ header: TraceHeader) -> TraceJudge {
    TraceJudge(header, leafSetSize: leafSet, demandsRoots: roots)
  }

  /// What is said of a trace that would take more memory than it may.
  private func excess(_ nodes: UInt32) -> SimulateError {
    SimulateError(
      .data,
      "\(file): line 1: \(nodes) nodes, and at most \(ProtocolRelation.nodeCountMax) can be "
        + "checked; trace a run of fewer, or correct \"nodes\" if the header was changed")
  }

  private func lines(_ judge: TraceJudge) -> [String] {
    let notJudged =
      judge.notJudged == 0
      ? []
      : ["\(judge.notJudged) not judged, forgotten: more was asked of a node than is remembered"]
    guard let departure = judge.departure else {
      return [
        "all \(judge.events) events are allowed: \(judge.activations) nodes became active, "
          + "\(judge.deliveries) deliveries, \(judge.wrongDeliveries) at another node than the root"
      ] + notJudged
    }
    let refusal = departure.refusal
    let milliseconds = String(format: "%.3f", Double(departure.nanoseconds) * 1e-6)
    return [
      "line \(departure.line), at \(milliseconds) ms, leaves the model",
      "  state     \(refusal.state)",
      "  allowed   \(refusal.allowed)",
      "  happened  \(refusal.happened)",
    ] + notJudged
  }

  /// The verdict as JSON.
  private struct Record: Encodable {
    struct Leaving: Encodable {
      let line: UInt64
      let nanoseconds: UInt64
      let node: UInt32?
      let phase: String
      let state: String
      let allowed: String
      let happened: String
    }

    let isAllowed: Bool
    let events: UInt64
    let activations: UInt64
    let deliveries: UInt64
    let wrongDeliveries: UInt64
    /// Left out when it is zero.
    let notJudged: UInt64?
    let leaves: Leaving?
  }

  private func record(_ judge: TraceJudge) throws(SimulateError) -> String {
    let leaving = judge.departure.map {
      Record.Leaving(
        line: $0.line, nanoseconds: $0.nanoseconds, node: $0.refusal.node,
        phase: $0.refusal.phase.rawValue, state: $0.refusal.state, allowed: $0.refusal.allowed,
        happened: $0.refusal.happened)
    }
    let record = Record(
      isAllowed: leaving == nil, events: judge.events, activations: judge.activations,
      deliveries: judge.deliveries, wrongDeliveries: judge.wrongDeliveries,
      notJudged: judge.notJudged == 0 ? nil : judge.notJudged, leaves: leaving)
    do {
      return try json(record)
    } catch {
      throw SimulateError(.inputOutput, "the verdict cannot be written as JSON: \(error)")
    }
  }
}
