import Foundation

extension LinePanel {
  /// Wide enough for axes, and narrow enough that its text is not too small on a phone.
  private static let pageSize = (width: 460.0, height: 250.0)
  /// As many values as a pointer can find in a panel.
  private static let mostHoverPoints = 240

  /// Adds the panel to a page, as wide as its place there, with its values for the page's script.
  ///
  /// The page has the style and the legend.
  /// - Parameter names: the lines' names by their index.
  package func add(to page: inout MarkupWriter, names: [String]) {
    let size = Self.pageSize
    page.add("figure", ["class": "chart"]) { page in
      page.add(
        "svg",
        [
          "viewBox": "0 0 \(size.width.coordinate) \(size.height.coordinate)", "font-size": "12.5", "role": "img",
          "aria-label": description(names: names),
        ]
      ) { svg in
        guard
          let area = draw(into: &svg, x: 0, y: 0, width: size.width, height: size.height), !isLogarithmic
        else { return }
        svg.add(
          "rect",
          [
            "class": "tc-hover", "x": area.x.coordinate, "y": area.y.coordinate, "width": area.width.coordinate,
            "height": area.height.coordinate, "data-low": Self.text(area.horizontal.lowerBound),
            "data-high": Self.text(area.horizontal.upperBound), "data-unit": horizontalTitle,
            "data-series": hoverValues(names: names),
          ])
      }
    }
  }

  /// The panel in a sentence: each line's last value.
  private func description(names: [String]) -> String {
    let lines = series.compactMap { line -> String? in
      guard let last = line.points.last(where: \.isFinite) else { return nil }
      return "\(names[line.index]) \(Self.text(last.y)) at \(horizontalTitle) \(Self.text(last.x))"
    }
    return "\(title) over \(horizontalTitle)s. " + (lines.isEmpty ? "No values." : lines.joined(separator: ", ") + ".")
  }

  private func hoverValues(names: [String]) -> String {
    let lines = series.map { line in
      let points = line.points.filter(\.isFinite)
      let step = max(1, (points.count + Self.mostHoverPoints - 1) / Self.mostHoverPoints)
      // From the end, so the last value is among them.
      let kept = stride(from: points.count - 1, through: 0, by: -step).reversed().map { points[$0] }
      let pairs = kept.map { "[\(Self.text($0.x)),\(Self.text($0.y))]" }
      return "{\"name\":\(Self.quoted(names[line.index])),\"points\":[\(pairs.joined(separator: ","))]}"
    }
    return "[\(lines.joined(separator: ","))]"
  }

  private static func text(_ value: Double) -> String { String(format: "%.5g", value) }

  /// A string of JSON.
  private static func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}

extension ChartLegend {
  /// Adds the names of a page's lines next to samples of them, as a list that wraps.
  package static func add(to page: inout MarkupWriter, names: [String]) {
    page.add("ul", ["class": "legend"]) { page in
      for (index, name) in names.enumerated() {
        page.add("li") { page in
          page.add("svg", ["viewBox": "0 0 34 12", "width": "34", "height": "12", "aria-hidden": "true"]) { svg in
            ChartStyle.addSample(of: index, to: &svg, x: 0, y: 6, length: 34)
          }
          page.add("span", text: name)
        }
      }
    }
  }
}
