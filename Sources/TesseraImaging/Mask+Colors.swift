import TesseraTensors

extension Mask {
  /// Reads a picture in which each class has its color in the label space; void outside the classes is black.
  ///
  /// ```swift
  /// let camvid = LabelSpace(classes: [.init(name: "sky", color: Color(128, 128, 128)), ...], void: 255)
  /// let mask = try Mask(colors: Image(contentsOf: "0001TP_006690_L.png"), labelSpace: camvid)
  /// ```
  /// - Parameters:
  ///   - image: 8 bits per channel; gray is a color too.
  ///   - labelSpace: a color for each class.
  ///   - name: identifies the picture in errors.
  /// - Throws: `MaskError.unknownColors` with all colors that belong to no class; `MaskError.ambiguousColor` if two
  ///   classes share a color that occurs in the picture.
  public init(colors image: Image, labelSpace: LabelSpace, name: String = "picture") throws(MaskError) {
    self = try ColorTable(of: labelSpace).mask(of: image, name: name)
  }

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

  /// The photograph under the mask's colors; pixels of the void class show only the photograph.
  ///
  /// - Parameters:
  ///   - image: of the mask's size.
  ///   - opacity: 0 (only the photograph) to 1 (only the colors).
  public func overlaid(on image: Image, opacity: Double = 0.5) -> Image {
    require(
      image.width == width && image.height == height,
      "Mask.overlaid: the image must be \(width) x \(height) like the mask; got \(image.width) x \(image.height)")
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
