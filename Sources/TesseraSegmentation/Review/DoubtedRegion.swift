/// A connected part of a picture that the mask gives one class, and a network another.
public struct DoubtedRegion: Sendable, Equatable {
  /// The mask's class.
  public let maskClass: Int
  /// The network's.
  public let modelClass: Int
  /// The smallest rectangle around it, in pixels of the mask.
  public let columns: Range<Int>
  /// The rows of the same rectangle.
  public let rows: Range<Int>
  /// The number of its pixels.
  public let pixels: Int
  /// The mean probability of the network's class, over the region.
  public let modelProbability: Double
  /// The mean probability of the mask's class.
  public let maskProbability: Double
  /// How far the network's class is more probable, summed over the pixels, in percent of the picture's pixels. Pixels
  /// near the region's edge count less: outlines are never exact.
  public let weight: Double
  /// The place of its first pixel, row by row.
  let first: Int
}

/// Where a network contradicts a mask, and the regions of that.
public struct DoubtedRegions: Sendable {
  private let width: Int
  /// Of each pixel the pair of the mask's class and the network's, or -1 where they agree or the mask is void.
  private let pairs: [Int32]
  /// In the order of their first pixels.
  public let regions: [DoubtedRegion]

  /// From the edge of a region to where its pixels count in full, as a part of the picture's longer side.
  private static let edge = 1.0 / 64

  public init(_ confidence: MaskConfidence) {
    let (mask, prediction) = (confidence.mask, confidence.prediction)
    let (width, height) = (mask.width, mask.height)
    self.width = width
    // Classes lie below 4096, so a pair fits.
    let classes = Int32(mask.labelSpace.count)
    pairs = zip(mask.indices, prediction.indices).map { given, predicted in
      given == predicted || Int(given) == mask.labelSpace.void ? -1 : Int32(given) * classes + Int32(predicted)
    }
    let depths = Self.depths(pairs, width: width, height: height)
    let full = max(2, Self.edge * Double(max(width, height)))
    var (found, seen): ([DoubtedRegion], [Bool]) = ([], pairs.map { $0 < 0 })
    for start in pairs.indices where !seen[start] {
      var (weight, model, given) = (0.0, 0.0, 0.0)
      var (left, right, bottom) = (width, 0, 0)
      let pixels = Self.connected(to: start, in: pairs, width: width, &seen)
      for pixel in pixels {
        let (own, other) = (Double(confidence.predictedProbabilities[pixel]), Double(confidence.probabilities[pixel]))
        (model, given) = (model + own, given + other)
        weight += (own - other) * min(1, Double(depths[pixel]) / full)
        (left, right) = (min(left, pixel % width), max(right, pixel % width))
        bottom = max(bottom, pixel / width)
      }
      let count = Double(pixels.count)
      found.append(
        DoubtedRegion(
          maskClass: Int(pairs[start] / classes), modelClass: Int(pairs[start] % classes), columns: left..<right + 1,
          rows: start / width..<bottom + 1, pixels: pixels.count, modelProbability: model / count,
          maskProbability: given / count, weight: 100 * weight / Double(width * height), first: start))
    }
    regions = found
  }

  /// Whether each pixel of a rectangle of the picture belongs to a region, row-major.
  public func contains(_ region: DoubtedRegion, rows: Range<Int>, columns: Range<Int>) -> [Bool] {
    var seen = pairs.map { $0 < 0 }
    var inside = [Bool](repeating: false, count: pairs.count)
    for pixel in Self.connected(to: region.first, in: pairs, width: width, &seen) { inside[pixel] = true }
    return rows.flatMap { row in inside[row * width + columns.lowerBound..<row * width + columns.upperBound] }
  }

  /// The pixels of one pair that are connected by their sides.
  private static func connected(
    to start: Int, in pairs: [Int32], width: Int, _ seen: inout [Bool]
  ) -> [Int] {
    var pixels = [start]
    seen[start] = true
    var next = 0
    while next < pixels.count {
      let pixel = pixels[next]
      next += 1
      let column = pixel % width
      func visit(_ neighbor: Int, _ exists: Bool) {
        guard exists, !seen[neighbor], pairs[neighbor] == pairs[start] else { return }
        seen[neighbor] = true
        pixels.append(neighbor)
      }
      visit(pixel - width, pixel >= width)
      visit(pixel + width, pixel + width < pairs.count)
      visit(pixel - 1, column > 0)
      visit(pixel + 1, column + 1 < width)
    }
    return pixels
  }

  /// Steps from each pixel to the nearest one of another pair; the picture's border is none.
  private static func depths(_ pairs: [Int32], width: Int, height: Int) -> [Int32] {
    var depths = [Int32](repeating: .max / 2, count: pairs.count)
    func pass(_ pixels: some Sequence<Int>, _ vertical: Int, _ horizontal: Int) {
      for pixel in pixels {
        func compare(_ neighbor: Int, _ exists: Bool) {
          guard exists else { return }
          depths[pixel] = pairs[neighbor] == pairs[pixel] ? min(depths[pixel], depths[neighbor] + 1) : 1
        }
        let column = pixel % width
        compare(pixel + vertical, pairs.indices.contains(pixel + vertical))
        compare(pixel + horizontal, (0..<width).contains(column + horizontal))
      }
    }
    pass(pairs.indices, -width, -1)
    pass(pairs.indices.reversed(), width, 1)
    return depths
  }
}
