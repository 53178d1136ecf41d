import ArgumentParser
import Foundation
import RecordedTrials
import Statistics

/// `redoubt detect placement`.
struct DetectPlacement: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "placement",
    abstract: "What it costs to own all the ids closest to a key, among real ids.",
    discussion: """
      IDS is a file with one honest id per line (peer ids in base 58 or 64 hexadecimal digits). \
      Attacks on random keys are simulated: the attacker draws ids until --list-size of them are \
      closer than the closest honest one. An id that he may choose is a key pair made and thrown \
      away on his own machine; an id that an authority assigns is a certificate at --price USD.

      --table ranks: ids tried per Sybil that is closer than the i-th closest honest id. \
      --table eclipse: ids for a given probability of an eclipse of one given key, by the exact \
      formula and as simulated, with the price either way. 95 % intervals.
      """)

  @Argument(help: "A file with one id per line.")
  var ids: String

  @Option(help: "Which table: ranks or eclipse.")
  var table = PlacementTable.eclipse

  @Option(help: "Random keys to attack.")
  var targets = 20_000

  @Option(help: "Ids that a lookup lists.")
  var listSize = 20

  @Option(help: "USD per certificate.")
  var price = 20.0

  @Option(help: "Key pairs per second on the attacker's machine (Ed25519, one core).")
  var keysPerSecond = 20_000.0

  @Option(help: "Seed of all random choices.")
  var seed: UInt64 = 1

  @Option(help: "Print as table, json or csv.")
  var format = RecordFormat.table

  func validate() throws {
    guard (2...100_000).contains(targets) else {
      throw ValidationError("--targets must be in 2...100000")
    }
    guard (1...1000).contains(listSize) else {
      throw ValidationError("--list-size must be in 1...1000")
    }
    guard price >= 0 && price < 1e9 else { throw ValidationError("--price must be in 0..<1e9") }
    guard keysPerSecond > 0 && keysPerSecond < 1e15 else {
      throw ValidationError("--keys-per-second must be above 0 and below 1e15")
    }
  }

  func run() throws {
    try DetectConsole.run { () throws(TrialDataError) in
      let keys = try KademliaKeyFile.read(ids)
      guard keys.count >= listSize else {
        StandardError.note("error: \(ids): \(keys.count) ids cannot fill a list of \(listSize)")
        return ExitCode(65)
      }
      let placement = SybilPlacement(honest: keys, listSize: listSize)
      let drawn = placement.targets(count: targets, seed: seed)
      switch table {
      case .ranks: printRanks(placement, drawn)
      case .eclipse: printEclipse(placement, drawn)
      }
      return .success
    }
  }

  private func printRanks(_ placement: SybilPlacement, _ drawn: [SybilPlacement.Target]) {
    var printer = RecordPrinter(
      format,
      [
        RecordColumn("rank", 4), RecordColumn("median_tries", 12), RecordColumn("mean_tries", 10),
        RecordColumn("low", 8), RecordColumn("high", 8), RecordColumn("uniform_mean", 12),
      ])
    for rank in 1...listSize {
      let tries = drawn.map { 1 / $0.distances[rank - 1] }.sorted()
      let mean = RunningMean(tries)
      // 1 / d has a finite variance from the third rank on; before that no interval is honest.
      let interval = rank > 2 ? mean.studentInterval(confidence: 0.95) : nil
      let expected = SybilPlacement.expectedTries(rank: rank, honest: placement.honest.count)
      printer.row([
        .integer(Int64(rank)), .integer(Int64(tries[tries.count / 2].rounded())),
        rank > 1 ? .integer(Int64(mean.mean.rounded())) : .none,
        interval.map { .integer(Int64($0.low.rounded())) } ?? .none,
        interval.map { .integer(Int64($0.high.rounded())) } ?? .none,
        expected.isFinite ? .integer(Int64(expected.rounded())) : .none,
      ])
    }
    printer.end()
  }

  private func printEclipse(_ placement: SybilPlacement, _ drawn: [SybilPlacement.Target]) {
    var printer = RecordPrinter(
      format,
      [
        RecordColumn("probability", 11), RecordColumn("ids", 9), RecordColumn("simulated", 32),
        RecordColumn("free_core_seconds", 17), RecordColumn("authority_usd", 13),
      ])
    for probability in [0.01, 0.1, 0.5, 0.9, 0.99] {
      let count = SybilPlacement.identifiersNeeded(
        probability: probability, honest: placement.honest.count, listSize: listSize)
      let reached = drawn.count { $0.identifiersTried <= Double(count) }
      let share = wilsonInterval(successes: reached, trials: drawn.count, confidence: 0.95)
      printer.row([
        .number(probability), .integer(Int64(count)),
        .text(
          "\(reached)/\(drawn.count) " + thousandths(Double(reached) / Double(drawn.count)) + " "
            + text(share)),
        .number((Double(count) / keysPerSecond * 100).rounded() / 100),
        .integer(Int64((Double(count) * price).rounded())),
      ])
    }
    printer.end()
  }
}

/// The tables of `redoubt detect placement`.
enum PlacementTable: String, ExpressibleByArgument, CaseIterable {
  case ranks
  case eclipse
}
