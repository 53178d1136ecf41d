import Foundation
import Glibc

/// Writes that are complete or absent, whatever interrupts them.
///
/// The bytes go to a temporary file in the same directory, which is flushed to the device and then
/// renamed; the directory is flushed last. A reader sees the old file or the new one.
package enum AtomicFile {
  /// Temporary files start with this; a killed process may leave one behind.
  static let temporaryPrefix = ".part-"

  /// Replaces the file at `path` by `bytes`.
  /// - Throws: `CampaignError.Code.cannotCreate` when the file cannot be opened or renamed,
  ///   `.inputOutput` when the device refuses the bytes (full disk, file size limit).
  static func write(_ bytes: [UInt8], to path: String) throws(CampaignError) {
    let temporary = temporaryPath(beside: path)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("create", path, errno) }
    do throws(CampaignError) {
      try writeAll(bytes, to: descriptor, path: path)
      guard fsync(descriptor) == 0 else { throw failure("flush", path, errno) }
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    guard close(descriptor) == 0 else {
      let code = errno
      unlink(temporary)
      throw failure("write", path, code)
    }
    try commit(temporary, to: path)
  }

  /// Replaces the file at `path` by the UTF-8 bytes of `text`.
  static func write(_ text: String, to path: String) throws(CampaignError) {
    try write(Array(text.utf8), to: path)
  }

  /// A fresh name in the directory of `path`, distinct between processes.
  package static func temporaryPath(beside path: String) -> String {
    let url = URL(fileURLWithPath: path)
    return url.deletingLastPathComponent().path + "/" + temporaryPrefix
      + "\(getpid())-" + url.lastPathComponent
  }

  /// Gives a finished temporary file its name and flushes the directory.
  package static func commit(_ temporary: String, to path: String) throws(CampaignError) {
    guard rename(temporary, path) == 0 else {
      let code = errno
      unlink(temporary)
      throw failure("create", path, code)
    }
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", directory, errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("flush", directory, errno) }
  }

  /// Writes every byte or says why not.
  static func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(CampaignError) {
    var offset = 0
    while offset < bytes.count {
      let written = bytes[offset...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if written < 0 {
        if errno == EINTR { continue }
        throw failure("write", path, errno)
      }
      offset += written
    }
  }

  /// Reads a whole file.
  /// - Throws: `CampaignError.Code.badData` when there is none, `.inputOutput` otherwise.
  static func read(_ path: String) throws(CampaignError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      throw CampaignError(
        .badData, file: path, "cannot be read: \(reason(code))",
        remedy: code == ENOENT ? "Check the path." : nil)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw CampaignError(.inputOutput, file: path, "cannot be read: \(reason(errno))")
      }
      bytes.append(contentsOf: buffer[..<count])
    }
  }

  /// Creates `path` and its missing parents.
  /// - Throws: `CampaignError.Code.cannotCreate`.
  static func createDirectory(_ path: String) throws(CampaignError) {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
      guard isDirectory.boolValue else {
        throw CampaignError(
          .cannotCreate, file: path, "is a file, not a directory",
          remedy: "Choose another --output.")
      }
      return
    }
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    if parent != path { try createDirectory(parent) }
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure("create", path, errno) }
  }

  /// The error for a failed system call on an output file.
  static func failure(_ verb: String, _ path: String, _ code: Int32) -> CampaignError {
    switch code {
    case ENOSPC, EDQUOT, EFBIG, EIO:
      CampaignError(
        .inputOutput, file: path, "cannot \(verb): \(reason(code))",
        remedy: "Finished cells are safe. Make room, then run `redoubt campaign resume`.")
    default:
      CampaignError(
        .cannotCreate, file: path, "cannot \(verb): \(reason(code))",
        remedy: "Choose a directory that you may write to with --output.")
    }
  }

  private static func reason(_ code: Int32) -> String {
    String(cString: strerror(code))
  }
}
