import Foundation

/// A color by perceived lightness and two opponent axes (Oklab).
package struct Oklab {
  package let lightness: Double
  package let a: Double
  package let b: Double

  package static let black = Oklab(lightness: 0, chroma: 0, hueDegrees: 0)
  package static let white = Oklab(lightness: 1, chroma: 0, hueDegrees: 0)

  package init(lightness: Double, chroma: Double, hueDegrees: Double) {
    self.lightness = lightness
    a = chroma * cos(hueDegrees * .pi / 180)
    b = chroma * sin(hueDegrees * .pi / 180)
  }

  package func squaredDistance(to other: Oklab) -> Double {
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

  package var isDisplayable: Bool { linear.allSatisfy { (0...1).contains($0) } }

  /// The sRGB color.
  package var color: Color {
    let encoded = linear.map { value in
      value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055
    }
    let bytes = encoded.map { UInt8((min(max($0, 0), 1) * 255).rounded()) }
    return Color(bytes[0], bytes[1], bytes[2])
  }
}
