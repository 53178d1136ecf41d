import Foundation
import Glibc

/// A TCP connection on which anything can be sent. All calls block; use them off the cooperative
/// threads.
final class RawConnection: Sendable {
  enum Failure: Error {
    case socket(Int32)
    /// The peer sent nothing and did not close for half a minute.
    case silent
  }

  private let descriptor: Int32

  init(port: Int) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      // Set last: a class whose initialiser throws after that is deinitialised, and would close
      // again what another thread may have opened by then.
      Glibc.close(descriptor)
      throw Failure.socket(errno)
    }
    self.descriptor = descriptor
  }

  deinit { Glibc.close(descriptor) }

  /// Sends octets; false when the peer is gone.
  func send(_ text: String) -> Bool {
    let octets = Array(text.utf8)
    return Glibc.send(descriptor, octets, octets.count, Int32(MSG_NOSIGNAL)) == octets.count
  }

  /// Says that nothing more will be sent.
  func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Some octets; nil when the peer has closed or reset the connection.
  func receive() throws -> String? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count > 0 { return String(decoding: buffer[..<count], as: UTF8.self) }
    if count < 0, errno == EAGAIN { throw Failure.silent }
    return nil
  }

  /// Everything up to the peer's close.
  func receiveAll() throws -> String {
    var text = ""
    while let part = try receive() { text += part }
    return text
  }

  /// Everything up to and with a text.
  func receive(until mark: String) throws -> String {
    var text = ""
    while !text.contains(mark), let part = try receive() { text += part }
    return text
  }
}

extension ServerBench {
  /// Sends octets on a new connection without TLS and gives everything up to the close.
  func raw(_ text: String, finishing: Bool = false) async throws -> String {
    let port = plainPort
    return try await blocking {
      let connection = try RawConnection(port: port)
      _ = connection.send(text)
      if finishing { connection.finish() }
      return try connection.receiveAll()
    }
  }
}
