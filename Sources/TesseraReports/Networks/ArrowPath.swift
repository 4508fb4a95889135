import TesseraCharts

/// The line of an operation from one map to another, with its head.
struct ArrowPath {
  private let points: [(x: Double, y: Double)]
  private static let head = 6.0

  /// - Parameter detour: the height at which it passes below the maps between its ends; `nil` if none stand there.
  init(_ edge: FeatureMaps.Edge, from source: MapLayout.Box, to target: MapLayout.Box, detour: Double?) {
    let across = target.center(of: edge.part)
    let from = source.x + source.width / 2
    if let detour {
      points = [(from, source.bottom), (from, detour), (across, detour), (across, target.bottom + 1)]
    } else if source.row == target.row {
      let y = min(max(source.middle, target.y), target.bottom)
      points = [(source.right, y), (target.parts[edge.part].x - 1, y)]
    } else {
      let isDown = target.row > source.row
      let end = isDown ? target.top : target.bottom + 1
      if across > source.right {
        points = [(source.right, source.middle), (across, source.middle), (across, end)]
      } else {
        points = [(across, isDown ? source.bottom : source.top), (across, end)]
      }
    }
  }

  /// A straight line.
  init(from start: (x: Double, y: Double), to end: (x: Double, y: Double)) { points = [start, end] }

  func draw(into svg: inout MarkupWriter, _ look: OperationLook, member: Int) {
    let style = look.style
    let color = ChartStyle.colorClass(style.color)
    let (last, before) = (points[points.count - 1], points[points.count - 2])
    let (dx, dy) = (Self.sign(last.x - before.x), Self.sign(last.y - before.y))
    // The line ends within its head, so a wide one has a sharp tip.
    var line = points
    line[line.count - 1] = (last.x - dx * Self.head * 0.7, last.y - dy * Self.head * 0.7)
    svg.add(
      "path",
      [
        "class": "tn-arrow \(color)", "stroke-width": style.width.coordinate,
        "stroke-dasharray": style.dashes[member % style.dashes.count],
        "d": "M" + line.map { "\($0.x.coordinate) \($0.y.coordinate)" }.joined(separator: "L"),
      ])
    let back = (x: last.x - dx * Self.head, y: last.y - dy * Self.head)
    let side = (x: dy * Self.head * 0.55, y: dx * Self.head * 0.55)
    let corners = [
      (last.x, last.y), (back.x + side.x, back.y + side.y), (back.x - side.x, back.y - side.y),
    ]
    svg.add(
      "path",
      [
        "class": "tn-head \(color)",
        "d": "M" + corners.map { "\($0.0.coordinate) \($0.1.coordinate)" }.joined(separator: "L") + "z",
      ])
  }

  private static func sign(_ value: Double) -> Double { value > 0.01 ? 1 : value < -0.01 ? -1 : 0 }
}
