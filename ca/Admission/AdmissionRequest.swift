public import NodeCredentials

/// What an applicant asks for, after the server has checked who it is.
public struct AdmissionRequest: Hashable, Sendable {
  /// What is asked for.
  public enum Kind: Hashable, Sendable {
    /// This many new nodeIds.
    case newIdentity(count: Int)
    /// A new certificate for a nodeId that the applicant has.
    case renewal
  }

  /// What is asked for.
  public var kind: Kind
  /// The account whose secret was given and is right; nil when none was given.
  public var account: AccountName?
  /// Where the request comes from, as the connection shows it.
  public var peer: IPAddress
  /// The address to certify; nil for the peer's on the policy's default port.
  public var address: NodeAddress?
  /// The peer's autonomous system; nil or 0 when the map does not know it.
  public var autonomousSystem: UInt32?
  /// The public key to certify as DER SubjectPublicKeyInfo; the puzzle is bound to it.
  public var subjectPublicKeyInfo: [UInt8]
  /// The puzzle's solution, if one was sent.
  public var solution: PuzzleSolution?

  /// A request from its parts.
  public init(
    kind: Kind = .newIdentity(count: 1), account: AccountName? = nil, peer: IPAddress,
    address: NodeAddress? = nil, autonomousSystem: UInt32? = nil,
    subjectPublicKeyInfo: [UInt8] = [], solution: PuzzleSolution? = nil
  ) {
    self.kind = kind
    self.account = account
    self.peer = peer
    self.address = address
    self.autonomousSystem = autonomousSystem
    self.subjectPublicKeyInfo = subjectPublicKeyInfo
    self.solution = solution
  }
}

/// The verdict on a request.
public enum AdmissionDecision: Hashable, Sendable {
  /// What was granted; everything it costs is booked.
  case admitted(AdmissionGrant)
  /// Why not; nothing was booked.
  case refused(AdmissionRefusal)
}

/// What an admitted applicant gets.
public struct AdmissionGrant: Hashable, Sendable {
  /// Something that the operator should know.
  public enum Warning: Hashable, Sendable, CustomStringConvertible {
    /// The certified address is not the one that the request came from.
    case addressMismatch(certified: IPAddress, peer: IPAddress)

    /// One sentence.
    public var description: String {
      switch self {
      case .addressMismatch(let certified, let peer):
        "the certified address \(certified) is not the peer's, \(peer)"
      }
    }
  }

  /// New nodeIds to assign; 0 for a renewal.
  public let newNodeIds: Int
  /// The address to certify.
  public let address: NodeAddress
  /// Credits charged.
  public let chargedCredits: Int64
  /// Credits that the account has left; nil without an account.
  public let creditsLeft: Int64?
  /// At most one of each kind.
  public let warnings: [Warning]
}

/// Why a request was refused.
public struct AdmissionRefusal: Hashable, Sendable, CustomStringConvertible {
  /// The rule that was broken.
  public enum Reason: Hashable, Sendable {
    /// The policy wants an account and none was given.
    case accountMissing
    /// There is no such account.
    case unknownAccount
    /// More nodeIds than one request may ask for, or fewer than one.
    case tooManyNodeIds(allowed: Int)
    /// The address is not the peer's.
    case addressMismatch(claimed: IPAddress, peer: IPAddress)
    /// The account has as many identities in force as it may have.
    case identityCap(allowed: Int)
    /// The account cannot pay.
    case insufficientCredit(needed: Int64, balance: Int64)
    /// Too many too fast; conforms after so many microseconds.
    case rateLimited(LimitScope, RateLimit, waitMicroseconds: Int64)
    /// The policy wants a solved puzzle.
    case puzzleMissing(difficultyBits: Int)
    /// The solution does not solve this puzzle.
    case puzzleWrong
    /// The solution is for an epoch that is over or has not begun.
    case puzzleStale
    /// The solution was used before.
    case puzzleReplayed
  }

  /// What helps.
  public enum Cure: Hashable, Sendable {
    /// Waiting: after this many seconds, rounded up, the same request conforms to every limit.
    case wait(seconds: Int64)
    /// Something must be changed; waiting does not help.
    case change
    /// Someone must show who it is first.
    case identify
    /// It was asked before: nothing helps but a fresh attempt.
    case conflict
  }

  /// The rule that was broken.
  public let reason: Reason

  /// A refusal for this reason.
  public init(_ reason: Reason) {
    self.reason = reason
  }

  /// The stable word of the reason, for programs.
  public var word: String {
    switch reason {
    case .accountMissing: "accountMissing"
    case .unknownAccount: "unknownAccount"
    case .tooManyNodeIds: "tooManyNodeIds"
    case .addressMismatch: "addressMismatch"
    case .identityCap: "identityCap"
    case .insufficientCredit: "insufficientCredit"
    case .rateLimited: "rateLimited"
    case .puzzleMissing: "puzzleMissing"
    case .puzzleWrong: "puzzleWrong"
    case .puzzleStale: "puzzleStale"
    case .puzzleReplayed: "puzzleReplayed"
    }
  }

  /// What helps.
  public var cure: Cure {
    switch reason {
    case .rateLimited(_, _, let wait):
      .wait(seconds: wait / 1_000_000 + (wait % 1_000_000 > 0 ? 1 : 0))
    case .puzzleReplayed: .conflict
    case .accountMissing, .unknownAccount: .identify
    case .tooManyNodeIds, .addressMismatch, .identityCap, .insufficientCredit, .puzzleMissing,
      .puzzleWrong, .puzzleStale:
      .change
    }
  }

  /// Seconds after which the same request conforms; nil when waiting does not help.
  public var retryAfterSeconds: Int64? {
    if case .wait(let seconds) = cure { seconds } else { nil }
  }

  /// One sentence with the remedy.
  public var description: String {
    switch reason {
    case .accountMissing:
      return "enrollment needs an account: send its name and secret"
    case .unknownAccount:
      return "there is no such account, or its secret is wrong: ask the operator for one"
    case .tooManyNodeIds(let allowed):
      return "a request may ask for 1 to \(allowed) nodeIds: send several requests"
    case .addressMismatch(let claimed, let peer):
      return "\(claimed) is not the address that the request comes from, \(peer): enroll from the "
        + "address to be certified"
    case .identityCap(let allowed):
      return "the account may have \(allowed) identities in force: revoke one or let it expire"
    case .insufficientCredit(let needed, let balance):
      return "\(needed) credits are needed and \(balance) are left: buy credits from the operator"
    case .rateLimited(let scope, let limit, _):
      let seconds = retryAfterSeconds ?? 0
      return "too many \(scope.phrase) (\(limit.burst) at once, \(limit.count) per "
        + "\(limit.periodSeconds) s): try again in \(seconds) s"
    case .puzzleMissing(let bits):
      return "a puzzle of \(bits) bits must be solved first: fetch one, solve it, send the solution"
    case .puzzleWrong:
      return "the solution does not fit this address, key and epoch: solve the current puzzle"
    case .puzzleStale:
      return "the solution is for another epoch: solve the current puzzle"
    case .puzzleReplayed:
      return "the solution was used before: solve the puzzle again, starting from another value"
    }
  }
}
