import CKernels
import TesseraTensors

/// The pixels of a channels-last picture at every `step`-th row and column: cell (i, j) lies at row `step` i + `row`,
/// column `step` j + `column`, and may lie outside.
struct Lattice {
  let extent: Extent
  let channels: Int
  let step: Int
  let row: Int
  let column: Int

  /// The pixels of a square of `side` cells whose first one is `cell`, for a loop in C.
  func square(at cell: (row: Int, column: Int), side: Int) -> (offset: Int, pixels: tk_pixels) {
    let first = (row: step * cell.row + row, column: step * cell.column + column)
    let rows = inside(first.row, side, extent.height)
    let columns = inside(first.column, side, extent.width)
    return (
      (first.row * extent.width + first.column) * channels,
      tk_pixels(
        top: Int32(rows.lowerBound), bottom: Int32(rows.upperBound), left: Int32(columns.lowerBound),
        right: Int32(columns.upperBound), row_step: step * extent.width * channels, column_step: step * channels)
    )
  }

  /// Which of `side` cells, the first at pixel `first`, lie within `length` pixels.
  private func inside(_ first: Int, _ side: Int, _ length: Int) -> Range<Int> {
    let lower = min(side, max(0, (step - 1 - first) / step))
    let upper = min(side, max(0, (length - first + step - 1) / step))
    return lower..<max(lower, upper)
  }
}

/// Pictures seen as lattices whose channels are side by side: `phases.count * channels` columns.
struct PhasedPictures {
  let phases: [Lattice]
  /// Floats from one picture of the batch to the next.
  let pictureStep: Int

  var channels: Int { phases[0].channels }
  var columns: Int { phases.count * channels }

  init(_ phases: [Lattice]) {
    self.phases = phases
    pictureStep = phases[0].extent.area * phases[0].channels
  }

  /// The parts of `range` that lie within one phase each.
  func segments(of range: Range<Int>) -> [Segment] {
    var segments: [Segment] = []
    var start = range.lowerBound
    while start < range.upperBound {
      let (phase, channel) = start.quotientAndRemainder(dividingBy: channels)
      let count = min(channels - channel, range.upperBound - start)
      segments.append(
        Segment(lattice: phases[phase], firstChannel: channel, count: count, column: start - range.lowerBound))
      start += count
    }
    return segments
  }

  /// Some channels of one phase, and the first one's column within the requested range.
  struct Segment {
    let lattice: Lattice
    let firstChannel: Int
    let count: Int
    let column: Int
  }
}
