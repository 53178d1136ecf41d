import ArgumentParser
import Campaigns
import EventSimulation
import Foundation
import RingIdentifiers

/// `redoubt simulate show`.
struct SimulateShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Tell the story of one lookup or one node from a trace.",
    discussion: """
      A line per event: the time since the first one, and what happened. Tags of lookups stand in \
      lines of kind "lookup" of the trace.

      Exit codes: 0 shown, 1 the trace has no such lookup or node, 64 wrong use, 65 the file is \
      not a whole trace, 66 it cannot be read.
      """)

  @Argument(help: "The trace.") var file: String

  @Option(help: ArgumentHelp("The lookup with this tag.", valueName: "tag"))
  var lookup: UInt64?

  @Option(help: ArgumentHelp("What this node did and what it received.", valueName: "number"))
  var node: UInt32?

  @Option(help: ArgumentHelp("Show at most so many events.", valueName: "n"))
  var limit = 200

  func validate() throws {
    guard (lookup == nil) != (node == nil) else {
      throw ValidationError("give --lookup TAG or --node N, one of them")
    }
    guard limit >= 1 else { throw ValidationError("--limit must be at least 1") }
  }

  func run() async throws {
    try await SimulateConsole.run { () async throws(SimulateError) in
      var story = TraceStory(lookup: lookup, node: node, limit: limit)
      let (header, _) = try SimulateTrace.read(file) { line, event in story.take(event, line) }
      guard story.count > 0 else {
        StandardError.note(
          lookup.map { "\(file): no lookup has the tag \($0)" }
            ?? "\(file): nothing happens to node \(node ?? 0) of \(header.nodes)")
        return ExitCode(1)
      }
      for line in story.lines { CampaignConsole.say(line) }
      if story.count > story.lines.count {
        CampaignConsole.say(
          "... \(story.count - story.lines.count) more events; show them with --limit "
            + "\(story.count)")
      }
      return .success
    }
  }
}

/// Picks the events of one lookup or node and words them.
struct TraceStory {
  private(set) var lines: [String] = []
  /// Events picked, worded or not.
  private(set) var count = 0
  private let lookup: UInt64?
  private let node: UInt32?
  private let limit: Int
  private var first: UInt64?
  private var running: Set<UInt32> = []
  private var nodeIds: [UInt32: NodeId] = [:]

  init(lookup: UInt64?, node: UInt32?, limit: Int) {
    self.lookup = lookup
    self.node = node
    self.limit = limit
  }

  /// Takes the events of a trace in their order.
  mutating func take(_ event: TraceEvent, _ line: UInt64) {
    if let about = event.node {
      switch event.kind {
      case .present, .started:
        running.insert(about)
        nodeIds[about] = event.nodeId
      case .stopped: running.remove(about)
      default: break
      }
    }
    guard isWanted(event) else { return }
    count += 1
    guard lines.count < limit else { return }
    let start = first ?? event.nanoseconds
    first = start
    let milliseconds = Double(event.nanoseconds - start) * 1e-6
    let time = String(format: "%12.3f ms", milliseconds)
    lines.append("\(time)  line \(line)  \(words(event))")
  }

  private func isWanted(_ event: TraceEvent) -> Bool {
    if let lookup { return event.tag == lookup }
    return event.node == node || event.peer == node
  }

  private func name(_ node: UInt32?) -> String {
    guard let node else { return "nobody" }
    return "node \(node)" + (nodeIds[node].map { " (\($0.hex.prefix(8))...)" } ?? "")
  }

  private func words(_ event: TraceEvent) -> String {
    let who = name(event.node)
    switch event.kind {
    case .present: return "\(who) is in the overlay from the start"
    case .started: return "\(who) starts"
    case .stopped: return "\(who) stops without a word"
    case .activated: return "\(who) has joined"
    case .message: return message(event)
    case .lookup:
      return "\(who) looks up \(event.key?.hex ?? ""), tag \(event.tag ?? 0)"
    case .delivered:
      let verdict = event.isRoot == true ? "it is the root" : "WRONG: another node is the root"
      return "\(who) delivers lookup \(event.tag ?? 0) after \(event.hops ?? 0) hops; \(verdict)"
    case .dropped:
      return "\(who) gives lookup \(event.tag ?? 0) up after \(event.hops ?? 0) hops: "
        + (event.reason?.rawValue ?? "")
    case .overdue: return "lookup \(event.tag ?? 0) is lost: not delivered before its deadline"
    case .foundFailed:
      let truth =
        event.peer.map(running.contains) == true ? "FALSE: it is running" : "it is not running"
      return "\(who) takes \(name(event.peer)) for failed; \(truth)"
    case .end: return "the end"
    }
  }

  private func message(_ event: TraceEvent) -> String {
    let kind = event.message?.name ?? "message"
    var text = "\(kind) from \(name(event.peer)) arrives at \(name(event.node))"
    if let hops = event.hops { text += ", hop \(hops + 1)" }
    if let tag = event.tag, lookup == nil { text += ", lookup \(tag)" }
    if let list = event.list { text += ", names \(list) nodes" }
    if let failed = event.failed, failed > 0 { text += ", \(failed) failed" }
    if let value = event.value {
      text += event.message == .arrival ? ", round trip \(value) us" : ", row \(value)"
    }
    if event.node.map(running.contains) == false { text += "; it is NOT RUNNING" }
    return text
  }
}
