import Foundation
import LoadModel
import NodeCredentials

/// What is wrong with an answer of status 200, one word each, for counting.
enum AnswerFault: String, Error {
  case contentType = "content-type"
  case unreadable = "certificate-unreadable"
  case otherKey = "other-key"
  case headerDiffers = "header-differs"
  case nodeIdTwice = "node-id-twice"
  case serialTwice = "serial-twice"
  case proofMissing = "proof-missing"
  case unverified = "verification-failed"
  case proofUnverified = "proof-failed"
}

/// Checks every certificate that the server gives, and keeps the journal of them.
///
/// Used on one event loop. Its memory grows by some 100 octets per certificate, to find doubles.
final class AnswerChecker {
  private let verifier: SampleVerifier?
  private let sampleEvery: Int
  private var journal: JournalWriter?
  private var nodeIds: Set<ShortOctets> = []
  private var serials: Set<ShortOctets> = []

  /// How many certificates passed.
  private(set) var releasedCount = 0
  /// How many of them were verified from the root down.
  private(set) var verifiedCount = 0
  /// Faults by name.
  private(set) var faults: [String: Int] = [:]
  /// The first few, with details.
  private(set) var faultDetails: [String] = []

  /// - Parameters:
  ///   - verifier: what the sampled ones are verified with; nil verifies none.
  ///   - sampleEvery: one in so many is verified; the first one always.
  init(verifier: SampleVerifier?, sampleEvery: Int, journal: JournalWriter?) {
    precondition(sampleEvery > 0, "one in \(sampleEvery) cannot be verified")
    self.verifier = verifier
    self.sampleEvery = sampleEvery
    self.journal = journal
  }

  /// Judges one answer of status 200 to `request`.
  func check(_ response: HTTPResponse, request: [UInt8]) {
    do {
      let entry = try judge(response, request: request)
      releasedCount += 1
      try journal?.append(entry)
    } catch let fault as AnswerFault {
      count(fault.rawValue, detail: nil)
    } catch {
      count("journal", detail: "\(error)")
    }
  }

  /// Writes what the journal still buffers.
  func flush() {
    do {
      try journal?.flush()
    } catch {
      count("journal", detail: "\(error)")
    }
  }

  private func judge(
    _ response: HTTPResponse, request: [UInt8]
  ) throws -> ReleasedCertificate {
    guard response["content-type"] == "application/pkix-cert" else {
      throw AnswerFault.contentType
    }
    let sketch: CertificateSketch
    do {
      sketch = try CertificateSketch(der: response.body)
    } catch {
      count(AnswerFault.unreadable.rawValue, detail: error.description, isCounted: false)
      throw AnswerFault.unreadable
    }
    guard let asked = try? CertificateSketch.publicKeyInfo(ofRequest: request),
      asked.elementsEqual(sketch.publicKeyInfo)
    else { throw AnswerFault.otherKey }
    guard response["node-id"] ?? sketch.nodeId.description == sketch.nodeId.description,
      response["serial"] ?? sketch.serial.description == sketch.serial.description
    else { throw AnswerFault.headerDiffers }
    guard verifier?.wantsProof != true || response["tlog-proof"] != nil else {
      throw AnswerFault.proofMissing
    }
    guard nodeIds.insert(sketch.nodeId).inserted else { throw AnswerFault.nodeIdTwice }
    guard serials.insert(sketch.serial).inserted else { throw AnswerFault.serialTwice }
    if let verifier, releasedCount % sampleEvery == 0 {
      do {
        try verifier.verify(response)
        verifiedCount += 1
      } catch let failure {
        count(failure.fault.rawValue, detail: failure.detail, isCounted: false)
        throw failure.fault
      }
    }
    let digest = try Digest.sha256(response.body)
    guard let octets = ShortOctets(digest) else { throw AnswerFault.unreadable }
    return ReleasedCertificate(nodeId: sketch.nodeId, serial: sketch.serial, digest: octets)
  }

  private func count(_ name: String, detail: String?, isCounted: Bool = true) {
    if isCounted { faults[name, default: 0] += 1 }
    if let detail, faultDetails.count < 10 { faultDetails.append("\(name): \(detail)") }
  }
}

/// Appends lines to a file; a line is buffered until 64 kB are there or `flush` is called.
///
/// The generator itself is never killed, so nothing is synchronised to the disk.
struct JournalWriter {
  private let handle: FileHandle
  private var buffer = Data()
  private static let bufferCountMax = 65_536

  /// Starts a new file.
  init(creating path: String) throws {
    guard FileManager.default.createFile(atPath: path, contents: nil) else {
      throw CocoaError(.fileWriteUnknown)
    }
    handle = try FileHandle(forWritingTo: URL(filePath: path))
    buffer.append(contentsOf: Data((Journal.heading + "\n").utf8))
    try flush()
  }

  mutating func append(_ entry: ReleasedCertificate) throws {
    buffer.append(contentsOf: Data(Journal.line(entry).utf8))
    if buffer.count >= JournalWriter.bufferCountMax { try flush() }
  }

  mutating func flush() throws {
    try handle.write(contentsOf: buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}
