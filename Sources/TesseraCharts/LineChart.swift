/// Panels of lines with one legend, as an SVG picture for light and dark pages.
///
/// ```swift
/// let loss = LinePanel(title: "Loss", horizontalTitle: "step", series: [LineSeries(index: 0, points: points)])
/// try Data(LineChart(names: ["first run"], panels: [loss]).svg.utf8).write(to: file)
/// ```
public struct LineChart: Sendable {
  /// The lines' names; a series belongs to the name at its index.
  public let names: [String]
  /// From top to bottom; consecutive narrow ones share a row.
  public let panels: [LinePanel]

  public init(names: [String], panels: [LinePanel]) {
    self.names = names
    self.panels = panels
  }

  static let width = 800.0
  private static let margin = 16.0
  private static let gap = 20.0

  /// The picture, 800 pixels wide; its style's class names begin with `tc-`, and it has no identifiers, so a page may
  /// hold several.
  public var svg: String {
    let inner = Self.width - 2 * Self.margin
    let legend = ChartLegend(names, width: inner)
    var top = Self.margin + legend.height + 12
    var places: [(panel: LinePanel, x: Double, y: Double, width: Double, height: Double)] = []
    for row in rows {
      let width = (inner - Self.gap * Double(row.count - 1)) / Double(row.count)
      let height = row.count == 1 ? 270.0 : 230.0
      for (column, panel) in row.enumerated() {
        places.append((panel, Self.margin + Double(column) * (width + Self.gap), top, width, height))
      }
      top += height + Self.gap / 2
    }
    let (width, height) = (Self.width.coordinate, top.coordinate)
    var svg = MarkupWriter()
    svg.add(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 \(width) \(height)", "width": width, "height": height,
        "font-family": ChartStyle.font, "font-size": "13", "role": "img",
      ]
    ) { svg in
      svg.add("title", text: "\(panels.map(\.title).joined(separator: ", ")): \(names.joined(separator: ", "))")
      svg.addStyle(ChartStyle.rules)
      svg.add("rect", ["class": "tc-page", "width": width, "height": height, "rx": "6"])
      legend.draw(into: &svg, x: Self.margin, y: Self.margin)
      for place in places {
        place.panel.draw(into: &svg, x: place.x, y: place.y, width: place.width, height: place.height)
      }
    }
    return svg.text
  }

  private var rows: [[LinePanel]] {
    var rows: [[LinePanel]] = []
    for panel in panels {
      if let last = rows.last, last.count == 1, !last[0].isWide, !panel.isWide {
        rows[rows.count - 1].append(panel)
      } else {
        rows.append([panel])
      }
    }
    return rows
  }
}
