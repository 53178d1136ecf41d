import Foundation

/// A figure of something that is no campaign, drawn as those of campaigns are.
///
/// Beside the figure are its data and its script, so that it can be drawn again and changed.
package struct StudyFigure {
  /// Columns for gnuplot, with a line that names them.
  package let data: String
  /// The script; the variable `data` is the file of the data.
  package let script: String
  /// Width and height of an SVG file, in its units; of a PDF file in hundredths of an inch.
  package let size: (width: Int, height: Int)

  /// A figure that is not drawn yet.
  package init(data: String, script: String, size: (width: Int, height: Int)) {
    self.data = data
    self.script = script
    self.size = size
  }

  /// Whether the figure can be written to a file of this name: it ends in `.svg` or `.pdf`.
  package static func canDraw(_ path: String) -> Bool {
    let url = URL(fileURLWithPath: path)
    return ["svg", "pdf"].contains(url.pathExtension)
      && !url.deletingPathExtension().lastPathComponent.contains("'")
  }

  /// Writes data (`.dat`), script (`.gp`) and figure.
  /// - Parameters:
  ///   - path: where the figure goes.
  ///   - drawnBy: the command that draws it, without its options.
  /// - Precondition: `canDraw(path)`.
  /// - Throws: `CampaignError` with `.toolMissing` when gnuplot is not installed or fails, and
  ///   when a file cannot be written.
  package func draw(to path: String, drawnBy: String) throws(CampaignError) {
    precondition(Self.canDraw(path), "\(path) ends neither in .svg nor in .pdf")
    let url = URL(fileURLWithPath: path)
    let name = url.deletingPathExtension().lastPathComponent
    let folder = url.deletingLastPathComponent().path
    try AtomicFile.write(data, to: "\(folder)/\(name).dat")
    try AtomicFile.write(
      "# Drawn by \(drawnBy). Again: gnuplot \(name).gp\ndata = '\(name).dat'\n" + script,
      to: "\(folder)/\(name).gp")
    try Gnuplot.run(
      Gnuplot.command(
        name, format: url.pathExtension, width: size.width, height: size.height),
      in: folder, again: drawnBy)
  }
}
