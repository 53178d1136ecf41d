import Foundation
import Statistics

/// The table of a growth study, row by row: columns have fixed widths, because later rows are not
/// known when the first is printed.
struct SimulateGrowthReport {
  private let options: SimulateGrowthOptions

  init(_ options: SimulateGrowthOptions) {
    self.options = options
  }

  private static let widths = [9, 13, 15, 19, 19, 19, 11]

  private static func line(_ cells: [String], _ digest: String) -> String {
    zip(cells, widths).map { cell, width in
      String(repeating: " ", count: max(0, width - cell.count)) + cell
    }.joined() + "  " + digest
  }

  /// What is run, and the names of the columns.
  var heading: String {
    "\(options.overlay.build.rawValue), \(options.overlay.text)\n\n"
      + Self.line(
        [
          "nodes", "events", "messages/join", "hops, mean", "delivered/lookups", "95 % Wilson",
          "elsewhere",
        ], "digest")
  }

  /// A size; a function of the options.
  func row(_ size: SimulateGrowthSize) -> String {
    let hops = size.meanHops.map { mean in
      String(format: "%.4f", mean.value)
        + (mean.interval.map { String(format: " +- %.4f", $0.halfWidth) } ?? "")
    }
    let share = size.deliveredShare.map {
      String(format: "%.6f", $0.low) + "-" + String(format: "%.6f", $0.high)
    }
    return Self.line(
      [
        "\(size.nodes)", "\(size.events)",
        size.messagesPerJoin.map { String(format: "%.2f", $0) } ?? "", hops ?? "",
        "\(size.delivered)/\(size.lookups)", share ?? "", "\(size.misdelivered)",
      ], size.digest)
  }

  /// What a size took on this machine.
  func machineRow(_ size: SimulateGrowthSize) -> String {
    var parts: [String] = []
    if let bytes = size.bytesPerNode, let peak = size.machine.peakBytes {
      parts.append(
        String(format: "%.0f bytes a node, peak %.1f MiB", bytes, Double(peak) / 1_048_576))
    }
    if let rate = size.eventsPerSecond {
      parts.append(String(format: "%.3g million events/s", rate / 1e6))
    }
    parts.append(
      String(
        format: "%.2f s of CPU in %.2f s", size.machine.processorSeconds,
        size.machine.wallSeconds))
    return "\(size.nodes) nodes: " + parts.joined(separator: ", ")
  }

  /// Mean hops over the digits of N.
  func hopsFit(_ sizes: [SimulateGrowthSize]) -> SimulateGrowthFit? {
    SimulateGrowthFit(
      sizes.compactMap { size in size.meanHops.map { (size.nodes, $0.value) } },
      digitBits: options.overlay.digitBits)
  }

  /// Messages per join over the digits of N.
  func joinFit(_ sizes: [SimulateGrowthSize]) -> SimulateGrowthFit? {
    SimulateGrowthFit(
      sizes.compactMap { size in size.messagesPerJoin.map { (size.nodes, $0) } },
      digitBits: options.overlay.digitBits)
  }

  /// What follows the last size.
  func fits(_ sizes: [SimulateGrowthSize]) -> [String] {
    var lines: [String] = []
    for (name, fit) in [("hops", hopsFit(sizes)), ("messages/join", joinFit(sizes))] {
      guard let fit else { continue }
      lines.append(
        "\(name) = " + String(format: "%.4f", fit.constant)
          + (fit.slope < 0 ? " - " : " + ") + String(format: "%.4f", fit.slope.magnitude)
          + " log_\(1 << options.overlay.digitBits) N, least squares over \(sizes.count) sizes")
    }
    return lines.isEmpty ? [] : [""] + lines
  }
}
