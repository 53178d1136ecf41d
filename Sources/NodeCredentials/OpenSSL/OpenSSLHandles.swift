import COpenSSL

// Owning, move-only handles: each holds exactly one reference to one OpenSSL object and gives it
// back when it goes out of scope. A copy cannot be made, so nothing is freed twice.

/// Owns one `EVP_PKEY`.
struct KeyHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit { EVP_PKEY_free(pointer) }
}

/// Owns one `EVP_PKEY_CTX`.
struct KeyContextHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit { EVP_PKEY_CTX_free(pointer) }
}

/// Owns one `EVP_MD_CTX`.
struct DigestContextHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit { EVP_MD_CTX_free(pointer) }

  init() throws(OpenSSLError) {
    pointer = try required(EVP_MD_CTX_new(), "allocate a digest")
  }
}

/// Owns one `X509`.
struct CertificateHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit { X509_free(pointer) }
}

/// Owns one `X509_REQ`.
struct RequestHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit { X509_REQ_free(pointer) }
}

/// Owns one `X509_CRL`.
struct RevocationListHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit { X509_CRL_free(pointer) }
}

/// Owns one `X509_STORE`.
struct StoreHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit { X509_STORE_free(pointer) }
}

/// Owns one `X509_STORE_CTX`.
struct StoreContextHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit { X509_STORE_CTX_free(pointer) }
}

/// Owns one `ASN1_OBJECT`, an object identifier.
struct ObjectHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit { ASN1_OBJECT_free(pointer) }

  /// The object whose DER content octets (without tag and length) are `content`.
  init(content: [UInt8]) throws(OpenSSLError) {
    let der = DER.element(DER.objectIdentifierTag, content)
    let object = der.withUnsafeBufferPointer { buffer in
      var cursor = buffer.baseAddress
      return d2i_ASN1_OBJECT(nil, &cursor, buffer.count)
    }
    pointer = try required(object, "build an object identifier")
  }
}

/// Owns one `ASN1_INTEGER`.
struct IntegerHandle: ~Copyable {
  let pointer: UnsafeMutablePointer<ASN1_INTEGER>

  deinit { ASN1_INTEGER_free(pointer) }

  /// The non-negative integer with these big-endian octets.
  init(magnitude: [UInt8]) throws(OpenSSLError) {
    let der = DER.integer(magnitude: magnitude)
    let integer = der.withUnsafeBufferPointer { buffer in
      var cursor = buffer.baseAddress
      return d2i_ASN1_INTEGER(nil, &cursor, buffer.count)
    }
    pointer = try required(integer, "build an integer")
  }
}

/// Owns one `ASN1_TIME`.
struct TimeHandle: ~Copyable {
  let pointer: UnsafeMutablePointer<ASN1_TIME>

  deinit { ASN1_TIME_free(pointer) }

  init(_ time: CredentialTime) throws(OpenSSLError) {
    pointer = try required(
      ASN1_TIME_set(nil, Int(time.secondsSinceEpoch)), "encode the time \(time)")
  }
}

/// Owns one `X509_EXTENSION`.
struct ExtensionHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit { X509_EXTENSION_free(pointer) }

  init(_ content: CertificateExtension) throws(OpenSSLError) {
    let object = try ObjectHandle(content: content.objectIdentifier)
    let value = try required(ASN1_OCTET_STRING_new(), "allocate an extension")
    defer { ASN1_OCTET_STRING_free(value) }
    try succeed(
      ASN1_OCTET_STRING_set(value, content.value, Int32(clamping: content.value.count)),
      "set an extension's value")
    pointer = try required(
      X509_EXTENSION_create_by_OBJ(nil, object.pointer, content.isCritical ? 1 : 0, value),
      "build an extension")
  }
}

/// Owns one `X509_NAME`.
struct NameHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit { X509_NAME_free(pointer) }

  /// The name with one attribute: the common name, as UTF8String.
  init(commonName: String) throws(OpenSSLError) {
    let name = try required(X509_NAME_new(), "allocate a name")
    let bytes = Array(commonName.utf8)
    let status = X509_NAME_add_entry_by_NID(
      name, NID_commonName, MBSTRING_UTF8, bytes, Int32(clamping: bytes.count), -1, 0)
    guard status > 0 else {
      X509_NAME_free(name)
      throw OpenSSLError.drained("build the name CN=\(commonName)")
    }
    pointer = name
  }

  /// The DER of the Name.
  borrowing func der() throws(OpenSSLError) -> [UInt8] {
    try derBytes("encode a name") { i2d_X509_NAME(pointer, $0) }
  }
}

/// Runs an `i2d_` function and copies what it wrote.
func derBytes(
  _ operation: String,
  _ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>) -> Int32
) throws(OpenSSLError) -> [UInt8] {
  var buffer: UnsafeMutablePointer<UInt8>?
  let count = encode(&buffer)
  guard count > 0, let buffer else { throw OpenSSLError.drained(operation) }
  defer { shim_free(buffer) }
  return [UInt8](UnsafeBufferPointer(start: buffer, count: Int(count)))
}

/// Runs a `d2i_` function over all of `der`; nil when it fails or leaves octets over.
func decodeAll(
  _ der: [UInt8],
  _ decode: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> OpaquePointer?,
  discard: (OpaquePointer) -> Void
) -> OpaquePointer? {
  der.withUnsafeBufferPointer { buffer in
    var cursor = buffer.baseAddress
    guard let object = decode(&cursor, buffer.count) else { return nil }
    guard let base = buffer.baseAddress, cursor == base + buffer.count else {
      discard(object)
      return nil
    }
    return object
  }
}

/// The octets of an ASN.1 string.
func octets(of string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
  guard let string, let data = ASN1_STRING_get0_data(string) else { return [] }
  let count = Int(ASN1_STRING_length(string))
  return count > 0 ? [UInt8](UnsafeBufferPointer(start: data, count: count)) : []
}

/// The instant that an ASN.1 time names; nil when it is absent or not in the form of RFC 5280:
/// whole seconds and a final Z.
func instant(of time: UnsafePointer<ASN1_TIME>?) -> CredentialTime? {
  guard let time else { return nil }
  let text = octets(of: time)
  let count = ASN1_STRING_type(time) == V_ASN1_UTCTIME ? 13 : 15
  guard text.count == count, text.last == 0x5A,
    text.dropLast().allSatisfy({ (0x30...0x39).contains($0) })
  else { return nil }
  var fields = tm()
  guard ASN1_TIME_to_tm(time, &fields) == 1 else { return nil }
  return CredentialTime(
    year: Int(fields.tm_year) + 1900, month: Int(fields.tm_mon) + 1, day: Int(fields.tm_mday),
    hour: Int(fields.tm_hour), minute: Int(fields.tm_min), second: Int(fields.tm_sec))
}
