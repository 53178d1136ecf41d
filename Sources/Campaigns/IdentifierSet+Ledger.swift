extension IdentifierSet {
  init(ledger path: String, overlay: String?) throws(CampaignError) {
    throw CampaignError(.badData, file: path, "pending")
  }
}
