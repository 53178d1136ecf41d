import NodeCredentials
import Testing

@testable import TransparencyLog

@Suite("Verifier keys and names")
struct VerifierKeyTests {
  private static let example =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

  @Test("a key is written and read back, for both kinds")
  func roundTrip() throws {
    let key = try PrivateKey(generating: .ed25519)
    let name = try KeyName("log.example/\u{00E9}")
    let note = try VerifierKey(name: name, kind: .note, publicKey: key.publicKey)
    let cosignature = try VerifierKey(name: name, kind: .cosignature, publicKey: key.publicKey)
    #expect(try VerifierKey("\(note)") == note)
    #expect(try VerifierKey("\(cosignature)") == cosignature)
    #expect(note.id != cosignature.id)
    expectEveryCutRefused(text(Self.example)) { octets throws(TransparencyRejection) in
      _ = try VerifierKey(String(decoding: octets, as: UTF8.self))
    }
  }

  @Test("texts that are no keys")
  func refusals() throws {
    func name(_ text: String) -> String? {
      rejection { () throws(TransparencyRejection) in try VerifierKey(text) }?.name
    }
    let key = Self.example
    #expect(name(key) == nil)
    #expect(name(key + "\n") == "malformed")
    #expect(name(key + "=") == "malformed")
    #expect(name(" " + key) == "malformed")
    #expect(name("+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k") == "malformed")
    #expect(name(key.replacing("530d903a", with: "530D903A")) == "key-id-mismatch")
    #expect(name(key.replacing("530d903a", with: "530d903b")) == "key-id-mismatch")
    #expect(name(key.replacing("530d903a", with: "0530d903a")) == "key-id-mismatch")
    #expect(name(key.replacing("example.com/foo", with: "example.com/fop")) == "key-id-mismatch")
    #expect(name(key.replacing("U2k", with: "U2l")) == "key-id-mismatch")
    // Type 2 is ECDSA, 6 is post-quantum.
    #expect(name(key.replacing("+A", with: "+B")) == "unsupported-key")
    let zero = Base64.text([1] + [UInt8](repeating: 0, count: 32))
    #expect(name("example.com/foo+00000000+\(zero)") == "malformed")
    let short = Base64.text([UInt8](repeating: 1, count: 32))
    #expect(name("example.com/foo+00000000+\(short)") == "malformed")
    let long = String(repeating: "a", count: 256)
    #expect(name("\(long)+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k") == "oversize")
    #expect(name(String(repeating: "a", count: 100_000)) == "oversize")
    let other = try PrivateKey(generating: .p256)
    let plain = try KeyName("example.com/foo")
    #expect(
      rejection { () throws(TransparencyRejection) in
        try VerifierKey(name: plain, kind: .note, publicKey: other.publicKey)
      }?.name == "policy")
  }

  @Test(
    "names that are none",
    arguments: [
      "", " ", "a b", "a+b", "a\u{00A0}b", "a\u{2028}b", "a\u{3000}", "a\tb", "a\nb", "a\u{0}",
      String(repeating: "n", count: 256),
    ])
  func names(name: String) {
    #expect(throws: TransparencyRejection.self) { try KeyName(name) }
  }

  @Test("names and origins are compared octet by octet")
  func exactNames() throws {
    // The same letter, composed and decomposed: equal as Swift strings.
    #expect("\u{00E9}" == "e\u{0301}")
    #expect(try KeyName("\u{00E9}") != KeyName("e\u{0301}"))
    #expect(try LogOrigin("\u{00E9}") != LogOrigin("e\u{0301}"))
    #expect(try KeyName("a") < KeyName("b"))
    // Origins may hold spaces and plus signs, and do in the wild.
    #expect(try "\(LogOrigin("go.sum database tree"))" == "go.sum database tree")
    for origin in ["", "a\nb", "a\rb", String(repeating: "o", count: 256)] {
      #expect(throws: TransparencyRejection.self) { try LogOrigin(origin) }
    }
  }
}

