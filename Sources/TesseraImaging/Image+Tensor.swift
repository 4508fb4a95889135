import TesseraTensors

extension Image {
  /// Red, green and blue in 0...255, `[height, width, 3]`; gray is repeated, and 16-bit samples keep their fractions.
  public var tensor: Tensor { Tensor(shape: [height, width, 3]) { write(to: $0) } }

  /// Writes the numbers of `tensor` to `target`, which has room for them.
  package func write(to target: UnsafeMutableBufferPointer<Float>) {
    require(
      target.count == height * width * 3,
      "Image.write: \(width) x \(height) pixels need \(height * width * 3) floats; got room for \(target.count)")
    switch samples {
    case .eightBit(let samples): Self.spread(samples, channels: channels, scale: 1, into: target)
    case .sixteenBit(let samples): Self.spread(samples, channels: channels, scale: 1 / 257, into: target)
    }
  }

  /// Creates an 8-bit picture from `[height, width, 3]`, `[height, width, 1]` or `[height, width]` values in 0...255;
  /// values are rounded and clamped, and NaN becomes 0.
  public init(_ tensor: Tensor) {
    let shape = tensor.shape
    require(
      shape.rank == 2 || shape.rank == 3 && (shape[2] == 1 || shape[2] == 3),
      "Image: a tensor must be [height, width, 3], [height, width, 1] or [height, width]; got \(shape)")
    let pixels = tensor.withUnsafeBufferPointer { values in
      // A comparison with NaN is false, so it is treated like negative values.
      values.map { value in value > 0 ? UInt8(min(value, 255).rounded()) : 0 }
    }
    self.init(width: shape[1], height: shape[0], channels: shape.rank == 2 ? 1 : shape[2], pixels: pixels)
  }

  private static func spread<Sample: FixedWidthInteger & UnsignedInteger>(
    _ samples: [Sample], channels: Int, scale: Float, into target: UnsafeMutableBufferPointer<Float>
  ) {
    samples.withUnsafeBufferPointer { source in
      if channels == 3 {
        for index in 0..<source.count { target[index] = Float(Int32(truncatingIfNeeded: source[index])) * scale }
      } else {
        for index in 0..<source.count {
          let value = Float(Int32(truncatingIfNeeded: source[index])) * scale
          target[3 * index] = value
          target[3 * index + 1] = value
          target[3 * index + 2] = value
        }
      }
    }
  }
}
