import Adversary
import Foundation
import Testing

/// The guide on writing attacks shows code that compiles: `Blackout.swift` of this target.
@Suite struct AttackGuideTests {
  private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  @Test func theGuideShowsTheFileThatThisTargetCompiles() throws {
    let source = try String(
      contentsOf: Self.here.appendingPathComponent("Blackout.swift"), encoding: .utf8)
    let guide = try String(
      contentsOf: Self.here.appendingPathComponent("../../docs/guides/attacks.md"),
      encoding: .utf8)
    let example = source.replacingOccurrences(of: "import Adversary\n\n", with: "")
    #expect(guide.contains("```swift\n" + example + "```"))
  }

  @Test func theGuideNamesEveryFieldAndAttack() throws {
    let guide = try String(
      contentsOf: Self.here.appendingPathComponent("../../docs/guides/attacks.md"),
      encoding: .utf8)
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
}
