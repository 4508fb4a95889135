/// Draws the inside of a polygon as pycocotools does: to the bit.
///
/// Corners are rounded to a grid of 5 x 5 points per pixel, and lines between them are walked on that grid. The inside
/// changes to outside, and back, wherever the outline crosses the middle of a column of pixels, between its third and
/// fourth point: from the first pixel on whose center lies below the crossing. Crossings above and below the picture
/// count at its edges, those left and right of it do not count at all.
struct PolygonOutline {
  private let width: Int
  private let height: Int
  private var crossings: [Int] = []

  /// Grid points per pixel.
  private static let scale = 5
  /// Beyond any picture, and small enough for whole numbers of grid points.
  static let farthest = 1e6

  /// - Parameters:
  ///   - corners: x and y in turn, in pixels, (0, 0) the upper left corner of the picture; none farther than
  ///     `farthest`.
  ///   - width: the picture's.
  ///   - height: the picture's.
  static func runs(of corners: [Double], width: Int, height: Int) -> [Range<Int>] {
    var outline = PolygonOutline(width: width, height: height)
    let points = stride(from: 0, to: corners.count - 1, by: 2).map {
      (x: Int(Double(scale) * corners[$0] + 0.5), y: Int(Double(scale) * corners[$0 + 1] + 0.5))
    }
    for (place, point) in points.enumerated() { outline.walk(from: point, to: points[(place + 1) % points.count]) }
    let ends = outline.crossings.sorted()
    return stride(from: 0, to: ends.count - 1, by: 2).map { ends[$0]..<ends[$0 + 1] }
  }

  private init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

  /// Adds the crossings of a line between grid points.
  private mutating func walk(from start: (x: Int, y: Int), to end: (x: Int, y: Int)) {
    let (dx, dy) = (abs(end.x - start.x), abs(end.y - start.y))
    let isFlat = dx >= dy
    if dx == 0 { return }
    // A line has the same points in both directions.
    let swaps = isFlat ? start.x > end.x : start.y > end.y
    let (first, last) = swaps ? (end, start) : (start, end)
    if isFlat {
      let slope = Double(last.y - first.y) / Double(dx)
      func row(_ column: Int) -> Int { Int(Double(first.y) + slope * Double(column - first.x) + 0.5) }
      for column in columns(from: first.x, to: last.x) { cross(column, row: min(row(column), row(column + 1))) }
    } else {
      let slope = Double(last.x - first.x) / Double(dy)
      func column(_ step: Int) -> Int { Int(Double(first.x) + slope * Double(step) + 0.5) }
      for crossed in columns(from: min(first.x, last.x), to: max(first.x, last.x)) {
        func isBeyond(_ step: Int) -> Bool { slope > 0 ? column(step) > crossed : column(step) <= crossed }
        // Solved for the step, and corrected for what rounding does.
        var step = Int((Double(crossed - first.x) + 0.5) / slope)
        step = min(max(step, 1), dy)
        while step > 1 && isBeyond(step - 1) { step -= 1 }
        while step < dy && !isBeyond(step) { step += 1 }
        cross(crossed, row: first.y + step - 1)
      }
    }
  }

  /// The grid's columns after which the middle of a column of pixels comes, between `start` and `end`.
  private func columns(from start: Int, to end: Int) -> StrideTo<Int> {
    let third = Self.scale / 2
    let first = max(0, start - third + Self.scale - 1) / Self.scale
    return stride(from: Self.scale * first + third, to: min(end, Self.scale * width), by: Self.scale)
  }

  private mutating func cross(_ column: Int, row: Int) {
    let center = (Double(row) + 0.5) / Double(Self.scale) - 0.5
    let first = Int(min(max(center, 0), Double(height)).rounded(.up))
    crossings.append(column / Self.scale * height + first)
  }
}
