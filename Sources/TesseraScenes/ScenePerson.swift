import TesseraDatasets
import TesseraTensors

/// A standing or walking person: head, hair, jacket, arms and pants.
struct ScenePerson: SceneThing {
  let across: Float
  let scale: Float
  private let height: Float
  private let stride: Float
  private let swing: Float
  private let jacket: SIMD3<Float>
  private let trousers: SIMD3<Float>
  private let skin: SIMD3<Float>
  private let hair: SIMD3<Float>
  private let hasDress: Bool

  private static let jackets: [SIMD3<Float>] = [
    [0.86, 0.24, 0.22], [0.94, 0.78, 0.22], [0.22, 0.44, 0.78], [0.92, 0.92, 0.90], [0.62, 0.26, 0.58],
    [0.20, 0.56, 0.50], [0.92, 0.52, 0.20], [0.22, 0.22, 0.26],
  ]
  private static let skins: [SIMD3<Float>] = [[0.93, 0.76, 0.64], [0.80, 0.60, 0.46], [0.52, 0.36, 0.27]]
  private static let hairs: [SIMD3<Float>] = [[0.16, 0.12, 0.1], [0.42, 0.26, 0.14], [0.82, 0.66, 0.36]]

  init(across: Float, scale: Float, random: inout RandomStream) {
    self.across = across
    self.scale = scale
    height = random.uniform(in: 0.62..<0.8)
    stride = random.uniform(in: 0.02..<0.11)
    swing = random.uniform(in: 0..<0.12)
    jacket = Self.jackets[random.index(below: Self.jackets.count)]
    trousers = mix([0.16, 0.18, 0.26], [0.42, 0.38, 0.34], random.uniform())
    skin = Self.skins[random.index(below: Self.skins.count)]
    hair = Self.hairs[random.index(below: Self.hairs.count)]
    hasDress = random.uniform() < 0.35
  }

  func draw(on canvas: inout SceneCanvas, in view: SceneView) {
    let foot = view.point(across: across, height: 0, scale: scale)
    let size = height * scale
    canvas.shadow(x: foot.x, y: foot.y, halfWidth: size * 0.26, strength: view.light.shadowStrength + 0.1)
    let bounds = SceneBounds(
      left: foot.x - size * 0.24, top: foot.y - size, right: foot.x + size * 0.24, bottom: foot.y)
    let side = view.light.side(of: foot.x / view.aspect)
    canvas.paint(.person, in: bounds) { x, y in
      let (u, v) = ((x - foot.x) / size, (foot.y - y) / size)
      return min(head(u, v), torso(u, v), arms(u, v), legs(u, v)) * size
    } color: { x, y in
      let (u, v) = ((x - foot.x) / size, (foot.y - y) / size)
      let lit = 0.6 + u * side * 2.2 + (v - 0.5) * 0.25
      return view.lit(color(u, v), lit, at: scale)
    }
  }

  private func head(_ u: Float, _ v: Float) -> Float {
    ellipseDistance(u, v, center: (0, 0.905), radius: (0.078, 0.095))
  }

  private func torso(_ u: Float, _ v: Float) -> Float {
    let bottom: Float = hasDress ? 0.32 : 0.44
    let flare = hasDress ? 0.07 * clamp((0.6 - v) / 0.3) : 0
    return max(abs(u) - 0.105 - flare + 0.035 * clamp((v - 0.74) / 0.08), bottom - v, v - 0.82)
  }

  private func arms(_ u: Float, _ v: Float) -> Float {
    min(
      capsule(u, v, from: [-0.12, 0.77], to: [-0.15 - swing * 0.3, 0.46], radius: 0.034),
      capsule(u, v, from: [0.12, 0.77], to: [0.15 + swing * 0.5, 0.47 + swing * 0.5], radius: 0.034))
  }

  private func legs(_ u: Float, _ v: Float) -> Float {
    min(
      capsule(u, v, from: [-0.05, 0.48], to: [-0.05 - stride, 0.045], radius: 0.045),
      capsule(u, v, from: [0.05, 0.48], to: [0.05 + stride, 0.045], radius: 0.045))
  }

  private func color(_ u: Float, _ v: Float) -> SIMD3<Float> {
    let parts = (head(u, v), torso(u, v), arms(u, v), legs(u, v))
    let nearest = min(parts.0, parts.1, parts.2, parts.3)
    if nearest == parts.0 { return v > 0.92 || abs(u) > 0.055 ? hair : skin }
    if nearest == parts.1 { return jacket }
    if nearest == parts.2 { return v < 0.5 ? skin : jacket * 0.85 }
    return v < 0.07 ? [0.1, 0.09, 0.09] : trousers
  }

  private func capsule(
    _ u: Float, _ v: Float, from start: SIMD2<Float>, to end: SIMD2<Float>, radius: Float
  ) -> Float {
    let (axis, offset) = (end - start, SIMD2(u, v) - start)
    let along = clamp((axis * offset).sum() / (axis * axis).sum())
    let apart = offset - axis * along
    return (apart * apart).sum().squareRoot() - radius
  }
}
