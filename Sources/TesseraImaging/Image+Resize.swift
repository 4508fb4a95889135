import TesseraTensors

extension Image {
  /// The picture scaled (not cropped) to `newWidth` x `newHeight`: linear, antialiased when it shrinks.
  ///
  /// Pixel centers lie at half-integers. 8-bit results differ from Pillow's `BILINEAR` by at most one level, because
  /// Pillow rounds between the two directions and this does not.
  public func resized(toWidth newWidth: Int, height newHeight: Int) -> Image {
    require(
      newWidth > 0 && newHeight > 0, "Image.resized: the size must be positive; got \(newWidth) x \(newHeight)")
    return resized(toWidth: newWidth, height: newHeight, columns: 0..<newWidth, rows: 0..<newHeight)
  }

  /// The part of the picture scaled to `newWidth` x `newHeight` that lies in `columns` and `rows`, without the rest.
  package func resized(toWidth newWidth: Int, height newHeight: Int, columns: Range<Int>, rows: Range<Int>) -> Image {
    require(
      !columns.isEmpty && !rows.isEmpty && columns.lowerBound >= 0 && columns.upperBound <= newWidth
        && rows.lowerBound >= 0 && rows.upperBound <= newHeight,
      "Image.resized: columns \(columns) and rows \(rows) do not lie within \(newWidth) x \(newHeight)")
    if newWidth == width && newHeight == height {
      let isWhole = columns.count == width && rows.count == height
      return isWhole
        ? self
        : cropped(left: columns.lowerBound, top: rows.lowerBound, width: columns.count, height: rows.count)
    }
    let across = Resampling(from: width, to: newWidth, targets: columns)
    let down = Resampling(from: height, to: newHeight, targets: rows)
    let scaled: Samples =
      switch samples {
      case .eightBit(let samples): .eightBit(resampled(samples, across: across, down: down))
      case .sixteenBit(let samples): .sixteenBit(resampled(samples, across: across, down: down))
      }
    return Image(width: columns.count, height: rows.count, channels: channels, samples: scaled)
  }

  /// For each target row: the weighted sum of source rows, then weighted sums along it. The intermediate row stays in
  /// cache.
  private func resampled<Sample: FixedWidthInteger & UnsignedInteger>(
    _ samples: [Sample], across: Resampling, down: Resampling
  ) -> [Sample] {
    let (first, length) = (across.sources.lowerBound * channels, across.sources.count * channels)
    let rowLength = across.starts.count * channels
    // Room for the fourth lane after the last RGB pixel.
    var sums = [Float](repeating: 0, count: length + 1)
    return [Sample](unsafeUninitializedCapacity: down.starts.count * rowLength) { target, initialized in
      samples.withUnsafeBufferPointer { source in
        sums.withUnsafeMutableBufferPointer { sums in
          for y in down.starts.indices {
            sums.update(repeating: 0)
            for tap in 0..<down.taps {
              let start = (down.starts[y] + tap) * width * channels + first
              Self.add(
                UnsafeBufferPointer(rebasing: source[start..<start + length]),
                times: down.weights[y * down.taps + tap], to: sums)
            }
            let row = UnsafeMutableBufferPointer(rebasing: target[(y * rowLength)..<((y + 1) * rowLength)])
            if channels == 3 {
              Self.sumColors(UnsafeBufferPointer(sums), into: row, by: across)
            } else {
              Self.sumGrays(UnsafeBufferPointer(sums), into: row, by: across)
            }
          }
        }
      }
      initialized = down.starts.count * rowLength
    }
  }

  private static func add<Sample: FixedWidthInteger & UnsignedInteger>(
    _ row: UnsafeBufferPointer<Sample>, times weight: Float, to sums: UnsafeMutableBufferPointer<Float>
  ) {
    if weight == 0 { return }
    for x in 0..<row.count { sums[x] += weight * Float(Int32(truncatingIfNeeded: row[x])) }
  }

  private static func sumColors<Sample: FixedWidthInteger & UnsignedInteger>(
    _ sums: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<Sample>, by plan: Resampling
  ) {
    let source = UnsafeRawPointer(sums.baseAddress!)
    let pixel = 3 * MemoryLayout<Float>.stride
    plan.withUnsafeTaps { starts, weights in
      for x in 0..<starts.count {
        var sum = SIMD4<Float>(repeating: 0.5)
        for tap in 0..<plan.taps {
          let color = source.loadUnaligned(
            fromByteOffset: (starts[x] - plan.sources.lowerBound + tap) * pixel, as: SIMD4<Float>.self)
          sum += weights[x * plan.taps + tap] * color
        }
        // Weights sum to 1 within a millionth, so no sum reaches the level above the highest.
        for channel in 0..<3 { target[3 * x + channel] = Sample(truncatingIfNeeded: Int32(sum[channel])) }
      }
    }
  }

  private static func sumGrays<Sample: FixedWidthInteger & UnsignedInteger>(
    _ sums: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<Sample>, by plan: Resampling
  ) {
    plan.withUnsafeTaps { starts, weights in
      for x in 0..<starts.count {
        var sum: Float = 0.5
        for tap in 0..<plan.taps {
          sum += weights[x * plan.taps + tap] * sums[starts[x] - plan.sources.lowerBound + tap]
        }
        target[x] = Sample(truncatingIfNeeded: Int32(sum))
      }
    }
  }
}