@Suite("Signed notes")
struct SignedNoteTests {
  @Test("a note is written and read back, and every cut is refused")
  func roundTrip() throws {
    let log = try makeLog(entries: 5)
    let witness = try makeCosigner()
    let note = try log.note(5)
    let cosigned = try note.adding([witness.cosign(text: note.text, time: 1_700_000_000)])
    #expect(try SignedNote(octets: cosigned.octets) == cosigned)
    #expect(
      try cosigned.signatures(by: [log.signer.verifierKey, witness.verifierKey]) == [
        VerifiedSignature(key: log.signer.verifierKey, time: nil),
        VerifiedSignature(key: witness.verifierKey, time: 1_700_000_000),
      ])
    // Cut behind the log's line it is still a note, of one signature.
    let octets = note.octets
    expectEveryCutRefused(octets) { octets throws(TransparencyRejection) in
      _ = try SignedNote(octets: octets)
    }
  }

  @Test("no changed bit of a note verifies")
  func changedBits() throws {
    let log = try makeLog(entries: 3)
    let octets = try log.note(3).octets
    let key = log.signer.verifierKey
    var accepted: [Int] = []
    for place in octets.indices {
      for bit in 0..<8 {
        var changed = octets
        changed[place] ^= 1 << UInt8(bit)
        if let note = try? SignedNote(octets: changed),
          let signatures = try? note.signatures(by: [key]), !signatures.isEmpty
        {
          accepted.append(place * 8 + bit)
        }
      }
    }
    #expect(accepted == [])
  }

  @Test("texts that are no notes")
  func malformed() throws {
    let log = try makeLog(entries: 1)
    let octets = try log.note(1).octets
    let string = String(decoding: octets, as: UTF8.self)
    func name(_ string: String) -> String? {
      rejection { () throws(TransparencyRejection) in try SignedNote(octets: text(string)) }?.name
    }
    #expect(name(string) == nil)
    let line = try #require(string.split(separator: "\n").last)
    for wrong in [
      string + "\n", string + "x", String(string.dropLast()), string + "\(line)\n",
      string.replacing("\n", with: "\r\n"), string.replacing("\n\n", with: "\n"),
      string.replacing("\u{2014} ", with: "- "), string.replacing("\u{2014} ", with: "\u{2014}"),
      string.replacing("\u{2014} ", with: "\u{2014}  "), string.replacing("=\n", with: "\n"),
      "\n\u{2014} a AAAAAAE=\n", "a\n\n\u{2014} a AAAAAA==\n", "a\n\n\u{2014} a AAAAAAF=\n",
      "a\n\n\u{2014} a AAAA AAE=\n", "a\n\n\u{2014}  AAAAAAE=\n", "a\n\n\u{2014} a+b AAAAAAE=\n",
      "a\u{0}\n\n\u{2014} a AAAAAAE=\n", "a\t\n\n\u{2014} a AAAAAAE=\n",
    ] {
      #expect(name(wrong) == "malformed", "\(wrong)")
    }
    #expect(name("a\n\n\u{2014} a AAAAAAE=\n") == nil)
    // The last empty line counts, so texts may have some of their own.
    let verse = text("a\n\nb\n\n\u{2014} a AAAAAAE=\n")
    #expect(try SignedNote(octets: verse).text == text("a\n\nb\n"))
    let invalid: [UInt8] = [0xFF] + octets
    #expect(
      rejection { () throws(TransparencyRejection) in try SignedNote(octets: invalid) }?.name
        == "malformed")
  }

  @Test("as many signatures as others make, and no more than 64")
  func sizes() throws {
    func note(_ count: Int, octets: Int) -> [UInt8] {
      let lines = (0..<count).map {
        let signature = [UInt8](repeating: UInt8($0), count: octets)
        return "\u{2014} a\($0) \(Base64.text(signature))\n"
      }
      return text("text\n\n" + lines.joined())
    }
    func name(_ octets: [UInt8]) -> String? {
      rejection { () throws(TransparencyRejection) in try SignedNote(octets: octets) }?.name
    }
    #expect(name(note(16, octets: 5000)) == nil)
    #expect(name(note(64, octets: 76)) == nil)
    #expect(name(note(65, octets: 76)) == "oversize")
    #expect(name(note(1, octets: 8196)) == nil)
    #expect(name(note(1, octets: 8197)) == "oversize")
    #expect(name(note(1, octets: 20_000)) == "oversize")
    #expect(name([UInt8](repeating: 0x61, count: LogLimits.noteOctetsMax + 1)) == "oversize")
    let full = try SignedNote(octets: note(64, octets: 76))
    #expect(throws: TransparencyRejection.self) {
      try full.adding(NoteSignature.lines(text("\u{2014} b AAAAAAE=\n")))
    }
  }

  @Test("unknown keys are ignored, known keys must verify, and each counts once")
  func trust() throws {
    let log = try makeLog(entries: 2)
    let other = try makeLog(entries: 2)
    let witness = try makeCosigner()
    let note = try log.note(2)
    #expect(try note.signatures(by: [other.signer.verifierKey]) == [])
    #expect(try note.signatures(by: [witness.verifierKey]) == [])

    // A line under the log's name and id, made by another.
    let key = log.signer.verifierKey
    let forged = NoteSignature(
      name: key.name, keyId: key.id, octets: try other.note(2).signatures[0].octets)
    let mixed = try note.adding([forged])
    #expect(
      rejection { () throws(TransparencyRejection) in try mixed.signatures(by: [key]) }
        == .badSignature(name: "\(key.name)"))
    let short = try note.adding([NoteSignature(name: key.name, keyId: key.id, octets: [1])])
    #expect(throws: TransparencyRejection.self) { try short.signatures(by: [key]) }

    // Two cosignatures by one witness are one witness, at the later time.
    let early = try witness.cosign(text: note.text, time: 10)
    let late = try witness.cosign(text: note.text, time: 20)
    for lines in [[early, late], [late, early]] {
      #expect(
        try note.adding(lines).signatures(by: [witness.verifierKey]).map(\.time) == [20])
    }
    #expect(try note.adding([early, early]).signatures.count == 2)
    #expect(try note.adding([early]).keeping([key]) == note)
  }

  @Test("a cosignature binds time and text, and is no note signature")
  func cosignatures() throws {
    let log = try makeLog(entries: 2)
    let witness = try makeCosigner()
    let key = witness.verifierKey
    let note = try log.note(2)
    let line = try witness.cosign(text: note.text, time: 1_679_315_147)
    #expect(line.octets.count == 72)
    #expect(
      String(decoding: Cosigner.message(text: text("t\n"), time: 1_679_315_147), as: UTF8.self)
        == "cosignature/v1\ntime 1679315147\nt\n")
    for place in line.octets.indices {
      var octets = line.octets
      octets[place] ^= 1
      let changed = try note.adding([NoteSignature(name: key.name, keyId: key.id, octets: octets)])
      #expect(throws: TransparencyRejection.self) { try changed.signatures(by: [key]) }
    }
    let moved = try log.note(1).adding([line])
    #expect(throws: TransparencyRejection.self) { try moved.signatures(by: [key]) }
    // The same key as a note key has another id, so its line is not taken for a cosignature.
    let noteKey = try VerifierKey(name: key.name, kind: .note, publicKey: key.publicKey)
    #expect(try note.adding([line]).signatures(by: [noteKey]) == [])
    // Times of 2^63 and more are no times.
    let negative = try note.adding([
      NoteSignature(
        name: key.name, keyId: key.id, octets: [0x80] + [UInt8](line.octets.dropFirst()))
    ])
    #expect(throws: TransparencyRejection.self) { try negative.signatures(by: [key]) }
  }
}

