import ArgumentParser

/// `redoubt campaign`: attack campaigns.
struct CampaignCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "campaign", abstract: "Validate, run, resume and report attack campaigns.")
}
