import TesseraTensors

// The geometry of pixels `[height, width, channels]` that are not a photograph.
extension Tensor {
  /// The rearranged pixels; 0 where they come from outside.
  func rearranged(_ pixels: Rearrangement) -> Tensor {
    let channels = shape[2]
    let moved = withUnsafeBufferPointer {
      pixels.applied(to: $0, channels: channels, fill: [Float](repeating: 0, count: channels))
    }
    return Tensor(moved, shape: [pixels.down.count, pixels.across.count, channels])
  }

  /// The first `count` channels.
  func firstChannels(_ count: Int) -> Tensor {
    let channels = shape[2]
    if count == channels { return self }
    return Tensor(shape: [shape[0], shape[1], count]) { out in
      withUnsafeBufferPointer { source in
        for pixel in 0..<shape[0] * shape[1] {
          for channel in 0..<count { out[pixel * count + channel] = source[pixel * channels + channel] }
        }
      }
    }
  }

  /// The part of the pixels scaled to `newWidth` x `newHeight` that lies in `columns` and `rows`: scaled like
  /// photographs, without rounding.
  func resampled(toWidth newWidth: Int, height newHeight: Int, columns: Range<Int>, rows: Range<Int>) -> Tensor {
    let (width, channels) = (shape[1], shape[2])
    let across = Resampling(from: width, to: newWidth, targets: columns)
    let down = Resampling(from: shape[0], to: newHeight, targets: rows)
    let (rowLength, targetLength) = (width * channels, columns.count * channels)
    return Tensor(shape: [rows.count, columns.count, channels]) { out in
      withUnsafeBufferPointer { source in
        parallelFor(rows.count, scratch: rowLength) { y, sums in
          sums.update(repeating: 0, count: rowLength)
          for tap in 0..<down.taps {
            let weight = down.weights[y * down.taps + tap]
            let row = (down.starts[y] + tap) * rowLength
            for x in 0..<rowLength { sums[x] += weight * source[row + x] }
          }
          let target = out.baseAddress! + y * targetLength
          for x in columns.indices {
            let pixel = target + (x - columns.lowerBound) * channels
            pixel.update(repeating: 0, count: channels)
            for tap in 0..<across.taps {
              let weight = across.weights[(x - columns.lowerBound) * across.taps + tap]
              let from = (across.starts[x - columns.lowerBound] + tap) * channels
              for channel in 0..<channels { pixel[channel] += weight * sums[from + channel] }
            }
          }
        }
      }
    }
  }
}
