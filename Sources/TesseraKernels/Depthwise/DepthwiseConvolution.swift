import TesseraTensors

/// A convolution of which each channel is a group, a filter `[height, width, 1, channels]`, or its adjoint, for pictures
/// of one shape.
struct DepthwiseConvolution: Sendable {
  private let lines: DepthwiseLines
  private let blocks: DepthwiseBlocks
  private let extent: Extent

  init(_ geometry: WindowGeometry, filter: Shape, batch: Int, groups: Int, isAdjoint: Bool) {
    let channels = Convolution.checkedChannels(filter, groups)
    extent = isAdjoint ? geometry.input : geometry.output
    lines = DepthwiseLines(
      rows: isAdjoint ? TapLine.adjoint(geometry.rows) : [TapLine(forward: geometry.rows)],
      columns: isAdjoint ? TapLine.adjoint(geometry.columns) : [TapLine(forward: geometry.columns)],
      channels: channels, window: geometry.window.width,
      sourceExtent: isAdjoint ? geometry.output : geometry.input)
    blocks = DepthwiseBlocks(
      rows: batch * extent.height, products: extent.width * geometry.window.area, channels: channels)
  }

  /// - Parameter shape: of the result.
  func callAsFunction(
    _ source: Tensor, _ filter: Tensor, _ bias: Tensor?, _ activation: Activation, _ shape: Shape
  ) -> Tensor {
    Tensor(shape: shape) { result in
      Convolution.withPointers(source, filter, bias) { source, filter, bias in
        blocks.forEach { _, rows, channels in
          for row in rows {
            lines.forEachRow(row, of: source, extent, channel: channels.lowerBound) { line in
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
