import TesseraCharts
import TesseraLayers

/// A network drawn as papers do: feature maps as boxes, as high as the picture and wider the more channels they have,
/// with the operations between them as arrows; an SVG picture for light and dark pages.
///
/// The shape follows from the operations: what halves the picture leads down, what enlarges it leads up, so a U-Net
/// becomes the U of its paper (arXiv:1505.04597) and an FCN shows its skips (arXiv:1411.4038). Your own networks are
/// drawn the same way.
/// ```swift
/// let drawing = NetworkDrawing(model.graph(height: 128, width: 128), title: "U-Net")
/// try Data(drawing.svg.utf8).write(to: file)
/// ```
public struct NetworkDrawing: Sendable {
  private let graph: NetworkGraph
  private let title: String

  public init(_ graph: NetworkGraph, title: String) {
    self.graph = graph
    self.title = title
  }

  private static let margin = 18.0
  private static let sizeLabel = 66.0

  /// The picture; it has no identifiers and no scripts, so a page may hold several.
  public var svg: String {
    let features = FeatureMaps(graph)
    let layout = MapLayout(features, x: Self.margin + Self.sizeLabel, y: Self.margin + 40)
    let width = max(640, layout.width + 2 * Self.margin + Self.sizeLabel + 24)
    let legend = DrawingLegend(features, width: width - 2 * Self.margin)
    let legendTop = Self.margin + 40 + layout.height + 8
    let height = legendTop + legend.height + Self.margin
    var svg = MarkupWriter()
    svg.add(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 \(width.coordinate) \(height.coordinate)",
        "width": width.coordinate, "height": height.coordinate, "font-family": ChartStyle.font, "font-size": "12",
        "role": "img",
      ]
    ) { svg in
      svg.add("title", text: "\(title): \(summary)")
      svg.addStyle(ChartStyle.rules + DrawingStyle.rules)
      svg.add("rect", ["class": "tc-page", "width": width.coordinate, "height": height.coordinate, "rx": "6"])
      let left = Self.margin.coordinate
      svg.add(
        "text", ["class": "tc-title", "x": left, "y": "32", "font-size": "16", "font-weight": "600"], text: title)
      svg.add("text", ["class": "tc-text", "x": left, "y": "50"], text: summary)
      for (index, edge) in features.edges.enumerated() {
        ArrowPath(edge, from: layout.boxes[edge.source], to: layout.boxes[edge.target], detour: layout.detours[index])
          .draw(into: &svg, edge.look, member: legend.member(edge.look))
      }
      for (map, box) in zip(features.maps, layout.boxes) { draw(map, box, into: &svg) }
      drawSizes(features, layout, into: &svg)
      legend.draw(into: &svg, x: Self.margin, y: legendTop)
    }
    return svg.text
  }

  /// Parameters and multiply-adds in one line.
  private var summary: String {
    let parameters = graph.nodes.reduce(0) { $0 + $1.parameterCount }
    let size = graph.inputShape.dimensions.map(String.init).joined(separator: " × ")
    return "\(grouped(parameters)) parameters · \(graph.workDescription) for an input of \(size)"
  }

  private func draw(_ map: FeatureMaps.Map, _ box: MapLayout.Box, into svg: inout MarkupWriter) {
    svg.add("g") { svg in
      svg.add("title", text: map.note)
      if map.look.isSign {
        let (x, y) = (box.x + box.width / 2, box.middle)
        svg.add("circle", ["class": "tn-map", "cx": x.coordinate, "cy": y.coordinate, "r": "8"])
        let sign =
          map.look == .sum
          ? "M\((x - 4.5).coordinate) \(y.coordinate)h9M\(x.coordinate) \((y - 4.5).coordinate)v9"
          : "M\((x - 3.5).coordinate) \((y - 3.5).coordinate)l7 7m0 -7l-7 7"
        svg.add("path", ["class": "tn-plus", "d": sign])
        return
      }
      for (part, place) in zip(map.parts, box.parts) {
        svg.add(
          "rect",
          [
            "class": part.isCopy ? "tn-copy" : "tn-map", "x": place.x.coordinate, "y": box.y.coordinate,
            "width": place.width.coordinate, "height": box.height.coordinate,
          ])
      }
      svg.add(
        "text",
        [
          "class": "tc-text", "x": (box.x + box.width / 2).coordinate, "y": (box.y - 4).coordinate,
          "text-anchor": "middle", "font-size": "9.5",
        ], text: "\(map.shape[-1])")
    }
  }

  /// The size of the pictures, next to the first map of each row.
  private func drawSizes(_ features: FeatureMaps, _ layout: MapLayout, into svg: inout MarkupWriter) {
    var rows: Set<Int> = []
    for (map, box) in zip(features.maps, layout.boxes) where rows.insert(box.row).inserted && map.shape.rank == 4 {
      svg.add(
        "text",
        [
          "class": "tc-text", "x": (box.x - 7).coordinate, "y": (box.middle + 3.5).coordinate, "text-anchor": "end",
          "font-size": "10.5",
        ], text: "\(map.shape[1]) × \(map.shape[2])")
    }
  }
}
