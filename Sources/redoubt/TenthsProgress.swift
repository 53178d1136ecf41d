import Synchronization

/// Says on standard error how far long work is, a line per tenth of each part.
final class TenthsProgress: Sendable {
  private let said = Mutex<(part: String, tenth: Int)>(("", -1))

  /// A part is so far; tenths that were said before are not said again.
  func show(_ part: String, _ fraction: Double) {
    let tenth = Int(fraction * 10)
    let isNews = said.withLock { said in
      guard said.part != part || said.tenth < tenth else { return false }
      said = (part, tenth)
      return true
    }
    if isNews { StandardError.note("\(part) \(tenth * 10) %") }
  }
}
