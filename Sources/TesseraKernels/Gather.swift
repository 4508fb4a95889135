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

  /// Adjacent taps of a window's row.
  struct TapRun {
    /// The first one's number.
    let first: Int
    let count: Int
  }

  /// The taps in order, each by itself or joined with those that follow it in the source.
  func tapRuns(joining: Bool) -> [TapRun] {
    var runs: [TapRun] = []
    for (index, tap) in taps.enumerated() {
      if joining, let last = runs.last, taps[last.first].row == tap.row,
        taps[last.first].column + last.count == tap.column
      {
        runs[runs.count - 1] = TapRun(first: last.first, count: last.count + 1)
      } else {
        runs.append(TapRun(first: index, count: 1))
      }
    }
    return runs
  }

  /// Whether there are several taps in a row whose channels all belong to the same group, so that they follow each
  /// other in the source.
  func joinsTaps(inGroups groups: Int) -> Bool {
    groups == 1 && taps.count > 1 && taps[0].row == taps[1].row && taps[1].column == taps[0].column + 1
  }

  /// Pixels of one row of the grid for which the same taps of a run lie on the picture.
  struct RowRun {
    /// The first one's place among the pixels that were asked for.
    let first: Int
    let count: Int
    /// The numbers of the taps.
    let taps: Range<Int>
    /// The first pixel's source pixel under the first of the taps, among those of all pictures.
    let source: Int
  }

  /// The runs that make up the grid's pixels `pixels`, those of all pictures counted row by row, as far as taps of
  /// `run` lie on the picture.
  func rowRuns(of run: TapRun, _ pixels: Range<Int>, _ source: Extent) -> [RowRun] {
    guard !pixels.isEmpty else { return [] }
    let (row, column) = (taps[run.first].row, taps[run.first].column)
    // Columns of the grid where a tap of the run lies on the picture, and where all do.
    let first = Self.inside(grid.width, column, step.width, source.width)
    let last = Self.inside(grid.width, column + run.count - 1, step.width, source.width)
    let some = min(first.lowerBound, last.lowerBound)..<max(first.upperBound, last.upperBound)
    // Empty where the picture is narrower than the run.
    let start = max(first.lowerBound, last.lowerBound)
    let whole = start..<max(start, min(first.upperBound, last.upperBound))
    var runs: [RowRun] = []
    for line in pixels.lowerBound / grid.width...(pixels.upperBound - 1) / grid.width {
      let (picture, y) = line.quotientAndRemainder(dividingBy: grid.height)
      let sourceRow = y * step.height + row
      guard sourceRow >= 0 && sourceRow < source.height else { continue }
      let begin = line * grid.width - pixels.lowerBound
      var x = max(some.lowerBound, -begin)
      let end = min(some.upperBound, pixels.count - begin)
      while x < end {
        let isWhole = whole.contains(x)
        let count = isWhole ? min(whole.upperBound, end) - x : 1
        let origin = x * step.width + column
        let left = max(0, -origin)
        let inside = isWhole ? 0..<run.count : left..<max(left, min(run.count, source.width - origin))
        if !inside.isEmpty {
          runs.append(
            RowRun(
              first: begin + x, count: count, taps: run.first + inside.lowerBound..<run.first + inside.upperBound,
              source: (picture * source.height + sourceRow) * source.width + origin + inside.lowerBound))
        }
        x += count
      }
    }
    return runs
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
