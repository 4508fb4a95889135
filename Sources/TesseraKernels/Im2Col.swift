import CKernels
import TesseraTensors

/// Where a product's rows come from: for each output pixel, the source pixels that its window's taps lie on.
///
/// A convolution is one gather over all taps of its filter. Its adjoint with stride s splits into s x s phases, each a
/// gather with unit step over the taps that hit it: results do not overlap, so there is nothing to scatter and add.
struct Gather {
  /// One tap: its offset in the source, and its index in the filter, `row * width + column`.
  struct Tap {
    let row: Int
    let column: Int
    let filterIndex: Int
  }

  let taps: [Tap]
  /// Output pixels per picture.
  let grid: Extent
  /// How far the window's origin moves in the source from one output pixel to the next.
  let step: Extent
  /// Where the grid's pixels lie in the result: row `offset.height + y * spacing.height`.
  let offset: Extent
  let spacing: Extent

  /// The gather of a convolution: from its input to its output.
  init(forward geometry: WindowGeometry) {
    let window = geometry.window
    taps = (0..<window.area).map { index in
      Tap(
        row: index / window.width * geometry.dilation.height - geometry.top,
        column: index % window.width * geometry.dilation.width - geometry.left, filterIndex: index)
    }
    grid = geometry.output
    step = geometry.stride
    offset = 0
    spacing = 1
  }

  /// The gathers of a convolution's adjoint: from its output back to its input, one per phase.
  static func adjoint(_ geometry: WindowGeometry) -> [Gather] {
    let (stride, input) = (geometry.stride, geometry.input)
    var phases: [Gather] = []
    for row in 0..<min(stride.height, input.height) {
      for column in 0..<min(stride.width, input.width) {
        phases.append(Gather(phase: Extent(height: row, width: column), of: geometry))
      }
    }
    return phases
  }

  private init(phase: Extent, of geometry: WindowGeometry) {
    let stride = geometry.stride
    // Input pixel i = phase + stride j is reached from output pixel o by tap k where i = stride o - padding + k
    // dilation.
    func offsets(_ phase: Int, _ padding: Int, _ window: Int, _ stride: Int, _ dilation: Int) -> [(
      tap: Int, offset: Int
    )] {
      (0..<window).reversed().compactMap { tap in
        let distance = phase + padding - tap * dilation
        return distance % stride == 0 ? (tap, distance / stride) : nil
      }
    }
    let rows = offsets(phase.height, geometry.top, geometry.window.height, stride.height, geometry.dilation.height)
    let columns = offsets(phase.width, geometry.left, geometry.window.width, stride.width, geometry.dilation.width)
    taps = rows.flatMap { row in
      columns.map { column in
        Tap(
          row: row.offset, column: column.offset, filterIndex: row.tap * geometry.window.width + column.tap)
      }
    }
    grid = Extent(
      height: (geometry.input.height - phase.height + stride.height - 1) / stride.height,
      width: (geometry.input.width - phase.width + stride.width - 1) / stride.width)
    step = 1
    offset = phase
    spacing = stride
  }

  /// Whether the product's rows are the source's own, so that nothing needs to be gathered.
  func isIdentity(onto source: Extent) -> Bool {
    taps.count == 1 && taps[0].row == 0 && taps[0].column == 0 && grid == source && step == 1
  }

  /// Runs of taps that are adjacent in the source; one copy moves a run when all channels are taken.
  func runs(_ range: Range<Int>, joining: Bool) -> [tk_tap_run] {
    var runs: [tk_tap_run] = []
    for tap in taps[range] {
      if joining, let last = runs.last, last.row == tap.row, Int(last.column + last.length) == tap.column {
        runs[runs.count - 1].length += 1
      } else {
        runs.append(tk_tap_run(row: Int32(tap.row), column: Int32(tap.column), length: 1))
      }
    }
    return runs
  }

  /// im2col's geometry for a group of the source's channels.
  func geometry(source: Extent, channels: Int, taking: Range<Int>) -> tk_gather_geometry {
    tk_gather_geometry(
      height: source.height, width: source.width, channels: channels, first_channel: taking.lowerBound,
      channel_count: taking.count, grid_height: grid.height, grid_width: grid.width, row_step: step.height,
      column_step: step.width)
  }
}
