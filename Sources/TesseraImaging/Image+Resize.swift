import TesseraTensors

extension Image {
  /// The picture scaled (not cropped) to `newWidth` x `newHeight`: linear, antialiased where it shrinks.
  ///
  /// Pixel centers lie at half-integers. 8-bit results differ from Pillow's `BILINEAR` by at most one level, because
  /// Pillow rounds between the two directions and this does not.
  public func resized(toWidth newWidth: Int, height newHeight: Int) -> Image {
    require(
      newWidth > 0 && newHeight > 0, "Image.resized: the size must be positive; got \(newWidth) x \(newHeight)")
    guard newWidth != width || newHeight != height else { return self }
    let scaled: Samples =
      switch samples {
      case .eightBit(let samples): .eightBit(resampled(samples, toWidth: newWidth, height: newHeight))
      case .sixteenBit(let samples): .sixteenBit(resampled(samples, toWidth: newWidth, height: newHeight))
      }
    return Image(width: newWidth, height: newHeight, channels: channels, samples: scaled)
  }

  private func resampled<Sample: FixedWidthInteger & UnsignedInteger>(
    _ samples: [Sample], toWidth newWidth: Int, height newHeight: Int
  ) -> [Sample] {
    let horizontal = Resampling(from: width, to: newWidth)
    let vertical = Resampling(from: height, to: newHeight)
    let rowLength = newWidth * channels
    // Rows of the new width, all source rows; then each target row is a weighted sum of whole rows.
    var narrowed = [Float](repeating: 0, count: height * rowLength)
    narrowed.withUnsafeMutableBufferPointer { rows in
      samples.withUnsafeBufferPointer { source in
        for y in 0..<height {
          resampleRow(
            UnsafeBufferPointer(rebasing: source[(y * width * channels)..<((y + 1) * width * channels)]),
            into: UnsafeMutableBufferPointer(rebasing: rows[(y * rowLength)..<((y + 1) * rowLength)]), by: horizontal)
        }
      }
    }
    return [Sample](unsafeUninitializedCapacity: newHeight * rowLength) { target, initialized in
      var sums = [Float](repeating: 0, count: rowLength)
      sums.withUnsafeMutableBufferPointer { sums in
        narrowed.withUnsafeBufferPointer { rows in
          for y in 0..<newHeight {
            sums.update(repeating: 0.5)
            for tap in 0..<vertical.taps {
              let weight = vertical.weights[y * vertical.taps + tap]
              let first = (vertical.starts[y] + tap) * rowLength
              let row = UnsafeBufferPointer(rebasing: rows[first..<first + rowLength])
              for x in 0..<rowLength { sums[x] += weight * row[x] }
            }
            for x in 0..<rowLength {
              // By way of 16 bits: the generic conversion from a float takes most of the time of a resize.
              let rounded = Sample(truncatingIfNeeded: UInt16(min(sums[x], Float(Sample.max))))
              target.initializeElement(at: y * rowLength + x, to: rounded)
            }
          }
        }
      }
      initialized = newHeight * rowLength
    }
  }

  private func resampleRow<Sample: FixedWidthInteger & UnsignedInteger>(
    _ source: UnsafeBufferPointer<Sample>, into target: UnsafeMutableBufferPointer<Float>, by plan: Resampling
  ) {
    plan.weights.withUnsafeBufferPointer { weights in
      for (x, start) in plan.starts.enumerated() {
        for channel in 0..<channels {
          var sum: Float = 0
          for tap in 0..<plan.taps {
            sum += weights[x * plan.taps + tap] * Float(source[(start + tap) * channels + channel])
          }
          target[x * channels + channel] = sum
        }
      }
    }
  }
}
