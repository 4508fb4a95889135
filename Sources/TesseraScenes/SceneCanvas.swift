import TesseraDatasets
import TesseraImaging
import TesseraTensors

/// A picture and its mask as they are painted, back to front.
///
/// Coordinates are those of the scene: x from 0 to `aspect`, y from 0 (top) to 1. A shape is a signed distance
/// (negative inside); the picture's edges are blended by coverage, the mask's are decided at the pixel's center.
struct SceneCanvas {
  let width: Int
  let height: Int
  let aspect: Float
  private var colors: [SIMD3<Float>]
  private var indices: [UInt16]
  /// The length of a pixel's longer side in the scene.
  private let pixel: Float

  init(width: Int, height: Int, aspect: Float) {
    self.width = width
    self.height = height
    self.aspect = aspect
    colors = [SIMD3<Float>](repeating: .zero, count: width * height)
    indices = [UInt16](repeating: SceneClass.sky.rawValue, count: width * height)
    pixel = max(aspect / Float(width), 1 / Float(height))
  }

  /// Paints `kind` where `distance` is negative, within `bounds`.
  mutating func paint(
    _ kind: SceneClass, in bounds: SceneBounds, distance: (Float, Float) -> Float,
    color: (Float, Float) -> SIMD3<Float>
  ) {
    visit(bounds) { canvas, offset, x, y in
      let distance = distance(x, y)
      let coverage = clamp(0.5 - distance / canvas.pixel)
      guard coverage > 0 else { return }
      canvas.colors[offset] = mix(canvas.colors[offset], color(x, y), coverage)
      if distance <= 0 { canvas.indices[offset] = kind.rawValue }
    }
  }

  /// Blends `color` over the picture with `opacity` and leaves the mask unchanged: shadows, glows, lane markings.
  mutating func tint(
    in bounds: SceneBounds, color: SIMD3<Float>, opacity: (Float, Float) -> Float
  ) {
    visit(bounds) { canvas, offset, x, y in
      canvas.colors[offset] = mix(canvas.colors[offset], color, clamp(opacity(x, y)))
    }
  }

  /// Paints the soft shadow that a thing of `halfWidth` casts around its foot.
  mutating func shadow(x: Float, y: Float, halfWidth: Float, strength: Float) {
    let halfHeight = halfWidth * 0.28
    let bounds = SceneBounds(
      left: x - halfWidth, top: y - halfHeight, right: x + halfWidth, bottom: y + halfHeight)
    tint(in: bounds, color: [0.04, 0.05, 0.1]) { px, py in
      let (dx, dy) = ((px - x) / halfWidth, (py - y) / halfHeight)
      return strength * (1 - smoothStep(0.2, 1, dx * dx + dy * dy))
    }
  }

  private mutating func visit(
    _ bounds: SceneBounds, _ body: (inout SceneCanvas, Int, Float, Float) -> Void
  ) {
    let columns = Self.pixels(from: bounds.left / aspect, to: bounds.right / aspect, of: width)
    let rows = Self.pixels(from: bounds.top, to: bounds.bottom, of: height)
    for row in rows {
      let y = (Float(row) + 0.5) / Float(height)
      for column in columns {
        body(&self, row * width + column, (Float(column) + 0.5) / Float(width) * aspect, y)
      }
    }
  }

  // One extra pixel on each side, for the blended edge.
  private static func pixels(from low: Float, to high: Float, of count: Int) -> Range<Int> {
    let first = Int(clamp(low * Float(count) - 1, 0, Float(count)))
    let last = Int(clamp(high * Float(count) + 2, 0, Float(count)))
    return first..<max(first, last)
  }

  /// The finished picture, seen through a camera: exposure, vignette and sensor noise.
  func developed(exposure: Float, noise: Float, random: RandomStream) -> Image {
    var random = random
    var pixels = [UInt8](repeating: 0, count: 3 * width * height)
    for row in 0..<height {
      let y = 2 * (Float(row) + 0.5) / Float(height) - 1
      for column in 0..<width {
        let x = 2 * (Float(column) + 0.5) / Float(width) - 1
        let light = exposure * (1 - 0.07 * (x * x + y * y))
        let bits = random.next()
        let offset = row * width + column
        for channel in 0..<3 {
          // The sum of two bytes has a triangular distribution: close enough to a sensor's bell curve.
          let grain = Float(bits >> (16 * channel) & 0xFF) + Float(bits >> (16 * channel + 8) & 0xFF) - 255
          let value = colors[offset][channel] * light * 255 + grain / 104 * noise
          pixels[3 * offset + channel] = UInt8(clamp(value.rounded(), 0, 255))
        }
      }
    }
    return Image(width: width, height: height, channels: 3, pixels: pixels)
  }

  var mask: Mask { Mask(width: width, height: height, indices: indices, labelSpace: SceneClass.labelSpace) }
}

/// An upright rectangle of the scene.
struct SceneBounds {
  var left: Float
  var top: Float
  var right: Float
  var bottom: Float
}

/// The signed distance to an upright rectangle with rounded corners.
func boxDistance(
  _ x: Float, _ y: Float, center: (x: Float, y: Float), half: (x: Float, y: Float), radius: Float = 0
) -> Float {
  let dx = abs(x - center.x) - half.x + radius
  let dy = abs(y - center.y) - half.y + radius
  let outside = (max(dx, 0) * max(dx, 0) + max(dy, 0) * max(dy, 0)).squareRoot()
  return outside + min(max(dx, dy), 0) - radius
}

/// Approximates the signed distance to an upright ellipse: exact on the edge and for circles.
func ellipseDistance(
  _ x: Float, _ y: Float, center: (x: Float, y: Float), radius: (x: Float, y: Float)
) -> Float {
  let (dx, dy) = ((x - center.x) / radius.x, (y - center.y) / radius.y)
  return ((dx * dx + dy * dy).squareRoot() - 1) * min(radius.x, radius.y)
}
