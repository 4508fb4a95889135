import TesseraImaging
import TesseraTensors

/// The photometry of ``ColorJitter``, and of `Augmentation.standard`: there, brightness, contrast and saturation change
/// by up to 20%, hue by up to 18 degrees.
///
/// The four are applied in turn, as in a photo editor: all samples times `brightness`; their distance from the
/// picture's mean gray times `contrast`; each pixel's distance from its own gray times `saturation`; then its hue (HSV)
/// is rotated. Gray is luma (ITU-R BT.601). Values are rounded and clamped to 0...255 only at the end, except for the
/// hue, which is that of clamped colors.
public struct ColorChange: Sendable, Equatable {
  /// The factor for all samples.
  public let brightness: Float
  /// The factor for the distance from the picture's mean gray.
  public let contrast: Float
  /// The factor for the distance from a pixel's own gray.
  public let saturation: Float
  /// The hue rotation, in sixths of the circle: 1 turns red into yellow.
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

  /// Draws a random change, which consumes the whole stream.
  public init(random: RandomStream) { self.init(strength: 0.2, random: random) }

  /// Draws a change: factors in 1 - `strength` to 1 + `strength`, and a rotation by up to as many quarters of the
  /// circle.
  init(strength: Double, random: RandomStream) {
    var random = random
    let (factors, turn) = (Float(1 - strength)..<Float(1 + strength), Float(1.5 * strength))
    self.init(
      brightness: random.uniform(in: factors), contrast: random.uniform(in: factors),
      saturation: random.uniform(in: factors), hue: random.uniform(in: -turn..<turn))
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
      for start in stride(from: 0, to: colors.count, by: 3 * ColorVector.count) {
        var pixels = ColorVector(colors, from: start)
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
