import ArgumentParser

/// `redoubt attacks`: the attack registry.
struct AttacksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attacks", abstract: "List the attacks and describe each one.")
}
