import TesseraTensors

/// A convolution with dilation d as one without on the phases of its pictures.
///
/// Pixels meet only those that lie a multiple of d away: every d-th pixel of every d-th row is a picture of its own,
/// and on d x d such pictures the windows are dense. Pixels beside the picture are zeros.
struct DilationPhases {
  /// The windows on a phase.
  let geometry: WindowGeometry
  private let step: Extent

  /// `nil` if there is no dilation, if windows begin at other distances than multiples of it, or if no window reaches
  /// the last pixels.
  init?(_ dilated: WindowGeometry) {
    step = dilated.dilation
    guard step != 1, dilated.stride == 1, dilated.top % step.height == 0, dilated.left % step.width == 0 else {
      return nil
    }
    let (input, output) = (Self.cells(dilated.input, step), Self.cells(dilated.output, step))
    let (top, left) = (dilated.top / step.height, dilated.left / step.width)
    let bottom = output.height - input.height - top + dilated.window.height - 1
    let right = output.width - input.width - left + dilated.window.width - 1
    guard min(bottom, right) >= 0 else { return nil }
    geometry = WindowGeometry(
      "conv2D", input: input, window: dilated.window,
      padding: .explicit(top: top, bottom: bottom, left: left, right: right))
  }

  /// The number of phases of a picture.
  var count: Int { step.area }

  private static func cells(_ extent: Extent, _ step: Extent) -> Extent {
    Extent(
      height: (extent.height + step.height - 1) / step.height, width: (extent.width + step.width - 1) / step.width)
  }

  /// `[batch, height, width, channels]` -> the phases `[batch * count, ceil(height / d), ceil(width / d), channels]`.
  func split(_ pictures: Tensor) -> Tensor {
    let (shape, channels) = (pictures.shape, pictures.shape[3])
    let extent = Extent(height: shape[1], width: shape[2])
    let cells = Self.cells(extent, step)
    return Tensor(shape: [shape[0] * count, cells.height, cells.width, channels]) { result in
      pictures.withUnsafeBufferPointer { source in
        parallelFor(shape[0] * count * cells.height, grain: rowsAtOnce(cells.width * channels)) { rows in
          for row in rows {
            let (phase, y) = row.quotientAndRemainder(dividingBy: cells.height)
            let place = place(phase, row: y)
            for x in 0..<cells.width {
              let target = result.baseAddress! + (row * cells.width + x) * channels
              let column = place.column + x * step.width
              if place.row < extent.height && column < extent.width {
                let pixel = (place.picture * extent.height + place.row) * extent.width + column
                target.update(from: source.baseAddress! + pixel * channels, count: channels)
              } else {
                target.update(repeating: 0, count: channels)
              }
            }
          }
        }
      }
    }
  }

  /// Phases -> pictures of this size.
  func join(_ phases: Tensor, to extent: Extent) -> Tensor {
    let (shape, channels) = (phases.shape, phases.shape[3])
    let batch = shape[0] / count
    return Tensor(shape: [batch, extent.height, extent.width, channels]) { result in
      phases.withUnsafeBufferPointer { source in
        parallelFor(batch * extent.height, grain: rowsAtOnce(extent.width * channels)) { rows in
          for row in rows {
            let (picture, y) = row.quotientAndRemainder(dividingBy: extent.height)
            for x in 0..<extent.width {
              let phase = (picture * step.height + y % step.height) * step.width + x % step.width
              let cell = (phase * shape[1] + y / step.height) * shape[2] + x / step.width
              (result.baseAddress! + (row * extent.width + x) * channels)
                .update(from: source.baseAddress! + cell * channels, count: channels)
            }
          }
        }
      }
    }
  }

  /// Where the first cell of row number `row` of a phase lies.
  private func place(_ phase: Int, row: Int) -> (picture: Int, row: Int, column: Int) {
    let (picture, within) = phase.quotientAndRemainder(dividingBy: count)
    let (y, x) = within.quotientAndRemainder(dividingBy: step.width)
    return (picture, row * step.height + y, x)
  }

  private func rowsAtOnce(_ floats: Int) -> Int { max(1, pointwiseGrain / max(1, floats)) }
}
