import ArgumentParser
import Bounds

/// `redoubt bound`: closed forms, exact or enclosed.
struct BoundCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bound",
    abstract: "Evaluate a closed form exactly, or between two certain ends.",
    usage: """
      redoubt bound [--format text|json]
      redoubt bound NAME --help
      redoubt bound NAME[,NAME…] --PARAMETER VALUE … [--digits COUNT] [--format text|json|csv]
      """,
    discussion: """
      Without a name all bounds are listed. Each parameter of a bound is an option: \
      faultyFraction of a campaign file is --faulty-fraction here. Values are read exactly: 0.1, \
      1/3, 1e-9, 100000. A value may be a sweep, FIRST:LAST:STEP with both ends, or a list with \
      commas; several sweeps give a table of all combinations, the last option that the bound \
      names running fastest. Bounds that are named together share their parameters and are the \
      columns of one table.

      Digits are cut off, not rounded, and each is right: 0.645… means that the number begins so. \
      An exact value whose fraction has at most 60 digits is printed as a fraction too. \
      --digits is 20 unless given, and at most 1000; an enclosed number has as many as are certain.

      Tables in text have a column per parameter and per bound, without the ellipsis; <= and >= \
      stand before an end of an enclosure that fixes no digit, and ~ before a number that was \
      rounded, as it lies close to a round one. --format csv has numbers alone, and after each \
      bound a column NAME-reading that says equal, begins, rounds, atLeast or atMost. json has \
      the ends of enclosures as well.

      Examples:
        redoubt bound forwarding --nodes 100000 --digit-bits 4 --faulty-fraction 0.1
        redoubt bound forwarding --nodes 1e3,1e4,1e5 --digit-bits 4 --faulty-fraction 0:0.5:0.1

      Exit codes: 0 done; 64 wrong use; 65 a value out of its domain; 74 output not written.
      """)

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The bound and its parameters.", valueName: "name and options"))
  var words: [String] = []

  func run() async throws {
    let request: BoundRequest
    do throws(BoundUsageError) {
      request = try BoundRequest(words)
      switch request.kind {
      case .help: break
      case .list:
        BoundOutput.writeList(format: request.format)
      case .describe(let bounds):
        print(bounds.map(BoundOutput.description).joined(separator: "\n\n"))
      case .evaluate(let query):
        let table = try await BoundTable(
          query, digits: request.digits, keepsValues: request.format == .json)
        BoundOutput.write(table, format: request.format)
      }
    } catch {
      StandardError.note("error: \(error.message)")
      throw ExitCode(error.exitCode)
    }
    if case .help = request.kind { throw CleanExit.helpRequest(self) }
  }
}

/// What is wrong with a request.
struct BoundUsageError: Error {
  /// One sentence with the remedy.
  let message: String
  /// 64 for wrong use, 65 for a value out of its domain.
  let exitCode: Int32

  /// The words are wrong.
  static func usage(_ message: String) -> BoundUsageError {
    BoundUsageError(message: message, exitCode: 64)
  }

  /// A value is.
  static func domain(_ message: String) -> BoundUsageError {
    BoundUsageError(message: message, exitCode: 65)
  }
}

/// How bounds are printed.
enum BoundFormat: String, CaseIterable {
  case text
  case json
  case csv
}

extension BoundParameter {
  /// The option of the command line: `--faulty-fraction` for faultyFraction.
  var option: String { Self.option(name) }

  static func option(_ name: String) -> String {
    "--"
      + name.map { $0.isUppercase ? "-" + $0.lowercased() : String($0) }.joined()
  }

  /// A value for an example.
  var example: String {
    let examples = [
      "nodes": "100000", "faultyNodes": "10000", "faultyFraction": "0.1", "digitBits": "4",
      "dimensions": "4", "copies": "32", "extraHops": "1", "leafSetSize": "32", "samples": "256",
      "rootSamples": "32", "densityThreshold": "1.58", "coalitionFraction": "0.25",
      "designFraction": "0.25", "targetError": "0.001", "hopThreshold": "1.2", "groupSize": "32",
      "updates": "10", "contacts": "8", "width": "32", "replicas": "16", "challenges": "24",
      "passingAnswers": "12", "overload": "1.2", "answerChance": "0.43", "setSize": "29",
      "price": "20", "fraction": "0.1", "chance": "1/2", "certificates": "100", "zeroBits": "20",
      "conspirators": "1000", "levels": "5", "hops": "5", "periods": "3",
    ]
    return examples[name] ?? "1"
  }
}
