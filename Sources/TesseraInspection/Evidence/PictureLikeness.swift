/// A picture so small that copies of it at other sizes, brightnesses and qualities are alike.
struct PictureLikeness: Sendable {
  /// Brightness of 24 x 24 cells.
  private let cells: [UInt8]
  /// Which cell of 9 x 8 is brighter than its left neighbor, row by row (a difference hash).
  let hash: UInt64
  /// The same of the mirror image.
  let mirroredHash: UInt64

  private static let side = 24
  /// Of the residual, in standard deviations of the brightness: its mean, and the bound for all but 1 % of the cells.
  /// A picture that was compressed again (quality 40) or scaled to a half stays below; two frames of a film while the
  /// camera stands (0.15 and more) do not.
  private static let (meanLimit, mostLimit) = (Float(0.03), Float(0.12))
  /// Pictures without contrast are like each other for no reason.
  private static let leastContrast: Float = 4

  /// `nil` of a picture with hardly any contrast.
  init?(_ gray: GrayMap) {
    guard gray.contrast >= Self.leastContrast else { return nil }
    cells = gray.cells(Self.side).map { UInt8(clamping: Int($0.rounded())) }
    let rows = Self.coarse(gray.cells(72))
    (hash, mirroredHash) = (Self.hash(rows), Self.hash(rows.map { $0.reversed() }))
  }

  /// Eight rows of nine cells each, from 72 x 72 cells.
  private static func coarse(_ fine: [Float]) -> [[Float]] {
    (0..<8).map { row in
      (0..<9).map { column in
        var sum: Float = 0
        for y in row * 9..<row * 9 + 9 { for x in column * 8..<column * 8 + 8 { sum += fine[y * 72 + x] } }
        return sum
      }
    }
  }

  private static func hash(_ rows: [[Float]]) -> UInt64 {
    rows.reduce(0) { bits, row in (1..<9).reduce(bits) { $0 << 1 | (row[$1] > row[$1 - 1] ? 1 : 0) } }
  }

  /// Whether both are the same picture, up to brightness and contrast.
  ///
  /// - Parameter isMirrored: whether the other one is compared with left and right exchanged.
  func isSame(as other: PictureLikeness, isMirrored: Bool) -> Bool {
    let side = Self.side
    let count = Float(cells.count)
    func second(_ place: Int) -> Float {
      Float(other.cells[isMirrored ? place / side * side + side - 1 - place % side : place])
    }
    var (x, y, xx, xy, yy) = (Float(0), Float(0), Float(0), Float(0), Float(0))
    for place in cells.indices {
      let (a, b) = (Float(cells[place]), second(place))
      (x, y, xx, xy, yy) = (x + a, y + b, xx + a * a, xy + a * b, yy + b * b)
    }
    let (spread, deviation) = (xx - x * x / count, (max(0, yy - y * y / count) / count).squareRoot())
    guard spread > 0, deviation > 0 else { return false }
    let slope = (xy - x * y / count) / spread
    var residuals = cells.indices.map {
      abs(second($0) - y / count - slope * (Float(cells[$0]) - x / count)) / deviation
    }
    guard residuals.reduce(0, +) / count <= Self.meanLimit else { return false }
    residuals.sort()
    return residuals[residuals.count * 99 / 100] <= Self.mostLimit
  }
}
