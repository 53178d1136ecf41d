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
      try Gnuplot.run(Gnuplot.command(name, format: format), in: directory.figuresPath)
    }
    let svg = try AtomicFile.read(directory.figuresPath + "/\(name).svg")
    return Drawing(
      name: name, title: title, svg: String(decoding: svg, as: UTF8.self),
      sources: sourceTexts)
  }
}

/// The program that draws.
package enum Gnuplot {
  /// Okabe and Ito's palette without its yellow, told apart also by the colour-blind.
  package static let colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#7f7f7f",
    "#8c510a", "#5e3c99",
  ]

  /// A gnuplot string that enhanced text leaves alone.
  package static func quote(_ text: String) -> String {
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
  /// - Parameter again: the command that draws the figures once more.
  /// - Throws: `CampaignError.Code.toolMissing`.
  static func run(
    _ command: String, in directory: String, again: String = "redoubt campaign report DIR"
  ) throws(CampaignError) {
    guard let program = OutsideProgram(named: "gnuplot") else {
      throw CampaignError(
        .toolMissing, "gnuplot is not installed, so the figures are not drawn",
        remedy: "Results are complete. `apt-get install gnuplot-nox`, then `\(again)` draws them.")
    }
    let outcome = try program.run(["-e", command], in: directory)
    guard outcome.status == 0 else {
      throw CampaignError(
        .toolMissing, file: program.path, "failed: \(outcome.errors.prefix(400))",
        remedy: "Results are complete. `\(again)` draws the figures again.")
    }
  }

  /// Sets the terminal and the file, then runs the script; one per format.
  static func command(
    _ name: String, format: String, width: Int = 900, height: Int = 600
  ) -> String {
    let font = "font 'Helvetica,15' enhanced"
    let terminal =
      format == "pdf"
      ? "pdfcairo size \(width / 100)in,\(height / 100)in \(font)"
      : "svg size \(width),\(height) dynamic font 'Helvetica,Arial,sans-serif,15' enhanced "
        + "background '#ffffff'"
    return "set terminal \(terminal); set output '\(name).\(format)'; load '\(name).gp'"
  }
}
