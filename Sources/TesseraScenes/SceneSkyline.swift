import TesseraDatasets
import TesseraTensors

/// A forest or a row of distant roofs on the horizon.
struct SceneSkyline {
  enum Kind { case wood, town }

  let kind: Kind
  private let height: Float
  private let leaf: SIMD3<Float>
  private let blocks: [(left: Float, right: Float, height: Float, color: SIMD3<Float>)]
  private let shift: Float

  init(kind: Kind, aspect: Float, random: inout RandomStream) {
    self.kind = kind
    height = random.uniform(in: 0.05..<0.11)
    leaf = mix([0.16, 0.32, 0.18], [0.34, 0.40, 0.16], random.uniform()) * random.uniform(in: 0.85..<1.1)
    shift = random.uniform(in: 0..<70)
    var blocks: [(left: Float, right: Float, height: Float, color: SIMD3<Float>)] = []
    var x: Float = kind == .town ? random.uniform(in: -0.1..<0.2) * aspect : aspect
    while x < aspect {
      let width = random.uniform(in: 0.035..<0.1)
      let gray = random.uniform(in: 0.42..<0.7)
      let color = SIMD3<Float>(gray * random.uniform(in: 0.95..<1.15), gray, gray * random.uniform(in: 0.9..<1.1))
      blocks.append((x, x + width, random.uniform(in: 0.05..<0.2), color))
      x += width * random.uniform(in: 0.8..<1.25)
    }
    self.blocks = blocks
  }

  func draw(on canvas: inout SceneCanvas, in view: SceneView) {
    switch kind {
    case .wood: drawWood(on: &canvas, in: view)
    case .town: for block in blocks { draw(block, on: &canvas, in: view) }
    }
  }

  private func drawWood(on canvas: inout SceneCanvas, in view: SceneView) {
    let noise = view.noise
    let bottom = view.horizon + 0.012
    let bounds = SceneBounds(left: 0, top: view.horizon - height, right: view.aspect, bottom: bottom)
    canvas.paint(.tree, in: bounds) { x, y in
      let crowns = noise.fractal(x * 14 + shift, 1, octaves: 3)
      let stand = smoothStep(0.3, 0.5, noise(x * 2.2 + shift, 5))
      return max(bottom - height * stand * (0.35 + 0.9 * crowns) - y, y - bottom) * 0.8
    } color: { x, y in
      let foliage = noise.fractal(x * 60 + shift, y * 70, octaves: 2)
      let rise = (bottom - y) / height
      return view.light.lit(leaf * (0.6 + 0.8 * foliage), 0.25 + rise * 0.8, depth: 0.32)
    }
  }

  private func draw(
    _ block: (left: Float, right: Float, height: Float, color: SIMD3<Float>), on canvas: inout SceneCanvas,
    in view: SceneView
  ) {
    let bottom = view.horizon + 0.012
    let bounds = SceneBounds(left: block.left, top: bottom - block.height, right: block.right, bottom: bottom)
    let center = (x: (block.left + block.right) / 2, y: bottom - block.height / 2)
    let half = (x: (block.right - block.left) / 2, y: block.height / 2)
    let side = view.light.side(of: center.x / view.aspect)
    canvas.paint(.building, in: bounds) { x, y in
      boxDistance(x, y, center: center, half: half)
    } color: { x, y in
      let (u, v) = ((x - block.left) / 0.014, (y - bounds.top) / 0.02)
      let isPane = u - u.rounded(.down) > 0.45 && v - v.rounded(.down) > 0.5
      let isLit = view.light.isDusk && view.noise(u.rounded(.down) * 3.1, v.rounded(.down) * 3.7) > 0.55
      if isPane && isLit { return [0.96, 0.78, 0.46] }
      let lit = 0.55 + (x - center.x) / half.x * 0.3 * side
      return view.light.lit(block.color * (isPane ? 0.78 : 1), lit, depth: 0.5)
    }
  }
}
