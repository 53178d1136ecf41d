/// The rules of the node profile, each of which can be broken on its own.
public enum ProfileRule: String, Hashable, Sendable, CaseIterable {
  /// Signed with ecdsa-with-SHA256 or Ed25519: a leaf, the issuing certificate or the list.
  case signatureAlgorithm
  /// X.509 version 3.
  case version
  /// 16 octets.
  case serialNumber
  /// At most the 20 octets of RFC 5280.
  case serialNumberTooLong
  /// Above zero.
  case serialNumberNegative
  /// Not zero itself.
  case serialNumberZero
  /// At most one extension of each kind.
  case duplicateExtension
  /// No critical extension that is not understood.
  case unknownCriticalExtension
  /// The strict rules of RFC 5280 that OpenSSL checks, where no other rule says it better.
  case strictForm

  /// A P-256 or Ed25519 key.
  case publicKeyAlgorithm
  /// P-256 and no other elliptic curve.
  case publicKeyCurve
  /// The curve by its name.
  case publicKeyParameters
  /// An uncompressed point.
  case publicKeyForm
  /// A point on the curve.
  case publicKeyPoint
  /// No point of small order.
  case publicKeyOrder

  /// No authority: cA=FALSE.
  case authority
  /// Basic constraints, critical and without a path length.
  case basicConstraints
  /// Key usage is present.
  case keyUsageMissing
  /// Critical, digitalSignature and nothing else.
  case keyUsage
  /// Extended key usage is present.
  case extendedKeyUsageMissing
  /// serverAuth and clientAuth, not critical.
  case extendedKeyUsage
  /// The identifier of the certified key.
  case subjectKeyIdentifier
  /// The identifier of the issuing key.
  case authorityKeyIdentifier
  /// One distribution point of the revocation list.
  case distributionPoint

  /// Alternative names are present.
  case alternativeNamesMissing
  /// The subject is there, so the alternative names are not critical.
  case alternativeNamesCritical
  /// Only URI, DNS and IP names.
  case alternativeNameKind
  /// There is a URI.
  case uriMissing
  /// Exactly one URI.
  case uriCount
  /// Printable ASCII without spaces.
  case uriOctets
  /// `reload://` in lower case.
  case uriScheme
  /// No percent escapes.
  case uriEscape
  /// Exactly one `@`, between destination and overlay.
  case uriAt
  /// Nothing but a destination before the `@`: no colon, comma, slash or semicolon.
  case uriDestination
  /// Lower-case digits.
  case uriCase
  /// Hexadecimal digits.
  case uriDigits
  /// A bare nodeId of 40 digits, or a Destination List that begins with a type.
  case destinationForm
  /// A node, type 01; not a resource, not a compressed list.
  case destinationType
  /// A nodeId of 20 octets, length 14.
  case destinationLength
  /// One destination, not two.
  case destinationCount
  /// Nothing after the destination.
  case destinationEnd
  /// An overlay name after the `@`.
  case uriOverlay
  /// No port.
  case uriPort
  /// The path `/`, and neither query nor fragment.
  case uriPath
  /// There is a DNS name.
  case hostMissing
  /// Exactly one DNS name.
  case hostCount
  /// There is an IP address.
  case addressMissing
  /// Exactly one IP address.
  case addressCount
  /// 4 or 16 octets.
  case addressForm

  /// The port extension is present, and not critical.
  case portMissing
  /// The port extension: SEQUENCE { INTEGER, ... }.
  case portForm
  /// A port from 1 to 65535.
  case port
  /// There is a subject.
  case subjectEmpty
  /// A subject of exactly one common name.
  case subject
}

extension ProfileRule {
  /// What the rule demands, as one sentence.
  public var requirement: String {
    certificateRequirement ?? extensionRequirement ?? uriRequirement ?? nameRequirement ?? rawValue
  }

