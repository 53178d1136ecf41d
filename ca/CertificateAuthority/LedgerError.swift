public import NodeCredentials

/// Why a ledger could not be opened, read or written.
public enum LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The directory holds no authority; the missing part is named.
  case notAnAuthority(path: String, missing: String)
  /// The ledger serves another overlay than the one asked for.
  case foreignOverlay(path: String, expected: String, found: String)
  /// The database or a file beside it is truncated, corrupt or not ours.
  case damaged(path: String, detail: String)
  /// The ledger was written by another build, whose tables are others.
  case outdated(path: String, version: Int)
  /// Another process holds the ledger.
  case locked(path: String)
  /// The ledger cannot be written where it is.
  case readOnly(path: String)
  /// Reading or writing failed: disk full, quota, broken medium.
  case io(path: String, detail: String)
  /// No certificate with this serial number or nodeId was ever issued.
  case unknownCertificate(path: String, name: String)
  /// No account has this name.
  case unknownAccount(path: String, name: String)
  /// An account has this name already.
  case accountExists(path: String, name: String)
  /// More credits were to be taken than the account has.
  case overdrawn(path: String, name: String, balance: Int64)
  /// A certificate in the ledger does not stand up to verification.
  case refused(path: String, serial: SerialNumber, rejection: CertificateRejection)
  /// A revocation list just signed does not stand up to verification.
  case listRefused(path: String, rejection: CertificateRejection)
  /// The work was cancelled.
  case cancelled

  /// One line with the path and what to do.
  public var description: String {
    switch self {
    case .notAnAuthority(let path, "issuing.crl"):
      "\(path): the revocation list is missing (issuing.crl); "
        + "publish a new one with \"redoubt ca crl --directory \(path)\""
    case .notAnAuthority(let path, let missing):
      "\(path): no certificate authority here (\(missing) is missing); "
        + "create one with \"redoubt ca init --overlay NAME --directory \(path)\""
    case .foreignOverlay(let path, let expected, let found):
      "\(path): this authority serves another overlay: expected \"\(expected)\", "
        + "found \"\(found)\"; name the right directory or overlay"
    case .damaged(let path, let detail):
      "\(path): damaged: \(detail); restore it from a backup"
    case .outdated(let path, let version):
      "\(path): written by another build of redoubt (its tables are of version \(version), this "
        + "build's of version \(LedgerDatabase.schemaVersion)); use that build, or make a new "
        + "authority with \"redoubt ca init\""
    case .locked(let path):
      "\(path): another process is using the ledger; try again later or wait longer with --wait"
    case .readOnly(let path):
      "\(path): cannot be opened for writing; check the permissions of the file, of its "
        + "directory and of the medium"
    case .io(let path, let detail):
      "\(path): input/output error: \(detail)"
    case .unknownCertificate(let path, let name):
      "\(path): no certificate \(name) was issued here; see \"redoubt ca list\""
    case .unknownAccount(let path, let name):
      "\(path): there is no account \"\(name)\"; see \"redoubt ca account list\""
    case .accountExists(let path, let name):
      "\(path): there is an account \"\(name)\" already; choose another name"
    case .overdrawn(let path, let name, let balance):
      "\(path): the account \"\(name)\" has \(balance) credits; it cannot go below 0"
    case .refused(let path, let serial, let rejection):
      "\(path): certificate \(serial) is refused: \(rejection)"
    case .listRefused(let path, let rejection):
      "\(path): the new revocation list fails the authority's own check (\(rejection)); nothing "
        + "was recorded or published; see that issuing.key is intact and belongs to issuing.crt"
    case .cancelled: "cancelled"
    }
  }

  /// The exit status of a command that ends with this error (sysexits).
  public var exitCode: Int32 {
    switch self {
    case .notAnAuthority, .foreignOverlay, .damaged, .outdated, .unknownCertificate,
      .unknownAccount, .accountExists, .overdrawn, .refused:
      65
    case .readOnly, .io: 74
    case .locked: 75
    case .listRefused: 70
    case .cancelled: 130
    }
  }
}

/// Why the authority could not do what was asked.
public enum AuthorityError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The ledger said no.
  case ledger(LedgerError)
  /// There is something at the path already.
  case alreadyExists(path: String)
  /// A file or directory cannot be made.
  case cannotCreate(path: String, detail: String)
  /// Reading or writing a file failed.
  case io(path: String, detail: String)
  /// A file's contents are wrong.
  case invalid(path: String, line: Int?, detail: String)
  /// A private key cannot be opened: no or a wrong passphrase, or damage.
  case key(path: String, failure: PrivateKeyRejection)
  /// A key on a token cannot be opened.
  case token(path: String, rejection: TokenRejection)
  /// The applicant's request was refused.
  case request(path: String, rejection: RequestRejection)
  /// The addresses do not suffice for the nodes asked for.
  case addressesExhausted(detail: String)
  /// An address is given twice, or a certificate in force has it already.
  case addressTaken(NodeAddress)
  /// OpenSSL failed.
  case cryptography(OpenSSLError)
  /// A certificate just made does not pass the authority's own verification.
  case selfCheck(CertificateRejection)

  /// One line with what to do.
  public var description: String {
    switch self {
    case .ledger(let error): error.description
    case .alreadyExists(let path):
      "\(path): exists already and is not empty; choose another directory"
    case .cannotCreate(let path, let detail): "\(path): cannot be created: \(detail)"
    case .io(let path, let detail): "\(path): input/output error: \(detail)"
    case .invalid(let path, let line, let detail):
      "\(path)\(line.map { ":\($0)" } ?? ""): \(detail)"
    case .key(let path, let failure): "\(path): \(failure)"
    case .token(let path, let rejection): "\(path): \(rejection)"
    case .request(let path, let rejection): "\(path): \(rejection)"
    case .addressesExhausted(let detail): detail
    case .addressTaken(let address):
      "the address \(address) is certified already or listed twice; name free addresses with "
        + "--address-base or --address-file, or revoke the certificate that has it"
    case .cryptography(let error): error.description
    case .selfCheck(let rejection):
      "a certificate just made fails the authority's own check (\(rejection)); nothing was issued; "
        + "see that the authority's certificates and profile are intact and current"
    }
  }

  /// The exit status of a command that ends with this error (sysexits).
  public var exitCode: Int32 {
    switch self {
    case .ledger(let error): error.exitCode
    case .alreadyExists, .cannotCreate: 73
    case .io: 74
    case .invalid, .key, .token, .request, .addressesExhausted, .addressTaken: 65
    case .cryptography, .selfCheck: 70
    }
  }
}
