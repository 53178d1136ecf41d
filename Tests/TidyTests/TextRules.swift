import Foundation

/// Rules about names and about text that must not leave the machine it was written on.
enum TextRules {
  /// Spelt in halves, so that this file does not break its own rule.
  private static let machinePath =
    #"(?<![\w.~}$-])/(?:"# + ["home", "Users", "root", "work", "tmp"].joined(separator: "|")
    + #")/[\w.]"#

  /// Addresses of private networks, with the port that a registry or a proxy has.
  private static let privateHost =
    #"\b(?:10\.\d+|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+\.\d+:\d+|\blocalhost:\d+"#

  /// Places on a machine, in any text file: they are wrong everywhere else.
  static func machineViolations(in file: SourceFile) throws -> [Violation] {
    // Swift code may speak of addresses; files that fetch and build may not depend on one.
    let isCode = file.isSwift && file.path != "Package.swift"
    return try (isCode ? [machinePath] : [machinePath, privateHost]).flatMap { pattern in
      try SourceFile.matches(pattern, in: file.text).map { match in
        Violation(
          path: file.path, line: match.line,
          message: "`\(match.text)` names a place on one machine: take it from the environment")
      }
    }
  }

  /// Build files may fetch packages from their public home only.
  static func registryViolations(in file: SourceFile) throws -> [Violation] {
    guard file.path.hasSuffix("Package.swift") else { return [] }
    return try SourceFile.matches(#"url:\s*"(?!https://github\.com/)([^"]*)""#, in: file.text)
      .map { match in
        Violation(
          path: file.path, line: match.line,
          message: "\(match.groups[0]): name a package by its public address on github.com")
      }
  }

  private static let vagueName = #"\w*(?:Manager|Helper|Util|Utils|Utility|Utilities)s?"#

  /// Names that say nothing: of files, folders and types.
  static func nameViolations(in file: SourceFile) throws -> [Violation] {
    guard file.isSwift else { return [] }
    let advice = "says nothing about what it does: name the concept"
    var found: [Violation] = []
    for part in file.path.split(separator: "/") {
      let stem = part.split(separator: ".").first.map(String.init) ?? ""
      for word in stem.split(separator: "+")
      where try !SourceFile.matches("^\(vagueName)(?:Tests)?$", in: String(word)).isEmpty {
        found.append(Violation(path: file.path, line: 1, message: "the name \(part) \(advice)"))
      }
    }
    let declaration = #"\b(?:struct|class|enum|actor|protocol|typealias)\s+("# + vagueName + #")\b"#
    for match in try file.matches(declaration) {
      found.append(
        Violation(
          path: file.path, line: match.line, message: "the name \(match.groups[0]) \(advice)"))
    }
    return found
  }

  /// A promise in a comment needs the number of an issue.
  static func promiseViolations(in file: SourceFile) throws -> [Violation] {
    let text = file.isSwift ? file.comments : file.text
    guard file.isSwift || file.path.hasSuffix(".sh") || file.path == "Makefile" else { return [] }
    return try SourceFile.matches(#"\b(?:TODO|FIXME|XXX)\b(?!\s*\(?#\d+)"#, in: text).map { match in
      Violation(
        path: file.path, line: match.line,
        message: "\(match.text) without an issue: do it, or write `\(match.text) #12`")
    }
  }

  private static let citation = #"\[((?!U?Int\d|Float\d)[A-Z][A-Za-z]+\d\d|RFC\d{4})\]"#

  /// A source that a comment or a document names must be in the bibliography.
  static func citationViolations(in file: SourceFile, bibliography: SourceFile) throws
    -> [Violation]
  {
    guard file.isSwift || file.path.hasSuffix(".md") else { return [] }
    let keys = Set(
      try SourceFile.matches(#"@\w+\{(\w+),"#, in: bibliography.text).map { $0.groups[0] })
    let text = file.isSwift ? file.comments : file.text
    return try SourceFile.matches(citation, in: text).compactMap { match in
      if keys.contains(match.groups[0]) { return nil }
      return Violation(
        path: file.path, line: match.line,
        message: "\(match.text) is not in \(bibliography.path): add the source there")
    }
  }
}
