import Foundation
import TesseraTensors

extension Oracle {
  /// `fold` over the elements of each window that lie inside the picture, channel by channel.
  public static func pool(_ input: DoubleArray, _ windows: Windows, _ fold: ([Double]) -> Double) -> DoubleArray {
    let (rows, columns) = (windows.rows, windows.columns)
    return DoubleArray(shape: [input.shape[0], rows.results, columns.results, input.shape[3]]) { index in
      var seen: [Double] = []
      for row in (0..<rows.window).compactMap({ rows.source(index[1], $0) }) {
        for column in (0..<columns.window).compactMap({ columns.source(index[2], $0) }) {
          seen.append(input[index[0], row, column, index[3]])
        }
      }
      return fold(seen)
    }
  }

  /// The mean of each bin: bin k of m along n pixels covers the interval from k n / m to (k + 1) n / m, and holds every
  /// pixel of which it covers a part.
  public static func adaptiveMean(_ input: DoubleArray, to height: Int, _ width: Int) -> DoubleArray {
    func covered(_ bin: Int, _ bins: Int, _ pixels: Int) -> [Int] {
      (0..<pixels).filter { $0 * bins < (bin + 1) * pixels && ($0 + 1) * bins > bin * pixels }
    }
    return DoubleArray(shape: [input.shape[0], height, width, input.shape[3]]) { index in
      let columns = covered(index[2], width, input.shape[2])
      return mean(
        covered(index[1], height, input.shape[1]).flatMap { row in
          columns.map { input[index[0], row, $0, index[3]] }
        })
    }
  }

  /// The largest, and the mean.
  public static func largest(_ values: [Double]) -> Double { values.reduce(-.infinity, max) }
  public static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  /// Linear interpolation between pixel centers at half coordinates, where the edge repeats outside of the outermost
  /// centers, or between corners that lie on each other.
  public static func bilinear(
    _ input: DoubleArray, to height: Int, _ width: Int, aligned: Bool = false
  ) -> DoubleArray {
    /// How much pixel `source` counts for target `index`: a tent of width 1 around the position, clamped to the
    /// centers.
    func weight(_ index: Int, _ source: Int, _ sources: Int, _ targets: Int) -> Double {
      let position =
        aligned
        ? (targets == 1 ? 0 : Double(index) * Double(sources - 1) / Double(targets - 1))
        : (Double(index) + 0.5) * Double(sources) / Double(targets) - 0.5
      return max(0, 1 - abs(min(max(position, 0), Double(sources - 1)) - Double(source)))
    }
    return DoubleArray(shape: [input.shape[0], height, width, input.shape[3]]) { index in
      var sum = 0.0
      for row in 0..<input.shape[1] {
        for column in 0..<input.shape[2] {
          sum +=
            weight(index[1], row, input.shape[1], height) * weight(index[2], column, input.shape[2], width)
            * input[index[0], row, column, index[3]]
        }
      }
      return sum
    }
  }

  /// The source pixel whose area holds the target pixel's center.
  public static func nearest(_ input: DoubleArray, to height: Int, _ width: Int) -> DoubleArray {
    DoubleArray(shape: [input.shape[0], height, width, input.shape[3]]) { index in
      // In integers: floor((i + 1/2) source / target).
      let row = (2 * index[1] + 1) * input.shape[1] / (2 * height)
      let column = (2 * index[2] + 1) * input.shape[2] / (2 * width)
      return input[index[0], row, column, index[3]]
    }
  }
}
