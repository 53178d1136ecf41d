import RingIdentifiers

/// The rules that a node certificate of this overlay must keep, over octets that OpenSSL parsed.
struct NodeProfile {
  let overlay: OverlayName
  /// The value of the issuing certificate's subject key identifier: an OCTET STRING.
  let issuingKeyIdentifier: [UInt8]

  /// Checks every rule and reads the node's identity.
  func certifiedNode(from fields: CertificateFields) throws(CertificateRejection) -> CertifiedNode {
    guard fields.hasAcceptedSignature else { throw .profile(.signatureAlgorithm) }
    guard fields.version == 3 else { throw .profile(.version) }
    let serial = try serialNumber(fields)
    guard let notBefore = fields.notBefore, let notAfter = fields.notAfter else {
      throw .malformed("the validity cannot be read")
    }
    let publicKey = try publicKey(fields)
    let port = try checkedPort(fields.extensions, publicKey: publicKey)
    let names = try alternativeNames(fields.extensions)
    let uri = try single(names.uris, none: .uriMissing, several: .uriCount)
    let nodeId = try NodeURI.nodeId(in: uri, overlay: overlay)
    let host = try single(names.hosts, none: .hostMissing, several: .hostCount)
    guard host.elementsEqual("\(nodeId.hex).\(overlay.value)".utf8) else {
      throw .nodeIdMismatch(
        expected: "\(nodeId.hex).\(overlay.value)", found: "DNS name \(printable(host))")
    }
    let commonName = try commonName(fields.subject)
    guard commonName.elementsEqual(nodeId.hex.utf8) else {
      throw .nodeIdMismatch(expected: nodeId.hex, found: "common name \(printable(commonName))")
    }
    let octets = try single(names.ips, none: .addressMissing, several: .addressCount)
    guard let ip = IPAddress(octets: [UInt8](octets)) else { throw .profile(.addressForm) }
    guard let address = NodeAddress(ip: ip, port: port) else { throw .profile(.port) }
    return CertifiedNode(
      nodeId: nodeId, address: address, publicKey: publicKey, serial: serial,
      notBefore: notBefore, notAfter: notAfter)
  }

  private func serialNumber(
    _ fields: CertificateFields
  ) throws(CertificateRejection) -> SerialNumber {
    guard !fields.isSerialNegative else { throw .profile(.serialNumberNegative) }
    guard fields.serial.contains(where: { $0 != 0 }) else { throw .profile(.serialNumberZero) }
    // OpenSSL gives the magnitude: a first octet from 0x80 on takes one more in the certificate.
    let count = fields.serial.count + (fields.serial[0] >= 0x80 ? 1 : 0)
    guard count <= 20 else { throw .profile(.serialNumberTooLong) }
    guard let serial = SerialNumber(bytes: fields.serial) else { throw .profile(.serialNumber) }
    return serial
  }

  private func publicKey(_ fields: CertificateFields) throws(CertificateRejection) -> PublicKey {
    guard let key = PublicKey(subjectPublicKeyInfo: fields.publicKeyInfo), fields.isKeyUsable else {
      throw .profile(PublicKey.fault(in: fields.publicKeyInfo))
    }
    return key
  }

  /// The only one of several names.
  private func single(
    _ names: [ArraySlice<UInt8>], none: ProfileRule, several: ProfileRule
  ) throws(CertificateRejection) -> ArraySlice<UInt8> {
    guard let first = names.first else { throw .profile(none) }
    guard names.count == 1 else { throw .profile(several) }
    return first
  }

  /// Checks all extensions but the alternative names; gives the port.
  private func checkedPort(
    _ extensions: [CertificateExtension], publicKey: PublicKey
  ) throws(CertificateRejection) -> UInt16 {
    for (index, content) in extensions.enumerated() {
      let identifier = content.objectIdentifier
      if extensions[..<index].contains(where: { $0.objectIdentifier == identifier }) {
        throw .profile(.duplicateExtension)
      }
    }
    func find(_ identifier: [UInt8]) -> CertificateExtension? {
      extensions.first { $0.objectIdentifier == identifier }
    }
    let constraints = find(ObjectIdentifiers.basicConstraints)
    guard constraints == .basicConstraints(pathLength: nil) else {
      throw .profile(isAuthority(constraints) ? .authority : .basicConstraints)
    }
    let usage = find(ObjectIdentifiers.keyUsage)
    guard usage == .nodeKeyUsage else {
      throw .profile(usage == nil ? .keyUsageMissing : .keyUsage)
    }
    let purpose = find(ObjectIdentifiers.extendedKeyUsage)
    guard purpose == .nodeExtendedKeyUsage else {
      throw .profile(purpose == nil ? .extendedKeyUsageMissing : .extendedKeyUsage)
    }
    guard let identifier = try? publicKey.identifier(),
      find(ObjectIdentifiers.subjectKeyIdentifier) == .subjectKeyIdentifier(identifier)
    else { throw .profile(.subjectKeyIdentifier) }
    let issuer = [UInt8](issuingKeyIdentifier.dropFirst(2))
    guard find(ObjectIdentifiers.authorityKeyIdentifier) == .authorityKeyIdentifier(issuer) else {
      throw .profile(.authorityKeyIdentifier)
    }
    guard find(ObjectIdentifiers.revocationListDistributionPoints) != nil else {
      throw .profile(.distributionPoint)
    }
    guard let content = find(ObjectIdentifiers.nodePort), !content.isCritical else {
      throw .profile(.portMissing)
    }
    return try NodeProfile.port(content.value)
  }

