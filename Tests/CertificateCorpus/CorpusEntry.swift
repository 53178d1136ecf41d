package import NodeCredentials

/// Who can judge an entry; fixed before any verifier is asked.
package enum CorpusClass: String, Hashable, Sendable, CaseIterable {
  /// Nothing is wrong with it: every verifier must accept it.
  case good
  /// Sound, and accepted by ours, but of a kind that the authority never issues because some cannot
  /// read it: the verdicts of others are noted and not counted.
  case tolerated
  /// It breaks a rule of X.509: every verifier that claims to check that rule must refuse it.
  case x509
  /// It is sound X.509 and breaks a rule of the overlay's profile: only ours can judge it.
  case profile
  /// A certification request: verifiers of certificates do not read it.
  case request
}

/// Which rule of X.509 an entry of that class breaks; verifiers differ in what they claim to check.
package enum CorpusFamily: String, Hashable, Sendable, CaseIterable {
  /// The distinguished encoding.
  case encoding
  /// The chain of signatures.
  case signature
  /// Which signature algorithms are good enough.
  case algorithm
  /// Validity of the certificates of the chain.
  case time
  /// The revocation list and what it lists.
  case revocation
  /// The name constraints of the issuing certificate.
  case constraints
  /// The fields of a certificate, as RFC 5280 section 4.1 has them.
  case fields
  /// Critical extensions that a verifier does not know.
  case critical
  /// Extensions that must, may or must not be there, as RFC 5280 section 4.2 has them.
  case extensions
  /// Key usage for a TLS server.
  case purpose
  /// Who may be an authority.
  case authority
  /// The form of the certified key.
  case key
  /// No rule of X.509.
  case none
}

/// What a verifier must say.
package struct CorpusVerdict: Hashable, Sendable, CustomStringConvertible {
  /// The reason's stable word; nil when accepted.
  package let reason: String?
  /// The whole line; empty when accepted.
  package let detail: String

  /// Accepted.
  package static let accepted = CorpusVerdict(reason: nil, detail: "")

  private init(reason: String?, detail: String) {
    self.reason = reason
    self.detail = detail
  }

  /// A certificate refused.
  package init(_ rejection: CertificateRejection) {
    self.init(reason: rejection.name, detail: "\(rejection)")
  }

  /// A request refused.
  package init(_ rejection: RequestRejection) {
    self.init(reason: rejection.name, detail: "\(rejection)")
  }

  /// The word for a table.
  package var description: String { reason == nil ? "accepted" : "refused: \(detail)" }
}

/// The authority, as it is published, in whose view an entry is judged.
package struct CorpusSetting: Hashable, Sendable {
  /// A word for files.
  package let name: String
  /// DER of the trusted root.
  package let root: [UInt8]
  /// DER of the issuing certificate.
  package let issuing: [UInt8]
  /// DER of authorities between the two, for verifiers that build paths.
  package var between: [[UInt8]] = []
  /// DER of the revocation list.
  package let list: [UInt8]
}

/// One certificate or request, and everything needed to judge it.
package struct CorpusEntry: Sendable {
  /// A word for files, unique.
  package let name: String
  /// What is wrong with it, or why it is good, in one phrase.
  package let fault: String
  package let kind: CorpusClass
  package let family: CorpusFamily
  /// As it is handed over: DER or PEM.
  package let octets: [UInt8]
  package let setting: CorpusSetting
  /// What the caller knows of the peer.
  package let expectation: PeerExpectation
  package let expected: CorpusVerdict
  /// Why another entry may be refused with the very same words; nil when none is.
  package let shares: String?

  /// Whether the octets are text.
  package var isPEM: Bool { octets.first == 0x2D }

  /// What ours says, at `CorpusAuthority.now`.
  package func verdict() -> CorpusVerdict {
    if kind == .request {
      do {
        _ = try CertificationRequest(pemOrDER: octets)
        return .accepted
      } catch {
        return CorpusVerdict(error)
      }
    }
    do {
      let overlay = CorpusAuthority.overlay
      let verifier = try CertificateVerifier(
        overlay: overlay, root: setting.root, issuing: setting.issuing,
        revocation: .list(setting.list))
      _ = try verifier.verify(
        UnverifiedNodeCertificate(pemOrDER: octets), at: CorpusAuthority.now,
        expecting: expectation)
      return .accepted
    } catch {
      return CorpusVerdict(error)
    }
  }
}
