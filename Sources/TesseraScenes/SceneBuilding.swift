import TesseraDatasets
import TesseraTensors

/// A box with rows of windows: a tower with a flat roof, or a house with a gable toward the camera.
struct SceneBuilding: SceneThing {
  /// The horizontal span in world units, and the scales of the front and back walls.
  let left: Float
  let right: Float
  let scale: Float
  private let backScale: Float
  private let height: Float
  private let gable: Float
  private let wall: SIMD3<Float>
  private let roof: SIMD3<Float>
  private let windowPitch: SIMD2<Float>
  private let windowSize: SIMD2<Float>
  private let shift: Float

  private static let walls: [SIMD3<Float>] = [
    [0.80, 0.72, 0.58], [0.72, 0.42, 0.32], [0.86, 0.82, 0.76], [0.62, 0.58, 0.56], [0.84, 0.64, 0.42],
    [0.58, 0.64, 0.70], [0.78, 0.52, 0.46], [0.66, 0.68, 0.58], [0.46, 0.40, 0.40],
  ]

  /// - Parameter isHouse: whether it is low with a gable; otherwise it is a tower of up to `maximumHeight`.
  init(
    left: Float, right: Float, scale: Float, length: Float, isHouse: Bool, maximumHeight: Float,
    random: inout RandomStream
  ) {
    self.left = left
    self.right = right
    self.scale = scale
    backScale = 1 / (1 / scale + length)
    height = isHouse ? random.uniform(in: 0.95..<1.35) : random.uniform(in: 1.6..<max(1.7, maximumHeight))
    gable = isHouse ? (right - left) * random.uniform(in: 0.3..<0.5) : 0
    wall = Self.walls[random.index(below: Self.walls.count)] * random.uniform(in: 0.85..<1.1)
    roof = mix([0.56, 0.26, 0.20], [0.32, 0.32, 0.38], Float(random.index(below: 3)) / 2)
    windowPitch = [random.uniform(in: 0.34..<0.5), random.uniform(in: 0.4..<0.55)]
    windowSize = [random.uniform(in: 0.22..<0.36), random.uniform(in: 0.24..<0.34)]
    shift = Float(random.index(below: 900))
  }

  func draw(on canvas: inout SceneCanvas, in view: SceneView) {
    let side = view.light.side(of: view.point(across: (left + right) / 2, height: 0, scale: scale).x / view.aspect)
    // The side wall is visible if the box is to one side of the vanishing point.
    if left > 0 || right < 0 {
      let edge = left > 0 ? left : right
      drawSideWall(at: edge, lit: edge > 0 ? 0.55 - 0.45 * side : 0.55 + 0.45 * side, on: &canvas, in: view)
    }
    drawFront(lit: 0.62 + 0.2 * abs(side), on: &canvas, in: view)
  }

  private func drawSideWall(at edge: Float, lit: Float, on canvas: inout SceneCanvas, in view: SceneView) {
    let wallPolygon = ConvexPolygon([
      view.point(across: edge, height: 0, scale: scale), view.point(across: edge, height: height, scale: scale),
      view.point(across: edge, height: height, scale: backScale), view.point(across: edge, height: 0, scale: backScale),
    ])
    canvas.paint(.building, in: wallPolygon.bounds, distance: wallPolygon.distance) { x, y in
      let wallScale = max((x - view.vanishingX) / edge, 0.01)
      let up = (view.horizon + wallScale - y) / wallScale
      return facade(1 / wallScale, up, at: wallScale, lit: lit, in: view)
    }
    guard gable > 0 else { return }
    let middle = (left + right) / 2
    let slope = ConvexPolygon([
      view.point(across: edge, height: height, scale: scale),
      view.point(across: middle, height: height + gable, scale: scale),
      view.point(across: middle, height: height + gable, scale: backScale),
      view.point(across: edge, height: height, scale: backScale),
    ])
    canvas.paint(.building, in: slope.bounds, distance: slope.distance) { x, y in
      let tiles = view.noise.fractal(x * 60, y * 120, octaves: 2)
      return view.lit(roof * (0.75 + 0.5 * tiles), lit + 0.2, at: scale)
    }
  }

  private func drawFront(lit: Float, on canvas: inout SceneCanvas, in view: SceneView) {
    let middle = (left + right) / 2
    var corners = [
      view.point(across: left, height: 0, scale: scale), view.point(across: left, height: height, scale: scale),
    ]
    if gable > 0 { corners.append(view.point(across: middle, height: height + gable, scale: scale)) }
    corners.append(view.point(across: right, height: height, scale: scale))
    corners.append(view.point(across: right, height: 0, scale: scale))
    let front = ConvexPolygon(corners)
    canvas.paint(.building, in: front.bounds, distance: front.distance) { x, y in
      let along = (x - view.vanishingX) / scale - left
      let up = (view.horizon + scale - y) / scale
      if gable > 0 {
        let eaves = height + gable * (1 - abs(along - (right - left) / 2) / ((right - left) / 2))
        if up > eaves - 0.09 { return view.lit(roof, lit, at: scale) }
        let isDoor = abs(along - (right - left) * 0.5) < 0.13 && up < 0.55
        if isDoor { return view.lit(roof * 0.7, lit, at: scale) }
      } else if up > height - 0.1 {
        return view.lit(wall * 0.7, lit, at: scale)
      }
      return facade(along, up, at: scale, lit: lit, in: view)
    }
  }

  /// The wall and its windows, `along` and `up` it in world units.
  private func facade(
    _ along: Float, _ up: Float, at wallScale: Float, lit: Float, in view: SceneView
  ) -> SIMD3<Float> {
    let plaster = view.noise.fractal(along * 5 + shift, up * 5, octaves: 3)
    let surface = view.lit(wall * (0.82 + 0.36 * plaster), lit - 0.25 * smoothStep(0.25, 0, up), at: wallScale)
    let (u, v) = (along / windowPitch.x + 0.1, (up - 0.12) / windowPitch.y)
    let (column, row) = (u.rounded(.down), v.rounded(.down))
    let isWindow =
      abs(u - column - 0.5) < windowSize.x && abs(v - row - 0.5) < windowSize.y && v > 0
      && up < height - 0.14
    guard isWindow else { return surface }
    let chance = view.noise(column * 7.3 + shift, row * 5.7 + shift)
    if view.light.isDusk && chance > 0.5 { return [1, 0.82, 0.48] }
    let glass = mix([0.16, 0.20, 0.26], view.light.skyBottom * 0.8, chance * 0.6 + 0.2 * (v - row))
    return view.lit(glass, 0.7, at: wallScale)
  }
}
