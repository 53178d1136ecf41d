import Campaigns
import Foundation
import Glibc

/// A file that is read piece by piece.
final class SimulateInputFile {
  private let path: String
  private let descriptor: Int32
  private static let pieceSize = 1 << 20

  init(_ path: String) throws(SimulateError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw SimulateError(
        .noInput, "\(path): cannot be opened: \(String(cString: strerror(errno)))")
    }
  }

  deinit { close(descriptor) }

  /// The next piece; empty at the end.
  func next() throws(SimulateError) -> [UInt8] {
    var piece = [UInt8](repeating: 0, count: Self.pieceSize)
    while true {
      let count = read(descriptor, &piece, piece.count)
      if count >= 0 { return Array(piece[..<count]) }
      if errno != EINTR {
        throw SimulateError(
          .noInput, "\(path): cannot be read: \(String(cString: strerror(errno)))")
      }
    }
  }

  /// The most bytes of a data file: the largest published one has 60 MB.
  static let dataSizeMax = 1 << 30

  /// A whole data file, which must not be compressed.
  static func data(_ path: String) throws(SimulateError) -> [UInt8] {
    let file = try SimulateInputFile(path)
    var bytes: [UInt8] = []
    while true {
      let piece = try file.next()
      if piece.isEmpty { break }
      bytes += piece
      guard bytes.count <= dataSizeMax else {
        throw SimulateError(.data, "\(path): is larger than 1 GiB; give a part of it")
      }
    }
    if bytes.starts(with: [0x1F, 0x8B]) {
      throw SimulateError(
        .data, "\(path): is compressed; unpack it first: gzip -dc '\(path)' > FILE")
    }
    return bytes
  }
}

/// A file that is written piece by piece.
final class SimulateOutputFile {
  private let path: String
  /// Where the bytes go until the file is whole; nil when they go to `path` at once.
  private let temporary: String?
  private var descriptor: Int32

  /// Opens it.
  /// - Parameter isStream: whether what is written is to be seen at once, as of a long trace. Else
  ///   an earlier file of that name stays as it is until `finish`, unless it is a pipe or a device.
  init(_ path: String, isStream: Bool) throws(SimulateError) {
    self.path = path
    var status = stat()
    let isSpecial = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    temporary = isStream || isSpecial ? nil : AtomicFile.temporaryPath(beside: path)
    descriptor = open(temporary ?? path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(errno) }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if let temporary { unlink(temporary) }
  }

  private func failure(_ code: Int32) -> SimulateError {
    SimulateError(.inputOutput, "\(path): cannot be written: \(String(cString: strerror(code)))")
  }

  /// Appends bytes.
  func write(_ bytes: [UInt8]) throws(SimulateError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw failure(errno)
      }
    }
  }

  /// Appends a value as JSON: with sorted keys, so that equal values are equal bytes.
  func write(json value: some Encodable) throws(SimulateError) {
    let text: String
    do {
      text = try json(value)
    } catch {
      throw SimulateError(.data, "\(path): a measure cannot be written as JSON: \(error)")
    }
    try write(Array(text.utf8) + [UInt8(ascii: "\n")])
  }

  /// Gives the whole file its name.
  func finish() throws(SimulateError) {
    if let temporary {
      guard fsync(descriptor) == 0 else { throw failure(errno) }
      do throws(CampaignError) {
        try AtomicFile.commit(temporary, to: path)
      } catch {
        throw SimulateError(.inputOutput, "\(path): cannot be written: \(error.description)")
      }
    }
    close(descriptor)
    descriptor = -1
  }
}
