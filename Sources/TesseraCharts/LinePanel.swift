import Foundation

/// Axes with lines: one quantity of several runs over steps or epochs.
public struct LinePanel: Sendable {
  /// The quantity.
  public let title: String
  /// What the horizontal axis counts.
  public let horizontalTitle: String
  public let series: [LineSeries]
  /// Whether it takes a chart's whole width; others are placed in pairs.
  public let isWide: Bool
  /// Whether every point is marked if there are few; otherwise markers only tell lines apart.
  public let marksPoints: Bool
  /// Whether the horizontal axis is logarithmic: places that are not positive are left out, and a page shows no values
  /// under the pointer.
  public let isLogarithmic: Bool
  /// Places on the horizontal axis, each a vertical line with its name, where there are lines.
  public let marks: [Mark]

  /// A place on the horizontal axis, and what is there.
  public struct Mark: Sendable, Equatable {
    public let x: Double
    public let title: String

    public init(x: Double, title: String) {
      self.x = x
      self.title = title
    }
  }

  public init(
    title: String, horizontalTitle: String, series: [LineSeries], isWide: Bool = true, marksPoints: Bool = false,
    isLogarithmic: Bool = false, marks: [Mark] = []
  ) {
    self.title = title
    self.horizontalTitle = horizontalTitle
    self.series = series
    self.isWide = isWide
    self.marksPoints = marksPoints
    self.isLogarithmic = isLogarithmic
    self.marks = marks
  }

  private static let margins = (left: 52.0, right: 10.0, top: 30.0, bottom: 40.0)

  /// Draws the panel with its upper left corner at (`x`, `y`).
  ///
  /// - Returns: where values are drawn; `nil` without values.
  @discardableResult
  func draw(into svg: inout MarkupWriter, x: Double, y: Double, width: Double, height: Double) -> PlotArea? {
    let series = placed
    let points = series.flatMap(\.points).filter(\.isFinite)
    let margins = Self.margins
    svg.add(
      "text", ["class": "tc-title", "x": x.coordinate, "y": (y + 15).coordinate, "font-weight": "600"], text: title)
    let raw = series.flatMap(\.raw).filter(\.isFinite)
    guard let across = Self.range(of: (points + raw).map(\.x)), let values = VisibleRange(of: points.map(\.y)) else {
      svg.add("text", ["class": "tc-text", "x": x.coordinate, "y": (y + 40).coordinate], text: "no values")
      return nil
    }
    let (plotWidth, plotHeight) = (width - margins.left - margins.right, height - margins.top - margins.bottom)
    let columns = Ticks(covering: across, atMost: max(2, Int(plotWidth / 45)), isCount: true)
    let rows = Ticks(covering: values.range, atMost: max(2, Int(plotHeight / 32)))
    if let largest = values.largestOutside {
      svg.add(
        "text",
        [
          "class": "tc-text", "x": (x + width - margins.right).coordinate, "y": (y + 15).coordinate,
          "text-anchor": "end", "font-size": "11.5",
        ], text: String(format: "outside: values up to %.4g", largest))
    }
    let area = PlotArea(
      x: x + margins.left, y: y + margins.top, width: plotWidth, height: plotHeight,
      // Steps begin where the run does, not at a round number before it.
      horizontal: across.lowerBound < across.upperBound ? across : columns.range, vertical: rows.range)
    drawAxes(into: &svg, area, columns, rows)
    drawMarks(into: &svg, area)
    drawLines(series, into: &svg, area)
    return area
  }

  /// The lines where the axis has them: on a logarithmic one, at the logarithms.
  private var placed: [LineSeries] {
    guard isLogarithmic else { return series }
    func placed(_ points: [ChartPoint]) -> [ChartPoint] { points.map { ChartPoint(x: log10($0.x), y: $0.y) } }
    return series.map { LineSeries(index: $0.index, points: placed($0.points), raw: placed($0.raw)) }
  }

