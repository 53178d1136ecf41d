public import Pastry
public import ProtocolTime
public import SecureRouting

/// What an attack does in the real protocol: it stands between a faulty node's honest machine and
/// the network, and bends what goes in and out.
///
/// There is one value for each coalition, so what it remembers is what the coalition knows. A
/// faulty node that no attack instructs behaves as an honest one. Attacks of a campaign are asked
/// in the order given; the first that takes a message ends its way. What an attack itself sends, by
/// `AttackScene.send`, goes out as it is: no attack bends the words of another.
public protocol ProtocolForm: Sendable {
  /// A message has arrived at the faulty node `scene.node`.
  /// - Returns: what the honest machine inside gets; nil when it gets nothing.
  mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage?

  /// The honest machine inside `scene.node` wants to send a message.
  /// - Returns: what is sent; nil when nothing is.
  mutating func send(
    _ message: OverlayMessage, to receiver: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage?

  /// The time between two calls of `tick`; nil for an attack that only reacts.
  var tickPeriod: TimeSpan? { get }

  /// Something to do unasked: called once per period for the whole coalition. `scene.node` is a
  /// member that is in the overlay, another one in each call.
  mutating func tick(_ scene: inout AttackScene)

  /// How long messages between a member and anybody else take, if the coalition decides that: it
  /// has hosts next to everybody, which answer in its members' names. nil leaves it to the network.
  var spoofedDelay: TimeSpan? { get }
}

extension ProtocolForm {
  /// Lets everything in.
  public mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? { message }

  /// Lets everything out.
  public mutating func send(
    _ message: OverlayMessage, to receiver: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? { message }

  /// Only reacts.
  public var tickPeriod: TimeSpan? { nil }

  /// Does nothing.
  public mutating func tick(_ scene: inout AttackScene) {}

  /// Leaves delays to the network.
  public var spoofedDelay: TimeSpan? { nil }
}
