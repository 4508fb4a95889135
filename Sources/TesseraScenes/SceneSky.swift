import TesseraDatasets
import TesseraTensors

/// Sky, sun, clouds and the mountains in front of them.
struct SceneSky {
  private struct Puff {
    let x: Float
    let y: Float
    let radius: Float
  }
  private struct Cloud {
    let puffs: [Puff]
    let base: Float
    let bounds: SceneBounds
  }
  private struct Ridge {
    let height: Float
    let roughness: Float
    let shift: Float
    let color: SIMD3<Float>
    let snowLine: Float
    let depth: Float
  }

  private let clouds: [Cloud]
  private let ridges: [Ridge]

  init(aspect: Float, horizon: Float, cloudiness: Float, hasMountains: Bool, random: inout RandomStream) {
    let cloudCount = Int(cloudiness * 5.5 * max(aspect, 0.6))
    clouds = (0..<cloudCount).map { _ in
      let size = random.uniform(in: 0.05..<0.13)
      let (x, base) = (random.uniform(in: -0.05..<1.05) * aspect, random.uniform(in: 0.08..<0.82) * horizon)
      let count = 4 + random.index(below: 4)
      let puffs = (0..<count).map { number in
        let along = (Float(number) + 0.5) / Float(count) * 2 - 1
        let radius = size * (0.62 - 0.3 * along * along) * random.uniform(in: 0.75..<1.25)
        return Puff(x: x + along * size * 1.5, y: base - radius * random.uniform(in: 0.2..<0.7), radius: radius)
      }
      return Cloud(
        puffs: puffs, base: base,
        bounds: SceneBounds(left: x - size * 2.6, top: base - size * 2, right: x + size * 2.6, bottom: base + 0.01))
    }
    let snowLine = random.uniform(in: 0.45..<1.1)
    let hue = random.uniform()
    let ridgeCount = hasMountains ? 1 + random.index(below: 3) : 0
    ridges = (0..<ridgeCount).map { number in
      let nearness = Float(number + 1) / Float(ridgeCount)
      return Ridge(
        height: random.uniform(in: 0.7..<1) * mix(0.86, 0.5, nearness) * (ridgeCount == 1 ? 1.3 : 1),
        roughness: random.uniform(in: 1.6..<3.2), shift: random.uniform(in: 3..<60),
        color: mix([0.40, 0.36, 0.42], [0.36, 0.40, 0.34], hue) * mix(1.1, 0.8, nearness),
        snowLine: snowLine, depth: mix(1.1, 0.45, nearness))
    }
  }

  func draw(on canvas: inout SceneCanvas, in view: SceneView) {
    let (light, aspect) = (view.light, view.aspect)
    let sun = (x: light.sunPosition.x * aspect, y: light.sunPosition.y)
    canvas.paint(.sky, in: SceneBounds(left: 0, top: 0, right: aspect, bottom: view.horizon + 0.02)) { _, _ in
      -1
    } color: { x, y in
      let sky = mix(light.skyTop, light.skyBottom, smoothStep(0, view.horizon, y))
      let (dx, dy) = (x - sun.x, y - sun.y)
      let distance = (dx * dx + dy * dy).squareRoot()
      let glow = light.cloudiness > 0.7 ? 0.1 : 0.55 / (1 + distance * distance * 90)
      let disk = light.cloudiness > 0.7 ? 0 : 1 - smoothStep(0.03, 0.038, distance)
      let wisps = 0.1 * view.noise.fractal(x * 3 + 40, y * 11, octaves: 3)
      return mix(sky + wisps, mix([1, 0.93, 0.74], light.sun, 0.25), max(glow, disk))
    }
    for cloud in clouds { draw(cloud, on: &canvas, in: view) }
    for ridge in ridges { draw(ridge, on: &canvas, in: view) }
  }

  private func draw(_ cloud: Cloud, on canvas: inout SceneCanvas, in view: SceneView) {
    let light = view.light
    canvas.paint(.cloud, in: cloud.bounds) { x, y in
      var distance = Float.greatestFiniteMagnitude
      for puff in cloud.puffs {
        distance = min(
          distance, ellipseDistance(x, y, center: (puff.x, puff.y), radius: (puff.radius * 1.25, puff.radius)))
      }
      let ragged = 0.022 * (view.noise.fractal(x * 26, y * 34 + 9, octaves: 2) - 0.5)
      return max(distance + ragged, y - cloud.base + ragged * 0.4)
    } color: { x, y in
      let height = clamp((cloud.base - y) / 0.1)
      let billow = view.noise.fractal(x * 22 + 5, y * 26, octaves: 3)
      let white = mix([0.74, 0.77, 0.83], [1, 1, 1], clamp(height * 0.9 + (billow - 0.45) * 0.9))
      return white * mix(light.skyBottom, light.sun, 0.55 + 0.35 * height)
    }
  }

  private func draw(_ ridge: Ridge, on canvas: inout SceneCanvas, in view: SceneView) {
    let noise = view.noise
    // A ridge line of straight segments, finer than most pictures: five octaves for every pixel would be slow.
    let pieces: Float = 256
    let crests = (0...Int(pieces) + 1).map { piece in
      let x = Float(piece) / pieces * view.aspect
      let rough = noise.fractal(x * ridge.roughness + ridge.shift, ridge.shift, octaves: 5)
      return view.horizon * (1 - ridge.height * clamp((rough - 0.2) * 1.7, 0.05, 1))
    }
    func crest(_ x: Float) -> Float {
      let position = clamp(x / view.aspect) * pieces
      let piece = Int(position)
      return mix(crests[piece], crests[piece + 1], position - Float(piece))
    }
    let bounds = SceneBounds(
      left: 0, top: view.horizon * (1 - ridge.height), right: view.aspect, bottom: view.horizon + 0.05)
    canvas.paint(.mountain, in: bounds) { x, y in
      crest(x) - y
    } color: { x, y in
      let folds = noise.fractal(x * 9 + ridge.shift, y * 5 + (x + ridge.shift) * 3, octaves: 3)
      let slope = noise.fractal(x * 7 + y * 4 + ridge.shift, y * 7 - x * 3, octaves: 3) - 0.5
      let lit = clamp(0.5 + slope * 2.6 * view.light.side(of: x / view.aspect) + (folds - 0.5) * 0.6)
      let altitude = (view.horizon - y) / (view.horizon * ridge.height)
      let isSnow = smoothStep(ridge.snowLine - 0.03, ridge.snowLine + 0.03, altitude + (folds - 0.5) * 0.5)
      let rock = mix(ridge.color, ridge.color * SIMD3<Float>(0.72, 0.86, 0.7), folds)
      let haze = ridge.depth * (1 - 0.55 * clamp(altitude))
      return view.light.lit(mix(rock, [0.95, 0.97, 1], isSnow), lit, depth: haze)
    }
  }
}