  private var certificateRequirement: String? {
    switch self {
    case .signatureAlgorithm:
      "the signature must be ecdsa-with-SHA256 or Ed25519, in certificates and in the list"
    case .version: "the version must be 3"
    case .serialNumber: "the serial number must have 16 octets"
    case .serialNumberTooLong: "the serial number must not exceed the 20 octets of RFC 5280"
    case .serialNumberNegative: "the serial number must not be negative"
    case .serialNumberZero: "the serial number must not be zero"
    case .duplicateExtension: "no extension may appear twice"
    case .unknownCriticalExtension: "a critical extension is not understood"
    case .strictForm: "the certificate breaks the strict rules of RFC 5280"
    case .publicKeyAlgorithm: "the key must be P-256 or Ed25519"
    case .publicKeyCurve: "the key's curve must be P-256"
    case .publicKeyParameters: "the key must name its curve, not spell out its parameters"
    case .publicKeyForm: "the key must be an uncompressed point"
    case .publicKeyPoint: "the key must be a point on its curve"
    case .publicKeyOrder: "the key must not be a point of small order"
    default: nil
    }
  }

  private var extensionRequirement: String? {
    switch self {
    case .authority: "a node must not be an authority: basic constraints must say cA=FALSE"
    case .basicConstraints: "basic constraints must be present, critical and without path length"
    case .keyUsageMissing: "key usage must be present"
    case .keyUsage: "key usage must be critical with digitalSignature alone"
    case .extendedKeyUsageMissing: "extended key usage must be present"
    case .extendedKeyUsage: "extended key usage must be serverAuth and clientAuth, not critical"
    case .subjectKeyIdentifier: "the subject key identifier must be that of the key"
    case .authorityKeyIdentifier: "the authority key identifier must be the issuing key's"
    case .distributionPoint: "a revocation list distribution point must be present"
    case .portMissing: "the port extension must be present and not critical"
    case .portForm: "the port extension must be a SEQUENCE that begins with an INTEGER"
    case .port: "the port extension must hold a port from 1 to 65535"
    default: nil
    }
  }

  private var uriRequirement: String? {
    switch self {
    case .uriMissing: "there must be a URI among the alternative names"
    case .uriCount: "there must be exactly one URI among the alternative names"
    case .uriOctets: "the URI must be printable ASCII"
    case .uriScheme: "the URI must begin with reload://"
    case .uriEscape: "the URI must have no percent escapes"
    case .uriAt: "the URI must have exactly one @, between destination and overlay"
    case .uriDestination: "nothing but one destination may stand before the @ of the URI"
    case .uriCase: "the hex digits of the URI must be lower case"
    case .uriDigits: "the destination in the URI must be hex digits"
    case .destinationForm: "the destination must be 40 digits, or 0114 and 40 digits"
    case .destinationType: "the destination must be a node, type 01"
    case .destinationLength: "the destination must have the 20 octets of a nodeId, length 14"
    case .destinationCount: "the URI must name one destination, not a list of several"
    case .destinationEnd: "nothing may follow the destination in the URI"
    case .uriOverlay: "the URI must name an overlay in lower case after its @"
    case .uriPort: "the URI must have no port"
    case .uriPath: "the URI must end with a slash after the overlay, and have no path or query"
    default: nil
    }
  }

  private var nameRequirement: String? {
    switch self {
    case .alternativeNamesMissing: "there must be alternative names"
    case .alternativeNamesCritical: "the alternative names must not be critical"
    case .alternativeNameKind: "only URI, DNS and IP alternative names are allowed"
    case .hostMissing: "there must be a DNS name among the alternative names"
    case .hostCount: "there must be exactly one DNS name among the alternative names"
    case .addressMissing: "there must be an IP address among the alternative names"
    case .addressCount: "there must be exactly one IP address among the alternative names"
    case .addressForm: "an IP address must have 4 or 16 octets"
    case .subjectEmpty: "there must be a subject"
    case .subject: "the subject must be exactly one common name"
    default: nil
    }
  }
}
