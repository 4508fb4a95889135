import TesseraImaging

/// How well the outlines in a mask lie on the edges of its picture: where they are, moved, and mirrored.
///
/// The score of a place is the mean strength of the picture's gradient under the mask's outlines. It is largest where
/// both fit, whatever the picture shows and however its mask was drawn, and by that tells where the mask belongs.
struct EdgeAlignment: Sendable {
  /// What a mask may have been made with by mistake.
  enum Mirroring: Int, Sendable, CaseIterable {
    case leftRight, upDown, both
  }

  /// In pixels of the reduced picture.
  typealias Offset = (x: Int, y: Int)

  /// The score as the mask lies.
  let here: Float
  /// Mean and standard deviation of the scores at all offsets.
  let mean: Float
  let deviation: Float
  /// The offset at which the mask fits best, and its score.
  let best: Offset
  let bestScore: Float
  /// The best scores of the mirrored mask near its place, by ``Mirroring``.
  let mirrored: [Float]
  /// Pixels of the picture for each of the reduced one.
  let scale: Float

  /// The longer side of the reduced picture.
  static let side = 160
  /// How far a mask is moved in each direction.
  static let reach = 16
  /// The number of offsets along one direction.
  static let span = 2 * reach + 1

  private static let leastPoints = 60
  private static let mostPoints = 2000
  /// How far around its place a mirrored mask is looked for: a mirrored axis may lie between pixels.
  private static let tolerance = 1

  /// The size at which pictures are compared.
  static func size(of size: ImageSize) -> ImageSize {
    let factor = Double(side) / Double(max(size.width, size.height, side))
    return ImageSize(
      width: max(1, Int((Double(size.width) * factor).rounded())),
      height: max(1, Int((Double(size.height) * factor).rounded())))
  }

  /// - Parameters:
  ///   - gray: the picture at the reduced size.
  ///   - mask: of the same size.
  ///   - void: whose outlines do not count.
  ///   - scale: pixels of the picture for each of the reduced one.
  /// - Returns: `nil` if there are hardly any outlines or edges, with the scores of all offsets, row by row, as
  ///   multiples of their mean.
  static func measured(
    _ gray: GrayMap, _ mask: Mask, void: Int?, scale: Float
  ) -> (alignment: EdgeAlignment, map: [Float])? {
    let (width, height) = (gray.width, gray.height)
    guard min(width, height) > 2 * reach + 8 else { return nil }
    var strength = gray.gradients
    let typical = strength.reduce(0, +) / Float(strength.count)
    guard typical > 0.5 else { return nil }
    // A few glaring edges must not outvote all others.
    for place in strength.indices { strength[place] = min(1, strength[place] / (3 * typical)) }
    let outlines = outlines(of: mask, void: void)
    let points = points(outlines, width, height) { x, y in (x, y) }
    guard points.count >= leastPoints else { return nil }
    var map = [Float](repeating: 0, count: span * span)
    for dy in -reach...reach {
      for dx in -reach...reach {
        map[(dy + reach) * span + dx + reach] = score(points, dy * width + dx, strength)
      }
    }
    let mirrored = Mirroring.allCases.map { mirroring in
      let points = Self.points(outlines, width, height) { x, y in
        (mirroring == .upDown ? x : width - 1 - x, mirroring == .leftRight ? y : height - 1 - y)
      }
      var best: Float = 0
      for dy in -tolerance...tolerance {
        for dx in -tolerance...tolerance { best = max(best, score(points, dy * width + dx, strength)) }
      }
      return best
    }
    let mean = map.reduce(0, +) / Float(map.count)
    guard mean > 0 else { return nil }
    let variance = map.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(map.count)
    let peak = map.indices.max { map[$0] < map[$1] } ?? 0
    let alignment = EdgeAlignment(
      here: map[reach * span + reach], mean: mean, deviation: variance.squareRoot(),
      best: (peak % span - reach, peak / span - reach), bestScore: map[peak], mirrored: mirrored, scale: scale)
    return (alignment, map.map { $0 / mean })
  }

  private static func score(_ points: [Int], _ step: Int, _ strength: [Float]) -> Float {
    var sum: Float = 0
    for point in points { sum += strength[point + step] }
    return points.isEmpty ? 0 : sum / Float(points.count)
  }

  /// Whether a pixel and one of its four neighbors have different classes, both of which count.
  private static func outlines(of mask: Mask, void: Int?) -> [Bool] {
    let (width, height) = (mask.width, mask.height)
    var result = [Bool](repeating: false, count: width * height)
    func compare(_ place: Int, _ other: Int) {
      let (a, b) = (Int(mask.indices[place]), Int(mask.indices[other]))
      if a != b && a != void && b != void { (result[place], result[other]) = (true, true) }
    }
    for y in 0..<height {
      for x in 0..<width {
        if x + 1 < width { compare(y * width + x, y * width + x + 1) }
        if y + 1 < height { compare(y * width + x, (y + 1) * width + x) }
      }
    }
    return result
  }

  /// The places of outlines that stay in the picture wherever the mask is moved, evenly thinned out.
  private static func points(
    _ outlines: [Bool], _ width: Int, _ height: Int, at place: (Int, Int) -> (Int, Int)
  ) -> [Int] {
    var points: [Int] = []
    for y in 0..<height {
      for x in 0..<width where outlines[y * width + x] {
        let (x, y) = place(x, y)
        if x >= reach && x < width - reach && y >= reach && y < height - reach { points.append(y * width + x) }
      }
    }
    guard points.count > mostPoints else { return points }
    return (0..<mostPoints).map { points[$0 * points.count / mostPoints] }
  }
}
