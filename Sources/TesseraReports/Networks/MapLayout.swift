import Foundation
import TesseraTensors

/// Where feature maps are placed: each picture size has its own row, the full size at the top, and the pass goes to the
/// right, so a U-Net is a U.
package struct MapLayout {
  package struct Box {
    package var x: Double
    package var y: Double
    package let width: Double
    package let height: Double
    /// The left edges and widths of its parts.
    var parts: [(x: Double, width: Double)]
    package let row: Int
    /// What is written above it.
    let labelHeight: Double

    /// The upper edge, including what is written above.
    var top: Double { y - labelHeight }
    package var right: Double { x + width }
    package var bottom: Double { y + height }
    var middle: Double { y + height / 2 }
    package func center(of part: Int) -> Double { parts[part].x + parts[part].width / 2 }
  }

  package private(set) var boxes: [Box] = []
  /// The height of each detour's line, by the edge's index.
  package private(set) var detours: [Int: Double] = [:]
  private(set) var width = 0.0
  private(set) var height = 0.0

  package static let gap = 26.0
  private static let labelHeight = 18.0
  private static let lane = 9.0
  private static let tallest = 118.0

  /// - Parameters:
  ///   - x: the left edge.
  ///   - y: the upper edge.
  package init(_ features: FeatureMaps, x: Double, y: Double) {
    let full = Self.side(features.maps[0].shape)
    var rightmost: [Int: Double] = [:]
    var verticals: [Vertical] = []
    for (index, map) in features.maps.enumerated() {
      let side = Self.side(map.shape)
      let row = max(0, Int(log2(full / side).rounded()))
      let isSign = map.look.isSign
      let widths = isSign ? [16] : map.parts.map { max(5, 1.25 * Double($0.channels).squareRoot()) }
      let height = isSign ? 16 : max(8, Self.tallest * pow(side / full, 0.75))
      let width = widths.reduce(0, +)
      /// The lines from other rows, of a map at `left`.
      func lines(_ left: Double) -> [Vertical] {
        features.edges.filter { $0.target == index && boxes[$0.source].row != row }.map { edge in
          Vertical(x: left + widths[..<edge.part].reduce(0, +) + widths[edge.part] / 2, boxes[edge.source].row, row)
        }
      }
      // After all of its sources, or right above or below them.
      var left = rightmost[row].map { $0 + Self.gap } ?? x
      for edge in features.edges where edge.target == index {
        let source = boxes[edge.source]
        let before = widths[..<edge.part].reduce(0, +) + widths[edge.part] / 2
        left = max(left, source.row == row ? source.right + Self.gap : source.x + source.width / 2 - before)
      }
      // To the right of what its lines would cross, and of the lines that would cross it.
      while true {
        let crossed = boxes.filter { box in
          lines(left).contains { $0.rows.contains(box.row) && box.x - 2 < $0.x && $0.x < box.right + 2 }
        }.map { $0.right - (lines(left).map(\.x).min() ?? 0) + left }
        let crossing = verticals.filter { $0.rows.contains(row) && left - 2 < $0.x && $0.x < left + width + 2 }.map(\.x)
        guard let obstacle = (crossed + crossing).max() else { break }
        left = obstacle + Self.gap / 2
      }
      verticals += lines(left)
      var parts: [(x: Double, width: Double)] = []
      for width in widths { parts.append((parts.last.map { $0.x + $0.width } ?? left, width)) }
      boxes.append(
        Box(x: left, y: 0, width: width, height: height, parts: parts, row: row, labelHeight: isSign ? 1 : 15))
      rightmost[row] = left + width
    }
    let lanes = Self.lanes(features, boxes)
    var top = y
    for row in 0...(boxes.map(\.row).max() ?? 0) {
      let members = boxes.indices.filter { boxes[$0].row == row }
      guard let tallest = members.map({ boxes[$0].height }).max() else { continue }
      top += Self.labelHeight
      for index in members { boxes[index].y = top + (tallest - boxes[index].height) / 2 }
      top += tallest
      let used = lanes.filter { boxes[features.edges[$0.key].source].row == row }
      for (edge, lane) in used { detours[edge] = top + Self.lane * Double(lane + 1) }
      top += Self.lane * Double((used.values.max() ?? -1) + 1) + Self.labelHeight
    }
    width = (boxes.map(\.right).max() ?? x) - x
    height = top - y
  }

  /// The number of the lane of each edge that needs one: those that overlap have different ones.
  private static func lanes(_ features: FeatureMaps, _ boxes: [Box]) -> [Int: Int] {
    var lanes: [Int: Int] = [:]
    var ends: [Int: [Double]] = [:]
    for (index, edge) in features.edges.enumerated() {
      let (source, target) = (boxes[edge.source], boxes[edge.target])
      guard source.row == target.row else { continue }
      let isBlocked = boxes.contains { $0.row == source.row && $0.x > source.x && $0.x < target.x }
      guard isBlocked else { continue }
      let row = ends[source.row] ?? []
      let lane = row.firstIndex { $0 < source.x } ?? row.count
      lanes[index] = lane
      ends[source.row] = row
      if lane == row.count { ends[source.row]!.append(target.right) } else { ends[source.row]![lane] = target.right }
    }
    return lanes
  }

  /// The side of a square with a picture's pixels.
  private static func side(_ shape: Shape) -> Double {
    Double(max(1, shape.dimensions.dropFirst().dropLast().reduce(1, *))).squareRoot()
  }

  /// A line from one row to another.
  private struct Vertical {
    let x: Double
    /// Those that it passes.
    let rows: Range<Int>

    init(x: Double, _ source: Int, _ target: Int) {
      self.x = x
      rows = min(source, target) + 1..<max(source, target)
    }
  }
}
