import TesseraTensors

/// Maximum and mean over windows of channels-last pictures. Padding is never part of a window: a maximum ignores it and
/// a mean does not count it (as in TensorFlow and Keras).
///
/// Nothing is stored for the backward pass: the position of the maximum is found again by comparison; the first of
/// equals wins.
public enum Pooling {
  /// The largest element of each window, channel by channel: `[batch, output height, output width, channels]`.
  public static func maximum(_ input: Tensor, geometry: WindowGeometry) -> Tensor {
    forward("maxPool", input, geometry) { source, taps, out, channels in
      out.update(from: source + taps[0] * channels, count: channels)
      for tap in taps.dropFirst() { kernels.max_into(source + tap * channels, out, channels) }
    }
  }

  /// The mean of each window.
  public static func average(_ input: Tensor, geometry: WindowGeometry) -> Tensor {
    forward("averagePool", input, geometry) { source, taps, out, channels in
      out.update(repeating: 0, count: channels)
      for tap in taps { kernels.add_scaled(source + tap * channels, 1 / Float(taps.count), out, channels) }
    }
  }

  /// The gradient of `maximum` with respect to `input`, whose result was `output`.
  public static func maximumGradient(
    _ gradient: Tensor, input: Tensor, output: Tensor, geometry: WindowGeometry
  ) -> Tensor {
    let channels = input.shape[-1]
    return input.withUnsafeBufferPointer { x in
      output.withUnsafeBufferPointer { y in
        backward("maxPool", gradient, geometry, channels) { dy, dx, pixel, taps, part in
          withUnsafeTemporaryAllocation(of: UInt8.self, capacity: part.count) { taken in
            taken.initialize(repeating: 0)
            for tap in taps {
              kernels.max_backward(
                x.baseAddress! + tap * channels + part.lowerBound, y.baseAddress! + pixel * channels + part.lowerBound,
                dy + pixel * channels + part.lowerBound, taken.baseAddress!,
                dx + tap * channels + part.lowerBound, part.count)
            }
          }
        }
      }
    }
  }

  /// The gradient of `average`.
  public static func averageGradient(_ gradient: Tensor, geometry: WindowGeometry) -> Tensor {
    let channels = gradient.shape[-1]
    return backward("averagePool", gradient, geometry, channels) { dy, dx, pixel, taps, part in
      for tap in taps {
        kernels.add_scaled(
          dy + pixel * channels + part.lowerBound, 1 / Float(taps.count), dx + tap * channels + part.lowerBound,
          part.count)
      }
    }
  }

  /// Calls `fill(source, taps, out, channels)` for each window; taps are pixel indices inside the picture.
  private static func forward(
    _ operation: String, _ input: Tensor, _ geometry: WindowGeometry,
    _ fill: (UnsafePointer<Float>, [Int], UnsafeMutablePointer<Float>, Int) -> Void
  ) -> Tensor {
    require(
      input.shape.rank == 4 && input.shape[1] == geometry.input.height && input.shape[2] == geometry.input.width,
      "\(operation): expects [batch, \(geometry.input.height), \(geometry.input.width), channels]; got \(input.shape)")
    require(
      geometry.everyWindowMeetsThePicture,
      "\(operation): a window of \(geometry.window) lies in the padding of a picture of \(geometry.input)")
    let (batch, channels, rows) = (input.shape[0], input.shape[3], geometry.output.height)
    return Tensor(shape: [batch, rows, geometry.output.width, channels]) { out in
      input.withUnsafeBufferPointer { source in
        parallelFor(batch * rows) { index in
          let (picture, row) = index.quotientAndRemainder(dividingBy: rows)
          var taps: [Int] = []
          for column in 0..<geometry.output.width {
            geometry.findTaps(row: row, column: column, picture: picture, &taps)
            fill(
              source.baseAddress!, taps,
              out.baseAddress! + (index * geometry.output.width + column) * channels, channels)
          }
        }
      }
    }
  }

  /// Calls `add(dy, dx, pixel, taps, channels)` for each window. A task owns whole pictures or some of their channels,
  /// so that one thread adds up overlapping windows in one order.
  private static func backward(
    _ operation: String, _ gradient: Tensor, _ geometry: WindowGeometry, _ channels: Int,
    _ add: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, [Int], Range<Int>) -> Void
  ) -> Tensor {
    let output = geometry.output
    let batch = gradient.shape[0]
    require(
      gradient.shape == [batch, output.height, output.width, channels],
      "\(operation) gradient: expects [batch, \(output.height), \(output.width), \(channels)]; got \(gradient.shape)")
    let overlaps = geometry.stride.height < (geometry.window.height - 1) * geometry.dilation.height + 1
    let rowsAtOnce = overlaps ? output.height : 1
    let channelsAtOnce = overlaps ? 64 : max(1, channels)
    let rowBlocks = (output.height + rowsAtOnce - 1) / rowsAtOnce
    let channelBlocks = (channels + channelsAtOnce - 1) / channelsAtOnce
    var result = Tensor.zeros([batch, geometry.input.height, geometry.input.width, channels])
    result.withUnsafeMutableBufferPointer { dx in
      gradient.withUnsafeBufferPointer { dy in
        parallelFor(batch * rowBlocks * channelBlocks) { task in
          let part = task % channelBlocks * channelsAtOnce
          let picture = task / channelBlocks / rowBlocks
          let row = task / channelBlocks % rowBlocks * rowsAtOnce
          var taps: [Int] = []
          for y in row..<min(output.height, row + rowsAtOnce) {
            for x in 0..<output.width {
              geometry.findTaps(row: y, column: x, picture: picture, &taps)
              add(
                dy.baseAddress!, dx.baseAddress!, (picture * output.height + y) * output.width + x, taps,
                part..<min(channels, part + channelsAtOnce))
            }
          }
        }
      }
    }
    return result
  }
}

extension WindowGeometry {
  /// Whether each undilated window holds at least one pixel: it is enough to check the first and last ones.
  var everyWindowMeetsThePicture: Bool {
    top < window.height && left < window.width
      && (output.height - 1) * stride.height - top < input.height
      && (output.width - 1) * stride.width - left < input.width
  }

  /// Fills `taps`, whose memory is reused, with the pixels of an output pixel's window that lie inside the picture,
  /// numbered through the batch.
  func findTaps(row: Int, column: Int, picture: Int, _ taps: inout [Int]) {
    taps.removeAll(keepingCapacity: true)
    taps.reserveCapacity(window.area)
    for k in 0..<window.height {
      let y = row * stride.height - top + k * dilation.height
      guard y >= 0 && y < input.height else { continue }
      for l in 0..<window.width {
        let x = column * stride.width - left + l * dilation.width
        if x >= 0 && x < input.width { taps.append((picture * input.height + y) * input.width + x) }
      }
    }
  }
}
