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
    self.init(TapLine(forward: geometry.rows), TapLine(forward: geometry.columns), geometry.window)
  }

  /// The gathers of a convolution's adjoint: from its output back to its input, one per phase.
  static func adjoint(_ geometry: WindowGeometry) -> [Gather] {
    let columns = TapLine.adjoint(geometry.columns)
    return TapLine.adjoint(geometry.rows).flatMap { row in columns.map { Gather(row, $0, geometry.window) } }
  }

  private init(_ rows: TapLine, _ columns: TapLine, _ window: Extent) {
    taps = rows.taps.flatMap { row in
      columns.taps.map { column in
        Tap(row: row.offset, column: column.offset, filterIndex: row.index * window.width + column.index)
      }
    }
    grid = Extent(height: rows.results, width: columns.results)
    step = Extent(height: rows.step, width: columns.step)
    offset = Extent(height: rows.start, width: columns.start)
    spacing = Extent(height: rows.spacing, width: columns.spacing)
  }

  /// Whether the product's rows are the source's own, so that nothing needs to be gathered.
  func isIdentity(onto source: Extent) -> Bool {
    taps.count == 1 && taps[0].row == 0 && taps[0].column == 0 && grid == source && step == 1
  }

  /// Pixels of one row of the grid whose tap lies on the picture.
  struct RowRun {
    /// The first one's place among the pixels that were asked for.
    let first: Int
    let count: Int
    /// The first one's source pixel, among those of all pictures.
    let source: Int
  }

  /// The runs that make up the grid's pixels `pixels`, those of all pictures counted row by row, as far as `tap` lies on
  /// the picture.
  func rowRuns(of tap: Tap, _ pixels: Range<Int>, _ source: Extent) -> [RowRun] {
    guard !pixels.isEmpty else { return [] }
    let inside = Self.inside(grid.width, tap.column, step.width, source.width)
    return (pixels.lowerBound / grid.width...(pixels.upperBound - 1) / grid.width).compactMap { row in
      let (picture, y) = row.quotientAndRemainder(dividingBy: grid.height)
      let sourceRow = y * step.height + tap.row
      guard sourceRow >= 0 && sourceRow < source.height else { return nil }
      let start = row * grid.width
      let first = max(inside.lowerBound, pixels.lowerBound - start)
      let end = min(inside.upperBound, pixels.upperBound - start)
      guard first < end else { return nil }
      return RowRun(
        first: start + first - pixels.lowerBound, count: end - first,
        source: (picture * source.height + sourceRow) * source.width + first * step.width + tap.column)
    }
  }

  /// The positions among `count` whose tap at `offset`, `step` from one to the next, lies on a source of this length.
  private static func inside(_ count: Int, _ offset: Int, _ step: Int, _ length: Int) -> Range<Int> {
    let first = min(count, max(0, (step - 1 - offset) / step))
    let end = offset >= length ? 0 : min(count, (length - 1 - offset) / step + 1)
    return first..<max(first, end)
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
