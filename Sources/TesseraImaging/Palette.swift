/// Colors for classes that have none.
public enum Palette {
  /// Returns `count` colors, each as far as possible from all previous ones: distinct, the same on every machine and
  /// call, and neither glaring nor dark.
  ///
  /// The candidates lie on a grid of medium lightness and chroma in Oklab (B. Ottosson, 2020), where distance is
  /// perceived difference; each step takes the one whose nearest chosen neighbor is farthest.
  public static func distinct(_ count: Int) -> [Color] {
    let candidates = candidates
    // Black (void) and white (paper) count as chosen from the start.
    var distances = candidates.map { min($0.squaredDistance(to: .black), $0.squaredDistance(to: .white)) }
    var colors: [Color] = []
    var next = candidates.startIndex
    while colors.count < min(count, candidates.count) {
      let chosen = candidates[next]
      colors.append(chosen.color)
      for (index, candidate) in candidates.enumerated() {
        distances[index] = min(distances[index], candidate.squaredDistance(to: chosen))
      }
      next = distances.indices.max { distances[$0] < distances[$1] } ?? 0
    }
    // Beyond the number of candidates, colors repeat.
    return (0..<count).map { colors[$0 % colors.count] }
  }

  private static var candidates: [Oklab] {
    var grid: [Oklab] = []
    for lightness in [0.62, 0.78, 0.50, 0.70, 0.86, 0.56] {
      for chroma in [0.12, 0.07, 0.16] {
        for hue in stride(from: 250.0, to: 610.0, by: 12) {
          let point = Oklab(lightness: lightness, chroma: chroma, hueDegrees: hue)
          if point.isDisplayable { grid.append(point) }
        }
      }
    }
    return grid
  }
}
