import TesseraCharts

/// What the lines of a drawn network mean, in as many rows as they need.
struct DrawingLegend {
  private let entries: [(look: OperationLook, label: String, x: Double, row: Int)]
  private let hasCopies: Bool
  private static let rowHeight = 20.0
  private static let sample = 32.0

  /// - Parameter width: the largest width of a row.
  init(_ features: FeatureMaps, width: Double) {
    var looks: [OperationLook] = []
    for edge in features.edges where !looks.contains(edge.look) { looks.append(edge.look) }
    var entries: [(look: OperationLook, label: String, x: Double, row: Int)] = []
    var (x, row) = (0.0, 0)
    for look in looks {
      // The width of a letter in common typefaces of this size.
      let space = Self.sample + 8 + 6.6 * Double(look.label.count) + 18
      if x > 0 && x + space > width { (x, row) = (0, row + 1) }
      entries.append((look, look.label, x, row))
      x += space
    }
    self.entries = entries
    hasCopies = features.maps.contains { $0.parts.contains(where: \.isCopy) }
  }

  var height: Double { Double((entries.last?.row ?? 0) + 1) * Self.rowHeight + Self.rowHeight }

  /// The number of an operation within its family.
  func member(_ look: OperationLook) -> Int {
    let family = entries.map(\.look).filter { $0.style.color == look.style.color }
    return family.firstIndex(of: look) ?? 0
  }

  func draw(into svg: inout MarkupWriter, x: Double, y: Double) {
    for entry in entries {
      let (left, middle) = (x + entry.x, y + Double(entry.row) * Self.rowHeight + 9)
      ArrowPath(from: (left, middle), to: (left + Self.sample, middle)).draw(
        into: &svg, entry.look, member: member(entry.look))
      svg.add(
        "text", ["class": "tc-text", "x": (left + Self.sample + 8).coordinate, "y": (middle + 4).coordinate],
        text: entry.label)
    }
    svg.add(
      "text",
      ["class": "tc-text", "x": x.coordinate, "y": (y + height - 8).coordinate, "font-size": "10.5"],
      text:
        "Above each map its channels, beside each row the picture's height × width."
        + (hasCopies ? " Dashed: a map from the left, again." : "")
    )
  }
}
