import Admission
import CertificateAuthority
import Foundation
import Logging
import NodeCredentials
import RingIdentifiers
import Testing

@testable import EnrollmentServer

/// Applicants who do as they should, over RELOAD's enrollment and EST, with curl and openssl.
@Suite(
  .enabled(if: ForeignProgram.areInstalled, "needs curl and openssl; \"make setup\" installs them"))
struct EnrollmentTests {
  /// The nodeId that a certificate names, as openssl prints it.
  private func nodeId(_ der: [UInt8], _ bench: ServerBench) async throws -> String {
    let file = try bench.scratch.write(der, UUID().uuidString)
    let read = try await ForeignProgram.openssl.run([
      "x509", "-inform", "DER", "-in", file, "-noout", "-subject",
    ])
    return String(read.output.trimmingCharacters(in: .newlines).suffix(40))
  }

  @Test func reloadTakesDERAndPEM() async throws {
    try await ServerBench.with { bench in
      let (der, _) = try await bench.request()
      let pem = try PEM.encode(der, label: "CERTIFICATE REQUEST")
      for body in [der, pem] {
        let reply = try await bench.post("/enroll", body)
        #expect(reply.status == 200, "\(reply.text)")
        #expect(reply.header("content-type") == "application/pkix-cert")
        #expect(reply.header("cache-control") == "no-store")
        #expect(reply.header("strict-transport-security") != nil)
        #expect(reply.header("serial")?.count == 32)
        #expect(try await reply.header("node-id") == nodeId(reply.body, bench))
        try bench.checkProof(reply, reply.body)
        let file = try bench.scratch.write(
          PEM.encode(reply.body, label: "CERTIFICATE"), "node.crt")
        let paths = AuthorityDirectory(bench.url)
        let verified = try await ForeignProgram.openssl.run([
          "verify", "-CAfile", paths.rootCertificate.path, "-untrusted",
          paths.issuingCertificate.path, file,
        ])
        #expect(verified.status == 0, "\(verified.output)")
      }
    }
  }

  @Test func severalNodeIdsComeAsABundleWithAProofEach() async throws {
    try await ServerBench.with { bench in
      let (der, _) = try await bench.request()
      let reply = try await bench.post("/enroll?nodeids=3&address=192.0.2.9:4001", der)
      #expect(reply.status == 200, "\(reply.text)")
      #expect(reply.header("content-type") == "application/pkcs7-mime; smime-type=certs-only")
      // The address is not the peer's, and the policy only warns.
      #expect(reply.header("warning")?.contains("192.0.2.9") == true)
      let text = Array(Data(reply.body).base64EncodedString().utf8)
      let certificates = try await bench.estCertificates(
        Reply(status: 200, headers: [], body: text))
      #expect(certificates.count == 3)
      #expect(Set(reply.all("node-id")).count == 3)
      for (index, certificate) in certificates.enumerated() {
        #expect(try await reply.all("node-id")[index] == nodeId(certificate, bench))
        try bench.checkProof(reply, certificate, index)
      }
    }
  }

