import Admission
import CertificateAuthority
import Dispatch
import Foundation
import Logging
import NodeCredentials
import Synchronization
import Testing
import TransparencyLog

@testable import EnrollmentServer

/// A directory that is gone when the test is.
final class ScratchDirectory: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "redoubt-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  func write(_ octets: [UInt8], _ name: String) throws -> String {
    try Data(octets).write(to: file(name))
    return file(name).path
  }
}

/// Runs what blocks on a thread of its own: the server under test needs the cooperative ones.
func blocking<Value: Sendable>(
  _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    let thread = Thread { continuation.resume(with: Result { try body() }) }
    thread.start()
  }
}

/// A program of the machine, which knows nothing of ours.
struct ForeignProgram: Sendable {
  let path: String

  static let curl = ForeignProgram(path: "/usr/bin/curl")
  static let openssl = ForeignProgram(path: "/usr/bin/openssl")

  var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

  static var areInstalled: Bool { curl.isInstalled && openssl.isInstalled }

  func run(_ arguments: [String]) async throws -> (status: Int32, output: String) {
    let path = path
    return try await blocking {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: path)
      process.arguments = arguments
      process.standardInput = FileHandle.nullDevice
      let pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = pipe
      try process.run()
      let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
  }
}

/// What a server said.
struct Reply: Sendable {
  let status: Int
  /// Names in lower case.
  let headers: [(name: String, value: String)]
  let body: [UInt8]

  func all(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }
  func header(_ name: String) -> String? { all(name).first }
  var text: String { String(decoding: body, as: UTF8.self) }

  /// The word of a problem document, whose form is checked.
  func problem() throws -> String {
    #expect(header("content-type") == "application/problem+json")
    let object = try JSONSerialization.jsonObject(with: Data(body))
    let members = try #require(object as? [String: Any])
    #expect(members["status"] as? Int == status)
    #expect((members["title"] as? String)?.isEmpty == false)
    #expect((members["detail"] as? String)?.isEmpty == false)
    let type = try #require(members["type"] as? String)
    let prefix = "urn:redoubt:error:"
    #expect(type.hasPrefix(prefix))
    return String(type.dropFirst(prefix.count))
  }
}

/// Log lines as they come.
final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])

  func append(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
}

/// A server that runs inside the test, with an authority of its own.
struct ServerBench: Sendable {
  static let overlay = "overlay.example"
  /// Nobody is asked for anything.
  static let open = """
    testnet: true
    accounts: open
    addressBinding: warn
    nodeIdsPerRequest: 16
    limits: {address: off, prefix: off, autonomousSystem: off, overall: off, renewal: off}
    """

  let scratch: ScratchDirectory
  let url: URL
  let authority: OverlayAuthority
  let port: Int
  /// The port without TLS.
  let plainPort: Int
  let log: LogLines
  private let stopper: AsyncStream<Void>.Continuation

  var rootFile: String { AuthorityDirectory(url).rootCertificate.path }

  /// Makes an authority, serves it, runs the body and waits for the server's end.
  static func with(
    policy: String = open, level: Logger.Level = .info,
    prepare: (OverlayAuthority) throws -> Void = { _ in },
    settings configure: (inout ServerSettings) -> Void = { _ in },
    observer: (@Sendable (IssuanceStep) throws -> Void)? = nil,
    _ body: @Sendable (ServerBench) async throws -> Void
  ) async throws {
    let scratch = try ScratchDirectory()
    let url = scratch.file("authority")
    try OverlayAuthority.create(
      at: url, overlay: OverlayName(overlay), profile: CertificateProfile(),
      policy: AdmissionPolicy(yaml: policy, path: "policy.yaml"), now: now())
    try await with(
      scratch, url, level: level, prepare: prepare, settings: configure, observer: observer, body)
  }

