import Foundation

/// A drawn figure.
struct Drawing {
  let name: String
  let title: String
  /// The text of the SVG file.
  let svg: String
  /// Where the reference values come from.
  let sources: [String]
}

extension FigureDrawing {
  /// Writes script and data.
  /// - Returns: the files, relative to the run directory.
  func write(to directory: RunDirectory) throws(CampaignError) -> [String] {
    try AtomicFile.write(data, to: directory.figuresPath + "/\(name).dat")
    try AtomicFile.write(script, to: directory.figuresPath + "/\(name).gp")
    return ["figures/\(name).dat", "figures/\(name).gp"]
  }

  /// Draws SVG and PDF with gnuplot.
  /// - Throws: `CampaignError.Code.toolMissing` when gnuplot is not installed or fails.
  func draw(in directory: RunDirectory) throws(CampaignError) -> Drawing {
    for format in ["svg", "pdf"] {
      try Gnuplot.run(command(format: format), in: directory.figuresPath)
    }
    let svg = try AtomicFile.read(directory.figuresPath + "/\(name).svg")
    return Drawing(
      name: name, title: title, svg: String(decoding: svg, as: UTF8.self),
      sources: sourceTexts)
  }
}

/// The program that draws.
enum Gnuplot {
  /// A gnuplot string that enhanced text leaves alone.
  static func quote(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "'": result += "''"
      case "_", "^", "{", "}", "@", "&", "~", "\\": result += "\\" + String(character)
      case "\n": result += " "
      default: result.append(character)
      }
    }
    return "'\(result)'"
  }

  /// Runs one command in `directory`.
  /// - Throws: `CampaignError.Code.toolMissing`.
  static func run(_ command: String, in directory: String) throws(CampaignError) {
    guard let program = OutsideProgram(named: "gnuplot") else {
      throw CampaignError(
        .toolMissing, "gnuplot is not installed, so the figures are not drawn",
        remedy: "Results are complete. `apt-get install gnuplot-nox`, then "
          + "`redoubt campaign report DIR` draws them.")
    }
    let outcome = try program.run(["-e", command], in: directory)
    guard outcome.status == 0 else {
      throw CampaignError(
        .toolMissing, file: program.path, "failed: \(outcome.errors.prefix(400))",
        remedy: "Results are complete. `redoubt campaign report DIR` draws the figures again.")
    }
  }
}