  @Test func estEnrollsAndRenewsUnderTheSameNodeId() async throws {
    try await ServerBench.with { bench in
      let cacerts = try await bench.curl("/.well-known/est/cacerts")
      #expect(cacerts.status == 200)
      #expect(cacerts.header("content-transfer-encoding") == "base64")
      #expect(cacerts.header("content-type") == "application/pkcs7-mime; smime-type=certs-only")
      #expect(try await bench.estCertificates(cacerts) == bench.authority.authorityCertificates)

      let attributes = try await bench.curl("/.well-known/est/csrattrs")
      #expect(attributes.header("content-type") == "application/csrattrs")
      let file = try bench.scratch.write(
        [UInt8](
          try #require(Data(base64Encoded: attributes.text.trimmingCharacters(in: .newlines)))),
        "csrattrs")
      let parsed = try await ForeignProgram.openssl.run([
        "asn1parse", "-inform", "DER", "-in", file,
      ])
      #expect(parsed.status == 0 && parsed.output.contains("ecPublicKey"), "\(parsed.output)")

      let (der, key) = try await bench.request()
      let body = Array(Data(der).base64EncodedString(options: .lineLength64Characters).utf8)
      let first = try await bench.post("/.well-known/est/simpleenroll", body)
      #expect(first.status == 200, "\(first.text)")
      let certificate = try #require(try await bench.estCertificates(first).first)
      try bench.checkProof(first, certificate)
      let id = try await nodeId(certificate, bench)

      let (again, _) = try await bench.request(key: key, subject: "/CN=\(id)")
      let renewal = try await bench.post(
        "/.well-known/est/simplereenroll", Array(Data(again).base64EncodedString().utf8))
      #expect(renewal.status == 200, "\(renewal.text)")
      let renewed = try #require(try await bench.estCertificates(renewal).first)
      #expect(try await nodeId(renewed, bench) == id)
      #expect(renewed != certificate)
      #expect(renewal.header("serial") != first.header("serial"))
      try bench.checkProof(renewal, renewed)

      // Another key may not have it, and what was never issued cannot be renewed.
      let (other, _) = try await bench.request(subject: "/CN=\(id)")
      let stolen = try await bench.post(
        "/.well-known/est/simplereenroll", Array(Data(other).base64EncodedString().utf8))
      #expect(stolen.status == 403)
      #expect(try stolen.problem() == "notYours")
      let absent = String(repeating: "0", count: 40)
      let (unknown, _) = try await bench.request(subject: "/CN=\(absent)")
      let refused = try await bench.post(
        "/.well-known/est/simplereenroll", Array(Data(unknown).base64EncodedString().utf8))
      #expect(refused.status == 404)
      #expect(try refused.problem() == "unknownNode")
    }
  }

  @Test func accountsAreAskedForTheirSecret() async throws {
    let policy =
      "accounts: required\ntestnet: true\naddressBinding: warn\nsecretCostLog2: 10\n"
      + "creditsPerAccount: 10\n"
    let secret = "correct horse battery staple"
    try await ServerBench.with(
      policy: policy, level: .debug,
      prepare: { authority in
        try authority.openAccount(
          try #require(AccountName("alice")),
          secret: SecretHash(hashing: Array(secret.utf8), cost: .least), credits: 3,
          at: ServerBench.now())
      }
    ) { bench in
      let (der, _) = try await bench.request()
      let basic = try await bench.post("/enroll", der, ["-u", "alice:\(secret)"])
      #expect(basic.status == 200, "\(basic.text)")
      let encoded = secret.replacingOccurrences(of: " ", with: "%20")
      let query = try await bench.post("/enroll?username=alice&password=\(encoded)", der)
      #expect(query.status == 200, "\(query.text)")
      let quota = try await bench.curl("/quota", ["-u", "alice:\(secret)"])
      #expect(quota.status == 200 && quota.text.contains("\"credits\":1"), "\(quota.text)")
      for arguments in [[], ["-u", "alice:wrong"], ["-u", "bob:\(secret)"], ["-u", ":"]] {
        let refused = try await bench.post("/enroll", der, arguments)
        #expect(refused.status == 401, "\(arguments)")
        #expect(refused.header("www-authenticate")?.hasPrefix("Basic") == true)
        #expect(try refused.problem() == "credentials")
      }
      let malformed = try await bench.post("/enroll", der, ["-H", "Authorization: Bearer x"])
      #expect(malformed.status == 400)
      #expect(try malformed.problem() == "malformed")
      // The third credit goes, the fourth is not there.
      #expect(try await bench.post("/enroll", der, ["-u", "alice:\(secret)"]).status == 200)
      let poor = try await bench.post("/enroll", der, ["-u", "alice:\(secret)"])
      #expect(poor.status == 403)
      #expect(try poor.problem() == "insufficientCredit")
      // Every record is JSON, and none holds a secret or what Authorization said.
      let code = Data("alice:\(secret)".utf8).base64EncodedString()
      #expect(!bench.log.all.isEmpty)
      for line in bench.log.all {
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
        let record = try #require(object as? [String: String], "\(line)")
        #expect(Set(["time", "level", "message"]).isSubset(of: record.keys))
        #expect(record["time"]?.hasSuffix("Z") == true)
        #expect(line.hasSuffix("}\n") && line.dropLast().allSatisfy { !$0.isNewline })
        for hidden in ["horse", encoded, code, "wrong"] {
          #expect(!line.contains(hidden), "\(line)")
        }
      }
    }
  }
}
