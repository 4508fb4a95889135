import TesseraImaging
import TesseraTensors

/// The photometry of `Augmentation.standard`: brightness, contrast and saturation change by up to 20 %, the hue by up to
/// 18 degrees.
///
/// The four follow one another as in a photo editor: all samples times `brightness`; their distance from the picture's
/// mean gray times `contrast`; each pixel's distance from its own gray times `saturation`; then its hue (HSV) turned. Gray is
/// luma (ITU-R BT.601). Values are rounded and clamped to 0...255 only at the end but for the hue, which is that of
/// clamped colors.
public struct ColorChange: Sendable, Equatable {
  /// Factor of all samples.
  public let brightness: Float
  /// Factor of the distance from the picture's mean gray.
  public let contrast: Float
  /// Factor of the distance from a pixel's own gray.
  public let saturation: Float
  /// Turn of the hue, in sixths of the circle: 1 makes yellow of red.
  public let hue: Float

  /// - Parameters:
  ///   - brightness: not negative.
  ///   - contrast: not negative.
  ///   - saturation: not negative.
  ///   - hue: in sixths of the circle, -3...3.
  public init(brightness: Float, contrast: Float, saturation: Float, hue: Float) {
    require(
      brightness >= 0 && contrast >= 0 && saturation >= 0 && abs(hue) <= 3,
      "ColorChange: factors must not be negative and the hue must lie in -3...3; got \(brightness), \(contrast), "
        + "\(saturation), \(hue)")
    (self.brightness, self.contrast, self.saturation, self.hue) = (brightness, contrast, saturation, hue)
  }

  /// Draws a change; all of the stream is the change's.
  public init(random: RandomStream) {
    var random = random
    self.init(
      brightness: random.uniform(in: 0.8..<1.2), contrast: random.uniform(in: 0.8..<1.2),
      saturation: random.uniform(in: 0.8..<1.2), hue: random.uniform(in: -0.3..<0.3))
  }

  /// The changed image in 8 bits; a gray one stays gray.
  public func applied(to image: Image) -> Image {
    var pixels = image.pixels
    if image.channels == 3 { change(colors: &pixels) } else { change(grays: &pixels) }
    return Image(width: image.width, height: image.height, channels: image.channels, pixels: pixels)
  }

  private func change(grays: inout [UInt8]) {
    // Integers: the sum does not depend on the order.
    let mean = Float(grays.reduce(into: 0) { $0 += Int($1) }) / Float(grays.count) * brightness
    let levels = (0...255).map { level -> UInt8 in
      Self.level((Float(level) * brightness - mean) * contrast + mean)
    }
    for position in grays.indices { grays[position] = levels[Int(grays[position])] }
  }

  private func change(colors: inout [UInt8]) {
    colors.withUnsafeMutableBufferPointer { colors in
      let mean = Self.meanLuma(of: UnsafeBufferPointer(colors)) * brightness
      for start in stride(from: 0, to: colors.count, by: 3 * Colors.count) {
        var pixels = Colors(colors, from: start)
        pixels.scale(by: brightness * contrast, adding: mean * (1 - contrast))
        pixels.saturate(by: saturation)
        pixels.turnHue(by: hue)
        pixels.store(to: colors, from: start)
      }
    }
  }

  private static func meanLuma(of colors: UnsafeBufferPointer<UInt8>) -> Float {
    var sums = (red: 0, green: 0, blue: 0)
    for start in stride(from: 0, to: colors.count, by: 3) {
      sums.red += Int(colors[start])
      sums.green += Int(colors[start + 1])
      sums.blue += Int(colors[start + 2])
    }
    let thousandths = 299 * sums.red + 587 * sums.green + 114 * sums.blue
    return Float(Double(thousandths) / Double(1000 * (colors.count / 3)))
  }

  private static func level(_ value: Float) -> UInt8 { UInt8(min(max(value, 0), 255) + 0.5) }
}

/// Eight pixels, a vector for each channel.
private struct Colors {
  typealias Lanes = SIMD8<Float>

  static let count = 8
  private static let black = Lanes(repeating: 0)
  private static let white = Lanes(repeating: 255)

  private var red = Self.black
  private var green = Self.black
  private var blue = Self.black

  /// The pixels from sample `start` on; those beyond the end are black.
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
    red = (gray + (red - gray) * factor).clamped(lowerBound: Self.black, upperBound: Self.white)
    green = (gray + (green - gray) * factor).clamped(lowerBound: Self.black, upperBound: Self.white)
    blue = (gray + (blue - gray) * factor).clamped(lowerBound: Self.black, upperBound: Self.white)
  }

  /// Turns the hue (HSV) by `turn` sixths of the circle; value and chroma stay.
  mutating func turnHue(by turn: Float) {
    let value = pointwiseMax(red, pointwiseMax(green, blue))
    let chroma = value - pointwiseMin(red, pointwiseMin(green, blue))
    // Grays have no hue; 1 instead of 0 spares them a division by it.
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
    let share = pointwiseMin(place, 4 - place).clamped(lowerBound: black, upperBound: Lanes(repeating: 1))
    return value - chroma * share
  }
}
