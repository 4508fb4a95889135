/// Where each pixel of a new picture comes from: the moving about of pixels that images of both depths and masks share.
///
/// The source pixel's number is the sum of a part for the target's column and one for its row, so that flips, crops,
/// nearest resizes, paddings and transpositions are all two short tables.
struct Rearrangement {
  /// For each target column; negative where it lies outside the source.
  let across: [Int]

  /// For each target row; negative where it lies outside the source.
  let down: [Int]

  /// Target column x is source column `columns[x]`, target row y is source row `rows[y]`.
  init(columns: [Int], rows: [Int], ofWidth width: Int, height: Int) {
    across = columns.map { $0 < width ? $0 : -1 }
    down = rows.map { $0 >= 0 && $0 < height ? $0 * width : -1 }
  }

  /// Target pixel x takes the source pixel that its center (x + 1/2) lies in.
  static func nearest(from: (width: Int, height: Int), to: (width: Int, height: Int)) -> Rearrangement {
    Rearrangement(
      columns: (0..<to.width).map { (2 * $0 + 1) * from.width / (2 * to.width) },
      rows: (0..<to.height).map { (2 * $0 + 1) * from.height / (2 * to.height) },
      ofWidth: from.width, height: from.height)
  }

  /// The picture as it was seen, from how it was stored.
  init(_ orientation: Orientation, ofWidth width: Int, height: Int) {
    let (columns, rows) = (Array(0..<width), (0..<height).map { $0 * width })
    let storedColumns = orientation.mirrorsColumns ? columns.reversed() : columns
    let storedRows = orientation.mirrorsRows ? rows.reversed() : rows
    (across, down) = orientation.swapsAxes ? (storedRows, storedColumns) : (storedColumns, storedRows)
  }

  /// The rearranged samples; a pixel from outside becomes `fill` (one sample a channel).
  func applied<Sample: BitwiseCopyable>(to samples: [Sample], channels: Int, fill: [Sample]) -> [Sample] {
    let count = across.count * down.count * channels
    return [Sample](unsafeUninitializedCapacity: count) { target, initialized in
      samples.withUnsafeBufferPointer { source in
        var next = 0
        for row in down {
          for column in across {
            let isInside = row >= 0 && column >= 0
            for channel in 0..<channels {
              let sample = isInside ? source[(row + column) * channels + channel] : fill[channel]
              target.initializeElement(at: next, to: sample)
              next += 1
            }
          }
        }
      }
      initialized = count
    }
  }
}
