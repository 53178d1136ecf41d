import ArgumentParser
import Campaigns
import EventSimulation
import ProtocolTime

/// How the simulate commands use traces.
enum SimulateTrace {
  /// The name of the engine in headers.
  static let engine = "events"

  /// What is needed to repeat a run.
  static func header(_ scenario: SimulateScenario, _ inputs: SimulateInputs) -> TraceHeader {
    TraceHeader(
      engine: engine, seed: scenario.seed, nodes: UInt32(scenario.nodeIds.count),
      settings: [TraceSetting("program", "redoubt \(CampaignVersion.current)")]
        + scenario.options.settings + inputs.digests)
  }

  /// A writer that has noted the nodes that are there from the start.
  static func writer(_ header: TraceHeader, _ scenario: SimulateScenario) -> TraceWriter {
    var writer = TraceWriter(header, nodeIds: scenario.nodeIds)
    if !scenario.options.isJoined {
      for node in 0..<UInt32(scenario.nodeIds.count) { writer.present(node, at: .zero) }
    }
    return writer
  }

  /// The run that a header describes.
  static func scenario(
    _ header: TraceHeader, _ path: String
  ) throws(SimulateError) -> SimulateScenario {
    guard header.engine == engine, header.digest == TraceSchema.digestAlgorithm else {
      throw SimulateError(
        .data,
        "\(path): line 1: was written by the engine '\(header.engine)' with the digest "
          + "'\(header.digest)'; only '\(engine)' with '\(TraceSchema.digestAlgorithm)' can be "
          + "repeated")
    }
    var arguments = ["--seed=\(header.seed)"]
    var digests: [TraceSetting] = []
    for setting in header.settings where setting.name != "program" {
      if setting.name.hasSuffix("-sha256") {
        digests.append(setting)
      } else {
        arguments.append("--\(setting.name)=\(setting.value)")
      }
    }
    let options: SimulateOptions
    do {
      options = try SimulateOptions.parse(arguments)
    } catch {
      throw SimulateError(
        .data,
        "\(path): line 1: a setting is not one of this version of redoubt: "
          + SimulateOptions.message(for: error))
    }
    let inputs = try SimulateInputs(options)
    for (recorded, present) in zip(digests, inputs.digests) where recorded != present {
      throw SimulateError(
        .data,
        "\(path): the run read another file: its \(recorded.name) was \(recorded.value), "
          + "now it is \(present.value); give it the file that it had")
    }
    let scenario = try SimulateScenario(options, inputs, seed: header.seed)
    guard scenario.nodeIds.count == Int(header.nodes) else {
      throw SimulateError(
        .data,
        "\(path): line 1: has \(header.nodes) nodes, but its settings make "
          + "\(scenario.nodeIds.count); restore the file")
    }
    return scenario
  }

  /// Reads a whole trace, checks it and hands on its events with the numbers of their lines.
  static func read(
    _ path: String, _ body: (UInt64, TraceEvent) -> Void
  ) throws(SimulateError) -> (TraceHeader, TraceTrailer) {
    try readLines(path) { number, line in
      if case .event(let event) = line { body(number, event) }
      return nil
    }
  }

  /// Reads a whole trace, checks it and hands on its lines with their numbers. A fault that `body`
  /// gives back ends the reading.
  static func readLines(
    _ path: String, _ body: (UInt64, TraceLine) -> SimulateError?
  ) throws(SimulateError) -> (TraceHeader, TraceTrailer) {
    let file = try SimulateInputFile(path)
    var reader = TraceReader()
    var number: UInt64 = 0
    var fault: SimulateError?
    do {
      while true {
        let piece = try file.next()
        if piece.isEmpty { break }
        try reader.read(piece) { line, _ in
          number += 1
          if fault == nil { fault = body(number, line) }
        }
        if let fault { throw fault }
      }
      try reader.finish()
    } catch let error as TraceError {
      throw SimulateError(.data, "\(path): \(error.description)")
    } catch let error as SimulateError {
      throw error
    } catch {
      throw SimulateError(.data, "\(path): \(error)")
    }
    guard let header = reader.header, let trailer = reader.trailer else {
      throw SimulateError(.data, "\(path): is empty; 'redoubt simulate run --trace' writes one")
    }
    return (header, trailer)
  }
}

/// Where a trace and its repetition part.
struct TraceDifference {
  let line: UInt64
  let recorded: String
  let repeated: String
}

/// Compares a file with the bytes of a repeated run, piece by piece.
final class TraceComparison {
  private let file: SimulateInputFile
  private var ahead: [UInt8] = []
  private var line: UInt64 = 1
  private(set) var difference: TraceDifference?

  init(_ path: String) throws(SimulateError) {
    file = try SimulateInputFile(path)
  }

  /// Takes the next bytes of the repeated run, whole lines.
  func take(_ bytes: [UInt8]) throws(SimulateError) {
    if difference != nil { return }
    while ahead.count < bytes.count {
      let piece = try file.next()
      if piece.isEmpty { break }
      ahead += piece
    }
    if ahead.starts(with: bytes) {
      ahead.removeFirst(bytes.count)
      for byte in bytes where byte == UInt8(ascii: "\n") { line += 1 }
      return
    }
    var start = 0
    var place = 0
    while place < bytes.count, place < ahead.count, bytes[place] == ahead[place] {
      if bytes[place] == UInt8(ascii: "\n") {
        line += 1
        start = place + 1
      }
      place += 1
    }
    while ahead.count - start < TraceSchema.lineBytesMax {
      let piece = try file.next()
      if piece.isEmpty { break }
      ahead += piece
    }
    difference = TraceDifference(
      line: line, recorded: Self.line(ahead[start...]), repeated: Self.line(bytes[start...]))
  }

  private static func line(_ bytes: ArraySlice<UInt8>) -> String {
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    return line.isEmpty ? "(nothing)" : String(decoding: line, as: UTF8.self)
  }
}
