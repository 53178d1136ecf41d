import COpenSSL
import Synchronization

/// Why a token gave no signing key.
public enum TokenRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text is no URI of RFC 7512 that may be used here.
  case uri(String)
  /// OpenSSL has no engine for PKCS#11.
  case noEngine(OpenSSLError)
  /// This process already uses another module.
  case otherModule(String)
  /// The module, the token or the key cannot be opened, or the PIN is wrong.
  case notOpened(OpenSSLError)
  /// The key is not on P-256.
  case unsupportedKey
  /// The token signs with another key than the public one that it shows.
  case mismatch

  /// One line with the remedy.
  public var description: String {
    switch self {
    case .uri(let problem):
      "\(problem); use a URI such as \"pkcs11:token=authority;object=issuing;type=private\""
    case .noEngine(let error):
      "there is no PKCS#11 engine (Debian: libengine-pkcs11-openssl): \(error)"
    case .otherModule(let module): "this process already uses the PKCS#11 module \(module)"
    case .notOpened(let error): "the token's key cannot be opened: \(error)"
    case .unsupportedKey: "only P-256 keys can be used on a token"
    case .mismatch: "the token's private and public keys do not belong together"
    }
  }
}

/// The engine of this process; made once, never given back: keys on tokens refer to it.
private struct TokenEngine: Sendable {
  /// The bits of the `ENGINE` pointer; a pointer itself may not be shared.
  var bits: UInt?
  var module: String?
}

private let tokenEngine = Mutex(TokenEngine())

extension PrivateKey {
  /// Opens a P-256 key on a PKCS#11 token (a smart card, a security module); the key never leaves
  /// it, so `pem` fails.
  ///
  /// One process uses one module. A token stays open once its PIN was right: the PIN of later calls
  /// is not compared with anything. The engine takes the token's keys for unreadable when one of
  /// them is an Ed25519 key.
  /// - Parameters:
  ///   - uri: names token and key (RFC 7512); a PIN in it is refused, since URIs end up in
  ///     arguments and logs.
  ///   - module: path of the token's PKCS#11 library; nil for p11-kit's, which asks all that are
  ///     registered.
  /// - Throws: `TokenRejection`.
  /// - Complexity: as fast as the token.
  public init(
    pkcs11 uri: String, pin: borrowing Passphrase, module: String? = nil
  ) throws(TokenRejection) {
    guard uri.hasPrefix("pkcs11:"), uri.utf8.count <= 1_024, !uri.utf8.contains(0) else {
      throw .uri("a token's key is named by a pkcs11: URI of at most 1,024 octets")
    }
    guard !uri.contains("pin-value"), !uri.contains("pin-source") else {
      throw .uri("the PIN does not belong into the URI")
    }
    let handle = try PrivateKey.onToken(uri, pin: pin, module: module)
    defer { ERR_clear_error() }
    guard let info = try? derBytes("export a public key", { i2d_PUBKEY(handle.pointer, $0) }),
      let publicKey = PublicKey(subjectPublicKeyInfo: info), publicKey.algorithm == .p256
    else { throw .unsupportedKey }
    let key = PrivateKey(onToken: handle, publicKey: publicKey)
    let trial: [UInt8] = [0]
    let signature: [UInt8]
    do {
      signature = try key.signature(over: trial)
    } catch {
      throw .notOpened(error)
    }
    guard publicKey.isSignature(signature, over: trial) else { throw .mismatch }
    self = key
  }

  private static func onToken(
    _ uri: String, pin: borrowing Passphrase, module: String?
  ) throws(TokenRejection) -> KeyHandle {
    // Only a number crosses the lock: neither pointers nor borrowed values may.
    let opened = pin.withCharacters { characters, _ in
      tokenEngine.withLock { engine -> Result<UInt, TokenRejection> in
        do throws(TokenRejection) {
          let loaded = try load(&engine, module: module)
          ERR_clear_error()
          guard shim_ENGINE_command(loaded, "PIN", characters) == 1,
            let key = shim_ENGINE_load_private_key(loaded, uri)
          else { throw TokenRejection.notOpened(.drained("open a key on a token")) }
          return .success(UInt(bitPattern: key))
        } catch {
          return .failure(error)
        }
      }
    }
    guard let pointer = OpaquePointer(bitPattern: try opened.get()) else {
      throw .notOpened(.drained("open a key on a token"))
    }
    return KeyHandle(pointer: pointer)
  }

  private static func load(
    _ engine: inout TokenEngine, module: String?
  ) throws(TokenRejection) -> OpaquePointer {
    if let bits = engine.bits, let loaded = OpaquePointer(bitPattern: bits) {
      guard engine.module == module else { throw .otherModule(engine.module ?? "of p11-kit") }
      return loaded
    }
    guard let found = shim_ENGINE_by_id("pkcs11") else {
      throw .noEngine(.drained("find the engine"))
    }
    // Its messages come to us by the error queue; it need not print them too.
    var isReady = shim_ENGINE_command(found, "QUIET", nil) == 1
    if let module { isReady = isReady && shim_ENGINE_command(found, "MODULE_PATH", module) == 1 }
    guard isReady, shim_ENGINE_init(found) == 1 else {
      let error = OpenSSLError.drained("start the engine")
      _ = shim_ENGINE_free(found)
      throw .noEngine(error)
    }
    engine = TokenEngine(bits: UInt(bitPattern: found), module: module)
    return found
  }
}
