public import Foundation
public import NodeCredentials
import RingIdentifiers

/// Many certificates at once, with keys made by the authority: for experiments.
public struct BulkRequest: Hashable, Sendable {
  /// How many nodes.
  public let count: Int
  /// Their addresses; nil for `AddressPlan.defaultAddress` of every node's place in the ledger.
  public let addresses: AddressPlan?
  /// The algorithm of the nodes' keys; nil for the profile's.
  public let algorithm: KeyAlgorithm?
  /// How many thousands are in the making at once; nil for one per core.
  public let workerCount: Int?

  /// A request for `count >= 1` nodes.
  public init(
    count: Int, addresses: AddressPlan? = nil, algorithm: KeyAlgorithm? = nil,
    workerCount: Int? = nil
  ) {
    precondition(count >= 1, "a bulk issue needs at least one node, got \(count)")
    self.count = count
    self.addresses = addresses
    self.algorithm = algorithm
    self.workerCount = workerCount
  }
}

/// What a bulk issue made.
public struct BulkSummary: Hashable, Sendable {
  /// How many certificates were issued: fewer than asked for when the work was stopped.
  public let count: Int
  /// The directory of this batch, `nodes/batch-<number>`.
  public let directory: URL
  /// The node list, `nodes.csv`: node_id, address, serial, key_file, key_offset.
  public let nodeList: URL
}

extension OverlayAuthority {
  /// How many certificates share one key file and two transactions.
  static let bulkChunkCount = 1_000

  /// The header of the node list.
  static let nodeListHeader = "node_id,address,serial,key_file,key_offset\n"

  /// Issues many certificates on all cores in bounded memory.
  ///
  /// Works in thousands: reserve (one transaction), make keys and sign, verify the first of the
  /// thousand, write the key file, record (one transaction). Certificates lie in the ledger, the
  /// private keys in files of mode 0600. Interrupted, it leaves whole thousands issued and listed
  /// in the ledger; ids of an unfinished thousand are burnt.
  /// - Parameters:
  ///   - isStopRequested: asked before every thousand; once true, no other is begun.
  ///   - progress: called with the number of certificates issued so far.
  /// - Throws: `AuthorityError`; the certificates recorded until then are in force.
  /// - Complexity: about 0.1 ms of one core per P-256 certificate; memory O(1,000 x workers).
  public func issueBulk(
    _ request: BulkRequest, at now: CredentialTime,
    isStopRequested: @Sendable () -> Bool = { false },
    progress: @Sendable (Int) -> Void = { _ in }
  ) async throws(AuthorityError) -> BulkSummary {
    let addresses = try plan(request, at: now)
    let batch = try makeBatchDirectory()
    let nodeList = batch.appendingPathComponent("nodes.csv")
    let list = try PendingFile(for: nodeList, .published)
    try list.append(Array(OverlayAuthority.nodeListHeader.utf8))
    let chunks = BulkChunks(
      request: request, addresses: addresses, directory: batch, now: now,
      algorithm: request.algorithm ?? profile.keyAlgorithm)
    let workers = request.workerCount ?? ProcessInfo.processInfo.activeProcessorCount
    let (failure, issued) = await run(
      chunks, workers: max(1, workers), list: list, isStopRequested: isStopRequested,
      progress: progress)
    if let failure, failure != .ledger(.cancelled) || !isStopRequested() {
      // What was issued stays issued, so it is listed before the failure is told.
      if list.count > OverlayAuthority.nodeListHeader.utf8.count { try? list.commit() }
      _ = try? publishLog()
      throw failure
    }
    try list.commit()
    try publishLog()
    return BulkSummary(count: issued, directory: batch, nodeList: nodeList)
  }

  /// Settles the addresses; none of them may be in force in another certificate.
  ///
  /// Reads all addresses of the ledger once.
  private func plan(
    _ request: BulkRequest, at now: CredentialTime
  ) throws(AuthorityError) -> BulkAddresses {
    let ledger = ledger
    if let plan = request.addresses {
      try plan.require(request.count)
      let isPlanned = try plan.membership(request.count)
      let taken = try wrapping { () throws(LedgerError) in
        try ledger.firstAddress(inForceAt: now, where: isPlanned)
      }
      if let taken { throw .addressTaken(taken) }
      return BulkAddresses(plan: plan, taken: [])
    }
    let last = try wrapping { () throws(LedgerError) in try ledger.lastReservation() }
    guard last <= AddressPlan.lastDefaultPlace - Int64(request.count) else {
      throw .addressesExhausted(
        detail: "after \(last) ids the default addresses 10.0.0.1 to 10.255.255.254 do not suffice "
          + "for \(request.count) nodes; name a --address-base")
    }
    var taken: Set<Int64> = []
    try wrapping { () throws(LedgerError) in
      _ = try ledger.firstAddress(inForceAt: now) { address in
        if let place = AddressPlan.defaultPlace(address), place > last { taken.insert(place) }
        return false
      }
    }
    let reach = last + Int64(request.count)
    if let place = taken.filter({ $0 <= reach }).min(),
      let address = AddressPlan.defaultAddress(sequence: place)
    {
      throw .addressTaken(address)
    }
    return BulkAddresses(plan: nil, taken: taken)
  }

