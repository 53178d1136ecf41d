import ArgumentParser
import CertificateAuthority
import Foundation
import NodeCredentials
import RingIdentifiers
import Synchronization

/// `redoubt ca issue`.
struct IssueCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "issue", abstract: "Issue one node certificate, or many.",
    discussion: """
      One node:  redoubt ca issue --directory DIR --address 192.0.2.1:4000
      Its key:   redoubt ca issue --directory DIR --address 192.0.2.1:4000 --csr node.csr
      Many:      redoubt ca issue --directory DIR --count 10000

      The nodeId is drawn by the authority, uniformly over the ring; a request never chooses it. \
      With --count the keys and the node list go to DIR/nodes/batch-NNNN, the certificates to the \
      ledger ("redoubt ca show --pem", "redoubt ca list --pem"). Addresses are consecutive from \
      --address-base on; without it, each node gets 10.0.0.0 plus its place in the ledger (1 for \
      the first id), port 4000, which no other process can get. An address that a certificate in \
      force has is refused.
      """)

  @OptionGroup var location: AuthorityLocation

  @Option(name: .long, help: "The node's address, ip:port.")
  var address: NodeAddress?

  @Option(
    name: .long, help: "A certification request (PKCS#10, PEM or DER) with the node's key.",
    completion: .file())
  var csr: String?

  @Option(name: .long, help: "How many nodes to make keys and certificates for.")
  var count: Int?

  @Option(name: .long, help: "With --count: the first of consecutive addresses.")
  var addressBase: NodeAddress?

  @Option(
    name: .long, help: "With --count: a file with one ip:port per line.", completion: .file())
  var addressFile: String?

  @Option(name: .long, help: "The algorithm of the node's key; the profile's when left out.")
  var algorithm: KeyAlgorithm?

  @Option(name: .long, help: "How to print the result.")
  var format: RecordFormat = .table

  @OptionGroup var passphrase: KeyPassphrase
  @OptionGroup var patience: LedgerPatience

  func validate() throws {
    if let count {
      guard (1...16_000_000).contains(count) else {
        throw ValidationError("--count must be from 1 to 16000000")
      }
      guard address == nil, csr == nil else {
        throw ValidationError("--count goes with --address-base or --address-file only")
      }
      guard addressBase == nil || addressFile == nil else {
        throw ValidationError("give --address-base or --address-file, not both")
      }
    } else {
      guard address != nil else {
        throw ValidationError("give --address ip:port for one node, or --count for many")
      }
      guard addressBase == nil, addressFile == nil else {
        throw ValidationError("--address-base and --address-file need --count")
      }
      guard csr == nil || algorithm == nil else {
        throw ValidationError("--algorithm does not go with --csr: the request brings its key")
      }
    }
  }

  func run() async throws {
    try await AuthoritySession.run {
      let authority = try passphrase.open(location, patience)
      if let count {
        try await issueMany(count, authority)
      } else if let address {
        try issueOne(address, authority)
      }
    }
  }

  private func issueOne(_ address: NodeAddress, _ authority: OverlayAuthority) throws {
    let now = AuthoritySession.now()
    let issued: IssuedNode
    if let csr {
      issued = try authority.issue(
        request: URL(fileURLWithPath: csr), address: address, at: now)
    } else {
      issued = try authority.issue(address: address, algorithm: algorithm, at: now)
    }
    var printer = RecordPrinter(
      format,
      [
        RecordColumn("node_id", 40), RecordColumn("address", 21), RecordColumn("serial", 32),
        RecordColumn("not_after", 20), RecordColumn("certificate", 40), RecordColumn("key", 40),
      ])
    printer.row([
      .text(issued.node.nodeId.hex), .text("\(issued.node.address)"),
      .text("\(issued.node.serial)"), .text("\(issued.node.notAfter)"),
      .text(issued.certificateFile.path), issued.keyFile.map { .text($0.path) } ?? .none,
    ])
    printer.end()
  }

  private func issueMany(_ count: Int, _ authority: OverlayAuthority) async throws {
    var plan = addressBase.map { AddressPlan.consecutive(from: $0) }
    if let addressFile {
      let text = try AuthoritySession.read(addressFile, limit: 1 << 30)
      plan = try AddressPlan(text: String(decoding: text, as: UTF8.self), path: addressFile)
    }
    let meter = IssueMeter(total: count)
    let stop = StopRequest()
    defer { withExtendedLifetime(stop) {} }
    let summary = try await authority.issueBulk(
      BulkRequest(count: count, addresses: plan, algorithm: algorithm), at: AuthoritySession.now(),
      isStopRequested: { [flag = stop.flag] in flag.isSet }, progress: { meter.report($0) })
    meter.finish(summary.count)
    var printer = RecordPrinter(
      format, [RecordColumn("issued", 9), RecordColumn("node_list", 40)])
    printer.row([.integer(Int64(summary.count)), .text(summary.nodeList.path)])
    printer.end()
    guard summary.count == count else {
      StandardError.note(
        "stopped; these \(summary.count) are issued. Go on with: redoubt ca issue --directory "
          + "\(location.directory) --count \(count - summary.count)")
      throw stop.flag.exitCode
    }
  }
}

/// Progress of a bulk issue on stderr: a line that renews itself on a terminal, else one per tenth.
final class IssueMeter: Sendable {
  private let total: Int
  private let start = ContinuousClock.now
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let lastTenth = Mutex(0)

  init(total: Int) { self.total = total }

  func report(_ done: Int) {
    let tenth = done * 10 / max(total, 1)
    let isNew = lastTenth.withLock { last in
      defer { last = max(last, tenth) }
      return tenth > last
    }
    guard isTerminal || isNew else { return }
    let seconds = max(elapsed, 1e-6)
    let rate = Double(done) / seconds
    let left = Double(total - done) / max(rate, 1e-6)
    let line =
      "issued \(done) of \(total), \(Int(rate.rounded())) per second, "
      + "\(Int(left.rounded(.up))) s left"
    write(isTerminal ? "\r\u{1B}[K\(line)" : line + "\n")
  }

  func finish(_ issued: Int) {
    let seconds = max(elapsed, 1e-6)
    let tenths = Int((seconds * 100).rounded())
    let rate = Int((Double(issued) / seconds).rounded())
    write(
      (isTerminal ? "\r\u{1B}[K" : "")
        + "issued \(issued) in \(tenths / 100).\(tenths % 100 / 10)\(tenths % 10) s, "
        + "\(rate) per second\n")
  }

  private var elapsed: Double {
    let parts = (ContinuousClock.now - start).components
    return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
  }

  private func write(_ text: String) {
    StandardError.write(text)
  }
}
