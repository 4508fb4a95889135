import Foundation

/// Colors for classes that come without any.
public enum Palette {
  /// `count` colors, each as far from all before it as can be: distinct, the same on every machine and call, and
  /// neither glaring nor dark.
  ///
  /// The candidates lie on a grid of middle lightness and chroma in Oklab (B. Ottosson, 2020), where distance is
  /// perceived difference; each step takes the one whose nearest chosen neighbor is farthest.
  public static func distinct(_ count: Int) -> [Color] {
    let candidates = candidates
    // Black (void) and white (paper) count as taken from the start.
    var distances = candidates.map { min($0.squaredDistance(to: .black), $0.squaredDistance(to: .white)) }
    var colors: [Color] = []
    var next = candidates.startIndex
    while colors.count < count {
      let chosen = candidates[next]
      colors.append(chosen.color)
      for (index, candidate) in candidates.enumerated() {
        distances[index] = min(distances[index], candidate.squaredDistance(to: chosen))
      }
      // Beyond the candidates' number distances are all zero, and the first ones repeat.
      next = distances.indices.max { distances[$0] < distances[$1] } ?? 0
    }
    return colors
  }

  private static var candidates: [Oklab] {
    var grid: [Oklab] = []
    for lightness in [0.62, 0.78, 0.50, 0.70, 0.86, 0.56] {
      for chroma in [0.12, 0.07, 0.16] {
        for hue in stride(from: 250.0, to: 610.0, by: 12) {
          let point = Oklab(lightness: lightness, chroma: chroma, hueDegrees: hue)
          if point.isDisplayable { grid.append(point) }
        }
      }
    }
    return grid
  }
}

/// A color by perceived lightness and two opponent axes (Oklab).
struct Oklab {
  let lightness: Double
  let a: Double
  let b: Double

  static let black = Oklab(lightness: 0, chroma: 0, hueDegrees: 0)
  static let white = Oklab(lightness: 1, chroma: 0, hueDegrees: 0)

  init(lightness: Double, chroma: Double, hueDegrees: Double) {
    self.lightness = lightness
    a = chroma * cos(hueDegrees * .pi / 180)
    b = chroma * sin(hueDegrees * .pi / 180)
  }

  func squaredDistance(to other: Oklab) -> Double {
    let (dl, da, db) = (lightness - other.lightness, a - other.a, b - other.b)
    return dl * dl + da * da + db * db
  }

  /// Linear red, green and blue; outside 0...1 where no screen shows the color.
  private var linear: [Double] {
    let l = lightness + 0.3963377774 * a + 0.2158037573 * b
    let m = lightness - 0.1055613458 * a - 0.0638541728 * b
    let s = lightness - 0.0894841775 * a - 1.2914855480 * b
    let (l3, m3, s3) = (l * l * l, m * m * m, s * s * s)
    return [
      4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3,
      -1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3,
      -0.0041960863 * l3 - 0.7034186147 * m3 + 1.7076147010 * s3,
    ]
  }

  var isDisplayable: Bool { linear.allSatisfy { (0...1).contains($0) } }

  /// The sRGB color.
  var color: Color {
    let encoded = linear.map { value in
      value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055
    }
    let bytes = encoded.map { UInt8((min(max($0, 0), 1) * 255).rounded()) }
    return Color(bytes[0], bytes[1], bytes[2])
  }
}
