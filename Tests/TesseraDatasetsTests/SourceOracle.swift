import TesseraDatasets
import TesseraImaging
import Testing

/// What a map should give, by plain loops in Double: for each pixel of the result, `source` is the point that it shows.
struct SourceOracle {
  let sample: Sample
  let source: (_ x: Double, _ y: Double) -> (x: Double, y: Double)

  /// Checks every pixel of image and mask; points on the line between two pixels may be rounded to either.
  ///
  /// - Returns: how many pixels come from beside the picture.
  func expect(_ moved: Sample, sourceLocation: SourceLocation = #_sourceLocation) -> Int {
    let (width, height, void) = (sample.mask.width, sample.mask.height, sample.mask.labelSpace.void)
    let (before, after) = (sample.image.pixels, moved.image.pixels)
    func at(_ x: Int, _ y: Int, _ channel: Int) -> Double {
      Double(before[3 * (min(max(y, 0), height - 1) * width + min(max(x, 0), width - 1)) + channel])
    }
    var (beside, wrong) = (0, 0)
    for y in 0..<height {
      for x in 0..<width {
        let (point, place) = (source(Double(x) + 0.5, Double(y) + 0.5), y * width + x)
        func isOnLine(_ number: Double) -> Bool { abs(number - number.rounded()) < 2e-3 }
        let isInside = point.x >= 0 && point.y >= 0 && point.x < Double(width) && point.y < Double(height)
        let isAtEdge = isOnLine(point.x) || isOnLine(point.y)
        if isAtEdge { continue }
        if !isInside, let void {
          beside += 1
          if Int(moved.mask.indices[place]) != void || after[3 * place..<3 * place + 3] != [128, 128, 128] {
            wrong += 1
          }
          continue
        }
        let (px, py) = (min(max(point.x, 0), Double(width) - 0.5), min(max(point.y, 0), Double(height) - 0.5))
        if moved.mask.indices[place] != sample.mask.indices[Int(py) * width + Int(px)] { wrong += 1 }
        let (cx, cy) = (max(px - 0.5, 0), max(py - 0.5, 0))
        let (left, top) = (Int(cx), Int(cy))
        let (fx, fy) = (cx - Double(left), cy - Double(top))
        for channel in 0..<3 {
          let mixed =
            (at(left, top, channel) * (1 - fx) + at(left + 1, top, channel) * fx) * (1 - fy)
            + (at(left, top + 1, channel) * (1 - fx) + at(left + 1, top + 1, channel) * fx) * fy
          if abs(Double(after[3 * place + channel]) - mixed) > 0.52 { wrong += 1 }
        }
      }
    }
    #expect(wrong == 0, sourceLocation: sourceLocation)
    return beside
  }
}
