import Foundation
import Testing

@testable import Campaigns

/// The closed forms of the failure test at the claims of its campaign file.
@Suite struct StudyFileTests {
  private static let experiments = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "experiments")

  @Test func theMinimumErrorsMeetTheirClaims() throws {
    let path = Self.experiments.appending(path: "osdi02/failure-test-minimum.yaml").path
    let spec = try CampaignSpec(path: path)
    #expect(spec.formulas.count == 14)
    for row in spec.formulas {
      let published = try #require(row.published)
      let value = CellEstimate(mean: row.value, low: row.value, high: row.value)
      #expect(row.claim.isMet(by: value, claimed: published), "\(row.title)")
    }
  }
}
