import TesseraTensors

// Convolutions of which each channel is a group: a filter `[height, width, 1, channels]`.
extension Convolution {
  /// The gradient of a depthwise convolution with respect to its filter: each block of rows adds up its own products,
  /// whose sums are then added in the blocks' order.
  static func depthwiseFilterGradient(
    _ input: Tensor, _ outputGradient: Tensor, _ geometry: WindowGeometry, groups: Int
  ) -> Tensor {
    let (channels, window) = (input.shape[3], geometry.window)
    let shape: Shape = [window.height, window.width, 1, outputGradient.shape[3]]
    require(channels == checkedChannels(shape, groups), "depthwise filter gradient: input \(input.shape)")
    let blocks = DepthwiseBlocks(
      rows: input.shape[0] * geometry.output.height, products: geometry.output.width * window.area, channels: channels)
    return Tensor(shape: shape) { result in
      let size = result.count
      withScratch(blocks.rowBlocks * size) { partials in
        withPointers(input, outputGradient, nil) { source, gradient, _ in
          let lines = DepthwiseLines(
            rows: [TapLine(forward: geometry.rows)], columns: [TapLine(forward: geometry.columns)],
            channels: channels, window: window.width, source: geometry.input, result: geometry.output)
          blocks.forEach { rowBlock, rows, part in
            let sums = partials + rowBlock * size
            for tap in 0..<window.area {
              (sums + tap * channels + part.lowerBound).update(repeating: 0, count: part.count)
            }
            for row in rows {
              lines.forEachLine(of: row, source, channel: part.lowerBound) { line in
                withUnsafePointer(to: line.windows) { windows in
                  kernels.depthwise_filter(
                    line.source, gradient + line.resultOffset, windows, part.count, sums + line.filterOffset)
                }
              }
            }
          }
        }
        addInOrder(partials, blocks.rowBlocks, into: result)
      }
    }
  }

  static func checkedChannels(_ filter: Shape, _ groups: Int) -> Int {
    require(
      filter[2] == 1 && filter[3] == groups,
      "depthwise: expects a filter [height, width, 1, \(groups)] for \(groups) groups; got \(filter)")
    return groups
  }
}
