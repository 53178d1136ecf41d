import LoadModel
import NodeCredentials

/// Certification requests with fresh keys, made before the clock starts or when they are asked for.
///
/// A key and its request cost the generator about as much as the certificate costs the server, on
/// the same two cores: made ahead, they leave the rate to the server. The keys are thrown away; the
/// request holds the public half, which is all that the checks need.
struct RequestBatch: Sendable {
  private var storage: [UInt8] = []
  private var ends: [Int] = []

  /// How many requests it holds.
  var count: Int { ends.count }

  /// The octets of one request.
  subscript(index: Int) -> [UInt8] {
    [UInt8](storage[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
  }

  /// More are not made ahead: about 200 octets each are held in memory.
  static let countMax = 1_000_000

  /// Draws `count` P-256 keys on both cores and signs a request with each.
  static func make(count: Int, threads: Int = 2) async throws -> RequestBatch {
    precondition(count >= 0 && threads > 0, "\(count) requests on \(threads) threads")
    return try await withThrowingTaskGroup(of: RequestBatch.self) { group in
      for thread in 0..<threads {
        let share = count / threads + (thread < count % threads ? 1 : 0)
        group.addTask { try make(onThisThread: share) }
      }
      var whole = RequestBatch()
      for try await part in group {
        let base = whole.storage.count
        whole.storage += part.storage
        whole.ends += part.ends.map { $0 + base }
      }
      return whole
    }
  }

  private static func make(onThisThread count: Int) throws(OpenSSLError) -> RequestBatch {
    let generator = try KeyGenerator(.p256)
    var batch = RequestBatch()
    batch.storage.reserveCapacity(count * 220)
    batch.ends.reserveCapacity(count)
    for _ in 0..<count {
      let key = try generator.next()
      batch.storage += try CertificationRequest.der(for: key)
      batch.ends.append(batch.storage.count)
    }
    return batch
  }
}

/// Hands out each request once; makes more on the spot when the batch is used up.
struct RequestSource: ~Copyable {
  private let batch: RequestBatch
  private var position = 0
  private let generator: KeyGenerator
  /// How many were made while the clock ran.
  private(set) var madeLateCount = 0

  init(_ batch: RequestBatch) throws(OpenSSLError) {
    self.batch = batch
    generator = try KeyGenerator(.p256)
  }

  mutating func next() throws(OpenSSLError) -> [UInt8] {
    if position < batch.count {
      position += 1
      return batch[position - 1]
    }
    madeLateCount += 1
    let key = try generator.next()
    return try CertificationRequest.der(for: key)
  }
}
