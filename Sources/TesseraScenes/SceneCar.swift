import TesseraDatasets
import TesseraTensors

/// A car, seen from behind, from the front or from the side.
struct SceneCar: SceneThing {
  enum Aspect {
    case rear, front
    case side(facesRight: Bool)
  }

  let across: Float
  let scale: Float
  private let aspect: Aspect
  private let paint: SIMD3<Float>
  private let roofHeight: Float

  private static let paints: [SIMD3<Float>] = [
    [0.78, 0.12, 0.12], [0.14, 0.26, 0.62], [0.90, 0.90, 0.90], [0.16, 0.16, 0.18], [0.92, 0.70, 0.12],
    [0.14, 0.46, 0.34], [0.62, 0.64, 0.68], [0.86, 0.40, 0.12],
  ]

  init(across: Float, scale: Float, aspect: Aspect, random: inout RandomStream) {
    self.across = across
    self.scale = scale
    self.aspect = aspect
    paint = Self.paints[random.index(below: Self.paints.count)]
    roofHeight = random.uniform(in: 0.56..<0.76)
  }

  func draw(on canvas: inout SceneCanvas, in view: SceneView) {
    let foot = view.point(across: across, height: 0, scale: scale)
    let half: Float
    if case .side = aspect { half = 0.86 } else { half = 0.42 }
    canvas.shadow(x: foot.x, y: foot.y, halfWidth: half * 1.25 * scale, strength: view.light.shadowStrength + 0.25)
    let bounds = SceneBounds(
      left: foot.x - half * scale, top: foot.y - roofHeight * scale, right: foot.x + half * scale, bottom: foot.y)
    // Local coordinates: u to the right (mirrored where the car faces left), v up, in world units.
    var mirror: Float = 1
    if case .side(facesRight: false) = aspect { mirror = -1 }
    canvas.paint(.car, in: bounds) { x, y in
      let (u, v) = ((x - foot.x) / scale * mirror, (foot.y - y) / scale)
      return min(body(u, v), cabin(u, v), wheels(u, v)) * scale
    } color: { x, y in
      color((x - foot.x) / scale * mirror, (foot.y - y) / scale, in: view)
    }
  }

  private func body(_ u: Float, _ v: Float) -> Float {
    guard case .side = aspect else { return boxDistance(u, v, center: (0, 0.26), half: (0.41, 0.17), radius: 0.06) }
    return boxDistance(u, v, center: (0, 0.26), half: (0.85, 0.15), radius: 0.09)
  }

  private func cabin(_ u: Float, _ v: Float) -> Float {
    let (base, top) = (Float(0.38), roofHeight)
    let rise = clamp((v - base) / (top - base))
    guard case .side = aspect else { return max(abs(u) - mix(0.38, 0.27, rise), base - 0.05 - v, v - top) }
    return max(u - mix(0.46, 0.2, rise), mix(-0.62, -0.44, rise) - u, base - 0.05 - v, v - top)
  }

  private func wheels(_ u: Float, _ v: Float) -> Float {
    guard case .side = aspect else {
      return boxDistance(abs(u), v, center: (0.31, 0.1), half: (0.08, 0.1), radius: 0.03)
    }
    return ellipseDistance(abs(u + 0.02), v, center: (0.52, 0.145), radius: (0.145, 0.145))
  }

  private func color(_ u: Float, _ v: Float, in view: SceneView) -> SIMD3<Float> {
    let side = view.light.side(of: view.point(across: across, height: 0, scale: scale).x / view.aspect)
    if wheels(u, v) < 0 && (body(u, v) > -0.3 || v < 0.12) {
      let isSideView = if case .side = aspect { true } else { false }
      let isHub = isSideView && ellipseDistance(abs(u + 0.02), v, center: (0.52, 0.145), radius: (0.065, 0.065)) < 0
      return view.lit(isHub ? [0.6, 0.6, 0.62] : [0.09, 0.09, 0.1], 0.5, at: scale)
    }
    let isGlass = cabin(u, v) < -0.035 && v > 0.42
    if isGlass {
      let isPillar: Bool
      if case .side = aspect { isPillar = abs(u + 0.1) < 0.03 } else { isPillar = false }
      if !isPillar {
        return view.lit(mix([0.12, 0.15, 0.2], view.light.skyBottom, clamp((v - 0.4) * 1.4)), 0.6, at: scale)
      }
    }
    switch aspect {
    case .rear where abs(abs(u) - 0.33) < 0.06 && abs(v - 0.31) < 0.04: return [0.9, 0.12, 0.1]
    case .front where abs(abs(u) - 0.31) < 0.07 && abs(v - 0.29) < 0.045: return [1, 0.97, 0.82]
    case .front where abs(u) < 0.2 && abs(v - 0.24) < 0.05: return view.lit([0.12, 0.12, 0.13], 0.5, at: scale)
    case .rear where abs(u) < 0.13 && abs(v - 0.24) < 0.035: return view.lit([0.9, 0.9, 0.86], 0.6, at: scale)
    case .side where u > 0.77 && abs(v - 0.29) < 0.04: return [1, 0.95, 0.75]
    case .side where u < -0.79 && abs(v - 0.29) < 0.04: return [0.85, 0.1, 0.1]
    default:
      let shine = smoothStep(0.36, 0.42, v) * 0.25 + clamp(u * side) * 0.3
      return view.lit(paint, 0.35 + v * 0.6 + shine, at: scale)
    }
  }
}
