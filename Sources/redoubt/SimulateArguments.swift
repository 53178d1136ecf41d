import ArgumentParser
import NetworkModels
import ProtocolTime

/// A length of time on the command line: a number and its unit.
struct SpanArgument: ExpressibleByArgument {
  let span: TimeSpan
  let text: String

  init(_ span: TimeSpan, _ text: String) {
    self.span = span
    self.text = text
  }

  init?(argument: String) {
    let digits = argument.prefix { $0.isNumber || $0 == "." }
    let unit = argument.dropFirst(digits.count)
    guard let number = Double(digits),
      let factor = TimeSpan.seconds(in: unit),
      let span = TimeSpan(seconds: number * factor), span <= .hours(24 * 365)
    else { return nil }
    self.span = span
    text = argument
  }

  var defaultValueDescription: String { text }
}

/// How the overlay comes about.
enum BuildArgument: String, ExpressibleByArgument, CaseIterable {
  /// All nodes are in it from the start, with the state that joining would give them.
  case constructed
  /// Every node joins through the protocol.
  case joined
}

/// Which network the nodes are in.
struct NetworkArgument: ExpressibleByArgument {
  enum Model: String, CaseIterable {
    case constant, sphere, plane
    case planetlab, seattle, wondernetwork, freepastry
    case coordinates
    case coordinatesOneWay = "coordinates-one-way"
    case transitStub = "transit-stub"

    /// What follows the colon.
    var takesSpan: Bool { self == .constant || self == .sphere || self == .plane }
  }

  let model: Model
  /// The delay of `constant`, the farthest of `sphere`, the side of `plane`.
  let span: TimeSpan
  let path: String?
  let text: String

  /// A sphere on which the farthest two nodes are 150 ms apart.
  static let standard = NetworkArgument(
    model: .sphere, span: .milliseconds(150), path: nil, text: "sphere:150ms")

  private init(model: Model, span: TimeSpan, path: String?, text: String) {
    self.model = model
    self.span = span
    self.path = path
    self.text = text
  }

  init?(argument: String) {
    let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let model = Model(rawValue: String(parts[0])) else { return nil }
    let rest = parts.count > 1 ? String(parts[1]) : nil
    self.model = model
    text = argument
    if model.takesSpan {
      guard let given = SpanArgument(argument: rest ?? (model == .constant ? "50ms" : "150ms")),
        given.span > .zero, given.span <= .minutes(1)
      else { return nil }
      span = given.span
      path = nil
    } else {
      guard rest != "", rest != nil || model == .transitStub else { return nil }
      span = .zero
      path = rest
    }
  }

  var defaultValueDescription: String { text }
}

/// How nodes come and go.
struct ChurnArgument: ExpressibleByArgument {
  enum Model {
    case none
    /// Session lengths, and the mean time away.
    case drawn(SpanDistribution, away: SpanDistribution)
    /// A file of sessions.
    case recorded(String)
  }

  let model: Model
  let text: String

  var isNone: Bool {
    if case .none = model { return true }
    return false
  }

  /// Nodes neither come nor go.
  static let none = ChurnArgument(model: .none, text: "none")

  private init(model: Model, text: String) {
    self.model = model
    self.text = text
  }

  init?(argument: String) {
    text = argument
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch parts[0] {
    case "none":
      guard parts.count == 1 else { return nil }
      model = .none
    case "gnutella", "skype":
      let path = argument.drop { $0 != ":" }.dropFirst()
      guard !path.isEmpty else { return nil }
      model = .recorded(String(path))
    case "exponential", "weibull", "pareto":
      guard let drawn = Self.drawn(parts) else { return nil }
      model = drawn
    default: return nil
    }
  }

  /// `exponential:MEAN[:AWAY]`, `weibull:SHAPE:SCALE[:AWAY]`, `pareto:SHAPE:MINIMUM[:AWAY]`.
  private static func drawn(_ parts: [String]) -> Model? {
    let fixed = parts[0] == "exponential" ? 2 : 3
    guard parts.count == fixed || parts.count == fixed + 1,
      let length = SpanArgument(argument: parts[fixed - 1])
    else { return nil }
    let shape = fixed == 3 ? Double(parts[1]) : 1
    guard let shape else { return nil }
    do {
      let sessions =
        switch parts[0] {
        case "weibull": try SpanDistribution.weibull(shape: shape, scale: length.span)
        case "pareto": try SpanDistribution.pareto(shape: shape, minimum: length.span)
        default: try SpanDistribution.exponential(mean: length.span)
        }
      guard sessions.meanSeconds.isFinite else { return nil }
      var mean = TimeSpan(seconds: sessions.meanSeconds)
      if parts.count > fixed { mean = SpanArgument(argument: parts[fixed])?.span }
      guard let mean else { return nil }
      return .drawn(sessions, away: try .exponential(mean: mean))
    } catch {
      return nil
    }
  }

  var defaultValueDescription: String { text }
}
