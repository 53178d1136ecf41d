import ArgumentParser
import Foundation
import LoadModel

/// Which server, whom to believe, and in whose name to ask.
struct ServerOptions: ParsableArguments {
  @Option(name: .long, help: "The server, https://127.0.0.1:PORT; loopback addresses only.")
  var url: String

  @Option(
    name: .long, help: "The authority's root.crt (PEM): the only certificate that is trusted.",
    completion: .file())
  var root: String

  @Option(
    name: .long,
    help: """
      The DNS name that the server's certificate must have; without it, it must have the address.
      """)
  var serverName: String?

  @Option(
    name: .long,
    help: """
      A file with one account per line, name:password; requests use them in turn. Without it, no \
      credentials are sent.
      """, completion: .file())
  var accounts: String?

  @Option(name: .long, help: "The path and query of enrollment requests.")
  var path = "/enroll"

  func validate() throws {
    _ = try target()
    guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw ValidationError("--path must begin with / and hold no spaces")
    }
  }

  /// The refused target as an error of the command line.
  func target() throws -> LoopbackTarget {
    do {
      return try LoopbackTarget(url)
    } catch {
      throw ValidationError(error.description)
    }
  }

  func access() throws -> ServerAccess {
    try ServerAccess(target: target(), rootPath: root, serverName: serverName)
  }

  /// The accounts; an empty list when none were given.
  func credentials() throws -> [String] {
    guard let accounts else { return [] }
    let text = try String(contentsOf: URL(filePath: accounts), encoding: .utf8)
    let lines = text.split(separator: "\n").map(String.init)
    guard !lines.isEmpty, lines.allSatisfy({ $0.dropFirst().contains(":") }) else {
      throw ValidationError("\(accounts) must hold lines of the form name:password")
    }
    return lines
  }

  /// What comes before `Content-Length` in an enrollment request of each account.
  func requestHeads() throws -> [[UInt8]] {
    let host = try target().authority
    let fields: [String] = try credentials().map {
      "Authorization: Basic \(Data($0.utf8).base64EncodedString())\r\n"
    }
    return (fields.isEmpty ? [""] : fields).map {
      Array(
        ("POST \(path) HTTP/1.1\r\nHost: \(host)\r\n\($0)"
          + "Content-Type: application/pkcs10\r\nAccept: application/pkix-cert\r\n").utf8)
    }
  }
}

/// How thoroughly answers are checked.
struct CheckOptions: ParsableArguments {
  @Option(
    name: .long,
    help: """
      Verify one in so many certificates from the root down; needs --overlay and --issuing, and \
      0.25 ms of the generator's time each.
      """)
  var verifySample = 100

  @Option(name: .long, help: "The overlay's name, for --verify-sample.")
  var overlay: String?

  @Option(
    name: .long, help: "The authority's issuing.crt (PEM), for --verify-sample.",
    completion: .file())
  var issuing: String?

  @Option(
    name: .long,
    help: """
      The log's verifier key, log.pub: every answer must then bring a proof of inclusion, and the \
      sampled ones are verified with it.
      """, completion: .file())
  var logKey: String?

  @Option(
    name: .long, help: "Write every released certificate's nodeId, serial and digest here.",
    completion: .file())
  var journal: String?

  func validate() throws {
    guard verifySample > 0 else { throw ValidationError("--verify-sample must be positive") }
    guard (overlay == nil) == (issuing == nil) else {
      throw ValidationError("--overlay and --issuing go together")
    }
    guard logKey == nil || overlay != nil else {
      throw ValidationError("--log-key needs --overlay and --issuing")
    }
  }

  func verifier(rootPath: String) throws -> SampleVerifier? {
    guard let overlay, let issuing else { return nil }
    return try SampleVerifier(
      overlay: overlay, rootPath: rootPath, issuingPath: issuing, logKeyPath: logKey)
  }
}
