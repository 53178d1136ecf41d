import Foundation
import Testing

@testable import Campaigns

/// The campaigns of the studies are valid and compare something.
@Suite struct StudyFileTests {
  private static let experiments = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "experiments")

  @Test(arguments: [
    "osdi02/failure-test", "osdi02/failure-test-samples", "osdi02/hop-test",
    "osdi02/table-updates", "osdi02/table-updates-constrained", "osdi02/quorum-groups",
    "osdi02/chord", "beyond/failure-test-sequential",
  ])
  func aStudyPlansCellsAndComparesThem(name: String) throws {
    let spec = try CampaignSpec(path: Self.experiments.appending(path: name + ".yaml").path)
    #expect(spec.name == name.split(separator: "/").joined(separator: "-"))
    #expect(!spec.figures.isEmpty)
    let plan = try CampaignPlan(spec: spec, identifiers: nil)
    #expect(!plan.cells.isEmpty)
    for reference in spec.references {
      #expect(plan.cells.contains { reference.value(for: $0.parameters) != nil })
    }
  }

  @Test func theMinimumErrorsMeetTheirClaims() throws {
    let path = Self.experiments.appending(path: "osdi02/failure-test-minimum.yaml").path
    let spec = try CampaignSpec(path: path)
    #expect(spec.formulas.count == 14)
    for row in spec.formulas {
      let value = CellEstimate(mean: row.value, low: row.value, high: row.value)
      #expect(row.claim.isMet(by: value, claimed: row.published), "\(row.title)")
    }
  }
}
