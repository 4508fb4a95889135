import TesseraTensors

extension Image {
  /// The mirror image: left becomes right.
  public func flippedHorizontally() -> Image {
    rearranged(Rearrangement(.mirrored, ofWidth: width, height: height))
  }

  /// The `width` x `height` pixels from column `left` and row `top` on; must lie inside.
  public func cropped(left: Int, top: Int, width: Int, height: Int) -> Image {
    requireCrop(left: left, top: top, width: width, height: height, of: (self.width, self.height), in: "Image.cropped")
    return rearranged(
      Rearrangement(
        columns: Array(left..<left + width), rows: Array(top..<top + height), ofWidth: self.width, height: self.height))
  }

  /// The picture with `color` added at its right and bottom; sizes must not be smaller than its own.
  public func padded(toWidth newWidth: Int, height newHeight: Int, color: Color = .black) -> Image {
    requirePadding(from: (width, height), to: (newWidth, newHeight), in: "Image.padded")
    return rearranged(
      Rearrangement(columns: Array(0..<newWidth), rows: Array(0..<newHeight), ofWidth: width, height: height),
      fill: color)
  }

  /// The picture with each pixel repeated `factor` times in both directions.
  public func enlarged(by factor: Int) -> Image {
    require(factor >= 1, "Image.enlarged: the factor must be at least 1; got \(factor)")
    return rearranged(.nearest(from: (width, height), to: (width * factor, height * factor)))
  }

  /// The picture as it was seen, from how it was stored.
  func turned(upright orientation: Orientation) -> Image {
    guard orientation != .upright else { return self }
    return rearranged(Rearrangement(orientation, ofWidth: width, height: height))
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

/// Stops unless the rectangle lies inside a picture of the given size and holds a pixel.
func requireCrop(
  left: Int, top: Int, width: Int, height: Int, of size: (width: Int, height: Int), in operation: String
) {
  require(
    left >= 0 && top >= 0 && width > 0 && height > 0 && left + width <= size.width && top + height <= size.height,
    "\(operation): \(width) x \(height) pixels from (\(left), \(top)) do not lie within \(size.width) x \(size.height)")
}

/// Stops when padding would have to cut.
func requirePadding(from: (width: Int, height: Int), to: (width: Int, height: Int), in operation: String) {
  require(
    to.width >= from.width && to.height >= from.height,
    "\(operation): \(from.width) x \(from.height) cannot be padded to \(to.width) x \(to.height)")
}
