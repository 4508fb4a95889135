import TesseraTensors

/// What a picture file holds for a network, possibly at a fraction of the stored size, together with that size: a
/// photograph, or of a TIFF with two or more than three channels all of them.
package struct DecodedPixels: Sendable, Equatable {
  /// Turned upright according to the file's orientation.
  package let pixels: Pixels

  /// The width in pixels of the upright picture decoded at full size.
  package let fullWidth: Int

  /// The height in pixels of the upright picture decoded at full size.
  package let fullHeight: Int

  /// Reads a picture file; see ``Image/init(contentsOf:atLeast:)-(String,_)``.
  ///
  /// - Throws: `ImageError`.
  package init(contentsOf path: String, atLeast size: (width: Int, height: Int)? = nil) throws(ImageError) {
    try self.init(decoding: FileBytes.read(path), name: path, atLeast: size)
  }

  /// Decodes the bytes of a picture file; `name` identifies the file in errors.
  ///
  /// - Throws: `ImageError`.
  package init(
    decoding bytes: [UInt8], name: String, atLeast size: (width: Int, height: Int)? = nil,
    pixelLimit: Int = Image.pixelLimit
  ) throws(ImageError) {
    switch Signature(of: bytes) {
    case .jpeg:
      let orientation = PictureMetadata(ofJPEG: bytes).orientation
      let stored = orientation.swapsAxes ? size.map { (width: $0.height, height: $0.width) } : size
      let picture = try Codec.decodeJPEG(bytes, file: name, atLeast: stored, pixelLimit: pixelLimit)
      try self.init(picture, orientation: orientation, name: name)
    case .png:
      let picture = try Codec.decodePNG(bytes, file: name, pixelLimit: pixelLimit)
      try self.init(picture, orientation: PictureMetadata(ofPNG: bytes).orientation, name: name)
    case .tiff:
      let picture = try Codec.decodeTIFF(bytes, file: name, pixelLimit: pixelLimit)
      try self.init(picture, orientation: picture.orientation, name: name)
    case .webp:
      let picture = try Codec.decodeWebP(bytes, file: name, pixelLimit: pixelLimit)
      try self.init(picture, orientation: PictureMetadata(ofWebP: bytes).orientation, name: name)
    case .other(let found):
      throw .notAPicture(file: name, found: found)
    }
  }

  private init(_ picture: Codec.Picture, orientation: Orientation, name: String) throws(ImageError) {
    let (width, height) = picture.fullSize
    (fullWidth, fullHeight) = orientation.swapsAxes ? (height, width) : (width, height)
    guard [1, 3].contains(picture.channels) else {
      pixels = try Self.channels(of: picture, orientation: orientation, name: name)
      return
    }
    let stored = Image(
      width: picture.width, height: picture.height, channels: picture.channels, samples: picture.samples)
    let image =
      orientation == .upright
      ? stored
      : try PictureMemory.taking(stored.samples.count * stored.bitDepth / 8, for: name) {
        stored.turned(upright: orientation)
      }
    pixels = Pixels(image)
  }

  /// Channels in 0...255; those of 16 bits keep their fractions, as in a photograph.
  private static func channels(
    of picture: Codec.Picture, orientation: Orientation, name: String
  ) throws(ImageError) -> Pixels {
    let shape: Shape = [picture.height, picture.width, picture.channels]
    func floats<Sample: FixedWidthInteger>(_ samples: [Sample], scale: Float) -> Tensor {
      Tensor(shape: shape) { out in
        for index in samples.indices { out[index] = Float(samples[index]) * scale }
      }
    }
    return try PictureMemory.taking(8 * picture.samples.count, for: name) {
      let stored =
        switch picture.samples {
        case .eightBit(let samples): floats(samples, scale: 1)
        case .sixteenBit(let samples): floats(samples, scale: 1 / 257)
        }
      guard orientation != .upright else { return Pixels(stored) }
      return Pixels(stored.rearranged(.upright(orientation, from: (picture.width, picture.height))))
    }
  }
}
