#if canImport(Glibc)
  import Glibc
#endif

/// One flat, zeroed column of trivial values in memory that the engine owns.
///
/// Columns of 2 MiB and more are aligned to and backed by huge pages where the system has them,
/// which spares a third of the time on tables that leave the L2 cache.
///
/// Sendable by proof: a column is written only by the initialiser that fills it, before the value
/// that owns it is shared, and only read afterwards. See the allow list of the tidy test.
@safe
final class FlatColumn<Element: BitwiseCopyable>: @unchecked Sendable {
  /// Number of elements.
  let count: Int
  /// The first element; valid while the column lives.
  @unsafe let base: UnsafeMutablePointer<Element>
  private let raw: UnsafeMutableRawPointer

  /// Allocates `count` elements, all bytes `filling`; with nil they hold anything until they are
  /// written, and memory that is never written is never taken from the system.
  /// - Precondition: `count >= 0`; memory can be had.
  init(count: Int, filling: UInt8? = 0) {
    precondition(count >= 0, "a column cannot have \(count) elements")
    self.count = count
    let hugePage = 2 << 20
    let bytes = max(1, count) * MemoryLayout<Element>.stride
    let isHuge = bytes >= hugePage
    let alignment = isHuge ? hugePage : 64
    let rounded = (bytes + alignment - 1) / alignment * alignment
    unsafe raw = UnsafeMutableRawPointer.allocate(byteCount: rounded, alignment: alignment)
    #if os(Linux)
      if isHuge, filling != nil { unsafe _ = madvise(raw, rounded, MADV_HUGEPAGE) }
    #endif
    if let filling {
      unsafe raw.initializeMemory(as: UInt8.self, repeating: filling, count: rounded)
    }
    unsafe base = raw.bindMemory(to: Element.self, capacity: max(1, count))
  }

  deinit {
    unsafe raw.deallocate()
  }

  /// The element at `index`, checked.
  subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "index \(index) outside 0..<\(count)")
      return unsafe base[index]
    }
    set {
      precondition(index >= 0 && index < count, "index \(index) outside 0..<\(count)")
      unsafe base[index] = newValue
    }
  }
}
