import TesseraTensors

/// Enlarging and shrinking channels-last pictures by interpolation, and its adjoint.
public enum Interpolation: Sendable, Hashable {
  /// The source pixel whose square holds the target pixel's center.
  case nearest
  /// The four source pixels around the target pixel's center, weighted by distance; edge pixels repeat.
  case bilinear
  /// The same, but the centers of the corner pixels lie on each other, so nothing repeats (PyTorch's
  /// `align_corners=True`). Where a pixel lies depends on both sizes: a part of a picture is resized differently from
  /// the same part of the whole.
  case bilinearAlignedCorners
}

extension Tensor {
  /// The pictures `[batch, height, width, channels]` at another size.
  public func resized(to size: Extent, _ interpolation: Interpolation) -> Tensor {
    require(
      shape.rank == 4 && size.height >= 0 && size.width >= 0 && (shape[1] * shape[2] > 0 || size.area == 0),
      "resized: expects [batch, height, width, channels] with pixels to make \(size) of; got \(shape)")
    let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
    let rows = InterpolationSteps(interpolation, from: height, to: size.height).steps
    let columns = InterpolationSteps(interpolation, from: width, to: size.width).steps
    return Tensor(shape: [batch, size.height, size.width, channels]) { out in
      withUnsafeBufferPointer { source in
        parallelFor(batch * size.height) { index in
          let (picture, row) = index.quotientAndRemainder(dividingBy: size.height)
          Self.interpolate(
            columns, rows[row], from: source.baseAddress! + picture * height * width * channels,
            rowLength: width * channels, channels, into: out.baseAddress! + index * size.width * channels)
        }
      }
    }
  }

  /// One line of a picture at another size, `[columns.count, channels]`, mixed from lines of `rowLength` floats.
  static func interpolate(
    _ columns: [InterpolationSteps.Step], _ y: InterpolationSteps.Step, from picture: UnsafePointer<Float>,
    rowLength: Int, _ channels: Int, into line: UnsafeMutablePointer<Float>
  ) {
    let upper = picture + y.first * rowLength
    let lower = picture + y.second * rowLength
    for (column, x) in columns.enumerated() {
      let pixel = line + column * channels
      if x.weight == 0 && y.weight == 0 {
        pixel.update(from: upper + x.first * channels, count: channels)
        continue
      }
      pixel.update(repeating: 0, count: channels)
      forEachCorner(x, y) { sourceRow, sourceColumn, weight in
        kernels.add_scaled((sourceRow == 0 ? upper : lower) + sourceColumn * channels, weight, pixel, channels)
      }
    }
  }

  /// The adjoint of `resized`: the gradient `[batch, target height, target width, channels]` back at `size`.
  public func resizedAdjoint(to size: Extent, _ interpolation: Interpolation) -> Tensor {
    require(
      shape.rank == 4 && size.height >= 0 && size.width >= 0 && (size.area > 0 || shape[1] * shape[2] == 0),
      "resizedAdjoint: expects [batch, height, width, channels] and a size with pixels to go to; got \(shape) and \(size)"
    )
    let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
    let rows = InterpolationSteps(interpolation, from: size.height, to: height).contributions(of: size.height)
    let columns = InterpolationSteps(interpolation, from: size.width, to: width).steps
    let (line, result) = (width * channels, size.width * channels)
    return Tensor(shape: [batch, size.height, size.width, channels]) { out in
      withUnsafeBufferPointer { gradient in
        // A task owns a row of the result: it adds up the rows mixed from it, then their columns.
        parallelFor(batch * size.height, scratch: line) { index, sum in
          let (picture, row) = index.quotientAndRemainder(dividingBy: size.height)
          let target = out.baseAddress! + index * result
          target.update(repeating: 0, count: result)
          guard !rows[row].isEmpty else { return }
          sum.update(repeating: 0, count: line)
          for part in rows[row] {
            kernels.add_scaled(gradient.baseAddress! + (picture * height + part.target) * line, part.weight, sum, line)
          }
          for (column, x) in columns.enumerated() {
            let pixel = sum + column * channels
            kernels.add_scaled(pixel, 1 - x.weight, target + x.first * channels, channels)
            if x.weight != 0 { kernels.add_scaled(pixel, x.weight, target + x.second * channels, channels) }
          }
        }
      }
    }
  }

  /// Calls `body(upper (0) or lower (1) row, column, weight)` for the source pixels of one target pixel that have a
  /// weight.
  private static func forEachCorner(
    _ x: InterpolationSteps.Step, _ y: InterpolationSteps.Step, _ body: (Int, Int, Float) -> Void
  ) {
    for row in 0...1 {
      let rowWeight = row == 0 ? 1 - y.weight : y.weight
      if rowWeight == 0 { continue }
      body(row, x.first, rowWeight * (1 - x.weight))
      if x.weight != 0 { body(row, x.second, rowWeight * x.weight) }
    }
  }
}
