import Adversary
import Foundation
import ProtocolTime
import RouteSampling
import Testing

@testable import Campaigns

/// The small campaign on both engines.
let bothEngines =
  smallSpec
  .replacing("engine: sampling", with: "engine: [sampling, events]")
  .replacing("series: [router, attack]", with: "series: [router, attack, engine]")

/// Campaign files of the event engine.
@Suite struct EventCampaignTests {
  private static let eventsAlone = smallSpec.replacing("engine: sampling", with: "engine: events")

  private func spec(_ text: String) throws -> CampaignSpec {
    try CampaignSpec(parsing: text, file: "small.yaml")
  }

  @Test func anEngineIsAnAxis() throws {
    let sampling = try CampaignPlan(parsing: smallSpec)
    let events = try CampaignPlan(parsing: Self.eventsAlone)
    let both = try CampaignPlan(parsing: bothEngines)
    // One engine after the other, each with the cells that it has alone.
    #expect(both.cells.map(\.identity) == (sampling.cells + events.cells).map(\.identity))
    #expect(both.cells.prefix(24).allSatisfy { $0.parameters.engine == .sampling })
    #expect(both.cells.suffix(24).allSatisfy { $0.parameters.engine == .events })
    #expect(both.specHash != sampling.specHash)
    #expect(both.cells[24].title.hasSuffix("f = 0.0, events"))
    let swapped = try CampaignPlan(
      parsing: bothEngines.replacing("[sampling, events]", with: "[events, sampling]"))
    #expect(swapped.cells.map(\.identity) == (events.cells + sampling.cells).map(\.identity))
  }

