/// How charts look: colors for light and dark pages, dashes and markers that tell lines apart without color.
package enum ChartStyle {
  package static let font = "system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"

  /// A line's color on a light and on a dark page.
  package static let colors: [(light: String, dark: String)] = [
    ("#e8590c", "#ff7a33"), ("#3f78c8", "#79aaf0"), ("#8260c4", "#b59bea"), ("#2b8a3e", "#5fc274"),
    ("#b5326e", "#f07fb0"), ("#0b7f86", "#4cc3ca"), ("#8a6d00", "#d6b23a"), ("#59636e", "#a9b4bf"),
  ]

  /// Dash patterns; their number has no divisor in common with those of colors and markers, so combinations recur late.
  package static let dashes = ["", "7 4", "2 3", "10 3 2 3", "14 4", "7 3 2 3 2 3", "4 4"]

  /// The rules of all charts; each class begins with `tc-`, so a page can hold the chart.
  package static var rules: [String] {
    let light = rules(
      background: "#ffffff", title: "#24292f", text: "#57606a", grid: "#e3e7eb", axis: "#9aa4ae",
      colors: colors.map(\.light))
    let dark = rules(
      background: "#0d1117", title: "#e6edf3", text: "#9aa4ae", grid: "#252c35", axis: "#59636e",
      colors: colors.map(\.dark))
    return [
      ".tc-line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:butt}",
      ".tc-raw{fill:none;stroke-width:1;stroke-opacity:.3;stroke-linejoin:round}",
      ".tc-marker{stroke-width:1.6}",
      ".tc-grid{stroke-width:1}",
      ".tc-axis{stroke-width:1}",
    ] + light + ["@media (prefers-color-scheme: dark){"] + dark + ["}"]
  }

  private static func rules(
    background: String, title: String, text: String, grid: String, axis: String, colors: [String]
  ) -> [String] {
    [
      ".tc-page{fill:\(background)}.tc-marker{fill:\(background)}",
      ".tc-title{fill:\(title)}.tc-text{fill:\(text)}",
      ".tc-grid{stroke:\(grid)}.tc-axis{stroke:\(axis)}",
    ] + colors.enumerated().map { ".tc-\($0.offset){stroke:\($0.element)}" }
  }

  /// The class of the color of line `index`.
  package static func colorClass(_ index: Int) -> String { "tc-\(index % colors.count)" }

  /// The dash pattern of line `index`, `none` for a solid one.
  package static func dash(_ index: Int) -> String {
    let pattern = dashes[index % dashes.count]
    return pattern.isEmpty ? "none" : pattern
  }

  /// Draws a piece of line `index` with its marker.
  package static func addSample(of index: Int, to svg: inout MarkupWriter, x: Double, y: Double, length: Double) {
    svg.add(
      "path",
      [
        "class": "tc-line \(colorClass(index))", "stroke-dasharray": dash(index),
        "d": "M\(x.coordinate) \(y.coordinate)h\(length.coordinate)",
      ])
    svg.add(
      "path", ["class": "tc-marker \(colorClass(index))", "d": Marker(index).path(x: x + length / 2, y: y)])
  }
}
