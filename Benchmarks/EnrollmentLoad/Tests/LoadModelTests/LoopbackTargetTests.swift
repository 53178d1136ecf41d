import LoadModel
import Testing

@Suite struct LoopbackTargetTests {
  @Test(arguments: [
    ("https://127.0.0.1:8443", "127.0.0.1", 8443), ("https://127.255.0.9:1/", "127.255.0.9", 1),
    ("https://[::1]:65535", "::1", 65_535),
  ])
  func loopbackIsTaken(text: String, host: String, port: Int) throws {
    let target = try LoopbackTarget(text)
    #expect((target.host, target.port) == (host, port))
  }

  @Test(arguments: [
    "https://192.0.2.1:443", "https://example.org:443", "https://localhost:443",
    "https://128.0.0.1:443", "https://127.0.0.1.example.org:443", "https://127.0.0:443",
    "https://127.0.0.256:443", "https://127.0.0.01:443", "https://[::2]:443",
    "https://[::ffff:127.0.0.1]:443", "https://user@127.0.0.1:443", "https://127.0.0.1%0a:443",
    "https://0127.0.0.1:443", "https://0x7f.0.0.1:443", "https://2130706433:443",
  ])
  func everywhereElseIsRefused(text: String) {
    #expect(throws: LoopbackTarget.Refusal.notLoopback) { try LoopbackTarget(text) }
  }

  @Test(arguments: [
    "", "https://", "http://127.0.0.1:80", "https://127.0.0.1", "https://127.0.0.1:",
    "https://127.0.0.1:0", "https://127.0.0.1:65536", "https://127.0.0.1:443/x",
    "https://127.0.0.1:443:443", "https://[::1]", "https://[::1", "127.0.0.1:443",
    "https://127.0.0.1:+443", "https://127.0.0.1:0443",
  ])
  func otherTextsAreRefused(text: String) {
    #expect(throws: LoopbackTarget.Refusal.malformed) { try LoopbackTarget(text) }
  }

  @Test func theHostFieldHasBracketsForVersion6() throws {
    #expect(try LoopbackTarget("https://[::1]:1").authority == "[::1]:1")
    #expect(try LoopbackTarget("https://127.0.0.1:1/").authority == "127.0.0.1:1")
  }
}
