import TesseraTerminal

/// The names of a chart's lines next to samples of them, in as many rows as they need.
package struct ChartLegend {
  private struct Entry {
    let index: Int, label: String, x: Double, row: Int
  }

  private let entries: [Entry]
  private static let rowHeight = 20.0
  private static let sample = 34.0
  private static let longestLabel = 48

  /// - Parameter width: the largest width of a row.
  package init(_ names: [String], width: Double) {
    var entries: [Entry] = []
    var (x, row) = (0.0, 0)
    for (index, name) in names.enumerated() {
      let label = name.shortened(to: Self.longestLabel)
      // The width of a letter in common typefaces of this size; a viewer's own may differ, so a wide one.
      let space = Self.sample + 8 + 7.3 * Double(label.count) + 18
      if x > 0 && x + space > width { (x, row) = (0, row + 1) }
      entries.append(Entry(index: index, label: label, x: x, row: row))
      x += space
    }
    self.entries = entries
  }

  package var height: Double { Double((entries.last?.row ?? -1) + 1) * Self.rowHeight }

  package func draw(into svg: inout MarkupWriter, x: Double, y: Double) {
    for entry in entries {
      let (left, middle) = (x + entry.x, y + Double(entry.row) * Self.rowHeight + 9)
      ChartStyle.addSample(of: entry.index, to: &svg, x: left, y: middle, length: Self.sample)
      svg.add(
        "text", ["class": "tc-text", "x": (left + Self.sample + 8).coordinate, "y": (middle + 4.5).coordinate],
        text: entry.label)
    }
  }
}
