/// Bounds on the size of files, functions and lines.
enum LengthRules {
  /// Split above about 400 lines; this is the hard end.
  static let fileLinesMax = 600
  static let functionLinesMax = 70
  static let lineCharactersMax = 100

  static func violations(in file: SourceFile) -> [Violation] {
    var found: [Violation] = []
    var lines = file.lines
    if lines.last?.isEmpty == true { lines.removeLast() }
    if lines.count > fileLinesMax {
      found.append(
        Violation(
          path: file.path, line: fileLinesMax + 1,
          message: "\(lines.count) lines; a file has at most \(fileLinesMax): split it by concept"))
    }
    for (index, line) in lines.enumerated() where line.count > lineCharactersMax {
      found.append(
        Violation(
          path: file.path, line: index + 1,
          message: "\(line.count) characters; a line has at most \(lineCharactersMax)"))
    }
    guard let functions = FunctionScanner.functions(in: file.code) else {
      found.append(
        Violation(path: file.path, line: lines.count, message: "the braces do not balance"))
      return found
    }
    for function in functions where function.length > functionLinesMax {
      found.append(
        Violation(
          path: file.path, line: function.line,
          message: """
            \(function.name) has \(function.length) lines; a function has at most \
            \(functionLinesMax): name its steps
            """))
    }
    return found
  }
}
