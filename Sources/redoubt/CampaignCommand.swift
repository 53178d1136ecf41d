import ArgumentParser

/// `redoubt campaign`: attack campaigns.
struct CampaignCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "campaign",
    abstract: "Validate, run, resume and report attack campaigns.",
    discussion: """
      A campaign is one YAML file: overlays, routers, attacks, fractions of faulty nodes, and how \
      precisely to measure. A run writes one directory with results.csv, results.sqlite, figures \
      and report.html. It can be stopped at any moment and resumed, or split into slices and merged.

      Exit codes: 0 done; 1 a required reference or a check failed; 2 incomplete; 64 usage; \
      65 bad campaign file or data; 70 internal; 73 cannot create; 74 cannot write; \
      75 in use, try again; 130 and 143 stopped by SIGINT and SIGTERM.
      """,
    subcommands: [
      CampaignValidate.self, CampaignPlanCommand.self, CampaignRun.self, CampaignStatusCommand.self,
      CampaignResume.self, CampaignMerge.self, CampaignReport.self, CampaignVerify.self,
      CampaignReproduction.self,
    ])
}
