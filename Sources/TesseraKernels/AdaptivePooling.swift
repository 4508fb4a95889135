import TesseraTensors

/// Means over bins that share a picture of any size evenly, as PyTorch's `AdaptiveAvgPool2d`.
///
/// Of n pixels along an axis, bin k of m holds floor(k n / m) up to, not including, ceil((k + 1) n / m): bins overlap
/// where n is not a multiple of m.
public enum AdaptivePooling {
  /// The mean of each bin, channel by channel: `[batch, height, width, channels]` -> `[batch, size, channels]`.
  public static func average(_ input: Tensor, to size: Extent) -> Tensor {
    requirePixels(input.shape, size)
    let (batch, width, channels) = (input.shape[0], input.shape[2], input.shape[3])
    let (rows, columns) = (bins(of: input.shape[1], size.height), bins(of: width, size.width))
    // A few large bins are shared by cores channel by channel.
    let grain = 128
    let blocks = (channels + grain - 1) / grain
    return Tensor(shape: [batch, size.height, size.width, channels]) { out in
      input.withUnsafeBufferPointer { source in
        parallelFor(batch * size.area * blocks, scratch: grain) { task, sums in
          let (bin, start) = (task / blocks, task % blocks * grain)
          let count = min(grain, channels - start)
          let (row, column) = (rows[bin / size.width % size.height], columns[bin % size.width])
          let result = out.baseAddress! + bin * channels + start
          result.update(repeating: 0, count: count)
          // A sum of rows' sums rounds less than one long sum.
          for y in row {
            let line = (bin / size.area * input.shape[1] + y) * width + column.lowerBound
            kernels.column_sums(
              source.baseAddress! + line * channels + start, column.count, channels, count, sums)
            kernels.add_scaled(sums, 1 / Float(row.count * column.count), result, count)
          }
        }
      }
    }
  }

  /// The gradient of `average` with respect to its input, whose pictures have the extent `original`.
  public static func averageGradient(_ gradient: Tensor, from original: Extent) -> Tensor {
    require(
      gradient.shape.rank == 4,
      "adaptiveAveragePool gradient: expects [batch, height, width, channels]; got \(gradient.shape)")
    let (batch, channels) = (gradient.shape[0], gradient.shape[3])
    let size = Extent(height: gradient.shape[1], width: gradient.shape[2])
    let result: Shape = [batch, original.height, original.width, channels]
    requirePixels(result, size)
    let (rows, columns) = (bins(of: original.height, size.height), bins(of: original.width, size.width))
    return Tensor(shape: result) { out in
      gradient.withUnsafeBufferPointer { dy in
        // A task owns a row of pixels, whose bins it adds up in order.
        parallelFor(batch * original.height) { index in
          let (picture, y) = index.quotientAndRemainder(dividingBy: original.height)
          let line = out.baseAddress! + index * original.width * channels
          line.update(repeating: 0, count: original.width * channels)
          for (i, row) in rows.enumerated() where row.contains(y) {
            for (j, column) in columns.enumerated() {
              let share = dy.baseAddress! + ((picture * size.height + i) * size.width + j) * channels
              for x in column {
                kernels.add_scaled(share, 1 / Float(row.count * column.count), line + x * channels, channels)
              }
            }
          }
        }
      }
    }
  }

  /// The pixels of each of `count` bins along an axis of `length` pixels.
  package static func bins(of length: Int, _ count: Int) -> [Range<Int>] {
    (0..<count).map { $0 * length / count..<(($0 + 1) * length + count - 1) / count }
  }

  private static func requirePixels(_ shape: Shape, _ size: Extent) {
    require(
      shape.rank == 4 && shape[1] * shape[2] > 0 && size.height > 0 && size.width > 0,
      "adaptiveAveragePool: expects [batch, height, width, channels] with pixels and at least one bin; got \(shape) "
        + "and \(size)")
  }
}
