public import Admission
public import NodeCredentials
public import RingIdentifiers

/// One applicant's wish, after its request was read and its account's secret was checked.
public struct Enrollment: Sendable {
  /// What the policy looks at.
  public let request: AdmissionRequest
  /// The key to certify; its possession was proved.
  public let publicKey: PublicKey
  /// The nodeId to renew; nil for new ones.
  public let renewing: NodeId?

  /// A wish for `count` new identities, or for a new certificate of an old one.
  public init(
    publicKey: PublicKey, count: Int = 1, renewing: NodeId? = nil, account: AccountName?,
    peer: IPAddress, address: NodeAddress?, autonomousSystem: UInt32? = nil,
    solution: PuzzleSolution? = nil
  ) {
    self.publicKey = publicKey
    self.renewing = renewing
    request = AdmissionRequest(
      kind: renewing == nil ? .newIdentity(count: count) : .renewal, account: account, peer: peer,
      address: address, autonomousSystem: autonomousSystem,
      subjectPublicKeyInfo: publicKey.subjectPublicKeyInfo, solution: solution)
  }
}

/// A certificate that was issued to an applicant.
public struct EnrollmentReceipt: Hashable, Sendable {
  /// The nodeId that it certifies.
  public let nodeId: NodeId
  /// Its serial number.
  public let serial: SerialNumber
  /// The certificate in DER.
  public let certificate: [UInt8]
  /// The proof of its place in the log: the text of a `.tlog-proof` file.
  public let proof: String
}

/// What became of an enrollment that the authority could decide on.
public enum EnrollmentOutcome: Hashable, Sendable {
  /// Issued: committed and logged. The warnings are for the operator and the applicant.
  case issued([EnrollmentReceipt], warnings: [AdmissionGrant.Warning])
  /// The policy said no; nothing was written.
  case refused(AdmissionRefusal)
  /// There is nothing of this applicant's to renew; nothing was written.
  case notRenewable(RenewalRefusal)
}

/// Why a certificate cannot be renewed.
public enum RenewalRefusal: String, Error, Hashable, Sendable {
  /// No certificate with this nodeId was issued.
  case unknownNode
  /// It is another account's or, without accounts, another key's.
  case notYours
  /// Its newest certificate is revoked.
  case revoked
  /// Its newest certificate has expired.
  case expired

  /// One sentence with the remedy.
  public var detail: String {
    switch self {
    case .unknownNode: "no such nodeId was ever issued here: enroll for a new one"
    case .notYours:
      "the nodeId is not this applicant's: use the account that enrolled it or, without accounts, "
        + "the key that it certifies"
    case .revoked: "its certificate is revoked: enroll for a new nodeId"
    case .expired: "its certificate has expired: enroll for a new nodeId"
    }
  }
}

/// The certificate that a renewal follows.
struct RenewedCertificate: Sendable {
  let sequence: Int64
  let nodeId: NodeId
  let account: String?
}
