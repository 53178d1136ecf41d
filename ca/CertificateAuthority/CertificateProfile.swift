public import NodeCredentials
import Yams

/// What an authority may choose within the fixed node profile: algorithm, lifetimes, publication.
///
/// Read from YAML; the files in `ca/profiles` show every setting. Extensions, names and usages are
/// not settings: verifiers insist on them.
public struct CertificateProfile: Hashable, Sendable {
  /// For the authority's keys and, unless an option says otherwise, the nodes'.
  public var keyAlgorithm: KeyAlgorithm = .p256
  /// Lifetime of the root certificate in days.
  public var rootValidityDays = 7_300
  /// Lifetime of the issuing certificate in days.
  public var issuingValidityDays = 3_650
  /// Lifetime of a node certificate in days.
  public var nodeValidityDays = 365
  /// How long before its making a certificate begins to be valid, for clocks that are behind.
  public var backdateSeconds = 60
  /// After how many hours the next revocation list is due.
  public var revocationListHours = 24
  /// Where the revocation list is published; `{overlay}` stands for the overlay's name.
  public var revocationListURL = "http://{overlay}/issuing.crl"

  /// The golden profile: P-256, 20 years, 10 years, 1 year, 24 hours.
  public init() {}

  /// Reads a profile; a missing key keeps its default, an unknown key is an error.
  /// - Throws: `AuthorityError.invalid` with path and line.
  public init(yaml text: String, path: String) throws(AuthorityError) {
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch {
      let line = (error as? YamlError).flatMap(CertificateProfile.line)
      throw .invalid(path: path, line: line, detail: "not YAML: \(error)")
    }
    guard let mapping = node?.mapping else {
      throw .invalid(path: path, line: 1, detail: "expected a mapping of settings")
    }
    var seen: Set<String> = []
    for (key, value) in mapping {
      let name = key.string ?? ""
      guard seen.insert(name).inserted else {
        throw .invalid(path: path, line: key.mark?.line, detail: "\"\(name)\" is given twice")
      }
      try set(name, to: value, path: path, line: key.mark?.line)
    }
  }

  private mutating func set(
    _ name: String, to value: Node, path: String, line: Int?
  ) throws(AuthorityError) {
    func integer(_ range: ClosedRange<Int>) throws(AuthorityError) -> Int {
      guard let number = value.int, range.contains(number) else {
        throw .invalid(
          path: path, line: line,
          detail: "\"\(name)\" must be a whole number from \(range.lowerBound) to "
            + "\(range.upperBound)")
      }
      return number
    }
    switch name {
    case "keyAlgorithm":
      guard let algorithm = value.string.flatMap({ KeyAlgorithm(rawValue: $0) }) else {
        throw .invalid(
          path: path, line: line, detail: "\"keyAlgorithm\" must be p256 or ed25519")
      }
      keyAlgorithm = algorithm
    case "rootValidityDays": rootValidityDays = try integer(1...36_500)
    case "issuingValidityDays": issuingValidityDays = try integer(1...36_500)
    case "nodeValidityDays": nodeValidityDays = try integer(1...36_500)
    case "backdateSeconds": backdateSeconds = try integer(0...86_400)
    case "revocationListHours": revocationListHours = try integer(1...8_760)
    case "revocationListURL":
      guard let location = value.string, location.hasPrefix("http://"),
        location.utf8.count <= 512, location.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
      else {
        throw .invalid(
          path: path, line: line,
          detail: "\"revocationListURL\" must be an http:// URL of at most 512 ASCII characters")
      }
      revocationListURL = location
    default:
      throw .invalid(
        path: path, line: line,
        detail: "unknown setting \"\(name)\"; known are keyAlgorithm, rootValidityDays, "
          + "issuingValidityDays, nodeValidityDays, backdateSeconds, revocationListHours, "
          + "revocationListURL")
    }
  }

  private static func line(_ error: YamlError) -> Int? {
    switch error {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      mark.line
    default: nil
    }
  }

  /// The profile as YAML with every setting.
  public var yaml: String {
    """
    keyAlgorithm: \(keyAlgorithm.rawValue)
    rootValidityDays: \(rootValidityDays)
    issuingValidityDays: \(issuingValidityDays)
    nodeValidityDays: \(nodeValidityDays)
    backdateSeconds: \(backdateSeconds)
    revocationListHours: \(revocationListHours)
    revocationListURL: "\(revocationListURL)"

    """
  }

  /// Where the revocation list of one issuer of this overlay is published.
  ///
  /// The first issuer's is at `revocationListURL`; the second's has `-2` before the suffix.
  func distributionPoint(_ overlay: OverlayName, issuer: Int64) -> String {
    var output = ""
    var rest = Substring(revocationListURL)
    let mark = "{overlay}"
    while let range = rest.firstRange(of: mark) {
      output += rest[..<range.lowerBound] + overlay.value
      rest = rest[range.upperBound...]
    }
    output += rest
    guard issuer > 1 else { return output }
    let name = output[output.index(after: output.lastIndex(of: "/") ?? output.startIndex)...]
    let stem = name.lastIndex(of: ".") ?? output.endIndex
    return output[..<stem] + "-\(issuer)" + output[stem...]
  }

  /// From shortly before `now` for a number of days.
  func validity(days: Int, from now: CredentialTime) -> ValidityPeriod {
    ValidityPeriod(
      notBefore: now.adding(seconds: -Int64(backdateSeconds)),
      notAfter: now.adding(seconds: Int64(days) * 86_400))
  }
}
