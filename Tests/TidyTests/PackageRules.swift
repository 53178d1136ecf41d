import Foundation

/// The package description: warnings are errors in every Swift target, without exception.
enum PackageRules {
  static let requiredSettings = [
    ".swiftLanguageMode(.v6)", "MemberImportVisibility", "InternalImportsByDefault",
    "ExistentialAny", ".treatAllWarnings(as: .error)",
  ]

  /// C targets have no Swift settings.
  static let withoutSwift: Set<String> = ["COpenSSL", "CGMP", "CPrefetch"]

  static func violations(in package: SourceFile) throws -> [Violation] {
    var found: [Violation] = []
    for setting in requiredSettings where !package.text.contains(setting) {
      found.append(
        Violation(path: package.path, line: 1, message: "the setting \(setting) is missing"))
    }
    let call = #"\.(?:target|executableTarget|testTarget)\s*\(\s*name:"#
    for match in try package.matches(call) {
      let body = Self.call(match.rest)
      let text = package.text
      let start = package.code.utf8.distance(
        from: package.code.startIndex, to: body.startIndex)
      let name = Self.name(
        in: text[text.utf8.index(text.startIndex, offsetBy: start)...])
      if withoutSwift.contains(name) || body.contains("swiftSettings:") { continue }
      found.append(
        Violation(
          path: package.path, line: match.line,
          message: "target \(name) takes no swiftSettings: pass `settings` or `strictSettings`"))
    }
    return found
  }

  /// The call that starts `text`, up to its closing parenthesis.
  private static func call(_ text: Substring) -> Substring {
    var depth = 0
    for index in text.indices {
      if text[index] == "(" { depth += 1 }
      if text[index] == ")" {
        depth -= 1
        if depth == 0 { return text[...index] }
      }
    }
    return text
  }

  /// The first string literal of `text`, or the expression that stands for the name.
  private static func name(in text: Substring) -> String {
    guard let label = text.range(of: "name:") else { return "" }
    return text[label.upperBound...].prefix { $0 != "," && $0 != ")" }
      .trimmingCharacters(in: CharacterSet(charactersIn: " \n\""))
  }
}
