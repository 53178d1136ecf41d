/// Finds functions and their lengths by counting braces in masked code.
///
/// A function is a `func`, `init`, `deinit`, `subscript` or computed property with a body;
/// requirements of protocols have none. Its length is from the line of the keyword to the line of
/// the closing brace, both included.
struct FunctionScanner {
  struct Function: Equatable {
    var name: String
    var line: Int
    var length: Int
  }

  /// The functions in order of their ends, or nil when the braces do not balance.
  static func functions(in code: String) -> [Function]? {
    var scanner = FunctionScanner()
    for token in tokens(of: code) { scanner.read(token) }
    return scanner.isBalanced && scanner.braces.isEmpty ? scanner.functions : nil
  }

  private enum Brace {
    case function(name: String, line: Int)
    case protocolBody
    case other
  }

  private struct Token {
    var text: String
    var line: Int
  }

  private var functions: [Function] = []
  private var braces: [Brace] = []
  private var isBalanced = true
  private var previous = Token(text: "", line: 0)
  /// A declaration that waits for its body, and the bracket depth where that must open.
  private var pending: (brace: Brace, line: Int, keyword: String, depth: Int)?
  private var depth = 0

  private static func tokens(of code: String) -> [Token] {
    var tokens: [Token] = []
    var word = ""
    var line = 1
    for character in code.unicodeScalars {
      if character == "_" || character.properties.isAlphabetic
        || character.properties.numericType != nil
      {
        word.unicodeScalars.append(character)
        continue
      }
      if !word.isEmpty { tokens.append(Token(text: word, line: line)) }
      word = ""
      if character == "\n" {
        line += 1
      } else if character != " " {
        tokens.append(Token(text: String(character), line: line))
      }
    }
    if !word.isEmpty { tokens.append(Token(text: word, line: line)) }
    return tokens
  }

  private mutating func read(_ token: Token) {
    defer { previous = token }
    switch token.text {
    case "(", "[": depth += 1
    case ")", "]": depth -= 1
    case "{": open(token)
    case "}": close(token)
    case "protocol" where previous.text != ".":
      pending = (.protocolBody, token.line, token.text, depth)
    case "func", "subscript", "deinit", "init":
      declare(token)
    case "var":
      declare(token)
    case "=":
      // An initial value: what follows is no computed property.
      if pending?.keyword == "var" && pending?.depth == depth { pending = nil }
    default:
      if previous.text == "func", case .function(_, let line)? = pending?.brace {
        pending?.brace = .function(name: token.text, line: line)
      }
    }
  }

  private mutating func declare(_ token: Token) {
    if previous.text == "." { return }
    if case .protocolBody? = braces.last { return }
    pending = (.function(name: token.text, line: token.line), token.line, token.text, depth)
  }

  private mutating func open(_ token: Token) {
    // A stored property has no body: its brace would stand on its own line.
    if pending?.keyword == "var" && pending?.line != token.line { pending = nil }
    if let declaration = pending, declaration.depth == depth {
      braces.append(declaration.brace)
      pending = nil
    } else {
      braces.append(.other)
    }
  }

  private mutating func close(_ token: Token) {
    guard let brace = braces.popLast() else {
      isBalanced = false
      return
    }
    if case .function(let name, let line) = brace {
      functions.append(Function(name: name, line: line, length: token.line - line + 1))
    }
  }
}
