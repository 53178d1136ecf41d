import Foundation
import NodeCredentials
import TransparencyLog

/// The authority's secret keys, opened: those that sign nodes and lists, and the log's.
struct AuthorityKeys: Sendable {
  /// By number; an old issuer whose key was put away is absent, and its lists cannot be renewed.
  let issuers: [Int64: AuthorityCredentials]
  /// The issuer that signs certificates now.
  let current: Int64
  let issuing: AuthorityCredentials
  let log: LogNotary

  /// Reads the keys of an authority and checks that they are those of its certificates.
  /// - Throws: `AuthorityError.invalid` naming the key at fault, `.io`.
  init(
    opening reader: LedgerReader, passphrase: borrowing Passphrase?
  ) throws(AuthorityError) {
    let directory = reader.directory
    var issuers: [Int64: AuthorityCredentials] = [:]
    for issuer in reader.issuers {
      let url = directory.issuingKey(issuer.number)
      let isCurrent = issuer.number == reader.issuers.last?.number
      if !isCurrent, !FileManager.default.fileExists(atPath: url.path) { continue }
      var pem = try AuthorityFile.read(url)
      defer { Passphrase.wipe(&pem) }
      let key = try AuthorityKeys.key(pem, passphrase, path: url.path)
      do {
        issuers[issuer.number] = try AuthorityCredentials.issuing(
          overlay: reader.overlayName, certificate: issuer.der, key: key)
      } catch {
        throw .invalid(path: url.path, line: nil, detail: error.description)
      }
    }
    guard let last = reader.issuers.last, let issuing = issuers[last.number] else {
      throw .invalid(
        path: directory.ledger.path, line: nil, detail: "it names no issuing certificate")
    }
    self.issuers = issuers
    self.issuing = issuing
    current = last.number
    let path = directory.logKey.path
    var pem = try AuthorityFile.read(directory.logKey)
    defer { Passphrase.wipe(&pem) }
    log = try LogNotary(
      key: AuthorityKeys.key(pem, passphrase, path: path), overlay: reader.overlayName, path: path)
    guard log.verifierKey == reader.logKey else {
      throw .invalid(
        path: directory.logKey.path, line: nil, detail: "it is not the key of this ledger's log")
    }
  }

  /// The key in a file: a PKCS#8 block, or the name of a key on a token.
  static func key(
    _ text: [UInt8], _ passphrase: borrowing Passphrase?, path: String
  ) throws(AuthorityError) -> PrivateKey {
    if let token = TokenKey(text) { return try token.open(pin: passphrase, path: path) }
    do {
      return try PrivateKey(pem: text, passphrase: passphrase)
    } catch {
      throw .key(path: path, failure: error)
    }
  }
}

/// The name of a key on a PKCS#11 token, in the place of the key itself: the key's URI on the first
/// line, and on the second, when there is one, the path of the token's library.
///
/// The passphrase of the authority's keys is the token's PIN.
public struct TokenKey: Hashable, Sendable {
  /// `pkcs11:token=...;object=...` (RFC 7512), without a PIN.
  public let uri: String
  /// The token's library; nil for those that p11-kit knows.
  public let module: String?

  /// Names a key; `PrivateKey(pkcs11:pin:module:)` judges the URI.
  public init(uri: String, module: String? = nil) {
    self.uri = uri
    self.module = module
  }

  init?(_ text: [UInt8]) {
    guard text.count <= 4_096, text.starts(with: "pkcs11:".utf8) else { return nil }
    let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard let first = lines.first, lines.count <= 2 else { return nil }
    uri = String(first)
    module = lines.count == 2 ? String(lines[1]) : nil
  }

  var text: [UInt8] { Array((uri + "\n" + (module.map { $0 + "\n" } ?? "")).utf8) }

  func open(
    pin: borrowing Passphrase?, path: String
  ) throws(AuthorityError) -> PrivateKey {
    do {
      switch pin {
      case .some(let pin): return try PrivateKey(pkcs11: uri, pin: pin, module: module)
      case .none: break
      }
    } catch {
      throw .token(path: path, rejection: error)
    }
    throw .key(path: path, failure: .passphraseMissing)
  }
}
