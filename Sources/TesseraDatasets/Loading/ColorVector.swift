/// Eight pixels, with a vector for each channel.
struct ColorVector {
  typealias Lanes = SIMD8<Float>

  static let count = 8
  private static let black = Lanes(repeating: 0)
  private static let white = Lanes(repeating: 255)

  private var red = Self.black
  private var green = Self.black
  private var blue = Self.black

  /// The pixels starting at sample `start`; those beyond the end are black.
  init(_ samples: UnsafeMutableBufferPointer<UInt8>, from start: Int) {
    for lane in 0..<min(Self.count, (samples.count - start) / 3) {
      red[lane] = Float(Int32(samples[start + 3 * lane]))
      green[lane] = Float(Int32(samples[start + 3 * lane + 1]))
      blue[lane] = Float(Int32(samples[start + 3 * lane + 2]))
    }
  }

  func store(to samples: UnsafeMutableBufferPointer<UInt8>, from start: Int) {
    for lane in 0..<min(Self.count, (samples.count - start) / 3) {
      samples[start + 3 * lane] = UInt8(truncatingIfNeeded: Int32(red[lane] + 0.5))
      samples[start + 3 * lane + 1] = UInt8(truncatingIfNeeded: Int32(green[lane] + 0.5))
      samples[start + 3 * lane + 2] = UInt8(truncatingIfNeeded: Int32(blue[lane] + 0.5))
    }
  }

  mutating func scale(by factor: Float, adding term: Float) {
    let terms = Lanes(repeating: term)
    red = red * factor + terms
    green = green * factor + terms
    blue = blue * factor + terms
  }

  mutating func saturate(by factor: Float) {
    let gray = 0.299 * red + 0.587 * green + 0.114 * blue
    red = Self.less(Self.greater(gray + (red - gray) * factor, Self.black), Self.white)
    green = Self.less(Self.greater(gray + (green - gray) * factor, Self.black), Self.white)
    blue = Self.less(Self.greater(gray + (blue - gray) * factor, Self.black), Self.white)
  }

  /// Rotates the hue (HSV) by `turn` sixths of the circle; value and chroma stay the same.
  mutating func turnHue(by turn: Float) {
    let value = Self.greater(red, Self.greater(green, blue))
    let chroma = value - Self.less(red, Self.less(green, blue))
    // Grays have no hue; 1 instead of 0 avoids a division by zero.
    let divisor = chroma.replacing(with: 1, where: chroma .== 0)
    var hue = (green - blue) / divisor
    hue.replace(with: (blue - red) / divisor + 2, where: value .== green)
    hue.replace(with: (red - green) / divisor + 4, where: value .== blue)
    hue.replace(with: (green - blue) / divisor, where: value .== red)
    hue += turn
    red = Self.channel(at: hue + 5, value, chroma)
    green = Self.channel(at: hue + 3, value, chroma)
    blue = Self.channel(at: hue + 1, value, chroma)
  }

  /// A channel as a function of the hue: a trapezoid, from `value` down to `value - chroma`.
  private static func channel(at position: Lanes, _ value: Lanes, _ chroma: Lanes) -> Lanes {
    // Positions lie in -3...13.
    var place = position.replacing(with: position + 6, where: position .< 0)
    place.replace(with: place - 6, where: place .>= 6)
    place.replace(with: place - 6, where: place .>= 6)
    let share = less(less(place, 4 - place), Lanes(repeating: 1))
    return value - chroma * greater(share, black)
  }

  // The standard library's equivalents compile to calls, lane by lane.
  @inline(__always)
  private static func less(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: b .< a) }

  @inline(__always)
  private static func greater(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: b .> a) }
}
