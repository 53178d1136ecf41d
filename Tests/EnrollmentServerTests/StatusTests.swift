import CertificateAuthority
import Foundation
import NodeCredentials
import Testing
import TransparencyLog

@testable import EnrollmentServer

/// What is published, read by others' programs.
@Suite(
  .enabled(if: ForeignProgram.areInstalled, "needs curl and openssl; \"make setup\" installs them"))
struct StatusTests {
  @Test func opensslReadsTheRevocationList() async throws {
    try await ServerBench.with { bench in
      let paths = AuthorityDirectory(bench.url)
      let der = try await bench.curl("/issuing.crl", plain: true)
      #expect(der.header("content-type") == "application/pkix-crl")
      #expect(der.header("cache-control")?.hasPrefix("public, max-age=") == true)
      let pem = try await bench.curl("/issuing.crl?pem")
      #expect(pem.body == [UInt8](try Data(contentsOf: paths.revocationList)))
      for (reply, form) in [(der, "DER"), (pem, "PEM")] {
        let file = try bench.scratch.write(reply.body, "list.\(form)")
        let read = try await ForeignProgram.openssl.run([
          "crl", "-inform", form, "-in", file, "-CAfile", paths.issuingCertificate.path, "-noout",
        ])
        #expect(read.status == 0 && read.output.contains("verify OK"), "\(read.output)")
      }
    }
  }

  @Test func opensslAsksForAStatus() async throws {
    try await ServerBench.with { bench in
      let paths = AuthorityDirectory(bench.url)
      let (request, _) = try await bench.request()
      let reply = try await bench.post("/enroll", request)
      let certificate = try bench.scratch.write(
        PEM.encode(reply.body, label: "CERTIFICATE"), "node.crt")
      let serial = try #require(reply.header("serial").flatMap { SerialNumber($0) })
      let arguments = [
        "ocsp", "-issuer", paths.issuingCertificate.path, "-cert", certificate, "-CAfile",
        paths.rootCertificate.path, "-url", "http://127.0.0.1:\(bench.plainPort)/ocsp",
      ]
      let good = try await ForeignProgram.openssl.run(arguments)
      #expect(good.output.contains("Response verify OK"), "\(good.output)")
      #expect(good.output.contains("node.crt: good"), "\(good.output)")
      // By GET: the request in the path.
      let file = bench.scratch.file("request.der").path
      _ = try await ForeignProgram.openssl.run([
        "ocsp", "-issuer", paths.issuingCertificate.path, "-cert", certificate, "-no_nonce",
        "-reqout", file,
      ])
      let text = try Data(contentsOf: URL(fileURLWithPath: file)).base64EncodedString()
      let escaped = text.replacingOccurrences(of: "+", with: "%2B")
        .replacingOccurrences(of: "/", with: "%2F").replacingOccurrences(of: "=", with: "%3D")
      let got = try await bench.curl("/ocsp/\(escaped)", plain: true)
      #expect(got.status == 200 && got.header("content-type") == "application/ocsp-response")
      let malformed = try await bench.curl("/ocsp/AAAA", plain: true)
      #expect(malformed.body == OCSPFailure.malformedRequest.der)

      _ = try bench.authority.revoke(
        .serial(serial), reason: .keyCompromise, at: ServerBench.now())
      let revoked = try await ForeignProgram.openssl.run(arguments)
      #expect(revoked.output.contains("node.crt: revoked"), "\(revoked.output)")
    }
  }

  @Test func theOverlayDocumentVerifiesInBothForms() async throws {
    try await ServerBench.with { bench in
      let root = try #require(bench.authority.authorityCertificates.last)
      for (accept, type) in [
        ("*/*", "application/p2p-overlay+xml"), ("application/json", "application/jose+json"),
      ] {
        let reply = try await bench.curl(
          "/.well-known/reload-config", ["-H", "Accept: \(accept)"])
        #expect(reply.header("content-type") == type)
        let document = try OverlayDocument(
          verifying: reply.body, overlay: OverlayName(ServerBench.overlay), root: root,
          at: ServerBench.now())
        #expect(document.configuration.overlay.value == ServerBench.overlay)
      }
    }
  }

  @Test func tilesAreTheFiles() async throws {
    try await ServerBench.with { bench in
      let (request, _) = try await bench.request()
      #expect(try await bench.post("/enroll?nodeids=5", request).status == 200)
      try bench.authority.publishLog()
      let files = AuthorityDirectory(bench.url).log
      for path in ["tile/0/000.p/5", "tile/entries/000.p/5"] {
        let reply = try await bench.curl("/log/\(path)", plain: true)
        #expect(reply.status == 200, "\(path)")
        #expect(reply.body == [UInt8](try Data(contentsOf: files.appendingPathComponent(path))))
        #expect(reply.header("cache-control")?.contains("immutable") == true)
      }
      let checkpoint = try await bench.curl("/log/checkpoint")
      #expect(
        checkpoint.body == [UInt8](try Data(contentsOf: files.appendingPathComponent("checkpoint")))
      )
      #expect(checkpoint.header("cache-control") == "no-store")
      let note = try SignedNote(octets: checkpoint.body)
      #expect(try Checkpoint(text: note.text).size == 5)
    }
  }

  @Test func prometheusReadsTheMetrics() async throws {
    try await ServerBench.with { bench in
      let (request, _) = try await bench.request()
      #expect(try await bench.post("/enroll", request).status == 200)
      #expect(try await bench.curl("/ready").status == 200)
      #expect(try await bench.curl("/nothing").status == 404)
      let page = try await bench.curl("/metrics")
      #expect(page.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
      try expectPrometheus(page.text)
      for line in [
        "redoubt_requests_total{route=\"/enroll\",status=\"200\"} 1",
        "redoubt_enrollments_total{outcome=\"issued\"} 1", "redoubt_certificates 1",
        "redoubt_burnt_ids 0",
      ] {
        #expect(page.text.contains(line + "\n"), "\(page.text)")
      }
    }
  }
}

/// Checks the text format 0.0.4: every sample follows its HELP and TYPE, and histograms add up.
func expectPrometheus(_ text: String) throws {
  #expect(text.hasSuffix("\n"))
  var types: [String: String] = [:]
  var samples: Set<String> = []
  for line in text.split(separator: "\n") {
    if line.hasPrefix("# HELP ") { continue }
    if line.hasPrefix("# TYPE ") {
      let parts = line.split(separator: " ")
      #expect(parts.count == 4 && types[String(parts[2])] == nil, "\(line)")
      types[String(parts[2])] = String(parts[3])
      continue
    }
    let pattern = /([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)/
    let match = try #require(try pattern.wholeMatch(in: String(line)), "\(line)")
    #expect(Double(match.3) != nil || match.3 == "+Inf", "\(line)")
    #expect(samples.insert("\(match.1)\(match.2 ?? "")").inserted, "\(line)")
    let name = String(match.1)
    let family = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }
      .map { String(name.dropLast($0.count)) }
    #expect(types[name] != nil || family.flatMap { types[$0] } == "histogram", "\(line)")
  }
}