  /// Serves an authority that exists.
  static func with(
    _ scratch: ScratchDirectory, _ url: URL, level: Logger.Level = .info,
    prepare: (OverlayAuthority) throws -> Void = { _ in },
    settings configure: (inout ServerSettings) -> Void = { _ in },
    maximumPageCount: Int? = nil, observer: (@Sendable (IssuanceStep) throws -> Void)? = nil,
    _ body: @Sendable (ServerBench) async throws -> Void
  ) async throws {
    let authority = try OverlayAuthority(
      opening: url, wait: 0.2, maximumPageCount: maximumPageCount, observer: observer)
    try prepare(authority)
    var settings = ServerSettings(endpoint: loopback)
    settings.statusEndpoint = loopback
    settings.logLevel = level
    settings.drainSeconds = 10
    configure(&settings)
    let log = LogLines()
    let (events, reporter) = AsyncStream.makeStream(of: EnrollmentServer.Event.self)
    let (stop, stopper) = AsyncStream.makeStream(of: Void.self)
    let server = EnrollmentServer(
      authority, settings: settings, log: { log.append($0) }, report: { reporter.yield($0) })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { reporter.finish() }
        try await server.run(until: { for await _ in stop { return } })
      }
      var ports: [Bool: Int] = [:]
      for await case .listening(let port, let isTLS) in events {
        ports[isTLS] = port
        if ports.count == 2 { break }
      }
      if let port = ports[true], let plainPort = ports[false] {
        let bench = ServerBench(
          scratch: scratch, url: url, authority: authority, port: port, plainPort: plainPort,
          log: log, stopper: stopper)
        do {
          try await body(bench)
        } catch {
          stopper.finish()
          try? await group.waitForAll()
          throw error
        }
      }
      stopper.finish()
      try await group.waitForAll()
    }
  }

  static let loopback = ServerSettings.Endpoint(ip: .v4(0x7F00_0001), port: 0)

  static func now() -> CredentialTime { ServerClock.admissionTime().credentialTime }

  /// Begins the graceful end.
  func stop() { stopper.finish() }

  // MARK: a foreign client

  /// Runs curl; the path begins with a slash.
  func curl(_ path: String, _ arguments: [String] = [], plain: Bool = false) async throws -> Reply {
    let id = UUID().uuidString
    let (head, body) = (scratch.file("\(id).head"), scratch.file("\(id).body"))
    let scheme = plain ? "http" : "https"
    let number = plain ? plainPort : port
    let result = try await ForeignProgram.curl.run(
      [
        "-sS", "--max-time", "30", "--path-as-is", "--cacert", rootFile, "--resolve",
        "\(Self.overlay):\(number):127.0.0.1", "-D", head.path, "-o", body.path,
      ] + arguments + ["\(scheme)://\(Self.overlay):\(number)\(path)"])
    #expect(result.status == 0, "\(result.output)")
    let text = (try? String(contentsOf: head, encoding: .utf8)) ?? ""
    return try Self.reply(text, [UInt8]((try? Data(contentsOf: body)) ?? Data()))
  }

  /// Reads the last head that was received.
  static func reply(_ text: String, _ body: [UInt8]) throws -> Reply {
    let heads = text.components(separatedBy: "\r\n\r\n").filter { !$0.isEmpty }
    let lines = try #require(heads.last).components(separatedBy: "\r\n")
    let status = try #require(Int(lines[0].split(separator: " ")[1]))
    let headers = lines.dropFirst().compactMap { line -> (String, String)? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return (
        line[..<colon].lowercased(),
        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      )
    }
    return Reply(status: status, headers: headers, body: body)
  }

  /// Posts a file's octets.
  func post(
    _ path: String, _ octets: [UInt8], type: String = "application/pkcs10",
    _ arguments: [String] = []
  ) async throws -> Reply {
    let file = try scratch.write(octets, UUID().uuidString)
    return try await curl(
      path, ["-H", "Content-Type: \(type)", "--data-binary", "@\(file)"] + arguments)
  }

  // MARK: requests

  /// A request made by openssl for a new key; gives it in DER with the key's file.
  func request(key: String? = nil, subject: String = "/") async throws -> (
    der: [UInt8], key: String
  ) {
    let name = UUID().uuidString
    let keyFile = key ?? scratch.file("\(name).key").path
    if key == nil {
      let made = try await ForeignProgram.openssl.run([
        "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", keyFile,
      ])
      try #require(made.status == 0, "\(made.output)")
    }
    let file = scratch.file("\(name).csr")
    let made = try await ForeignProgram.openssl.run([
      "req", "-new", "-key", keyFile, "-subj", subject, "-outform", "DER", "-out", file.path,
    ])
    try #require(made.status == 0, "\(made.output)")
    return ([UInt8](try Data(contentsOf: file)), keyFile)
  }

  /// The certificates in an answer of EST.
  func estCertificates(_ reply: Reply) async throws -> [[UInt8]] {
    let der = try #require(
      Data(base64Encoded: reply.text, options: .ignoreUnknownCharacters), "\(reply.text)")
    let file = try scratch.write([UInt8](der), UUID().uuidString)
    let read = try await ForeignProgram.openssl.run([
      "pkcs7", "-inform", "DER", "-in", file, "-print_certs",
    ])
    #expect(read.status == 0, "\(read.output)")
    return read.output.components(separatedBy: "-----BEGIN CERTIFICATE-----").dropFirst()
      .compactMap { part in
        let text = part.components(separatedBy: "-----END")[0]
        return Data(base64Encoded: text, options: .ignoreUnknownCharacters).map { [UInt8]($0) }
      }
  }

  /// The log proof in an answer verifies for the certificate.
  func checkProof(_ reply: Reply, _ certificate: [UInt8], _ index: Int = 0) throws {
    let headers = reply.all("tlog-proof")
    try #require(index < headers.count)
    let text = try #require(Data(base64Encoded: headers[index]))
    let key = try authority.logVerifierKey()
    let policy = try LogPolicy(origin: LogOrigin("\(key.name)"), logKeys: [key])
    _ = try LogProof(octets: [UInt8](text)).verify(entry: certificate, policy: policy)
  }
}
