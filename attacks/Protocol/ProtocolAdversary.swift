public import Pastry
public import ProtocolTime
public import SecureRouting

/// The adversary of one run of the protocol: its coalitions, and the attacks that each plays.
///
/// The engine asks it about every message to and from a faulty node.
public struct ProtocolAdversary: Sendable {
  private struct Party: Sendable {
    var scene: AttackScene
    var forms: [any ProtocolForm]
    /// The member that acts at the next tick.
    var turn = 0

    mutating func bend(
      _ message: OverlayMessage, at node: Peer, now: Instant,
      _ play: (inout any ProtocolForm, OverlayMessage, inout AttackScene) -> OverlayMessage?
    ) -> OverlayMessage? {
      scene.node = node
      scene.now = now
      var rest = message
      for form in forms.indices {
        guard let next = play(&forms[form], rest, &scene) else { return nil }
        rest = next
      }
      return rest
    }

    mutating func tick(_ form: Int, now: Instant) {
      let members = scene.coalition.members
      guard !members.isEmpty else { return }
      turn = (turn + 1) % members.count
      scene.node = scene.book.peer(members[turn])
      scene.now = now
      forms[form].tick(&scene)
    }
  }

  private var parties: [Party]
  private var present = PresentNodes()
  /// The coalition of each node; -1 for honest ones.
  private let party: ContiguousArray<Int16>
  /// The attacks that act unasked, and how often: one entry for each of them and each coalition.
  public let tickPeriods: [(coalition: Int, form: Int, period: TimeSpan)]
  /// See `ProtocolForm.spoofedDelay`; the least of all attacks.
  public let spoofedDelay: TimeSpan?

  /// Lets coalitions play attacks.
  /// - Parameters:
  ///   - attacks: what each of the coalitions plays, in this order.
  ///   - scenes: one for each coalition; they have no members in common.
  /// - Throws: `AttackError` with code `noProtocolForm`.
  public init(
    playing attacks: [any Attack], on scenes: [AttackScene], nodeCount: Int
  ) throws(AttackError) {
    var forms: [any ProtocolForm] = []
    for attack in attacks {
      guard let form = attack.protocolForm else {
        let name = type(of: attack).descriptor.name
        throw AttackError(
          .noProtocolForm,
          "attack \(name) has no protocol form; run it on the sampling engine or remove it")
      }
      forms.append(form)
    }
    parties = scenes.map { Party(scene: $0, forms: forms) }
    var party = ContiguousArray<Int16>(repeating: -1, count: nodeCount)
    for (number, scene) in scenes.enumerated() {
      for member in scene.coalition.members { party[Int(member.number)] = Int16(number) }
    }
    self.party = party
    tickPeriods = scenes.indices.flatMap { coalition in
      forms.indices.compactMap { form in
        forms[form].tickPeriod.map { (coalition, form, $0) }
      }
    }
    spoofedDelay = forms.compactMap(\.spoofedDelay).min()
  }

  /// Whether a node is faulty.
  /// - Complexity: O(1).
  public func isFaulty(_ node: UInt32) -> Bool { party[Int(node)] >= 0 }

  /// A message has arrived at a faulty node.
  /// - Returns: what its honest machine gets.
  public mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, at node: Peer, now: Instant
  ) -> OverlayMessage? {
    bend(message, at: node, now: now) { form, message, scene in
      form.receive(message, from: sender, &scene)
    }
  }

  /// The honest machine of a faulty node wants to send a message.
  /// - Returns: what is sent.
  public mutating func send(
    _ message: OverlayMessage, from node: Peer, to receiver: NodeIndex, now: Instant
  ) -> OverlayMessage? {
    bend(message, at: node, now: now) { form, message, scene in
      form.send(message, to: receiver, &scene)
    }
  }

  private mutating func bend(
    _ message: OverlayMessage, at node: Peer, now: Instant,
    _ play: (inout any ProtocolForm, OverlayMessage, inout AttackScene) -> OverlayMessage?
  ) -> OverlayMessage? {
    let number = Int(party[Int(node.index.number)])
    guard number >= 0 else { return message }
    return parties[number].bend(message, at: node, now: now, play)
  }

  /// The time of an attack that acts unasked has come.
  /// - Parameter index: a place in `tickPeriods`.
  public mutating func tick(_ index: Int, now: Instant) {
    let (coalition, form, _) = tickPeriods[index]
    // Lent, not copied.
    swap(&parties[coalition].scene.present, &present)
    parties[coalition].tick(form, now: now)
    swap(&parties[coalition].scene.present, &present)
  }

  /// What attacks want done since the last call, coalition by coalition.
  public mutating func takeDeeds() -> ContiguousArray<AttackScene.Deed> {
    var deeds: ContiguousArray<AttackScene.Deed> = []
    for number in parties.indices { deeds += parties[number].scene.takeDeeds() }
    return deeds
  }

  /// A node has joined the overlay.
  public mutating func joined(_ peer: Peer) {
    if !isFaulty(peer.index.number) { present.insert(peer.index) }
    for number in parties.indices { parties[number].scene.coalition.joined(peer) }
  }

  /// A node has left the overlay.
  public mutating func left(_ peer: Peer) {
    present.remove(peer.index)
    for number in parties.indices { parties[number].scene.coalition.left(peer) }
  }
}
