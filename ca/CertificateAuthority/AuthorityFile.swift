import Foundation

/// File access of the authority: whole files read with a bound, and written atomically.
enum AuthorityFile {
  /// No file that is read whole may be larger.
  static let maximumCount = 64 << 20

  /// Who may read a new file.
  enum Secrecy {
    /// Mode 0600.
    case secret
    /// Mode 0644, less the umask.
    case published

    var mode: mode_t { self == .secret ? 0o600 : 0o644 }
  }

  /// The whole file.
  static func read(_ url: URL) throws(AuthorityError) -> [UInt8] {
    do {
      let handle = try FileHandle(forReadingFrom: url)
      defer { try? handle.close() }
      let data = try handle.read(upToCount: maximumCount + 1) ?? Data()
      guard data.count <= maximumCount else {
        throw AuthorityError.invalid(
          path: url.path, line: nil, detail: "larger than \(maximumCount) bytes")
      }
      return [UInt8](data)
    } catch let error as AuthorityError {
      throw error
    } catch {
      throw .io(path: url.path, detail: "cannot be read: \(reason(error))")
    }
  }

  /// Writes the whole file or nothing: temporary file, fsync, rename, fsync of the directory.
  static func write(_ bytes: [UInt8], to url: URL, _ secrecy: Secrecy) throws(AuthorityError) {
    let writer = try PendingFile(for: url, secrecy)
    try writer.append(bytes)
    try writer.commit()
  }

  /// Makes a directory that must not exist yet.
  static func makeDirectory(_ url: URL, mode: mode_t) throws(AuthorityError) {
    guard mkdir(url.path, mode) == 0 else {
      throw .cannotCreate(path: url.path, detail: String(cString: strerror(errno)))
    }
  }

  /// Makes the directory's entries durable.
  static func synchronizeDirectory(_ url: URL) throws(AuthorityError) {
    let descriptor = open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .io(path: url.path, detail: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw .io(path: url.path, detail: String(cString: strerror(errno)))
    }
  }

  static func reason(_ error: any Error) -> String {
    let cocoa = error as NSError
    if let underlying = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError,
      underlying.domain == NSPOSIXErrorDomain
    {
      return String(cString: strerror(Int32(truncatingIfNeeded: underlying.code)))
    }
    switch cocoa.code {
    case CocoaError.fileReadNoSuchFile.rawValue: return "no such file"
    case CocoaError.fileReadNoPermission.rawValue: return "permission denied"
    case CocoaError.fileWriteOutOfSpace.rawValue: return "the disk is full"
    default: return cocoa.localizedDescription
    }
  }
}

/// A file in the making, which appears under its name only when it is complete.
final class PendingFile {
  private let url: URL
  private let temporary: URL
  private let handle: FileHandle
  private var isPending = true
  /// How many bytes were appended.
  private(set) var count = 0

  /// Opens a temporary file beside `url`.
  init(for url: URL, _ secrecy: AuthorityFile.Secrecy) throws(AuthorityError) {
    self.url = url
    temporary = url.deletingLastPathComponent().appendingPathComponent(
      ".\(url.lastPathComponent).\(getpid()).\(UUID().uuidString).partial")
    // The mode is given at creation: a secret is never readable, not even for a moment.
    let descriptor = open(
      temporary.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secrecy.mode)
    guard descriptor >= 0 else {
      throw .cannotCreate(path: url.path, detail: String(cString: strerror(errno)))
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  deinit {
    if isPending { unlink(temporary.path) }
  }

  /// Appends bytes.
  func append(_ bytes: [UInt8]) throws(AuthorityError) {
    do {
      try handle.write(contentsOf: Data(bytes))
    } catch {
      throw .io(path: url.path, detail: AuthorityFile.reason(error))
    }
    count += bytes.count
  }

  /// Makes the contents durable and gives the file its name.
  func commit() throws(AuthorityError) {
    do {
      try handle.synchronize()
      try handle.close()
    } catch {
      throw .io(path: url.path, detail: AuthorityFile.reason(error))
    }
    guard rename(temporary.path, url.path) == 0 else {
      throw .cannotCreate(path: url.path, detail: String(cString: strerror(errno)))
    }
    isPending = false
    try AuthorityFile.synchronizeDirectory(url.deletingLastPathComponent())
  }
}