  private func drawMarks(into svg: inout MarkupWriter, _ area: PlotArea) {
    for (row, mark) in marks.enumerated() {
      let place = isLogarithmic ? log10(mark.x) : mark.x
      guard area.horizontal.contains(place) else { continue }
      let x = area.x(of: place)
      svg.add(
        "path",
        [
          "class": "tc-axis", "stroke-dasharray": "3 3",
          "d": "M\(x.coordinate) \(area.y.coordinate)v\(area.height.coordinate)",
        ])
      // Toward the middle, where there is room, and each in a row of its own, as marks may lie close.
      let isLeft = place < (area.horizontal.lowerBound + area.horizontal.upperBound) / 2
      svg.add(
        "text",
        [
          "class": "tc-text", "x": (x + (isLeft ? 5 : -5)).coordinate, "y": (area.y + 12 + 14 * Double(row)).coordinate,
          "text-anchor": isLeft ? "start" : "end", "font-size": "11.5",
        ], text: mark.title)
    }
  }

  private func drawAxes(into svg: inout MarkupWriter, _ area: PlotArea, _ columns: Ticks, _ rows: Ticks) {
    let (right, bottom) = (area.x + area.width, area.y + area.height)
    for value in rows.values {
      let y = area.y(of: value)
      let isAxis = value == rows.values[0]
      svg.add(
        "path",
        ["class": isAxis ? "tc-axis" : "tc-grid", "d": "M\(area.x.coordinate) \(y.coordinate)H\(right.coordinate)"])
      svg.add(
        "text",
        [
          "class": "tc-text", "x": (area.x - 7).coordinate, "y": (y + 4).coordinate, "text-anchor": "end",
          "font-size": "11.5",
        ], text: rows.label(value))
    }
    // A little room for the rounding of x.
    let reach = columns.step * 1e-6
    for value in columns.values
    where value >= area.horizontal.lowerBound - reach && value <= area.horizontal.upperBound + reach {
      let x = area.x(of: value)
      svg.add("path", ["class": "tc-axis", "d": "M\(x.coordinate) \(bottom.coordinate)v4"])
      svg.add(
        "text",
        [
          "class": "tc-text", "x": x.coordinate, "y": (bottom + 17).coordinate, "text-anchor": "middle",
          "font-size": "11.5",
        ], text: isLogarithmic ? Ticks.powerLabel(value) : columns.label(value))
    }
    svg.add(
      "text",
      [
        "class": "tc-text", "x": (area.x + area.width / 2).coordinate, "y": (bottom + 34).coordinate,
        "text-anchor": "middle", "font-size": "11.5",
      ], text: horizontalTitle)
  }

  private func drawLines(_ series: [LineSeries], into svg: inout MarkupWriter, _ area: PlotArea) {
    // An inner picture cuts off what leaves the range, and needs no identifier that could occur twice in a page.
    let frame = [area.x - 6, area.y - 6, area.width + 12, area.height + 12].map(\.coordinate)
    svg.add(
      "svg",
      [
        "x": frame[0], "y": frame[1], "width": frame[2], "height": frame[3], "viewBox": frame.joined(separator: " "),
        "overflow": "hidden",
      ]
    ) { inner in
      for line in series where !line.raw.isEmpty {
        inner.add(
          "path", ["class": "tc-raw \(ChartStyle.colorClass(line.index))", "d": area.path(through: line.raw)])
      }
      for line in series {
        inner.add(
          "path",
          [
            "class": "tc-line \(ChartStyle.colorClass(line.index))", "stroke-dasharray": ChartStyle.dash(line.index),
            "d": area.path(through: line.points),
          ])
      }
      for line in series {
        for point in area.marked(line.points, atMost: marksPoints ? 24 : 8, line: line.index) {
          inner.add(
            "path",
            [
              "class": "tc-marker \(ChartStyle.colorClass(line.index))",
              "d": Marker(line.index).path(x: area.x(of: point.x), y: area.y(of: point.y)),
            ])
        }
      }
    }
  }

  private static func range(of values: [Double]) -> ClosedRange<Double>? {
    guard let low = values.min(), let high = values.max() else { return nil }
    return low...high
  }
}
