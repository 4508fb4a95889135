import TesseraDatasets
import TesseraTensors

/// The land: grass, water and the road.
struct SceneGround {
  enum Water {
    case none
    case sea(width: Float)
    case lake(x: Float, scale: Float, radius: Float)
  }
  enum Road {
    case none
    /// Runs to the horizon; `bend` pulls its far end aside.
    case ahead(center: Float, width: Float, bend: Float)
    /// Crosses the picture between two scales.
    case across(far: Float, near: Float)
  }

  let water: Water
  let road: Road
  private let grass: SIMD3<Float>
  private let dryGrass: SIMD3<Float>
  private let asphalt: SIMD3<Float>
  private let hills: Float

  init(water: Water, road: Road, random: inout RandomStream) {
    self.water = water
    self.road = road
    let season = random.uniform()
    grass = mix([0.28, 0.50, 0.16], [0.46, 0.52, 0.20], season)
    dryGrass = mix([0.44, 0.58, 0.22], [0.68, 0.60, 0.32], season)
    asphalt = [0.36, 0.36, 0.38] * random.uniform(in: 0.75..<1.3)
    hills = random.uniform(in: 0..<0.03)
  }

  func draw(on canvas: inout SceneCanvas, in view: SceneView) {
    drawGrass(on: &canvas, in: view)
    drawWater(on: &canvas, in: view)
    drawRoad(on: &canvas, in: view)
  }

  /// Where the middle of a road ahead is at `scale`, in world units to the right of the camera.
  func roadCenter(at scale: Float) -> Float {
    guard case .ahead(let center, _, let bend) = road else { return 0 }
    return center + bend * (0.05 / (scale + 0.05))
  }

  private func drawGrass(on canvas: inout SceneCanvas, in view: SceneView) {
    let noise = view.noise
    let bounds = SceneBounds(left: 0, top: view.horizon - hills, right: view.aspect, bottom: 1)
    canvas.paint(.grass, in: bounds) { x, y in
      view.horizon - hills * noise.fractal(x * 3.1, 7, octaves: 2) - y
    } color: { x, y in
      let scale = max(y - view.horizon, 0.012)
      let (across, away) = ((x - view.vanishingX) / scale, 1 / scale)
      let patches = noise.fractal(across * 0.8 + 90, away * 0.8, octaves: 3)
      let blades = noise.fractal(x * 75, y * 38, octaves: 2)
      let color = mix(grass, dryGrass, smoothStep(0.25, 0.75, patches)) * (0.78 + 0.44 * blades)
      return view.lit(color, 0.55 + 0.45 * patches, at: y - view.horizon)
    }
  }

  private func drawWater(on canvas: inout SceneCanvas, in view: SceneView) {
    let noise = view.noise
    let light = view.light
    func color(_ x: Float, _ y: Float) -> SIMD3<Float> {
      let scale = max(y - view.horizon, 0.008)
      let ripples = noise.fractal((x - view.vanishingX) / scale * 1.5 + 31, 9 / scale.squareRoot() + 4, octaves: 3)
      let mirrored = mix(light.skyBottom, light.skyTop, clamp(scale * 2.4 + (ripples - 0.5) * 0.5))
      let body = mirrored * SIMD3<Float>(0.52, 0.72, 0.84) + SIMD3<Float>(0, 0.02, 0.05)
      let offset = (x - light.sunPosition.x * view.aspect) / (0.05 + scale * 0.4)
      let glitter = smoothStep(0.6, 0.75, ripples) * (0.25 + 0.6 / (1 + offset * offset * 4))
      return mix(body * (0.86 + 0.28 * ripples), light.sun, glitter * 0.7)
    }
    switch water {
    case .none: break
    case .sea(let width):
      let bounds = SceneBounds(
        left: 0, top: view.horizon - hills - 0.01, right: view.aspect, bottom: view.horizon + width * 1.5)
      canvas.paint(.water, in: bounds) { x, y in
        let shore = view.horizon + width * (0.55 + 0.9 * noise.fractal(x * 2.3 + 70, 3, octaves: 3))
        return max(y - shore, view.horizon - hills * 0.4 - y)
      } color: { x, y in
        color(x, y)
      }
    case .lake(let x, let scale, let radius):
      let center = (x: x, y: view.horizon + scale)
      let half = (x: radius, y: scale * 0.34)
      let bounds = SceneBounds(
        left: center.x - half.x * 1.3, top: center.y - half.y * 1.3,
        right: center.x + half.x * 1.3, bottom: center.y + half.y * 1.3)
      canvas.paint(.water, in: bounds) { x, y in
        let ragged = half.y * (noise.fractal(x * 9, y * 16, octaves: 2) - 0.5)
        return ellipseDistance(x, y, center: center, radius: half) + ragged * 0.9
      } color: { x, y in
        color(x, y)
      }
    }
  }

  private func drawRoad(on canvas: inout SceneCanvas, in view: SceneView) {
    let noise = view.noise
    func surface(_ x: Float, _ y: Float, lane: Float, along: Float, isMarked: Bool) -> SIMD3<Float> {
      let scale = y - view.horizon
      let grain = noise.fractal(x * 90, y * 70, octaves: 2)
      let worn = noise.fractal(lane * 6 + 11, along * 0.7, octaves: 2)
      var color = asphalt * (0.78 + 0.26 * grain + 0.2 * worn)
      if abs(lane) > 0.9 { color = [0.62, 0.61, 0.58] * (0.85 + 0.25 * grain) }
      if isMarked { color = [0.88, 0.87, 0.82] * (0.85 + 0.2 * grain) }
      return view.lit(color, 0.75, at: scale)
    }
    switch road {
    case .none: break
    case .ahead(_, let width, _):
      // `lane` runs from -1 to 1 across the road.
      func lane(_ x: Float, _ scale: Float) -> Float {
        ((x - view.vanishingX) / scale - roadCenter(at: scale)) / (width / 2)
      }
      let bounds = SceneBounds(left: 0, top: view.horizon + 0.004, right: view.aspect, bottom: 1)
      canvas.paint(.road, in: bounds) { x, y in
        let scale = max(y - view.horizon, 0.004)
        return (abs(lane(x, scale)) - 1) * width / 2 * scale
      } color: { x, y in
        let scale = max(y - view.horizon, 0.004)
        let (lane, along) = (lane(x, scale), 1 / scale)
        let dash = along * 0.55
        let isMarked = abs(lane) < 0.035 && dash - dash.rounded(.down) < 0.5
        return surface(x, y, lane: lane, along: along, isMarked: isMarked)
      }
    case .across(let far, let near):
      let bounds = SceneBounds(
        left: 0, top: view.horizon + far, right: view.aspect, bottom: view.horizon + near)
      canvas.paint(.road, in: bounds) { _, y in
        max(view.horizon + far - y, y - view.horizon - near)
      } color: { x, y in
        let scale = y - view.horizon
        // Depth, not the height in the picture, determines the middle of the road.
        let lane = 2 * (1 / far - 1 / scale) / (1 / far - 1 / near) - 1
        let along = (x - view.vanishingX) / scale
        let dash = along * 0.7
        let isMarked = abs(lane) < 0.05 && dash - dash.rounded(.down) < 0.55
        return surface(x, y, lane: lane, along: along, isMarked: isMarked)
      }
    }
  }
}
