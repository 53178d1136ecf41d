import CertificateAuthority
import Foundation
import NodeCredentials
import Testing

@Suite struct ProfileTests {
  private static let profiles = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("ca/profiles")

  private func read(_ name: String) throws -> CertificateProfile {
    let url = ProfileTests.profiles.appendingPathComponent(name)
    return try CertificateProfile(
      yaml: String(contentsOf: url, encoding: .utf8), path: url.path)
  }

  @Test func thePublishedProfilesAreTheOnesInUse() throws {
    #expect(try read("golden.yaml") == CertificateProfile())
    var expected = CertificateProfile()
    expected.keyAlgorithm = .ed25519
    #expect(try read("golden-ed25519.yaml") == expected)
    let names = try FileManager.default.contentsOfDirectory(atPath: ProfileTests.profiles.path)
    // The others are policies of enrollment, see AdmissionTests.
    #expect(
      names.filter { !$0.hasPrefix("policy-") }.sorted() == ["golden-ed25519.yaml", "golden.yaml"])
  }

  @Test func aProfileReadsAsItPrints() throws {
    var profile = CertificateProfile()
    profile.keyAlgorithm = .ed25519
    profile.nodeValidityDays = 7
    profile.revocationListURL = "http://lists.example/{overlay}.crl"
    #expect(try CertificateProfile(yaml: profile.yaml, path: "p") == profile)
  }

  @Test(arguments: [
    ("", 1), ("- a", 1), ("nodeValidityDays: 0", 1), ("nodeValidityDays: -1", 1),
    ("nodeValidityDays: ten", 1), ("nodeValidityDays: 1e3", 1), ("keyAlgorithm: rsa", 1),
    ("keyAlgorithm: p256\nnodeLifetime: 3", 2), ("revocationListURL: ftp://x/", 1),
    ("revocationListURL: \"http://a b/\"", 1), ("backdateSeconds: 86401", 1),
  ])
  func wrongSettingsAreNamedWithTheirLine(_ text: String, _ line: Int) throws {
    let error = try authorityError { _ = try CertificateProfile(yaml: text, path: "p.yaml") }
    guard case .invalid("p.yaml", line, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.exitCode == 65)
  }

  @Test func brokenYAMLIsNamedWithItsLine() throws {
    for text in ["a: [1", "a: b: c", "\t", "a: 1\na: 2", "a: &x *x"] {
      let error = try authorityError { _ = try CertificateProfile(yaml: text, path: "p.yaml") }
      #expect(error?.exitCode == 65, "\(text)")
    }
  }

  @Test func theGoldenProfileCutAnywhereNeverCrashes() throws {
    let text = CertificateProfile().yaml
    var refused = 0
    for count in 0..<text.utf8.count {
      let cut = String(decoding: text.utf8.prefix(count), as: UTF8.self)
      let error = try authorityError { _ = try CertificateProfile(yaml: cut, path: "p.yaml") }
      if error != nil { refused += 1 }
    }
    #expect(refused > 0)
  }
}
