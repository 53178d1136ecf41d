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
    guard !fields.isSerialNegative, let serial = SerialNumber(bytes: fields.serial) else {
      throw .profile(.serialNumber)
    }
    guard let notBefore = fields.notBefore, let notAfter = fields.notAfter else {
      throw .malformed("the validity cannot be read")
    }
    guard let info = fields.publicKeyInfo, let publicKey = PublicKey(subjectPublicKeyInfo: info)
    else { throw .profile(.publicKey) }
    let port = try checkedPort(fields.extensions, publicKey: publicKey)
    let names = try alternativeNames(fields.extensions)
    guard let uri = names.uris.first, names.uris.count == 1 else { throw .profile(.uriCount) }
    let nodeId = try NodeURI.nodeId(in: uri, overlay: overlay)
    guard let host = names.hosts.first, names.hosts.count == 1 else { throw .profile(.hostCount) }
    guard host.elementsEqual("\(nodeId.hex).\(overlay.value)".utf8) else {
      throw .nodeIdMismatch(
        expected: "\(nodeId.hex).\(overlay.value)", found: "DNS name \(printable(host))")
    }
    let commonName = try commonName(fields.subject)
    guard commonName.elementsEqual(nodeId.hex.utf8) else {
      throw .nodeIdMismatch(expected: nodeId.hex, found: "common name \(printable(commonName))")
    }
    guard let octets = names.ips.first, names.ips.count == 1,
      let ip = IPAddress(octets: [UInt8](octets))
    else { throw .profile(.addressCount) }
    guard let address = NodeAddress(ip: ip, port: port) else { throw .profile(.port) }
    return CertifiedNode(
      nodeId: nodeId, address: address, publicKey: publicKey, serial: serial,
      notBefore: notBefore, notAfter: notAfter)
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
    guard find(ObjectIdentifiers.basicConstraints) == .basicConstraints(pathLength: nil) else {
      throw .profile(.basicConstraints)
    }
    guard find(ObjectIdentifiers.keyUsage) == .nodeKeyUsage else { throw .profile(.keyUsage) }
    guard
      find(ObjectIdentifiers.extendedKeyUsage)?.value
        == CertificateExtension.nodeExtendedKeyUsage.value
    else { throw .profile(.extendedKeyUsage) }
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
    guard let content = find(ObjectIdentifiers.nodePort), !content.isCritical,
      let port = NodeProfile.port(content.value)
    else { throw .profile(.port) }
    return port
  }

  /// The first field of the port extension; later fields are for the future and skipped.
  private static func port(_ value: [UInt8]) -> UInt16? {
    do {
      var outer = DERReader(value)
      var fields = try outer.descend(DER.sequenceTag)
      guard outer.isAtEnd else { return nil }
      let port = try fields.smallInteger()
      while !fields.isAtEnd { _ = try fields.element() }
      return port > 0 ? UInt16(exactly: port) : nil
    } catch {
      return nil
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
    guard let content else { throw .profile(.uriCount) }
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