  @Test func aPassOfTheEventEngineHasOneCell() throws {
    let plan = try CampaignPlan(parsing: bothEngines)
    #expect(
      plan.passes(of: plan.cells).map(\.count) == Array(repeating: 6, count: 4)
        + Array(repeating: 1, count: 24))
    // Runs of the protocol cost far more than routes on a graph.
    let sampling = try CampaignPlan(parsing: smallSpec).estimate
    #expect(plan.estimate.coreSeconds > 100 * sampling.coreSeconds)
    #expect(plan.estimate.overlays == 1)
  }

  @Test func theIdentityOfAnEventCellIsPinned() throws {
    let cell = try CampaignPlan(parsing: Self.eventsAlone).cells[1]
    #expect(
      cell.parameters.canonical.text
        == #"{"attacks":[{"name":"drop","parameters":{}}],"coalitionFraction":0.1,"#
        + #""engine":"events","events":{"churn":null,"delivered":"every","#
        + #""network":{"sphere":0.15},"replicas":8},"faultyFraction":0.1,"overlay":{"#
        + #""digitBits":4,"ids":{"random":true},"leafSetSize":16,"nodes":1000},"#
        + #""precision":{"confidence":0.95,"minBatches":30,"routes":4000,"routesPerBatch":100},"#
        + #""router":{"name":"prefix"},"success":"replica-roots"}"#)
  }

  @Test func eventSettingsAreRead() throws {
    let defaults = try #require(try spec(Self.eventsAlone).events)
    #expect(defaults == EventSettings())
    let given = try spec(
      Self.eventsAlone
        + "\nevents: {network: plane:100ms, churn: 2.3h, warmUp: 2h, replicas: 4, "
        + "delivered: any}\n")
    var expected = EventSettings()
    expected.network = .plane(side: .milliseconds(100))
    expected.churn = .seconds(8_280)
    expected.warmUp = .hours(2)
    expected.replicas = 4
    expected.delivered = .any
    #expect(given.events == expected)
    for (text, network) in [
      ("sphere", EventNetwork.sphere(farthest: .milliseconds(150))),
      ("constant", .constant(.milliseconds(50))),
      ("constant:1.5s", .constant(.milliseconds(1_500))),
      ("transit-stub", .transitStub),
    ] {
      let spec = try spec(Self.eventsAlone + "\nevents: {network: '\(text)', churn: none}\n")
      #expect(spec.events?.network == network)
      #expect(spec.events?.churn == nil)
    }
    #expect(try spec(smallSpec).events == nil)
  }

  @Test func settingsNameEventCellsAlone() throws {
    let plain = try CampaignPlan(parsing: bothEngines)
    let churning = try CampaignPlan(parsing: bothEngines + "\nevents: {churn: 1h}\n")
    #expect(plain.cells.prefix(24).map(\.identity) == churning.cells.prefix(24).map(\.identity))
    #expect(
      Set(plain.cells.suffix(24).map(\.identity))
        .isDisjoint(with: churning.cells.map(\.identity)))
    // Leaf sets bound the default of r, overlay by overlay: no cell depends on another one.
    let narrow = try CampaignPlan(
      parsing: bothEngines.replacing("leafSetSize: 16", with: "leafSetSize: [8, 16]")
        .replacing("copies: 16", with: "copies: 8"))
    let replicas = narrow.cells.compactMap { cell in
      cell.parameters.events.map { [cell.parameters.overlay.leafSetSize, $0.replicas] }
    }
    #expect(Set(replicas) == [[8, 5], [16, 8]])
  }

  @Test func aFilterSelectsAnEngine() throws {
    let plan = try CampaignPlan(
      parsing: bothEngines + "\nexclude:\n  - {engine: sampling, router: anycast}\n")
    #expect(plan.cells.count == 36)
    // A reference without an engine keeps the hash that it had before there were two.
    let reference = try CampaignPlan(
      parsing: bothEngines.replacing("    router: prefix", with: "    engine: events"))
    let cells = reference.cells.filter { reference.reference(for: $0) != nil }
    #expect(cells.allSatisfy { $0.parameters.engine == .events })
    #expect(!cells.isEmpty)
  }

  /// The campaign of both engines, or of one, with one line replaced.
  struct Refusal: CustomTestStringConvertible, Sendable {
    let engines: String
    let line: String
    let by: String
    let place: String
    let says: String
    var testDescription: String { "\(engines): \(by)" }
  }

  static let refusals: [Refusal] = [
    Refusal(
      engines: "[sampling, formulas]", line: "seed: 7", by: "seed: 8", place: "4:20",
      says: "engine[1] cannot be 'formulas'"),
    Refusal(
      engines: "[events, events]", line: "seed: 7", by: "seed: 8", place: "4:18",
      says: "lists events twice"),
    Refusal(
      engines: "sampling", line: "seed: 7", by: "seed: 7\nevents: {churn: 2h}", place: "6:9",
      says: "write `engine: events`"),
    Refusal(
      engines: "events", line: "seed: 7", by: "seed: 7\nevents: {chrun: 2h}", place: "6:10",
      says: "Did you mean 'churn'?"),
    Refusal(
      engines: "events", line: "seed: 7", by: "seed: 7\nevents: {churn: 2 h}", place: "6:17",
      says: "such as 2.3h"),
    Refusal(
      engines: "events", line: "seed: 7", by: "seed: 7\nevents: {warmUp: 25h}", place: "6:18",
      says: "a time before the first lookup"),
    Refusal(
      engines: "events", line: "seed: 7", by: "seed: 7\nevents: {churn: 3s}", place: "6:17",
      says: "from 1min"),
    Refusal(
      engines: "events", line: "seed: 7", by: "seed: 7\nevents: {network: ring}", place: "6:19",
      says: "transit-stub"),
    Refusal(
      engines: "events", line: "seed: 7", by: "seed: 7\nevents: {network: sphere:2min}",
      place: "6:19", says: "up to 1min"),
    Refusal(
      engines: "events", line: "seed: 7", by: "seed: 7\nevents: {replicas: 10}", place: "6:20",
      says: "must be in 1...9"),
    Refusal(
      engines: "events", line: "seed: 7", by: "seed: 7\nmethod: trials", place: "6:9",
      says: "engine events runs the protocol"),
    Refusal(
      engines: "events", line: "  leafSetSize: 16", by: "  leafSetSize: 16\n  tables: constrained",
      place: "11:11", says: "belongs to engine sampling"),
    Refusal(
      engines: "events", line: "  nodes: 1000", by: "  nodes: 2000000", place: "7:3",
      says: "at most 1000000 nodes"),
    Refusal(
      engines: "[sampling, events]", line: "{name: anycast, copies: 16}", by: "fortified",
      place: "11:19", says: "These do: prefix, anycast, cluster-iterative, sec-route."),
    Refusal(
      engines: "[sampling, events]", line: "{name: anycast, copies: 16}",
      by: "{name: cluster-iterative, slotEntries: 2}", place: "11:58",
      says: "slotEntries has no meaning on engine events"),
    Refusal(
      engines: "[sampling, events]", line: "{name: anycast, copies: 16}",
      by: "{name: sec-route, without: redundancy}", place: "11:46",
      says: "without has no meaning on engine sampling"),
    Refusal(
      engines: "[sampling, events]", line: "seed: 7", by: "seed: 7\nsuccess: path", place: "6:10",
      says: "cannot tell success path"),
    Refusal(
      engines: "events", line: "seed: 7", by: "seed: 7\nsuccess: root", place: "6:10",
      says: "not for 'anycast'"),
    Refusal(
      engines: "sampling", line: "    router: prefix", by: "    engine: events", place: "19:13",
      says: "It runs on: sampling."),
  ]

  @Test(arguments: refusals)
  func whatAnEngineCannotDoIsRefusedWithItsPlace(refusal: Refusal) throws {
    let text =
      smallSpec
      .replacing("engine: sampling", with: "engine: \(refusal.engines)")
      .replacing(refusal.line, with: refusal.by, maxReplacements: 1)
    let error = try #require(throws: CampaignError.self) { try spec(text) }
    #expect(error.code == .badSpec)
    #expect(error.description.contains(refusal.says), "\(error)")
    #expect(error.description.hasPrefix("small.yaml:\(refusal.place)"), "\(error)")
  }

  @Test func bothEnginesLoseAKeyToChosenIds() throws {
    let text = bothEngines.replacing("  - drop", with: "  - {name: chosen-ids, count: 32}")
    let engine = CampaignEngine(seed: 7, identifiers: nil)
    let cells = try CampaignPlan(parsing: text).cells.filter {
      $0.parameters.attack.adversary.identities.chosenIdentifiers > 0
        && $0.parameters.faultyFraction == 0
    }
    #expect(cells.map(\.parameters.engine) == [.sampling, .sampling, .events, .events])
    for cell in cells {
      let outcome = try engine.sampler(for: [cell]).sample(batch: 0)
      #expect(outcome.routes == 100 && outcome.lanes[0].deliveredMean == 0)
    }
    // With half as many as the root's leaf set holds, honest nodes still know the root. One route
    // meets a chosen id before such a node more often on the protocol's tables: there eight of
    // about twelve candidates for the slot next to the key are chosen ones, and any may have it.
    let fewer = try CampaignPlan(
      parsing: text.replacing("count: 32", with: "count: 8") + "\nevents: {delivered: any}\n"
    ).cells.filter {
      $0.parameters.attack.adversary.identities.chosenIdentifiers > 0
        && $0.parameters.faultyFraction == 0
    }
    let reached = try fewer.map {
      try engine.sampler(for: [$0]).sample(batch: 0).lanes[0].deliveredMean
    }
    #expect(reached[0] > 0.6 && reached[2] < 0.5, "\(reached)")
    #expect(reached[1] > 0.9 && reached[3] > 0.9, "\(reached)")
  }

  @Test func boughtIdentitiesNeedNoFormOfTheirOwn() throws {
    let text = bothEngines.replacing("  - drop", with: "  - {name: sybil, budget: 2000}")
    let attack = try spec(text).attacks[0]
    #expect(attack.adversary.identities.purchase?.identities == 100)
    // Who has only bought ids keeps silent on both engines.
    #expect(attack.adversary.protocolAttacks.map { type(of: $0).descriptor.name } == ["drop"])
    let armed = try spec(
      bothEngines.replacing("  - drop", with: "  - [{name: sybil, budget: 20}, misroute]"))
    #expect(
      armed.attacks[0].adversary.protocolAttacks.map { type(of: $0).descriptor.name }
        == ["misroute"])
  }

  @Test(arguments: [
    ("150ms", 150_000_000), ("2.3h", 8_280_000_000_000), ("1d", 86_400_000_000_000),
    ("7ns", 7), ("1.5us", 1_500), ("90min", 5_400_000_000_000), ("2m", 120_000_000_000),
  ])
  func aSpanIsANumberAndItsUnit(text: String, nanoseconds: UInt64) {
    #expect(TimeSpan(text: text)?.nanoseconds == nanoseconds)
  }

  @Test(arguments: ["", "h", "5", "5 h", "-1h", "1e3s", "1hh", "٣h", "1.2.3s", "99999999999d"])
  func whatIsNoSpanIsRefused(text: String) {
    #expect(TimeSpan(text: text) == nil)
  }
}
