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

/// Pictures of one size resized to another, or the adjoint of that: which pixels are mixed, and how.
package struct Resizing: Sendable {
  private let rows: Mixture
  private let columns: Mixture
  private let source: Extent

  package init(from source: Extent, to target: Extent, _ interpolation: Interpolation) {
    rows = Mixture(InterpolationSteps(interpolation, from: source.height, to: target.height))
    columns = Mixture(InterpolationSteps(interpolation, from: source.width, to: target.width))
    self.source = source
  }

  /// From the target back to the source.
  init(adjointFrom source: Extent, to target: Extent, _ interpolation: Interpolation) {
    rows = Mixture(
      adjoint: InterpolationSteps(interpolation, from: source.height, to: target.height), of: source.height)
    columns = Mixture(
      adjoint: InterpolationSteps(interpolation, from: source.width, to: target.width), of: source.width)
    self.source = target
  }

  /// Each row of the result is a sum of rows, and each of its pixels a sum of that row's.
  ///
  /// - Parameter addend: of the result's shape; what is added to it.
  package func callAsFunction(_ pictures: Tensor, adding addend: Tensor? = nil) -> Tensor {
    let (line, channels) = (source.width * pictures.shape[3], pictures.shape[3])
    return Tensor(shape: [pictures.shape[0], rows.count, columns.count, channels]) { out in
      withMemory([pictures] + (addend.map { [$0] } ?? [])) { memory in
        parallelFor(pictures.shape[0] * rows.count, scratch: line + Mixture.margin) { index, scratch in
          let (picture, row) = index.quotientAndRemainder(dividingBy: rows.count)
          let mixed = rows.row(
            row, of: memory[0] + picture * source.height * line, length: line, scratch: scratch)
          let (start, count) = (index * columns.count * channels, columns.count * channels)
          let result = out.baseAddress! + start
          columns.pixels(of: mixed, channels, into: result)
          // While the row is in the cache.
          if addend != nil { kernels.add.vv(result, memory[1] + start, result, count) }
        }
      }
    }
  }
}

extension Tensor {
  /// The pictures `[batch, height, width, channels]` at another size.
  public func resized(to size: Extent, _ interpolation: Interpolation) -> Tensor {
    require(
      shape.rank == 4 && size.height >= 0 && size.width >= 0 && (shape[1] * shape[2] > 0 || size.area == 0),
      "resized: expects [batch, height, width, channels] with pixels to make \(size) of; got \(shape)")
    return Resizing(from: Extent(height: shape[1], width: shape[2]), to: size, interpolation)(self)
  }

  /// The adjoint of `resized`: the gradient `[batch, target height, target width, channels]` back at `size`.
  public func resizedAdjoint(to size: Extent, _ interpolation: Interpolation) -> Tensor {
    require(
      shape.rank == 4 && size.height >= 0 && size.width >= 0 && (size.area > 0 || shape[1] * shape[2] == 0),
      "resizedAdjoint: expects [batch, height, width, channels] and a size with pixels to go to; got \(shape) and \(size)"
    )
    return Resizing(adjointFrom: size, to: Extent(height: shape[1], width: shape[2]), interpolation)(self)
  }
}
