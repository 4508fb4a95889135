import TesseraTensors

/// A convolution of which each channel is a group, a filter `[height, width, 1, channels]`, or its adjoint, for
/// pictures of one shape.
struct DepthwiseConvolution: Sendable {
  private let lines: DepthwiseLines
  private let blocks: DepthwiseBlocks

  init(_ geometry: WindowGeometry, filter: Shape, batch: Int, groups: Int, isAdjoint: Bool) {
    let channels = Convolution.checkedChannels(filter, groups)
    let (source, result) = isAdjoint ? (geometry.output, geometry.input) : (geometry.input, geometry.output)
    lines = DepthwiseLines(
      rows: isAdjoint ? TapLine.adjoint(geometry.rows) : [TapLine(forward: geometry.rows)],
      columns: isAdjoint ? TapLine.adjoint(geometry.columns) : [TapLine(forward: geometry.columns)],
      channels: channels, window: geometry.window.width, source: source, result: result)
    blocks = DepthwiseBlocks(
      rows: batch * result.height, products: result.width * geometry.window.area, channels: channels)
  }

  /// - Parameter shape: of the result.
  func callAsFunction(
    _ source: Tensor, _ filter: Tensor, _ bias: Tensor?, _ activation: Activation, _ shape: Shape
  ) -> Tensor {
    Tensor(shape: shape) { result in
      Convolution.withPointers(source, filter, bias) { source, filter, bias in
        blocks.forEach { _, rows, channels in
          for row in rows {
            lines.forEachLine(of: row, source, channel: channels.lowerBound) { line in
              withUnsafePointer(to: line.windows) { windows in
                kernels.depthwise(
                  line.source, filter + line.filterOffset, bias.map { $0 + channels.lowerBound }, windows,
                  channels.count, result.baseAddress! + line.resultOffset, activation.kind, activation.slope)
              }
            }
          }
        }
      }
    }
  }
}
