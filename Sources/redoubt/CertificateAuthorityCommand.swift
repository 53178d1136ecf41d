import ArgumentParser

/// `redoubt ca`: the certificate authority.
struct CertificateAuthorityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ca", abstract: "Issue, list, verify and revoke node certificates.")
}
