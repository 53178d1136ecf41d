import ArgumentParser
import Campaigns
import Glibc

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
      RoutersCommand.self, DetectCommand.self, EconomicsCommand.self, SimulateCommand.self,
      BoundCommand.self, ProofCommand.self,
    ])

  /// Runs the command that the arguments name.
  ///
  /// Data that standard output did not take is an error (exit code 74), whatever the command says.
  static func main() async {
    HugePages.ask()
    // A write beyond the file size limit then fails like one on a full disk.
    signal(SIGXFSZ, SIG_IGN)
    var failure: (any Error)?
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      failure = error
    }
    if fflush(nil) != 0 {
      let reason = String(cString: strerror(errno))
      StandardError.note("error: standard output cannot be written: \(reason)")
      failure = ExitCode(74)
    }
    if let failure { exit(withError: failure) }
  }
}
