import TesseraTensors

extension Mask {
  /// The mask scaled to `newWidth` x `newHeight` by nearest neighbor: target pixel x takes the source pixel in which
  /// its center lies, `floor((x + 1/2) * width / newWidth)`.
  public func resized(toWidth newWidth: Int, height newHeight: Int) -> Mask {
    require(newWidth > 0 && newHeight > 0, "Mask.resized: the size must be positive; got \(newWidth) x \(newHeight)")
    return rearranged(.nearest(from: (width, height), to: (newWidth, newHeight)))
  }

  /// The part of the mask scaled to `newWidth` x `newHeight` that lies in `columns` and `rows`, without the rest.
  package func resized(toWidth newWidth: Int, height newHeight: Int, columns: Range<Int>, rows: Range<Int>) -> Mask {
    require(
      columns.lowerBound >= 0 && columns.upperBound <= newWidth && rows.lowerBound >= 0
        && rows.upperBound <= newHeight,
      "Mask.resized: columns \(columns) and rows \(rows) do not lie within \(newWidth) x \(newHeight)")
    let whole = Rearrangement.nearest(from: (width, height), to: (newWidth, newHeight))
    return rearranged(Rearrangement(across: Array(whole.across[columns]), down: Array(whole.down[rows])))
  }

  /// The mirror image: left becomes right.
  public func flippedHorizontally() -> Mask {
    rearranged(.upright(.mirrored, from: (width, height)))
  }

  /// The `width` x `height` pixels starting at column `left` and row `top`; must lie inside.
  public func cropped(left: Int, top: Int, width: Int, height: Int) -> Mask {
    rearranged(
      .crop(left: left, top: top, width: width, height: height, of: (self.width, self.height), in: "Mask.cropped"))
  }

  /// The mask padded with `index` at its right and bottom; the new size must not be smaller than its own.
  ///
  /// - Parameters:
  ///   - newWidth: at least the width.
  ///   - newHeight: at least the height.
  ///   - index: usually the label space's void index, so that nothing learns from the padding.
  public func padded(toWidth newWidth: Int, height newHeight: Int, index: Int) -> Mask {
    require(labelSpace.contains(index), "Mask.padded: index \(index) does not belong to the label space")
    return rearranged(
      .padding(from: (width, height), to: (newWidth, newHeight), in: "Mask.padded"), fill: UInt16(index))
  }

  /// The `width` x `height` pixels starting at column `left` and row `top`; those outside have `index`.
  package func window(left: Int, top: Int, width: Int, height: Int, index: Int) -> Mask {
    rearranged(
      .window(left: left, top: top, width: width, height: height, of: (self.width, self.height)), fill: UInt16(index))
  }

  private func rearranged(_ pixels: Rearrangement, fill: UInt16 = 0) -> Mask {
    Mask(
      width: pixels.across.count, height: pixels.down.count,
      indices: pixels.applied(to: indices, channels: 1, fill: [fill]), labelSpace: labelSpace)
  }
}
