import Adversary
import Foundation
import Pastry
import SecureRouting
import Testing

/// The guide on writing attacks shows code that compiles: `Blackout.swift` and `Mute.swift` of this
/// target.
@Suite struct AttackGuideTests {
  private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  private static func guide() throws -> String {
    try String(
      contentsOf: here.appendingPathComponent("../../docs/guides/attacks.md"), encoding: .utf8)
  }

  @Test(arguments: [
    ("Blackout.swift", "import Adversary\n\n"), ("Mute.swift", "import Adversary\n"),
  ])
  func theGuideShowsTheFilesThatThisTargetCompiles(file: String, head: String) throws {
    let source = try String(
      contentsOf: Self.here.appendingPathComponent(file), encoding: .utf8)
    let example = source.replacingOccurrences(of: head, with: "")
    #expect(try Self.guide().contains("```swift\n" + example + "```"))
  }

  @Test func theGuideNamesEveryFieldAndAttack() throws {
    let guide = try Self.guide()
    for attack in AttackRegistry.all { #expect(guide.contains("`\(attack.name)`")) }
    for field in Mirror(reflecting: StaticForm()).children {
      #expect(guide.contains("`\(field.label ?? "?")`"))
    }
  }

  @Test func theExampleComposes() throws {
    let selection = AttackSelection(
      name: "blackout", parameters: [.init(name: "level", value: "0.5")])
    let attack = try Blackout(
      parameters: AttackParameters(selection, of: Blackout.descriptor))
    let composed = try StaticAdversary(composing: [attack])
    #expect(composed.interception == .silence)
    #expect(composed.suppression == .root)
    #expect(composed.tablePoisoning == 0.5)
  }

  @Test func theProtocolExampleMutesConfirmationsAlone() throws {
    let mute = try Mute(
      parameters: AttackParameters(AttackSelection(name: "mute"), of: Mute.descriptor))
    var stage = try Stage(playing: [mute], members: [1, 5])
    let confirmed = OverlayMessage.secure(.confirmed(nonce: 7))
    #expect(stage.send(confirmed, from: 1, to: 20).message == nil)
    #expect(stage.send(confirmed, from: 1, to: 5).message == confirmed)
    let found = OverlayMessage.secure(.found(nonce: 7))
    #expect(stage.send(found, from: 1, to: 20).message == found)
    #expect(stage.receive(confirmed, from: 20, at: 1).message == confirmed)
  }
}
