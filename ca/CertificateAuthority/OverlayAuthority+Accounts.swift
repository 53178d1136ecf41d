public import Admission
public import NodeCredentials

extension OverlayAuthority {
  /// Opens an account with its first credits.
  /// - Throws: `.ledger(.accountExists)`, `.ledger`.
  public func openAccount(
    _ name: AccountName, secret: SecretHash, credits: Int64, at now: CredentialTime
  ) throws(AuthorityError) {
    let ledger = ledger
    try wrapping { () throws(LedgerError) in
      try ledger.openAccount(name, secret: secret, credits: credits, at: now)
    }
  }

  /// Gives an account another secret; nil closes it until it gets one. Its identities stay.
  /// - Throws: `.ledger(.unknownAccount)`, `.ledger`.
  public func setSecret(
    _ secret: SecretHash?, of name: AccountName, at now: CredentialTime
  ) throws(AuthorityError) {
    let ledger = ledger
    try wrapping { () throws(LedgerError) in try ledger.setSecret(secret, of: name, at: now) }
  }

  /// Adds credits to an account, or takes some away when negative; gives the new balance.
  /// - Throws: `.ledger(.unknownAccount)`, `.ledger(.overdrawn)`, `.ledger`.
  public func addCredits(
    _ amount: Int64, to name: AccountName, note: String, at now: CredentialTime
  ) throws(AuthorityError) -> Int64 {
    let ledger = ledger
    return try wrapping { () throws(LedgerError) in
      try ledger.addCredits(amount, to: name, note: note, at: now)
    }
  }

  /// The hash of an account's secret; nil when there is no such account, or it is closed.
  /// - Throws: `.ledger`.
  public func secretHash(of name: AccountName) throws(AuthorityError) -> String? {
    let ledger = ledger
    return try wrapping { () throws(LedgerError) in try ledger.secretHash(of: name) }
  }

  /// Books that a secret is tried, before it is hashed; gives the refusal when there were too many.
  /// - Throws: `.ledger`.
  public func credentialAttempt(
    _ account: AccountName, peer: IPAddress, by engine: AdmissionEngine, at now: AdmissionTime
  ) throws(AuthorityError) -> AdmissionRefusal? {
    let ledger = ledger
    return try wrapping { () throws(LedgerError) in
      try ledger.write { database in
        var state = LedgerAdmissionState(database: database, countsIdentities: false)
        return try engine.credentialAttempt(account, peer: peer, at: now, state: &state)
      }
    }
  }

  /// Gives an attempt back after the secret was right.
  /// - Throws: `.ledger`.
  public func credentialSucceeded(
    _ account: AccountName, peer: IPAddress, by engine: AdmissionEngine, at now: AdmissionTime
  ) throws(AuthorityError) {
    let ledger = ledger
    try wrapping { () throws(LedgerError) in
      try ledger.write { database in
        var state = LedgerAdmissionState(database: database, countsIdentities: false)
        try engine.credentialSucceeded(account, peer: peer, at: now, state: &state)
      }
    }
  }
}
