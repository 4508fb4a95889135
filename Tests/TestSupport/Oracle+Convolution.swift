import TesseraTensors

extension Oracle {
  /// A convolution as the list of its products: result y gets input x times weight w.
  public struct Convolution {
    let windows: Windows
    let batch: Int
    let channels: Int
    let outputs: Int
    let groups: Int

    public init(_ windows: Windows, batch: Int, channels: Int, outputs: Int, groups: Int = 1) {
      self.windows = windows
      self.batch = batch
      self.channels = channels
      self.outputs = outputs
      self.groups = groups
    }

    public var inputShape: Shape { [batch, windows.rows.size, windows.columns.size, channels] }
    public var outputShape: Shape { [batch, windows.rows.results, windows.columns.results, outputs] }
    public var filterShape: Shape { [windows.rows.window, windows.columns.window, channels / groups, outputs] }

    private func forEachProduct(_ body: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
      let (rows, columns) = (windows.rows, windows.columns)
      let (inner, part) = (channels / groups, outputs / groups)
      for picture in 0..<batch {
        for top in 0..<rows.results {
          for left in 0..<columns.results {
            for k in 0..<rows.window {
              guard let row = rows.source(top, k) else { continue }
              for l in 0..<columns.window {
                guard let column = columns.source(left, l) else { continue }
                let x = ((picture * rows.size + row) * columns.size + column) * channels
                let y = ((picture * rows.results + top) * columns.results + left) * outputs
                for output in 0..<outputs {
                  let first = output / part * inner
                  for channel in 0..<inner {
                    body(
                      x + first + channel, ((k * columns.window + l) * inner + channel) * outputs + output, y + output)
                  }
                }
              }
            }
          }
        }
      }
    }

    public func forward(_ input: DoubleArray, _ filter: DoubleArray, bias: DoubleArray? = nil) -> DoubleArray {
      var result = DoubleArray(shape: outputShape)
      if let bias { for index in result.scalars.indices { result.scalars[index] = bias.scalars[index % outputs] } }
      forEachProduct { x, w, y in result.scalars[y] += input.scalars[x] * filter.scalars[w] }
      return result
    }

    public func inputGradient(_ gradient: DoubleArray, _ filter: DoubleArray) -> DoubleArray {
      var result = DoubleArray(shape: inputShape)
      forEachProduct { x, w, y in result.scalars[x] += gradient.scalars[y] * filter.scalars[w] }
      return result
    }

    public func filterGradient(_ input: DoubleArray, _ gradient: DoubleArray) -> DoubleArray {
      var result = DoubleArray(shape: filterShape)
      forEachProduct { x, w, y in result.scalars[w] += input.scalars[x] * gradient.scalars[y] }
      return result
    }
  }

  /// A transposed convolution by its definition: every input pixel stamps the filter `[height, width, outputs / groups,
  /// inputs]` onto the full result, from which `cut` is taken (negative: zeros are added).
  public static func transposedConvolution(
    _ input: DoubleArray, _ filter: DoubleArray, bias: DoubleArray? = nil, stride: (Int, Int),
    dilation: (Int, Int) = (1, 1),
    groups: Int = 1, cut: (top: Int, bottom: Int, left: Int, right: Int)
  ) -> DoubleArray {
    let (inputs, part) = (input.shape[3], filter.shape[2])
    let full = (
      (input.shape[1] - 1) * stride.0 + (filter.shape[0] - 1) * dilation.0 + 1,
      (input.shape[2] - 1) * stride.1 + (filter.shape[1] - 1) * dilation.1 + 1
    )
    let size = (full.0 - cut.top - cut.bottom, full.1 - cut.left - cut.right)
    var result = DoubleArray(shape: [input.shape[0], size.0, size.1, part * groups])
    for (index, value) in zip(input.shape.indices, input.scalars) {
      let group = index[3] / (inputs / groups)
      for k in 0..<filter.shape[0] {
        for l in 0..<filter.shape[1] {
          let row = index[1] * stride.0 + k * dilation.0 - cut.top
          let column = index[2] * stride.1 + l * dilation.1 - cut.left
          guard row >= 0 && row < size.0 && column >= 0 && column < size.1 else { continue }
          for output in 0..<part {
            result[index[0], row, column, group * part + output] += value * filter[k, l, output, index[3]]
          }
        }
      }
    }
    if let bias { return result.combined(with: bias, +) }
    return result
  }
}
