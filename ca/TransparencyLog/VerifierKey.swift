public import NodeCredentials

/// The name under which a key signs notes: one line without spaces and plus signs.
///
/// Two names are equal only when all their octets are.
public struct KeyName: Hashable, Comparable, Sendable, CustomStringConvertible {
  private let text: ExactText

  /// Reads a name of 1 to 255 octets of UTF-8.
  /// - Throws: `malformed` or `oversize`.
  public init(_ name: String) throws(TransparencyRejection) {
    try self.init(line: [UInt8](name.utf8))
  }

  /// Reads a name from the octets of a line.
  init(line: some Collection<UInt8>) throws(TransparencyRejection) {
    text = try ExactText(line: line, "a key name")
    let isAllowed = text.string.unicodeScalars.allSatisfy {
      !$0.properties.isWhitespace && $0 != "+"
    }
    guard isAllowed else { throw .malformed("a key name has no spaces and no plus signs") }
  }

  /// The name.
  public var description: String { text.string }

  /// By octets.
  public static func < (left: KeyName, right: KeyName) -> Bool { left.text < right.text }
}

/// What a key signs, and so how its signatures look.
public enum SignatureKind: UInt8, Hashable, Sendable, CaseIterable {
  /// Ed25519 over the text of a note ([SignedNote25]).
  case note = 0x01
  /// Ed25519 over a time and the text of a checkpoint ([TlogCosignature26]).
  case cosignature = 0x04

  /// Octets of a signature behind the key id.
  var signatureCount: Int { self == .note ? 64 : 8 + 64 }
}

/// A key that signatures on notes are verified with, bound to a name and a kind.
///
/// Text form: `name+id+base64(kind || key)`, with the id in eight lower-case hex digits.
/// Source: [SignedNote25], verifier keys.
public struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
  /// The name on the signature lines.
  public let name: KeyName
  /// What it signs.
  public let kind: SignatureKind
  /// The Ed25519 key.
  public let publicKey: PublicKey
  /// The first four octets of SHA-256(name || newline || kind || key), big-endian.
  public let id: UInt32

  /// The longest text: name, id and the base64 of 33 octets.
  static let textOctetsMax = LogLimits.nameOctetsMax + 1 + 8 + 1 + 44

  /// Binds an Ed25519 key to a name.
  /// - Throws: `policy` for a key of another algorithm.
  public init(
    name: KeyName, kind: SignatureKind, publicKey: PublicKey
  ) throws(TransparencyRejection) {
    guard publicKey.algorithm == .ed25519 else {
      throw .policy("the key of \(name) is no Ed25519 key")
    }
    self.name = name
    self.kind = kind
    self.publicKey = publicKey
    let hash: [UInt8]
    do {
      hash = try Digest.sha256(
        [UInt8](name.description.utf8) + [ASCII.newline, kind.rawValue]
          + publicKey.rawRepresentation)
    } catch {
      throw .cryptography(error)
    }
    id = hash.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Reads the text form; one key has one text.
  /// - Throws: `malformed`, `oversize`, `unsupportedKey`, `keyIdMismatch`.
  public init(_ text: String) throws(TransparencyRejection) {
    let octets = [UInt8](text.utf8)
    guard octets.count <= VerifierKey.textOctetsMax else {
      throw .oversize(part: "a verifier key", limit: VerifierKey.textOctetsMax)
    }
    // The base64 may hold plus signs of its own.
    let parts = octets.split(
      separator: ASCII.plus, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw .malformed("a verifier key is name+id+key") }
    let name = try KeyName(line: parts[0])
    guard let material = Base64.octets(parts[2]), let type = material.first else {
      throw .malformed("the key of \(name) is no base64")
    }
    guard let kind = SignatureKind(rawValue: type) else { throw .unsupportedKey(type: type) }
    let info = VerifierKey.ed25519InfoPrefix + material.dropFirst()
    guard material.count == 33, let key = PublicKey(subjectPublicKeyInfo: info) else {
      throw .malformed("the key of \(name) is no Ed25519 key")
    }
    try self.init(name: name, kind: kind, publicKey: key)
    guard parts[1].elementsEqual(VerifierKey.hex(id).utf8) else {
      throw .keyIdMismatch(name: "\(name)")
    }
  }

  /// A SubjectPublicKeyInfo of an Ed25519 key up to the key itself ([RFC8410] section 4).
  private static let ed25519InfoPrefix: [UInt8] = [
    0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
  ]

  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.utf8.count) + digits
  }

  /// The text form.
  public var description: String {
    let material = Base64.text([kind.rawValue] + publicKey.rawRepresentation)
    return "\(name)+\(VerifierKey.hex(id))+\(material)"
  }
}
