import TesseraTensors

extension Image {
  /// The mirror image: left becomes right.
  public func flippedHorizontally() -> Image {
    rearranged(.upright(.mirrored, from: (width, height)))
  }

  /// The `width` x `height` pixels starting at column `left` and row `top`; must lie inside.
  public func cropped(left: Int, top: Int, width: Int, height: Int) -> Image {
    rearranged(
      .crop(left: left, top: top, width: width, height: height, of: (self.width, self.height), in: "Image.cropped"))
  }

  /// The picture padded with `color` at its right and bottom; the new size must not be smaller than its own.
  public func padded(toWidth newWidth: Int, height newHeight: Int, color: Color = .black) -> Image {
    rearranged(.padding(from: (width, height), to: (newWidth, newHeight), in: "Image.padded"), fill: color)
  }

  /// The `width` x `height` pixels starting at column `left` and row `top`; those outside have `color`.
  package func window(left: Int, top: Int, width: Int, height: Int, color: Color) -> Image {
    rearranged(
      .window(left: left, top: top, width: width, height: height, of: (self.width, self.height)), fill: color)
  }

  /// The picture with each pixel repeated `factor` times in both directions.
  public func enlarged(by factor: Int) -> Image {
    require(factor >= 1, "Image.enlarged: the factor must be at least 1; got \(factor)")
    return rearranged(.nearest(from: (width, height), to: (width * factor, height * factor)))
  }

  /// The stored picture, turned upright.
  func turned(upright orientation: Orientation) -> Image {
    guard orientation != .upright else { return self }
    return rearranged(.upright(orientation, from: (width, height)))
  }

  private func rearranged(_ pixels: Rearrangement, fill: Color = .black) -> Image {
    let color = channels == 3 ? [fill.red, fill.green, fill.blue] : [fill.luma]
    let moved: Samples =
      switch samples {
      case .eightBit(let samples):
        .eightBit(pixels.applied(to: samples, channels: channels, fill: color))
      case .sixteenBit(let samples):
        .sixteenBit(pixels.applied(to: samples, channels: channels, fill: color.map { UInt16($0) * 257 }))
      }
    return Image(width: pixels.across.count, height: pixels.down.count, channels: channels, samples: moved)
  }
}
