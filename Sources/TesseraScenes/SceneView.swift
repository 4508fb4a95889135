import TesseraDatasets
import TesseraTensors

/// How the world is seen: a camera at height 1 above a flat ground looks along a level line.
///
/// A thing at depth z is drawn `scale` = 1 / z tall per unit of its height, with its foot `scale` below the horizon.
struct SceneView {
  let aspect: Float
  let horizon: Float
  /// Where lines that run away from the camera meet.
  let vanishingX: Float
  let light: SceneLight
  let noise: ValueNoise

  /// The picture point of a world point `height` above the ground and `across` to the right of the camera.
  func point(across: Float, height: Float, scale: Float) -> SIMD2<Float> {
    [vanishingX + across * scale, horizon + (1 - height) * scale]
  }

  /// How much haze is in front of things at `scale`: 0 near, 1 at the horizon.
  func depth(at scale: Float) -> Float { clamp(0.045 / (max(scale, 0) + 0.015)) }

  /// A surface at `scale`, lit by `amount`.
  func lit(_ color: SIMD3<Float>, _ amount: Float, at scale: Float) -> SIMD3<Float> {
    light.lit(color, amount, depth: depth(at: scale))
  }
}

/// Something that stands on the ground and hides what is behind it.
protocol SceneThing {
  /// How near it stands; things are drawn from the smallest scale to the largest.
  var scale: Float { get }

  func draw(on canvas: inout SceneCanvas, in view: SceneView)
}

/// A convex polygon, as the intersection of half planes.
struct ConvexPolygon {
  let bounds: SceneBounds
  private let edges: [(point: SIMD2<Float>, normal: SIMD2<Float>)]

  /// - Parameter points: the corners, in either winding order.
  init(_ points: [SIMD2<Float>]) {
    bounds = SceneBounds(
      left: points.map(\.x).min() ?? 0, top: points.map(\.y).min() ?? 0,
      right: points.map(\.x).max() ?? 0, bottom: points.map(\.y).max() ?? 0)
    var area: Float = 0
    for (a, b) in zip(points, points.dropFirst() + points.prefix(1)) { area += a.x * b.y - b.x * a.y }
    let turn: Float = area < 0 ? -1 : 1
    edges = zip(points, points.dropFirst() + points.prefix(1)).map { a, b in
      let along = b - a
      let length = max((along.x * along.x + along.y * along.y).squareRoot(), 1e-9)
      return (a, SIMD2(along.y, -along.x) * (turn / length))
    }
  }

  func distance(_ x: Float, _ y: Float) -> Float {
    var distance = -Float.greatestFiniteMagnitude
    for edge in edges {
      distance = max(distance, (x - edge.point.x) * edge.normal.x + (y - edge.point.y) * edge.normal.y)
    }
    return distance
  }
}
