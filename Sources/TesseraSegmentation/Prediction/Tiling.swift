import TesseraTensors

/// How pictures are cut into blocks that a tile covers with a margin around them.
package struct Tiling {
  private let tile: Int
  private let margin: Int
  private let multiple: Int
  /// The largest of the views' sizes in proportion to the picture's; at least 1.
  private let largestScale: Double

  /// - Parameters:
  ///   - tile: the largest side that a window should have, in a view's pixels; it grows if margins leave too little.
  ///   - multiple: the network's `sizeMultiple`: windows start and end there.
  package init(tile: Int, margin: Int, multiple: Int, largestScale: Double) {
    require(tile > 0, "Predictor: a tile must have at least one pixel; got \(tile)")
    self.tile = tile
    self.margin = margin
    self.multiple = multiple
    self.largestScale = largestScale
  }

  /// The blocks along an axis, about equal; the first and the last one are longer by the margin that they do not need.
  ///
  /// - Parameter aligned: whether cuts are placed so windows start exactly a margin before their blocks.
  package func blocks(_ length: Int, aligned: Bool) -> [Range<Int>] {
    let margins = (2 * margin).rounded(upTo: multiple)
    let side = max(tile.rounded(upTo: multiple), margins + (aligned ? 1 : 2) * multiple)
    guard Int((Double(length) * largestScale).rounded(.up)).rounded(upTo: multiple) > side else { return [0..<length] }
    // Otherwise a window starts and ends up to a multiple further out, and a pixel is mixed from two.
    let most = aligned ? side - margins : side - 2 * margin - multiple - 1
    let core = max(1, Int(Double(most) / largestScale))
    let rim = Int(Double(margin) / largestScale)
    let inside = max(1, length - 2 * rim)
    let count = (inside + core - 1) / core
    let step = ((inside + count - 1) / count).rounded(upTo: aligned ? multiple : 1)
    let cuts = [0] + (1..<max(1, count)).map { rim + $0 * step } + [length]
    return zip(cuts, cuts.dropFirst()).map { $0..<$1 }
  }
}
