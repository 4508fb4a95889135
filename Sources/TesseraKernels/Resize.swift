import CKernels
import TesseraTensors

/// Enlarging and shrinking channels-last pictures by interpolation, and its adjoint.
public enum Interpolation: Sendable, Hashable {
  /// The source pixel whose square holds the target pixel's center.
  case nearest
  /// The four source pixels around the target pixel's center, weighted by distance; edge pixels repeat.
  case bilinear

  /// Along one axis: for each target pixel two source pixels and the second one's weight.
  ///
  /// Pixel centers lie at half coordinates (TensorFlow's `half_pixel_centers`, PyTorch's `align_corners=False`).
  func steps(from source: Int, to target: Int) -> [(first: Int, second: Int, weight: Float)] {
    (0..<target).map { index in
      let center = (Double(index) + 0.5) * Double(source) / Double(target)
      switch self {
      case .nearest:
        let nearest = min(source - 1, Int(center))
        return (nearest, nearest, 0)
      case .bilinear:
        let position = max(0, center - 0.5)
        let first = min(source - 1, Int(position))
        return (first, min(source - 1, first + 1), Float(position - Double(first)))
      }
    }
  }
}

extension Tensor {
  /// The pictures `[batch, height, width, channels]` at another size.
  public func resized(to size: Extent, _ interpolation: Interpolation) -> Tensor {
    require(shape.rank == 4 && count > 0, "resized: expects [batch, height, width, channels]; got \(shape)")
    let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
    let rows = interpolation.steps(from: height, to: size.height)
    let columns = interpolation.steps(from: width, to: size.width)
    return Tensor(shape: [batch, size.height, size.width, channels]) { out in
      withUnsafeBufferPointer { source in
        parallelFor(batch * size.height) { index in
          let (picture, row) = index.quotientAndRemainder(dividingBy: size.height)
          let y = rows[row]
          let upper = source.baseAddress! + (picture * height + y.first) * width * channels
          let lower = source.baseAddress! + (picture * height + y.second) * width * channels
          for (column, x) in columns.enumerated() {
            let pixel = out.baseAddress! + (index * size.width + column) * channels
            pixel.update(repeating: 0, count: channels)
            for corner in Self.corners(x, y, upper, lower, channels) {
              tk_add_scaled(corner.pointer, corner.weight, pixel, channels)
            }
          }
        }
      }
    }
  }

  /// The adjoint of `resized`: the gradient `[batch, target height, target width, channels]` back at `size`.
  public func resizedAdjoint(to size: Extent, _ interpolation: Interpolation) -> Tensor {
    require(shape.rank == 4, "resizedAdjoint: expects [batch, height, width, channels]; got \(shape)")
    let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
    let rows = interpolation.steps(from: size.height, to: height)
    let columns = interpolation.steps(from: size.width, to: width)
    var result = Tensor.zeros([batch, size.height, size.width, channels])
    // Target pixels share source pixels: one task adds a picture's channels up in one order.
    let grain = 64
    let blocks = (channels + grain - 1) / grain
    result.withUnsafeMutableBufferPointer { out in
      withUnsafeBufferPointer { gradient in
        parallelFor(batch * blocks) { task in
          let (picture, start) = (task / blocks, task % blocks * grain)
          let part = min(grain, channels - start)
          for (row, y) in rows.enumerated() {
            let upper = out.baseAddress! + (picture * size.height + y.first) * size.width * channels
            let lower = out.baseAddress! + (picture * size.height + y.second) * size.width * channels
            let line = gradient.baseAddress! + (picture * height + row) * width * channels
            for (column, x) in columns.enumerated() {
              for corner in Self.corners(x, y, upper, lower, channels) {
                tk_add_scaled(
                  line + column * channels + start, corner.weight, UnsafeMutablePointer(mutating: corner.pointer) + start,
                  part)
              }
            }
          }
        }
      }
    }
    return result
  }

  /// The source pixels of one target pixel that have weight.
  private static func corners(
    _ x: (first: Int, second: Int, weight: Float), _ y: (first: Int, second: Int, weight: Float),
    _ upper: UnsafePointer<Float>, _ lower: UnsafePointer<Float>, _ channels: Int
  ) -> [(pointer: UnsafePointer<Float>, weight: Float)] {
    [
      (upper + x.first * channels, (1 - y.weight) * (1 - x.weight)),
      (upper + x.second * channels, (1 - y.weight) * x.weight),
      (lower + x.first * channels, y.weight * (1 - x.weight)),
      (lower + x.second * channels, y.weight * x.weight),
    ].filter { $0.weight != 0 }
  }
}
