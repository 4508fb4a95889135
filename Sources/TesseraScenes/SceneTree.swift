import TesseraDatasets
import TesseraTensors

/// A tree: a crown of lobes, the tiers of a fir, or a tall poplar.
struct SceneTree: SceneThing {
  enum Form { case broad, fir, poplar }

  let across: Float
  let scale: Float
  private let height: Float
  private let form: Form
  private let leaf: SIMD3<Float>
  private let lobes: [(x: Float, y: Float, radius: Float)]
  private let shift: Float

  private static let leaves: [SIMD3<Float>] = [
    [0.16, 0.36, 0.14], [0.20, 0.42, 0.16], [0.28, 0.46, 0.14], [0.14, 0.32, 0.20], [0.24, 0.40, 0.12],
    [0.72, 0.38, 0.12], [0.66, 0.24, 0.14], [0.80, 0.58, 0.16], [0.86, 0.62, 0.70],
  ]

  /// - Parameter form: `nil` chooses one at random.
  init(across: Float, scale: Float, form: Form? = nil, random: inout RandomStream) {
    self.across = across
    self.scale = scale
    let chosen = form ?? [.broad, .broad, .broad, .fir, .fir, .poplar][random.index(below: 6)]
    self.form = chosen
    height = random.uniform(in: 1.5..<2.6) * (chosen == .poplar ? 1.2 : 1)
    // Autumn and blossom are rarer than green, and firs stay green.
    let isGreen = chosen == .fir || random.uniform() < 0.7
    leaf =
      Self.leaves[isGreen ? random.index(below: 5) : random.index(below: Self.leaves.count)]
      * random.uniform(in: 0.85..<1.15)
    shift = random.uniform(in: 0..<90)
    // In units of the height, y upward from the foot.
    switch chosen {
    case .broad:
      lobes = (0..<7).map { number in
        let angle = Float(number) * 0.9 + random.uniform(in: -0.3..<0.3)
        let spread = number == 0 ? 0 : random.uniform(in: 0.14..<0.22)
        let (cosine, sine) = Self.direction(angle)
        return (spread * cosine * 1.2, 0.66 + spread * sine, random.uniform(in: 0.14..<0.2) + (number == 0 ? 0.07 : 0))
      }
    case .fir, .poplar: lobes = []
    }
  }

  private static func direction(_ angle: Float) -> (Float, Float) {
    // The rational parametrization of the circle: sines differ in their last bits between systems.
    let t = (angle - 3) / 1.4
    let square = t * t
    return ((1 - square) / (1 + square), 2 * t / (1 + square))
  }

  func draw(on canvas: inout SceneCanvas, in view: SceneView) {
    let foot = view.point(across: across, height: 0, scale: scale)
    let size = height * scale
    canvas.shadow(x: foot.x, y: foot.y, halfWidth: size * 0.34, strength: view.light.shadowStrength)
    let trunk = SceneBounds(
      left: foot.x - size * 0.035, top: foot.y - size * 0.5, right: foot.x + size * 0.035, bottom: foot.y)
    canvas.paint(.tree, in: trunk) { x, y in
      boxDistance(x, y, center: (foot.x, foot.y - size * 0.25), half: (size * 0.035, size * 0.25))
    } color: { x, y in
      let bark = view.noise(x * 160 / size * 0.3, y * 40)
      return view.lit([0.36, 0.26, 0.18] * (0.7 + 0.5 * bark), 0.5 + (x - foot.x) / size * 8, at: scale)
    }
    let crown = SceneBounds(
      left: foot.x - size * 0.5, top: foot.y - size * 1.05, right: foot.x + size * 0.5, bottom: foot.y - size * 0.08)
    let side = view.light.side(of: foot.x / view.aspect)
    canvas.paint(.tree, in: crown) { x, y in
      distance((x - foot.x) / size, (foot.y - y) / size, view.noise) * size
    } color: { x, y in
      let (u, v) = ((x - foot.x) / size, (foot.y - y) / size)
      let foliage = view.noise.fractal(u * 14 + shift, v * 14, octaves: 3)
      let roundness = clamp(0.42 + (v - 0.58) * 1.1 + u * side * 1.3 + (foliage - 0.5) * 1.3)
      return view.lit(leaf * (0.62 + 0.75 * foliage), roundness, at: scale)
    }
  }

  /// In units of the height.
  private func distance(_ u: Float, _ v: Float, _ noise: ValueNoise) -> Float {
    let ragged = noise.fractal(u * 16 + shift, v * 16 + 3, octaves: 2) - 0.5
    switch form {
    case .broad:
      var distance = Float.greatestFiniteMagnitude
      for lobe in lobes {
        let (dx, dy) = (u - lobe.x, v - lobe.y)
        distance = min(distance, (dx * dx + dy * dy).squareRoot() - lobe.radius)
      }
      return distance + ragged * 0.08
    case .poplar:
      return ellipseDistance(u, v, center: (0, 0.55), radius: (0.13, 0.44)) + ragged * 0.05
    case .fir:
      var distance = Float.greatestFiniteMagnitude
      for tier in 0..<4 {
        let (base, top) = (0.12 + 0.2 * Float(tier), 0.46 + 0.18 * Float(tier))
        let half = 0.27 - 0.05 * Float(tier)
        let slope = half / (top - base)
        distance = min(distance, max(base - v, (abs(u) - (top - v) * slope) * 0.85))
      }
      return distance + ragged * 0.05
    }
  }
}
