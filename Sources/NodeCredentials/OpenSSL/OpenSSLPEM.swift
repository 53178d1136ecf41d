import COpenSSL

/// Text armour around DER (RFC 7468).
public enum PEM {
  /// Wraps DER octets in armour with this label.
  /// - Throws: `OpenSSLError` when memory runs out.
  public static func encode(_ der: [UInt8], label: String) throws(OpenSSLError) -> [UInt8] {
    let memory = try required(BIO_new(BIO_s_mem()), "allocate a buffer")
    defer { BIO_free(memory) }
    let status = PEM_write_bio(memory, label, "", der, der.count)
    try succeed(status, "write PEM")
    var data: UnsafeMutablePointer<CChar>?
    let count = shim_BIO_get_mem_data(memory, &data)
    guard count > 0, let data else { throw OpenSSLError.drained("write PEM") }
    return data.withMemoryRebound(to: UInt8.self, capacity: count) { start in
      [UInt8](UnsafeBufferPointer(start: start, count: count))
    }
  }

  /// The DER octets of the first block, when it carries this label and no encryption header.
  /// - Returns: nil when the text holds no such block, or has 2 GiB and more.
  public static func decode(_ text: [UInt8], label: String) -> [UInt8]? {
    // The buffer keeps the pointer, so all of the reading happens while the array lends it.
    text.withUnsafeBytes { decode($0, label: label) }?.der
  }

  /// The same when nothing but white space follows the block; text before it is skipped.
  /// - Returns: nil for a second block or any other text behind the first.
  static func decodeOnly(_ text: [UInt8], label: String) -> [UInt8]? {
    guard let found = text.withUnsafeBytes({ decode($0, label: label) }),
      text.suffix(found.rest).allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) })
    else { return nil }
    return found.der
  }

  /// The first block, and how many octets of the text come after it.
  private static func decode(
    _ text: UnsafeRawBufferPointer, label: String
  ) -> (der: [UInt8], rest: Int)? {
    guard let length = Int32(exactly: text.count), length > 0,
      let memory = BIO_new_mem_buf(text.baseAddress, length)
    else { return nil }
    defer { BIO_free(memory) }
    var name: UnsafeMutablePointer<CChar>?
    var header: UnsafeMutablePointer<CChar>?
    var data: UnsafeMutablePointer<UInt8>?
    var count = 0
    guard PEM_read_bio(memory, &name, &header, &data, &count) == 1 else {
      ERR_clear_error()
      return nil
    }
    defer {
      shim_free(name)
      shim_free(header)
      shim_free(data)
    }
    guard let name, let header, let data, String(cString: name) == label, header.pointee == 0
    else { return nil }
    let der = [UInt8](UnsafeBufferPointer(start: data, count: count))
    return (der, BIO_ctrl(memory, BIO_CTRL_PENDING, 0, nil))
  }
}
