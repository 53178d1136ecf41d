import ArgumentParser
import Campaigns

/// The command line of Redoubt: parse, call a library, print.
@main
struct Redoubt: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redoubt",
    abstract: "Structured overlays that keep delivering while some nodes are Byzantine.",
    discussion: """
      Issue node certificates, run attack campaigns, and measure the probability that a message \
      is delivered when a fraction of the nodes is faulty.
      """,
    version: CampaignVersion.current,
    subcommands: [
      CertificateAuthorityCommand.self, CampaignCommand.self, AttacksCommand.self,
    ])
}
