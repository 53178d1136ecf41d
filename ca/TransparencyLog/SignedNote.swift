import NodeCredentials

/// One signature line of a note: `— name base64(key id || signature)`.
public struct NoteSignature: Hashable, Sendable, CustomStringConvertible {
  /// Whose key, as the line claims.
  public let name: KeyName
  /// Which of its keys, as the line claims.
  public let keyId: UInt32
  /// The signature itself, 1 to 8,192 octets; its form depends on the key.
  public let octets: [UInt8]

  /// More than any signature in use: post-quantum ones have up to 5 kB.
  static let octetsMax = 8192
  /// Em dash and space.
  private static let marker: [UInt8] = [0xE2, 0x80, 0x94, ASCII.space]

  /// Claims that a key signed.
  init(name: KeyName, keyId: UInt32, octets: [UInt8]) {
    self.name = name
    self.keyId = keyId
    self.octets = octets
  }

  /// Reads one line without its newline.
  init(line: ArraySlice<UInt8>) throws(TransparencyRejection) {
    guard line.starts(with: NoteSignature.marker) else {
      throw .malformed("a signature line does not start with an em dash and a space")
    }
    let parts = line.dropFirst(NoteSignature.marker.count).split(
      separator: ASCII.space, omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw .malformed("a signature line is name and base64") }
    name = try KeyName(line: parts[0])
    guard parts[1].count <= (NoteSignature.octetsMax + 4) / 3 * 4 + 4 else {
      throw .oversize(part: "a signature", limit: NoteSignature.octetsMax)
    }
    guard let decoded = Base64.octets(parts[1]), decoded.count > 4 else {
      throw .malformed("the signature of \(name) is no base64 of more than 4 octets")
    }
    guard decoded.count <= NoteSignature.octetsMax + 4 else {
      throw .oversize(part: "a signature", limit: NoteSignature.octetsMax)
    }
    keyId = decoded[..<4].reduce(0) { $0 << 8 | UInt32($1) }
    octets = [UInt8](decoded[4...])
  }

  /// Reads lines, such as the answer of a witness; all the octets.
  /// - Throws: `malformed` for none, or for the same line twice; `oversize`.
  public static func lines(_ text: [UInt8]) throws(TransparencyRejection) -> [NoteSignature] {
    guard text.count <= LogLimits.noteOctetsMax else {
      throw .oversize(part: "a note", limit: LogLimits.noteOctetsMax)
    }
    var reader = LineReader(text)
    var signatures: [NoteSignature] = []
    while !reader.isAtEnd {
      let signature = try NoteSignature(line: try reader.line("a signature line"))
      guard signatures.count < LogLimits.signaturesMax else {
        throw .oversize(part: "a note's signatures", limit: LogLimits.signaturesMax)
      }
      guard !signatures.contains(signature) else {
        throw .malformed("the same signature line twice")
      }
      signatures.append(signature)
    }
    guard !signatures.isEmpty else { throw .malformed("no signature line") }
    return signatures
  }

  /// Whether the line claims to be by this key.
  func isUnder(_ key: VerifierKey) -> Bool { keyId == key.id && name == key.name }

  /// The line without its newline.
  public var description: String {
    let id = stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: keyId >> $0) }
    return "\u{2014} \(name) \(Base64.text(id + octets))"
  }
}

/// A signature that was verified with a trusted key.
public struct VerifiedSignature: Hashable, Sendable {
  /// The key.
  public let key: VerifierKey
  /// When it was made, in seconds since 1970; nil for kinds that do not say.
  public let time: UInt64?
}

/// A text and the signatures under it, not yet verified.
///
/// Source: [SignedNote25]. The octets have one form, so reading and writing again changes nothing.
public struct SignedNote: Hashable, Sendable {
  /// What is signed: lines of UTF-8 with the final newline.
  public let text: [UInt8]
  /// The signatures, in the order of the lines; at least one.
  public let signatures: [NoteSignature]

