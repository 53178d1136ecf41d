import Bounds

/// The words of `redoubt bound`, understood.
struct BoundRequest {
  enum Kind {
    case help
    case list
    case describe([Bound])
    case evaluate(BoundQuery)
  }

  let kind: Kind
  let digits: Int
  let format: BoundFormat

  private static let help = ["--help", "-h", "-help"]

  init(_ words: [String]) throws(BoundUsageError) {
    var words = words[...]
    var bounds: [Bound]?
    if let first = words.first, !first.hasPrefix("-") {
      bounds = try Self.bounds(first)
      words = words.dropFirst()
    }
    if words.contains(where: Self.help.contains) {
      (kind, digits, format) = (bounds.map(Kind.describe) ?? .help, 20, .text)
      return
    }
    var (digits, format) = (20, BoundFormat.text)
    var given: [(name: String, text: String)] = []
    for (option, text) in try Self.options(words) {
      switch option {
      case "--digits":
        guard let count = Int(text), (1...1000).contains(count) else {
          throw .usage("--digits must be a number in 1...1000, got \(Self.quoted(text))")
        }
        digits = count
      case "--format":
        guard let named = BoundFormat(rawValue: text), bounds != nil || named != .csv else {
          let all = bounds == nil ? "text or json" : "text, json or csv"
          throw .usage("--format must be \(all), got \(Self.quoted(text))")
        }
        format = named
      default: given.append((option, text))
      }
    }
    (self.digits, self.format) = (digits, format)
    guard let bounds else {
      if let first = given.first {
        throw .usage("name a bound before \(first.name); 'redoubt bound' lists them")
      }
      kind = .list
      return
    }
    kind = .evaluate(try BoundQuery(bounds, given))
  }

  /// The bounds of `NAME,NAME`.
  private static func bounds(_ names: String) throws(BoundUsageError) -> [Bound] {
    var bounds: [Bound] = []
    for name in names.split(separator: ",", omittingEmptySubsequences: false) {
      guard let bound = Bound.named(String(name)) else {
        throw .usage("unknown bound \(quoted(name)); 'redoubt bound' lists them")
      }
      guard !bounds.contains(where: { $0.name == bound.name }) else {
        throw .usage("\(bound.name) is named twice")
      }
      bounds.append(bound)
    }
    return bounds
  }

  /// `--name value` and `--name=value`.
  private static func options(
    _ words: ArraySlice<String>
  ) throws(BoundUsageError) -> [(String, String)] {
    var options: [(String, String)] = []
    var rest = words
    while let word = rest.popFirst() {
      guard word.hasPrefix("--") else {
        throw .usage("parameters are options, --nodes 100000: \(quoted(word)) is none")
      }
      let name: String
      let text: String
      if let equals = word.firstIndex(of: "=") {
        (name, text) = (String(word[..<equals]), String(word[word.index(after: equals)...]))
      } else {
        guard let next = rest.popFirst() else { throw .usage("\(word) needs a value behind it") }
        (name, text) = (word, next)
      }
      guard !options.contains(where: { $0.0 == name }) else {
        throw .usage("\(name) is given twice; a list of values is one word: \(name) 1,2,3")
      }
      options.append((name, text))
    }
    return options
  }

  /// A word for a message, cut where it is long.
  static func quoted(_ text: some StringProtocol) -> String {
    "'" + (text.count > 40 ? text.prefix(40) + "…" : String(text)) + "'"
  }
}

/// Bounds, and the values of their parameters.
struct BoundQuery {
  /// A parameter with what it runs through.
  struct Axis {
    let name: String
    let values: [Rational]
  }

  let bounds: [Bound]
  /// In the order in which the bounds name them.
  let axes: [Axis]

  /// The rows that a table may have.
  static let maximalRows = 1_000_000

  init(_ bounds: [Bound], _ given: [(name: String, text: String)]) throws(BoundUsageError) {
    var parameters: [BoundParameter] = []
    for parameter in bounds.flatMap(\.parameters)
    where !parameters.contains(where: { $0.name == parameter.name }) {
      parameters.append(parameter)
    }
    for (name, _) in given where !parameters.contains(where: { $0.option == name }) {
      let all = parameters.map(\.option).joined(separator: ", ")
      throw .usage(
        "unknown option \(BoundRequest.quoted(name)); \(bounds.map(\.name).joined(separator: ",")) "
          + (parameters.isEmpty ? "takes no parameter" : "takes \(all)"))
    }
    var axes: [Axis] = []
    var rows = 1
    for parameter in parameters {
      guard let text = given.first(where: { $0.name == parameter.option })?.text else {
        throw .usage(
          "\(parameter.option) is missing: \(parameter.summary), such as "
            + "\(parameter.option) \(parameter.example)")
      }
      let values = try Self.values(text, of: parameter)
      for bound in bounds {
        for own in bound.parameters where own.name == parameter.name {
          for value in values {
            guard let fault = own.domain.fault(of: value) else { continue }
            throw .domain("\(parameter.option) \(fault), got \(BoundRequest.quoted("\(value)"))")
          }
        }
      }
      axes.append(Axis(name: parameter.name, values: values))
      rows = rows.multipliedReportingOverflow(by: values.count).partialValue
      guard rows <= Self.maximalRows else {
        throw .usage("a table has at most \(Self.maximalRows) rows; use larger steps")
      }
    }
    self.bounds = bounds
    self.axes = axes
  }

  /// The values of `1/3`, `1,2,3` or `0:0.4:0.01`.
  private static func values(
    _ text: String, of parameter: BoundParameter
  ) throws(BoundUsageError) -> [Rational] {
    var values: [Rational] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: ":", omittingEmptySubsequences: false)
      var numbers: [Rational] = []
      for end in ends {
        // A number may begin with its point.
        let whole = end.hasPrefix(".") ? "0" + end : String(end)
        guard whole.utf8.count <= 2_500, let number = Rational(whole) else {
          throw .usage(
            "\(parameter.option) takes a number such as \(parameter.example), a list 1,2,3 or a "
              + "sweep FIRST:LAST:STEP, got \(BoundRequest.quoted(text))")
        }
        numbers.append(number)
      }
      switch numbers.count {
      case 1: values.append(numbers[0])
      case 3:
        let (first, last, step) = (numbers[0], numbers[1], numbers[2])
        guard step.sign > 0, first <= last,
          let steps = ((last - first) / step).floor.int, steps < maximalRows
        else {
          throw .usage(
            "\(parameter.option): a sweep goes up from FIRST to LAST in at most "
              + "\(maximalRows) steps, got \(BoundRequest.quoted(part))")
        }
        values += (0...steps).map { first + step * Rational($0) }
      default:
        throw .usage(
          "\(parameter.option): a sweep is FIRST:LAST:STEP, got \(BoundRequest.quoted(part))")
      }
      guard values.count <= maximalRows else {
        throw .usage("a table has at most \(maximalRows) rows; use larger steps")
      }
    }
    return values
  }
}
