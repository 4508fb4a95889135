import TesseraTensors

extension Mask {
  /// The mask in the label space's colors, RGB.
  public var colored: Image {
    let palette = (0...Int(indices.max() ?? 0)).map { labelSpace.color(of: $0) }
    let pixels = [UInt8](unsafeUninitializedCapacity: 3 * indices.count) { target, initialized in
      for (offset, index) in indices.enumerated() {
        let color = palette[Int(index)]
        target.initializeElement(at: 3 * offset, to: color.red)
        target.initializeElement(at: 3 * offset + 1, to: color.green)
        target.initializeElement(at: 3 * offset + 2, to: color.blue)
      }
      initialized = 3 * indices.count
    }
    return Image(width: width, height: height, channels: 3, pixels: pixels)
  }

  /// The photograph below the mask's colors; pixels of the void class show the photograph alone.
  ///
  /// - Parameters:
  ///   - image: of the mask's size.
  ///   - opacity: 0 (only the photograph) to 1 (only the colors).
  public func overlaid(on image: Image, opacity: Double = 0.5) -> Image {
    require(
      image.width == width && image.height == height,
      "Mask.overlaid: the image must be \(width) x \(height) as the mask; got \(image.width) x \(image.height)")
    require((0...1).contains(opacity), "Mask.overlaid: the opacity must lie in 0...1; got \(opacity)")
    let photograph = image.pixels
    var mixed = colored.pixels
    let weight = Int((opacity * 256).rounded())
    for (pixel, index) in indices.enumerated() {
      let weight = Int(index) == labelSpace.void ? 0 : weight
      for channel in 0..<3 {
        let below = Int(photograph[image.channels == 3 ? 3 * pixel + channel : pixel])
        let above = Int(mixed[3 * pixel + channel])
        mixed[3 * pixel + channel] = UInt8((above * weight + below * (256 - weight) + 128) / 256)
      }
    }
    return Image(width: width, height: height, channels: 3, pixels: mixed)
  }
}
