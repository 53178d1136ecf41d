import Bounds
import Foundation

/// PARI/GP as a second opinion: it evaluates the same closed forms from definitions of its own.
///
/// The definitions are in `closed-forms.gp`, written from the papers with other methods than the
/// bounds where there are some: a hypergeometric series instead of binomial tails, an equation
/// solver instead of bisection.
struct PariCalculator {
  /// The file of definitions.
  static let definitions = "closed-forms.gp"
  /// Digits that are computed, and digits that are compared.
  static let (computedDigits, comparedDigits) = (60, 25)

  private let program: OutsideProgram
  private let definitions: String

  /// Nil when `gp` is not on the path.
  /// - Parameter directory: where the definitions are.
  init?(directory: String) {
    guard let program = OutsideProgram(named: "gp") else { return nil }
    self.program = program
    definitions = directory + "/" + Self.definitions
  }

  /// The numbers as decimals of `computedDigits` digits, in the same order; nil where a formula is
  /// not defined for GP.
  /// - Throws: `CampaignError.Code.toolMissing` when GP fails, `.badData` when it answers
  ///   otherwise.
  func values(_ numbers: [ClosedFormNumber]) throws(CampaignError) -> [Rational?] {
    let source = String(decoding: try AtomicFile.read(definitions), as: UTF8.self)
    let known = numbers.map { source.contains("\n\(Self.name($0.formula))(") }
    var script = source + "\n"
    for (number, isKnown) in zip(numbers, known) where isKnown {
      let arguments = number.arguments.map { Rational($0.text)?.description ?? "0" }
      let call = "\(Self.name(number.formula))(\(arguments.joined(separator: ", ")))"
      script += "printf(\"%.\(Self.computedDigits)g\\n\", \(call) * 1.)\n"
    }
    let answers = try run(script).split(separator: "\n").map(String.init)
    guard answers.count == known.count(where: { $0 }) else {
      throw CampaignError(
        .badData, file: program.path,
        "answered \(answers.count) of \(known.count) numbers: \(answers.last ?? "nothing")")
    }
    var next = answers.makeIterator()
    var values: [Rational?] = []
    for isKnown in known {
      guard isKnown, let answer = next.next() else {
        values.append(nil)
        continue
      }
      // A zero that is not exact is written 0.e-77.
      let isZero = answer.hasPrefix("0.e-")
      guard let value = isZero ? 0 : Rational(answer.replacing(" ", with: "")) else {
        throw CampaignError(
          .badData, file: program.path, "answered '\(answer)', which is no number")
      }
      values.append(value)
    }
    return values
  }

  private static func name(_ formula: String) -> String { formula.replacing("-", with: "_") }

  /// What GP prints when it reads the script.
  private func run(_ script: String) throws(CampaignError) -> String {
    // A folder of its own that nobody else can enter: GP runs what stands in the script.
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("redoubt-gp-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    } catch {
      throw CampaignError(.cannotCreate, file: folder.path, "cannot be created: \(error)")
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("numbers.gp").path
    try AtomicFile.write("default(realprecision, \(Self.computedDigits));\n" + script, to: file)
    let outcome = try program.run(["-q", "-f", "--default", "colors=no", file])
    guard outcome.status == 0, !outcome.errors.contains("***") else {
      throw CampaignError(
        .toolMissing, file: program.path, "failed: \(outcome.errors.prefix(400))")
    }
    return String(decoding: outcome.output, as: UTF8.self)
  }
}
