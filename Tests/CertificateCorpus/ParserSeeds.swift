import NodeCredentials

/// What the fuzzer starts from, and what the tests replay.
package enum ParserSeeds {
  /// One input.
  package struct Seed: Hashable, Sendable {
    package let name: String
    package let octets: [UInt8]
    package var ending = "der"
  }

  /// The largest input that is a seed: beyond, octets only make the fuzzer slow.
  package static let octetCountMax = 2_048

  /// By folder: the certificates and requests of the corpus, signed by the authority of the parser
  /// bench, and the lists that go with them; requests for status, and messages of the overlay.
  package static func all() throws -> [(folder: String, seeds: [Seed])] {
    let corpus = try Corpus(authority: ParserBench().authority)
    var lists: [String: [UInt8]] = [:]
    var certificates: [Seed] = []
    var requests: [Seed] = []
    for entry in corpus.entries {
      lists[entry.setting.name] = entry.setting.list
      let seed = Seed(name: entry.name, octets: entry.octets)
      if entry.kind == .request { requests.append(seed) } else { certificates.append(seed) }
    }
    let folders = [
      ("certificate", certificates), ("request", requests),
      ("list", lists.sorted { $0.key < $1.key }.map { Seed(name: $0.key, octets: $0.value) }),
      ("status", try statusRequests()), ("message", try MessageExercise.seeds()),
    ]
    return folders.map { ($0, $1.filter { $0.octets.count <= octetCountMax }) }
  }

  /// OCSP requests about one and two certificates, with and without a nonce and a version.
  private static func statusRequests() throws -> [Seed] {
    func entry(_ name: String) throws -> DERTree {
      // CertID by SHA-1, as most clients write it.
      let digest = DERTree(
        0x30, [DERTree(0x06, [0x2B, 0x0E, 0x03, 0x02, 0x1A]), DERTree(0x05, [UInt8]())])
      return DERTree(
        0x30,
        [
          DERTree(
            0x30,
            [
              digest, DERTree(0x04, try Digest.sha1(Array("name".utf8))),
              DERTree(0x04, try Digest.sha1(Array("key".utf8))),
              DERTree(0x02, try CorpusAuthority.serial(name).bytes),
            ])
        ])
    }
    // id-pkix-ocsp-nonce
    let nonce = DERTree(
      0x30,
      [
        DERTree(0x06, [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02]),
        DERTree(0x04, DERTree(0x04, [UInt8](0..<16)).encoded),
      ])
    let extensions = DERTree(0xA2, [DERTree(0x30, [nonce])])
    let version = DERTree(0xA0, [DERTree(0x02, [1])])
    let one = DERTree(0x30, [try entry("a")])
    let two = DERTree(0x30, [try entry("a"), try entry("b")])
    let contents = [
      ("status-one", [one]), ("status-two", [two]), ("status-nonce", [one, extensions]),
      ("status-version", [version, one]), ("status-none", [DERTree(0x30, [DERTree]())]),
    ]
    return contents.map { Seed(name: $0, octets: DERTree(0x30, [DERTree(0x30, $1)]).encoded) }
  }
}
