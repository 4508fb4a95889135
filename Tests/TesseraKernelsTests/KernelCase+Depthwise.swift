import CKernels

extension KernelCase {
  /// Rows of windows of depthwise convolutions.
  static let depthwise = [
    KernelCase("depthwise", \.depthwise, tolerance: 1e-6) { depthwise, n in
      windows(channels: n).enumerated().flatMap { index, windows in
        [nil, numbers(n, seed: 3)].map { bias in
          var out = unwritten(windows.results * windows.result_step)
          let (picture, filter) = (source(windows), weights(windows))
          withUnsafePointer(to: windows) {
            depthwise(
              picture, filter.array.withUnsafeBufferPointer { $0.baseAddress! + filter.start }, bias, $0, n, &out,
              index % 2 == 0 ? TK_IDENTITY : TK_RELU6, 0)
          }
          return out
        }
      }
    },
    KernelCase("depthwise_filter", \.depthwise_filter, tolerance: 2e-6) { depthwiseFilter, n in
      windows(channels: n).map { windows in
        let gradient = numbers(windows.results * windows.result_step, seed: 4)
        var sums = weights(windows)
        let start = sums.start
        withUnsafePointer(to: windows) { row in
          sums.array.withUnsafeMutableBufferPointer {
            depthwiseFilter(source(windows), gradient, row, n, $0.baseAddress! + start)
          }
        }
        return sums.array
      }
    },
  ]

  /// Edges and tiles, stride and dilation, a picture narrower than the window, a flipped filter between other results,
  /// and no taps.
  private static func windows(channels n: Int) -> [tk_window_row] {
    func row(
      width: Int, results: Int, spacing: Int = 1, origin: Int, step: Int = 1, taps: (rows: Int, columns: Int),
      tapStep: Int = 1, isFlipped: Bool = false
    ) -> tk_window_row {
      let sign = isFlipped ? -1 : 1
      return tk_window_row(
        width: width, channels: n, results: results, result_step: spacing * n, origin: origin, step: step,
        tap_rows: taps.rows, source_row: width * n, filter_row: sign * taps.columns * n, tap_columns: taps.columns,
        tap_step: tapStep, filter_column: sign * n)
    }
    return [
      row(width: 21, results: 21, origin: -1, taps: (3, 3)), row(width: 9, results: 5, origin: -2, taps: (5, 5)),
      row(width: 15, results: 8, origin: -4, step: 2, taps: (2, 4), tapStep: 3),
      row(width: 40, results: 34, origin: 0, taps: (1, 7)), row(width: 2, results: 2, origin: -2, taps: (3, 6)),
      row(width: 7, results: 7, spacing: 2, origin: -1, taps: (2, 3), isFlipped: true),
      row(width: 4, results: 3, origin: 0, taps: (0, 3)), row(width: 4, results: 3, origin: 0, taps: (2, 0)),
    ]
  }

  private static func source(_ windows: tk_window_row) -> [Float] {
    numbers(max(1, windows.tap_rows) * windows.source_row)
  }

  /// A filter, and where its first tap lies: at the end of a flipped one.
  private static func weights(_ windows: tk_window_row) -> (array: [Float], start: Int) {
    let taps = max(0, windows.tap_rows * windows.tap_columns - 1)
    let start = windows.filter_column < 0 ? -taps * windows.filter_column : 0
    return (numbers((taps + 1) * windows.channels, seed: 2), start)
  }
}