  /// `nodes/batch-0001` and so on; the first number that is free, also with several processes.
  private func makeBatchDirectory() throws(AuthorityError) -> URL {
    for number in 1...999_999 {
      let digits = String(number)
      let name = "batch-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      let url = directory.nodes.appendingPathComponent(name)
      if FileManager.default.fileExists(atPath: url.path) { continue }
      if mkdir(url.path, 0o700) == 0 { return url }
      guard errno == EEXIST else {
        throw .cannotCreate(path: url.path, detail: String(cString: strerror(errno)))
      }
    }
    throw .cannotCreate(path: directory.nodes.path, detail: "it holds 999,999 batches already")
  }

  /// Runs all chunks, `workers` at once, and appends their rows in order.
  /// - Returns: the first failure, after every chunk under way has ended and is listed, and how
  ///   many certificates were issued.
  private func run(
    _ chunks: BulkChunks, workers: Int, list: PendingFile, isStopRequested: @Sendable () -> Bool,
    progress: @Sendable (Int) -> Void
  ) async -> (AuthorityError?, Int) {
    await withTaskGroup(of: (Int, Result<[UInt8], AuthorityError>).self) { group in
      var failure: AuthorityError?
      var next = 0
      var written = 0
      var issued = 0
      var running = 0
      var waiting: [Int: [UInt8]] = [:]
      func start() {
        // Chunks that finish early wait for their turn in the list: at most as many as workers.
        while failure == nil, running < workers, next < min(chunks.count, written + 2 * workers),
          !Task.isCancelled, !isStopRequested()
        {
          let index = next
          group.addTask { (index, self.issue(chunk: index, of: chunks)) }
          next += 1
          running += 1
        }
      }
      start()
      while let (index, result) = await group.next() {
        running -= 1
        switch result {
        case .success(let rows):
          waiting[index] = rows
          issued += chunks.range(index).count
          progress(issued)
        case .failure(let error):
          failure = failure ?? error
          waiting[index] = []
        }
        while let rows = waiting.removeValue(forKey: written) {
          written += 1
          do throws(AuthorityError) {
            try list.append(rows)
          } catch {
            failure = failure ?? error
          }
        }
        start()
      }
      if failure == nil, next < chunks.count { failure = .ledger(.cancelled) }
      return (failure, issued)
    }
  }

  /// One chunk from reservation to record; gives its rows of the node list.
  private func issue(chunk index: Int, of chunks: BulkChunks) -> Result<[UInt8], AuthorityError> {
    Result { () throws(AuthorityError) in
      let range = chunks.range(index)
      let reservations = try reserve(range.count, at: chunks.now)
      var made = ChunkProduct()
      made.nodes.reserveCapacity(range.count)
      let keyFile = chunks.keyFile(index)
      try make(reservations, from: range, of: chunks, keyFile: keyFile, into: &made)
      if let first = made.nodes.first { _ = try checked(first, at: chunks.now) }
      try AuthorityFile.write(
        made.keys, to: chunks.directory.appendingPathComponent(keyFile), .secret)
      _ = try record(made.nodes, at: chunks.now)
      return made.rows
    }
  }

  private struct ChunkProduct {
    var nodes: [SignedNode] = []
    var keys: [UInt8] = []
    var rows: [UInt8] = []
  }

  private func make(
    _ reservations: [Reservation], from range: Range<Int>, of chunks: BulkChunks, keyFile: String,
    into made: inout ChunkProduct
  ) throws(AuthorityError) {
    do {
      let generator = try KeyGenerator(chunks.algorithm)
      for (offset, reservation) in reservations.enumerated() {
        let address = try chunks.addresses.address(
          range.lowerBound + offset, sequence: reservation.sequence)
        let key = try generator.next()
        let hex = reservation.nodeId.hex
        // A line of text before the armour, which PEM readers skip, says whose key it is.
        made.keys += Array("nodeId \(hex)\n".utf8)
        let row = "\(hex),\(address),\(reservation.serial),\(keyFile),\(made.keys.count)\n"
        made.rows += Array(row.utf8)
        made.keys += try key.pem()
        made.nodes.append(
          try sign(reservation, publicKey: key.publicKey, address: address, at: chunks.now))
      }
    } catch let error as AuthorityError {
      throw error
    } catch let error as OpenSSLError {
      throw .cryptography(error)
    } catch {
      throw .io(path: chunks.directory.path, detail: "\(error)")
    }
  }
}

/// How a bulk issue is cut into chunks.
struct BulkChunks: Sendable {
  let request: BulkRequest
  let addresses: BulkAddresses
  let directory: URL
  let now: CredentialTime
  let algorithm: KeyAlgorithm

  var count: Int {
    (request.count + OverlayAuthority.bulkChunkCount - 1) / OverlayAuthority.bulkChunkCount
  }

  /// The nodes of chunk `index`.
  func range(_ index: Int) -> Range<Int> {
    let start = index * OverlayAuthority.bulkChunkCount
    return start..<min(request.count, start + OverlayAuthority.bulkChunkCount)
  }

  func keyFile(_ index: Int) -> String {
    let digits = String(index)
    return "keys-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".pem"
  }
}
