import ArgumentParser

/// `redoubt proof`.
struct ProofCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "proof",
    abstract: "Hold numbers and runs against exact arithmetic and machine-checked models.",
    subcommands: [
      ProofCheckCommand.self, ProofCertifyCommand.self, ProofRoutesCommand.self,
      ProofTraceCommand.self,
    ])
}
