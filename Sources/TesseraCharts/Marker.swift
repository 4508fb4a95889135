/// The small sign at points of a line.
package enum Marker: Int, CaseIterable {
  case circle, square, triangle, diamond, cross

  package init(_ index: Int) { self = Self.allCases[index % Self.allCases.count] }

  /// The outline around a place, as the data of an SVG path.
  package func path(x: Double, y: Double) -> String {
    func point(_ dx: Double, _ dy: Double) -> String { "\((x + dx).coordinate) \((y + dy).coordinate)" }
    switch self {
    case .circle: return "M\(point(-3.3, 0))a3.3 3.3 0 1 1 6.6 0a3.3 3.3 0 1 1 -6.6 0z"
    case .square: return "M\(point(-3, -3))h6v6h-6z"
    case .triangle: return "M\(point(0, -3.8))L\(point(3.8, 3))L\(point(-3.8, 3))z"
    case .diamond: return "M\(point(0, -4.2))L\(point(4.2, 0))L\(point(0, 4.2))L\(point(-4.2, 0))z"
    case .cross: return "M\(point(-3, -3))L\(point(3, 3))M\(point(-3, 3))L\(point(3, -3))"
    }
  }
}
