import TesseraTensors

/// Single elements of results, for convolutions that are too large to be computed whole; without groups.
extension Oracle.Convolution {
  /// One element of `forward`.
  public func forward(
    _ input: DoubleArray, _ filter: DoubleArray, bias: DoubleArray? = nil, at index: Int
  ) -> Double {
    let (pixel, output) = index.quotientAndRemainder(dividingBy: outputs)
    let (line, left) = pixel.quotientAndRemainder(dividingBy: windows.columns.results)
    let (picture, top) = line.quotientAndRemainder(dividingBy: windows.rows.results)
    var sum = bias?.scalars[output] ?? 0
    for k in 0..<windows.rows.window {
      for l in 0..<windows.columns.window {
        guard let row = windows.rows.source(top, k), let column = windows.columns.source(left, l) else { continue }
        let x = ((picture * windows.rows.size + row) * windows.columns.size + column) * channels
        let w = (k * windows.columns.window + l) * channels * outputs + output
        for channel in 0..<channels { sum += input.scalars[x + channel] * filter.scalars[w + channel * outputs] }
      }
    }
    return sum
  }

  /// One element of `inputGradient`, to which a transposed convolution adds a bias.
  public func inputGradient(
    _ gradient: DoubleArray, _ filter: DoubleArray, bias: DoubleArray? = nil, at index: Int
  ) -> Double {
    let (pixel, channel) = index.quotientAndRemainder(dividingBy: channels)
    let (line, column) = pixel.quotientAndRemainder(dividingBy: windows.columns.size)
    let (picture, row) = line.quotientAndRemainder(dividingBy: windows.rows.size)
    let columns = windows.columns.windows(over: column)
    var sum = bias?.scalars[channel] ?? 0
    for (top, k) in windows.rows.windows(over: row) {
      for (left, l) in columns {
        let y = ((picture * windows.rows.results + top) * windows.columns.results + left) * outputs
        let w = ((k * windows.columns.window + l) * channels + channel) * outputs
        for output in 0..<outputs { sum += gradient.scalars[y + output] * filter.scalars[w + output] }
      }
    }
    return sum
  }

  /// One element of `filterGradient`.
  public func filterGradient(_ input: DoubleArray, _ gradient: DoubleArray, at index: Int) -> Double {
    let (rest, output) = index.quotientAndRemainder(dividingBy: outputs)
    let (tap, channel) = rest.quotientAndRemainder(dividingBy: channels)
    let (k, l) = tap.quotientAndRemainder(dividingBy: windows.columns.window)
    var sum = 0.0
    for picture in 0..<batch {
      for top in 0..<windows.rows.results {
        guard let row = windows.rows.source(top, k) else { continue }
        for left in 0..<windows.columns.results {
          guard let column = windows.columns.source(left, l) else { continue }
          let x = ((picture * windows.rows.size + row) * windows.columns.size + column) * channels + channel
          let y = ((picture * windows.rows.results + top) * windows.columns.results + left) * outputs + output
          sum += input.scalars[x] * gradient.scalars[y]
        }
      }
    }
    return sum
  }
}

extension Oracle.Axis {
  /// The windows that cover a source index, each with the tap that lies on it.
  fileprivate func windows(over index: Int) -> [(result: Int, tap: Int)] {
    (0..<window).compactMap { tap in
      let start = index + before - tap * dilation
      return start >= 0 && start % stride == 0 && start / stride < results ? (start / stride, tap) : nil
    }
  }
}
