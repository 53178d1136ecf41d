public import NodeCredentials

/// The one reason why a text, a proof or a log was not accepted.
public enum TransparencyRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// The octets do not have the one form that they must have.
  case malformed(String)
  /// Longer than any honest one.
  case oversize(part: String, limit: Int)
  /// The key id in a verifier key is not the hash of its name and key.
  case keyIdMismatch(name: String)
  /// A verifier key of a kind that is not supported here.
  case unsupportedKey(type: UInt8)
  /// A set of keys that cannot be a policy, such as one witness listed twice.
  case policy(String)
  /// The checkpoint is of another log.
  case foreignOrigin(expected: String, found: String)
  /// None of the signatures is by a trusted key.
  case unsigned
  /// A line under a trusted key's name and id is not that key's signature.
  case badSignature(name: String)
  /// Too few trusted witnesses cosigned.
  case tooFewWitnesses(required: Int, found: Int)
  /// The leaf or the older tree is not part of the tree.
  case outOfRange(value: UInt64, size: UInt64)
  /// A proof with too few or too many hashes.
  case proofLength(found: Int)
  /// The proof leads to another root.
  case rootMismatch
  /// A tile or bundle cannot be had, or is not as wide as the tree demands.
  case tile(path: String, detail: String)
  /// OpenSSL could not do its part.
  case cryptography(OpenSSLError)

  /// A stable lower-case word per reason, for scripts.
  public var name: String {
    switch self {
    case .malformed: "malformed"
    case .oversize: "oversize"
    case .keyIdMismatch: "key-id-mismatch"
    case .unsupportedKey: "unsupported-key"
    case .policy: "policy"
    case .foreignOrigin: "foreign-origin"
    case .unsigned: "unsigned"
    case .badSignature: "bad-signature"
    case .tooFewWitnesses: "too-few-witnesses"
    case .outOfRange: "out-of-range"
    case .proofLength: "proof-length"
    case .rootMismatch: "root-mismatch"
    case .tile: "tile"
    case .cryptography: "cryptography"
    }
  }

  /// One line that names the reason and the facts behind it.
  public var description: String {
    switch self {
    case .malformed(let detail): "malformed: \(detail)"
    case .oversize(let part, let limit): "oversize: \(part) has more than \(limit)"
    case .keyIdMismatch(let name):
      "key id mismatch: the verifier key of \(name) has an id that is not its own"
    case .unsupportedKey(let type): "unsupported key: type \(type)"
    case .policy(let detail): "policy: \(detail)"
    case .foreignOrigin(let expected, let found):
      "foreign origin: expected \(expected), found \(found)"
    case .unsigned: "unsigned: no signature by a trusted key"
    case .badSignature(let name): "bad signature: the line of \(name) does not verify"
    case .tooFewWitnesses(let required, let found):
      "too few witnesses: \(required) required, \(found) cosigned"
    case .outOfRange(let value, let size): "out of range: \(value) in a tree of size \(size)"
    case .proofLength(let found): "proof length: \(found) hashes are too few or too many"
    case .rootMismatch: "root mismatch: the proof leads to another root"
    case .tile(let path, let detail): "tile: \(path): \(detail)"
    case .cryptography(let error): "cryptography: \(error)"
    }
  }
}

/// The bounds on what a stranger may send.
public enum LogLimits {
  /// Tree sizes stay below 2^63, so that a proof has at most 63 hashes ([TlogWitness26]).
  public static let treeSizeMax = UInt64(Int64.max)
  /// Hashes in one proof.
  public static let proofHashesMax = 63
  /// Octets of an entry: its length is two octets in a bundle ([TlogTiles24]).
  public static let entryOctetsMax = 65_535
  /// Octets of a note with all its signatures; 16 post-quantum ones of 5 kB fit.
  public static let noteOctetsMax = 131_072
  /// Signature lines of a note; verifiers must take 16 ([SignedNote25]).
  public static let signaturesMax = 64
  /// Octets of a key name or an origin; newer cosignatures count them in one octet.
  public static let nameOctetsMax = 255
  /// Extension lines of a checkpoint; none are recommended.
  public static let extensionLinesMax = 16
  /// Octets of the extra data of a proof.
  public static let extraOctetsMax = 65_535
  /// Logs that one witness follows, in its stored state.
  public static let witnessedLogsMax = 10_000
}
