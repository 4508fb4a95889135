import TesseraImaging
import TesseraTensors

/// A change of brightness, contrast and saturation by up to 20 % each.
struct ColorJitter {
  private let brightness: Float
  private let contrast: Float
  private let saturation: Float

  init(random: inout RandomStream) {
    brightness = random.uniform(in: 0.8..<1.2)
    contrast = random.uniform(in: 0.8..<1.2)
    saturation = random.uniform(in: 0.8..<1.2)
  }

  /// The changed image in 8 bits; a grey one stays grey.
  func applied(to image: Image) -> Image {
    var pixels = image.pixels
    let channels = image.channels
    // Integers: the sum does not depend on the order.
    let mean = Float(pixels.reduce(into: 0) { $0 += Int($1) }) / Float(pixels.count)
    for start in stride(from: 0, to: pixels.count, by: channels) {
      let gray =
        channels == 3
        ? 0.299 * Float(pixels[start]) + 0.587 * Float(pixels[start + 1]) + 0.114 * Float(pixels[start + 2])
        : Float(pixels[start])
      for offset in start..<start + channels {
        let colored = gray + (Float(pixels[offset]) - gray) * saturation
        let value = ((colored - mean) * contrast + mean) * brightness
        pixels[offset] = UInt8(min(max(value.rounded(), 0), 255))
      }
    }
    return Image(width: image.width, height: image.height, channels: channels, pixels: pixels)
  }
}
