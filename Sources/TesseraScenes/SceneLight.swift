import TesseraDatasets
import TesseraTensors

/// The time of day and the weather: everything in a scene gets its color from the light.
struct SceneLight {
  let skyTop: SIMD3<Float>
  let skyBottom: SIMD3<Float>
  /// What the light does to the color of a lit surface.
  let sun: SIMD3<Float>
  /// The same for a surface in the shade.
  let shade: SIMD3<Float>
  /// The position of the sun, in units of the picture's width and height.
  let sunPosition: (x: Float, y: Float)
  let cloudiness: Float
  /// Whether it is dusk, when windows are lit.
  let isDusk: Bool
  let shadowStrength: Float
  let exposure: Float
  /// The standard deviation of the sensor's noise in 8-bit steps.
  let noise: Float

  private static let hours: [(top: SIMD3<Float>, bottom: SIMD3<Float>, sun: SIMD3<Float>, shade: SIMD3<Float>)] = [
    // noon, morning, evening, overcast, dusk
    ([0.22, 0.48, 0.82], [0.68, 0.86, 0.96], [1.06, 1.04, 0.98], [0.60, 0.66, 0.78]),
    ([0.42, 0.62, 0.86], [0.98, 0.90, 0.78], [1.08, 1.00, 0.86], [0.60, 0.62, 0.74]),
    ([0.30, 0.30, 0.56], [0.99, 0.66, 0.42], [1.12, 0.86, 0.66], [0.52, 0.46, 0.58]),
    ([0.58, 0.64, 0.70], [0.82, 0.85, 0.87], [0.86, 0.88, 0.90], [0.66, 0.69, 0.73]),
    ([0.10, 0.13, 0.32], [0.56, 0.38, 0.52], [0.60, 0.54, 0.68], [0.34, 0.33, 0.50]),
  ]

  init(random: inout RandomStream) {
    // Noon and morning are more common than the rest.
    let hour = [0, 0, 0, 1, 1, 2, 2, 3, 4][random.index(below: 9)]
    let colors = Self.hours[hour]
    let warmth = random.uniform(in: -0.04..<0.04)
    let tint = SIMD3<Float>(1 + warmth, 1, 1 - warmth)
    skyTop = colors.top * tint
    skyBottom = colors.bottom * tint
    sun = colors.sun * tint
    shade = colors.shade * tint
    let isLow = hour == 2 || hour == 4
    sunPosition = (random.uniform(in: 0.08..<0.92), random.uniform(in: isLow ? 0.26..<0.4 : 0.06..<0.2))
    cloudiness = hour == 3 ? random.uniform(in: 0.7..<1) : random.uniform()
    isDusk = hour == 4
    shadowStrength = hour == 3 || hour == 4 ? 0.3 : 0.5
    exposure = random.uniform(in: 0.86..<1.12)
    noise = random.uniform(in: 1.5..<5)
  }

  /// Returns `color` on a surface that is lit by `amount` in 0...1 at `depth` (0 near, 1 at the horizon) in the haze.
  func lit(_ color: SIMD3<Float>, _ amount: Float, depth: Float = 0) -> SIMD3<Float> {
    mix(color * mix(shade, sun, clamp(amount)), skyBottom, clamp(depth) * 0.6)
  }

  /// Returns -1 where the sun is left of `x` in 0...1, 1 where it is right of it, with a ramp in between.
  func side(of x: Float) -> Float { clamp((sunPosition.x - x) * 3, -1, 1) }
}