  /// A text with signatures; the caller answers for the form of the text.
  init(text: [UInt8], signatures: [NoteSignature]) {
    self.text = text
    self.signatures = signatures
  }

  /// Reads a note.
  /// - Throws: `oversize` or `malformed`.
  public init(octets: [UInt8]) throws(TransparencyRejection) {
    guard octets.count <= LogLimits.noteOctetsMax else {
      throw .oversize(part: "a note", limit: LogLimits.noteOctetsMax)
    }
    guard octets.allSatisfy({ $0 >= 0x20 || $0 == ASCII.newline }),
      String(validating: octets, as: UTF8.self) != nil
    else {
      throw .malformed("a note is UTF-8 without control characters but newline")
    }
    // The last empty line ends the text.
    guard
      let blank = octets.indices.dropFirst().last(where: {
        octets[$0] == ASCII.newline && octets[$0 - 1] == ASCII.newline
      })
    else {
      throw .malformed("a note has an empty line before its signatures")
    }
    signatures = try NoteSignature.lines([UInt8](octets[(blank + 1)...]))
    text = [UInt8](octets[..<blank])
  }

  /// The text, an empty line and the signature lines.
  public var octets: [UInt8] {
    var octets = text
    octets.append(ASCII.newline)
    for signature in signatures {
      octets += [UInt8](signature.description.utf8)
      octets.append(ASCII.newline)
    }
    return octets
  }

  /// The note with more signatures; lines that are there already are not repeated.
  /// - Throws: `oversize` when the note would not be accepted any more.
  public func adding(_ more: [NoteSignature]) throws(TransparencyRejection) -> SignedNote {
    var all = signatures
    for signature in more where !all.contains(signature) { all.append(signature) }
    let note = SignedNote(text: text, signatures: all)
    guard all.count <= LogLimits.signaturesMax else {
      throw .oversize(part: "a note's signatures", limit: LogLimits.signaturesMax)
    }
    guard note.octets.count <= LogLimits.noteOctetsMax else {
      throw .oversize(part: "a note", limit: LogLimits.noteOctetsMax)
    }
    return note
  }

  /// The note with only those signatures that claim to be by one of these keys.
  public func keeping(_ keys: [VerifierKey]) -> SignedNote {
    SignedNote(
      text: text,
      signatures: signatures.filter { line in keys.contains { line.isUnder($0) } })
  }

  /// Verifies the signatures of these keys; those of other keys are ignored.
  ///
  /// A key counts once. Of several cosignatures by one key the latest is returned.
  /// - Returns: one signature for each key that signed, in the order of `keys`; possibly none.
  /// - Throws: `badSignature` when a line under one of the keys is not by that key.
  /// - Complexity: one verification, about 0.2 ms, for each line under one of the keys.
  public func signatures(
    by keys: [VerifierKey]
  ) throws(TransparencyRejection) -> [VerifiedSignature] {
    var found: [VerifiedSignature] = []
    for key in keys {
      var latest: VerifiedSignature?
      for line in signatures where line.isUnder(key) {
        guard let verified = verified(line, by: key) else {
          throw .badSignature(name: "\(key.name)")
        }
        if let time = latest?.time, time >= verified.time ?? 0 { continue }
        latest = verified
      }
      if let latest { found.append(latest) }
    }
    return found
  }

  private func verified(_ line: NoteSignature, by key: VerifierKey) -> VerifiedSignature? {
    guard line.octets.count == key.kind.signatureCount else { return nil }
    switch key.kind {
    case .note:
      guard key.publicKey.isSignature(line.octets, over: text) else { return nil }
      return VerifiedSignature(key: key, time: nil)
    case .cosignature:
      let time = line.octets[..<8].reduce(0) { $0 << 8 | UInt64($1) }
      guard time <= Cosigner.timeMax,
        key.publicKey.isSignature(
          [UInt8](line.octets[8...]), over: Cosigner.message(text: text, time: time))
      else { return nil }
      return VerifiedSignature(key: key, time: time)
    }
  }
}