@Suite("Checkpoints")
struct CheckpointTests {
  private static let root = MerkleHash.leaf([]).base64

  @Test("a checkpoint is written and read back, and every cut is refused")
  func roundTrip() throws {
    let octets = text("overlay.example/nodes\n42\n\(Self.root)\n")
    let checkpoint = try Checkpoint(text: octets)
    #expect(checkpoint.text == octets)
    #expect(
      checkpoint
        == Checkpoint(
          origin: try LogOrigin("overlay.example/nodes"), size: 42, root: .leaf([])))
    expectEveryCutRefused(octets) { octets throws(TransparencyRejection) in
      _ = try Checkpoint(text: octets)
    }
    let extended = octets + text("one\ntwo three\n")
    #expect(try Checkpoint(text: extended).extensionLines == [text("one"), text("two three")])
    #expect(try Checkpoint(text: extended).text == extended)
    let largest = text("o\n9223372036854775807\n\(Self.root)\n")
    #expect(try Checkpoint(text: largest).size == UInt64(Int64.max))
  }

  @Test(
    "sizes that are none",
    arguments: [
      "", "00", "01", "-1", "+1", " 1", "1 ", "0x1", "1e3", "1.0", "9223372036854775808",
      "18446744073709551616", "99999999999999999999", "\u{0661}",
    ])
  func sizes(size: String) {
    #expect(throws: TransparencyRejection.self) {
      try Checkpoint(text: text("o\n\(size)\n\(Self.root)\n"))
    }
  }

  @Test("lines that do not belong")
  func lines() {
    let root = Self.root
    for wrong in [
      "\n1\n\(root)\n", "o\n1\n\(root)\n\n", "o\n1\n\(root)\n\nx\n", "o\n1\n\(root)",
      "o\n\(root)\n1\n", "o\r\n1\r\n\(root)\r\n", "o\n1\n\(root.dropLast())\n", "o\n1\n\(root)=\n",
      "o\n1\n \(root)\n",
      "o\n1\n\(root)\nx",
    ] {
      #expect(throws: TransparencyRejection.self, "\(wrong)") { try Checkpoint(text: text(wrong)) }
    }
    let lines = String(repeating: "x\n", count: 17)
    #expect(throws: TransparencyRejection.oversize(part: "a checkpoint's lines", limit: 16)) {
      try Checkpoint(text: text("o\n1\n\(root)\n\(lines)"))
    }
  }
}
