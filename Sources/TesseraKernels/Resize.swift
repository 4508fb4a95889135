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
    let rows = Mixture(InterpolationSteps(interpolation, from: height, to: size.height))
    let columns = Mixture(InterpolationSteps(interpolation, from: width, to: size.width))
    return mixed(rows, columns, shape: [batch, size.height, size.width, channels])
  }

  /// The adjoint of `resized`: the gradient `[batch, target height, target width, channels]` back at `size`.
  public func resizedAdjoint(to size: Extent, _ interpolation: Interpolation) -> Tensor {
    require(
      shape.rank == 4 && size.height >= 0 && size.width >= 0 && (size.area > 0 || shape[1] * shape[2] == 0),
      "resizedAdjoint: expects [batch, height, width, channels] and a size with pixels to go to; got \(shape) and \(size)"
    )
    let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
    let rows = Mixture(adjoint: InterpolationSteps(interpolation, from: size.height, to: height), of: size.height)
    let columns = Mixture(adjoint: InterpolationSteps(interpolation, from: size.width, to: width), of: size.width)
    return mixed(rows, columns, shape: [batch, size.height, size.width, channels])
  }

  /// Each row as a sum of this tensor's rows, and each of its pixels as a sum of that row's.
  private func mixed(_ rows: Mixture, _ columns: Mixture, shape result: Shape) -> Tensor {
    let (height, line, channels) = (shape[1], shape[2] * shape[3], shape[3])
    return Tensor(shape: result) { out in
      withUnsafeBufferPointer { source in
        parallelFor(result[0] * rows.count, scratch: line + Mixture.margin) { index, scratch in
          let (picture, row) = index.quotientAndRemainder(dividingBy: rows.count)
          let mixed = rows.row(row, of: source.baseAddress! + picture * height * line, length: line, scratch: scratch)
          columns.pixels(of: mixed, channels, into: out.baseAddress! + index * columns.count * channels)
        }
      }
    }
  }
}
