import ProtocolTime
public import SecureRouting

/// What one trial came to.
///
/// Everything is of the time from the first lookup on, unless it says otherwise.
public struct EventTrialOutcome: Sendable, Equatable {
  /// Lookups that count: those whose source stayed until their end.
  public var lookups: Int
  /// Lookups whose source left before their end; they count nowhere else.
  public var abandoned: Int
  /// Plain: delivered at an honest root. Secure: the message came to every honest node that was a
  /// replica root all the while, and there was one. Reads: they ended with the object.
  public var complete: Int
  /// An honest node that has the key's root within its leaf set had the message. For plain lookups
  /// by that leaf set, for secure ones by the engine's ring; not counted for reads.
  public var reached: Int
  /// Plain: the key's root was faulty at the start. Secure: no honest node was a replica root all
  /// the while. Reads: they did not end with the object, and no honest node had it.
  public var vacuous: Int
  /// Secure: the failure test, or its time-out, made redundant routing start.
  public var positives: Int
  /// Secure: the caller was content with a root set that passed the failure test, and an expected
  /// node has not got the message.
  public var falselyAccepted: Int
  /// Secure: deliveries at honest nodes that were no replica roots at the start nor at the end.
  public var atOthers: Int
  /// Reads: plain routing was not enough.
  public var fellBack: Int
  /// Reads: the caller was content with octets that are not the object.
  public var forged: Int
  /// Reads: the caller was told that there is no object, and believed it, while an honest node had
  /// it.
  public var falselyAbsent: Int
  /// Secure: calls by `SecureResult.Outcome`; see `count(of:)`.
  public var outcomes: [Int]
  /// Lookups that had not ended at their deadline.
  public var unanswered: Int
  /// Plain: lookups delivered. Secure: calls that ended. Reads: those that ended. The three below
  /// are over these.
  public var answered: Int
  /// Plain: the sum of their hops.
  public var hops: Int
  /// Secure: the sum of their rounds.
  public var rounds: Int
  /// Their mean time from start to end, in seconds; zero when there are none.
  public var delay: Double
  /// Messages for lookups: each hop of a routed one, requests and answers of reads, and all of
  /// secure routing, that of arriving nodes included; acknowledgements and joins through one
  /// contact are not.
  public var messages: Int
  /// All messages of the protocol, those that keep up the overlay included.
  public var allMessages: Int
  /// Messages that the adversary sent besides.
  public var adversaryMessages: Int
  /// Nodes that started after the overlay was there, in the whole trial.
  public var arrivals = 0
  /// Those of them that came into the overlay.
  public var joins = 0
  /// The mean time that they took, in seconds; zero when there are none.
  public var joinDelay = 0.0
  /// Events of the whole trial.
  public var events = 0
  /// Stands for all of them.
  public var digest: TraceDigest

  init(_ counters: SimulationCounters, _ digest: TraceDigest) {
    let secure = counters.secure
    let reads = counters.reads
    let delivered = counters.delivered + counters.misdelivered
    lookups = Int(
      counters.lookups + secure.calls + reads.started - counters.abandoned - secure.abandoned
        - reads.abandoned)
    abandoned = Int(counters.abandoned + secure.abandoned + reads.abandoned)
    complete = Int(counters.delivered + secure.complete + reads.found)
    reached = Int(counters.reached + secure.reached)
    vacuous = Int(secure.vacuous + reads.vacuous)
    fellBack = Int(reads.fellBack)
    forged = Int(reads.forged)
    falselyAbsent = Int(reads.falselyAbsent)
    positives = Int(secure.positives)
    falselyAccepted = Int(secure.missed[Int(SecureResult.Outcome.tested.rawValue)])
    atOthers = Int(secure.atOthers)
    outcomes = secure.outcomes.map(Int.init)
    unanswered = Int(counters.overdue + secure.overdue + reads.overdue)
    answered = Int(delivered + secure.completed + reads.completed)
    hops = counters.hops.indices.reduce(0) { $0 + $1 * Int(counters.hops[$1]) }
    rounds = Int(secure.rounds)
    let time = (counters.lookupDelay + secure.delay + reads.delay).seconds
    delay = answered > 0 ? time / Double(answered) : 0
    messages = Int(counters.sent[MessageKind.lookup.rawValue] + secure.messages + reads.messages)
    allMessages = Int(counters.messages)
    adversaryMessages = Int(counters.adversaryMessages)
    self.digest = digest
  }

  /// Secure calls that ended in this way.
  public func count(of outcome: SecureResult.Outcome) -> Int {
    outcomes[Int(outcome.rawValue)]
  }
}