  /// Whether basic constraints, however written, begin with cA=TRUE.
  private func isAuthority(_ constraints: CertificateExtension?) -> Bool {
    guard let constraints else { return false }
    var outer = DERReader(constraints.value)
    guard var fields = try? outer.descend(DER.sequenceTag), !fields.isAtEnd else { return false }
    return (try? fields.content(DER.booleanTag))?.first ?? 0 != 0
  }

  /// The first field of the port extension; later fields are for the future and skipped.
  private static func port(_ value: [UInt8]) throws(CertificateRejection) -> UInt16 {
    do {
      var outer = DERReader(value)
      var fields = try outer.descend(DER.sequenceTag)
      guard outer.isAtEnd else { throw CertificateRejection.profile(.portForm) }
      let octets = try fields.content(DER.integerTag)
      while !fields.isAtEnd { _ = try fields.element() }
      var number = DERReader(DER.element(DER.integerTag, [UInt8](octets)))
      guard let value = try? number.smallInteger(), value > 0, let port = UInt16(exactly: value)
      else { throw CertificateRejection.profile(.port) }
      return port
    } catch let error as CertificateRejection {
      throw error
    } catch {
      throw .profile(.portForm)
    }
  }

  private struct AlternativeNames {
    var uris: [ArraySlice<UInt8>] = []
    var hosts: [ArraySlice<UInt8>] = []
    var ips: [ArraySlice<UInt8>] = []
  }

  private func alternativeNames(
    _ extensions: [CertificateExtension]
  ) throws(CertificateRejection) -> AlternativeNames {
    let content = extensions.first {
      $0.objectIdentifier == ObjectIdentifiers.subjectAlternativeName
    }
    guard let content else { throw .profile(.alternativeNamesMissing) }
    guard !content.isCritical else { throw .profile(.alternativeNamesCritical) }
    var names = AlternativeNames()
    do {
      var outer = DERReader(content.value)
      var reader = try outer.descend(DER.sequenceTag)
      guard outer.isAtEnd else { throw CertificateRejection.profile(.alternativeNameKind) }
      while !reader.isAtEnd {
        let name = try reader.element()
        switch name.tag {
        case 0x86: names.uris.append(name.content)
        case 0x82: names.hosts.append(name.content)
        case 0x87: names.ips.append(name.content)
        default: throw CertificateRejection.profile(.alternativeNameKind)
        }
      }
    } catch let error as CertificateRejection {
      throw error
    } catch {
      throw .malformed("the alternative names cannot be read")
    }
    return names
  }

  /// The value of a subject that is exactly one common name.
  private func commonName(
    _ subject: [UInt8]
  ) throws(CertificateRejection) -> ArraySlice<UInt8> {
    do {
      var outer = DERReader(subject)
      var name = try outer.descend(DER.sequenceTag)
      guard !name.isAtEnd else { throw CertificateRejection.profile(.subjectEmpty) }
      var set = try name.descend(DER.setTag)
      var attribute = try set.descend(DER.sequenceTag)
      let identifier = try attribute.content(DER.objectIdentifierTag)
      let value = try attribute.element()
      let isText = value.tag == DER.utf8StringTag || value.tag == 0x13
      guard name.isAtEnd, set.isAtEnd, attribute.isAtEnd, isText,
        identifier.elementsEqual(ObjectIdentifiers.commonName)
      else { throw CertificateRejection.profile(.subject) }
      return value.content
    } catch let error as CertificateRejection {
      throw error
    } catch {
      throw .profile(.subject)
    }
  }

  /// At most 120 printable ASCII characters of a foreign text; the rest shows as dots.
  private func printable(_ bytes: ArraySlice<UInt8>) -> String {
    String(
      decoding: bytes.prefix(120).map { (0x20...0x7E).contains($0) ? $0 : 0x2E }, as: UTF8.self)
  }
}
