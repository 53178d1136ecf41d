import Campaigns
import Foundation
import Glibc
import Synchronization

/// Shows how far a run is, on standard error: a bar on a terminal, plain lines otherwise.
final class CampaignProgressBar: Sendable {
  private struct State {
    var shown: ContinuousClock.Instant?
    var isOpen = false
    var tenth = -1
  }

  private let state = Mutex(State())
  private let start = ContinuousClock.now
  private let isTerminal: Bool
  private let hasColour: Bool

  init() {
    let environment = ProcessInfo.processInfo.environment
    isTerminal = isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"
    hasColour = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
  }

  /// Shows `progress`, at most ten times per second on a terminal, else at every tenth of the work.
  func show(_ progress: CampaignProgress) {
    let now = ContinuousClock.now
    state.withLock { state in
      if isTerminal {
        let isDue = state.shown.map { now - $0 >= .milliseconds(100) } ?? true
        guard isDue || progress.fraction >= 1 else { return }
        StandardError.write("\r" + bar(progress, now) + "\u{1B}[K")
        state.isOpen = true
      } else {
        let tenth = Int(progress.fraction * 10)
        guard tenth > state.tenth else { return }
        state.tenth = tenth
        StandardError.write(line(progress, now) + "\n")
      }
      state.shown = now
    }
  }

  /// Ends the bar's line.
  func close() {
    state.withLock { state in
      if state.isOpen { StandardError.write("\n") }
      state.isOpen = false
    }
  }

  private func bar(_ progress: CampaignProgress, _ now: ContinuousClock.Instant) -> String {
    let width = 24
    let filled = Int(progress.fraction * Double(width))
    let full = String(repeating: "#", count: filled)
    let rest = String(repeating: ".", count: width - filled)
    let body = hasColour ? "\u{1B}[36m\(full)\u{1B}[90m\(rest)\u{1B}[0m" : full + rest
    return "[\(body)] " + line(progress, now)
  }

  private func line(_ progress: CampaignProgress, _ now: ContinuousClock.Instant) -> String {
    let seconds = (now - start) / .seconds(1)
    let percent = Int(progress.fraction * 100)
    let rate = seconds > 0 ? Double(progress.routes) / seconds : 0
    var text = "\(percent)%  \(progress.finishedCells)/\(progress.totalCells) cells"
    text += "  \(Self.short(rate)) routes/s"
    if progress.fraction > 0.01, progress.fraction < 1 {
      let left = seconds * (1 - progress.fraction) / progress.fraction
      text += "  \(Self.duration(left)) left"
    } else {
      text += "  \(Self.duration(seconds))"
    }
    return isTerminal ? text : text + "  " + progress.title
  }

  /// `1.2M`, `34k`, `560`.
  static func short(_ rate: Double) -> String {
    switch rate {
    case 1e6...: "\((rate / 1e5).rounded() / 10)M"
    case 1e3...: "\(Int((rate / 1e3).rounded()))k"
    default: "\(Int(rate))"
    }
  }

  /// `2m05s`, `7s`, `1h03m`.
  static func duration(_ seconds: Double) -> String {
    let total = Int(min(max(seconds, 0), 1e9).rounded())
    let pad = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    if total >= 3600 { return "\(total / 3600)h\(pad(total / 60 % 60))m" }
    if total >= 60 { return "\(total / 60)m\(pad(total % 60))s" }
    return "\(total)s"
  }
}
