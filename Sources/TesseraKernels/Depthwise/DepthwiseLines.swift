import CKernels
import TesseraTensors

/// Depthwise convolution or its adjoint: rows of results, each channel by itself.
///
/// The loops are in `CKernels/loops/depthwise.h`; here rows of taps that lie beside the picture are left out. Nothing
/// is copied, and nothing but the result is written.
struct DepthwiseLines: Sendable {
  // Plain numbers: arrays of arrays would be retained and released for each row by all threads, in one cache line.
  /// Of a row of results: the source's row under the first tap that lies on the picture, that tap's row in the filter,
  /// how many there are, and how far apart, in rows.
  private struct Row: Sendable { let source: Int, tap: Int, taps: Int, step: Int, tapStep: Int }
  /// One for each phase of the result's columns: their taps and results, in pixels.
  private struct Columns: Sendable {
    let origin: Int, step: Int, taps: Int, tapStep: Int, tap: Int, indexStep: Int
    let start: Int, spacing: Int, results: Int
  }

  private let rows: [Row]
  private let columns: [Columns]
  private let channels: Int
  /// The filter's width.
  private let window: Int
  private let source: Extent
  private let result: Extent

  /// - Parameters:
  ///   - rows: one line for each phase of the result's rows.
  ///   - columns: one line for each phase of its columns.
  ///   - channels: all channels.
  ///   - window: the filter's width.
  ///   - source: the source's size.
  ///   - result: the result's size.
  init(rows: [TapLine], columns: [TapLine], channels: Int, window: Int, source: Extent, result: Extent) {
    self.rows = (0..<result.height).map { y in
      let line = rows[y % rows.count]
      let index = y / line.spacing
      let inside = line.taps(of: index, inside: source.height)
      return Row(
        source: inside.isEmpty ? 0 : line.step * index + line.taps[inside.lowerBound].offset,
        tap: inside.isEmpty ? 0 : line.taps[inside.lowerBound].index, taps: inside.count, step: line.tapStep,
        tapStep: line.indexStep)
    }
    self.columns = columns.map { line in
      Columns(
        origin: line.taps.first?.offset ?? 0, step: line.step, taps: line.taps.count, tapStep: line.tapStep,
        tap: line.taps.first?.index ?? 0, indexStep: line.indexStep, start: line.start, spacing: line.spacing,
        results: line.results)
    }
    (self.channels, self.window, self.source, self.result) = (channels, window, source, result)
  }

  /// The results of one line of columns, and where they lie.
  struct Line {
    /// Column 0 of the source's row under the first tap.
    let source: UnsafePointer<Float>
    /// The first tap's place in the filter, and the first result's among the results, in floats.
    let filterOffset: Int
    let resultOffset: Int
    let windows: tk_window_row
  }

  /// Calls `body` for each line of columns of row number `row` of a batch of results, from channel number `channel` of
  /// `pictures` on.
  func forEachLine(of row: Int, _ pictures: UnsafePointer<Float>, channel: Int, _ body: (Line) -> Void) {
    let (picture, y) = row.quotientAndRemainder(dividingBy: result.height)
    let line = rows[y]
    for column in columns {
      body(
        Line(
          source: pictures + (picture * source.height + line.source) * source.width * channels + channel,
          filterOffset: (line.tap * window + column.tap) * channels + channel,
          resultOffset: (row * result.width + column.start) * channels + channel,
          windows: tk_window_row(
            width: source.width, channels: channels, results: column.results,
            result_step: column.spacing * channels, origin: column.origin, step: column.step,
            tap_rows: line.taps, source_row: line.step * source.width * channels,
            filter_row: line.tapStep * window * channels, tap_columns: column.taps,
            tap_step: column.tapStep, filter_column: column.indexStep * channels)))
    }
  }
}

/// How the work is cut, by shape only: blocks of rows, and of channels of those.
struct DepthwiseBlocks: Sendable {
  private let rows: Int
  private let rowsAtOnce: Int
  private let channels: Int
  private let channelsAtOnce: Int
  let rowBlocks: Int
  let channelBlocks: Int

  /// - Parameters:
  ///   - rows: of results, of the whole batch.
  ///   - products: the multiply-adds of a row for each channel.
  ///   - channels: all channels.
  init(rows: Int, products: Int, channels: Int) {
    // The window's rows of so many channels stay in a core's cache from one tile of results to the next.
    let most = 128
    let parts = (channels + most - 1) / most
    // Whole cache lines.
    channelsAtOnce = max(1, (channels + 16 * parts - 1) / (16 * max(1, parts)) * 16)
    channelBlocks = (channels + channelsAtOnce - 1) / channelsAtOnce
    // Enough blocks for many cores, none too short to be worth a task or so long that others wait for it. Rows that
    // follow each other share most of what they read.
    let work = max(1, products * min(channels, channelsAtOnce))
    let (least, even) = ((1 << 18) / work, (rows * channelBlocks + 31) / 32)
    rowsAtOnce = max(1, min(max(least, even), (1 << 20) / work))
    rowBlocks = (rows + rowsAtOnce - 1) / rowsAtOnce
    self.rows = rows
    self.channels = channels
  }

  /// Calls `body` with the number of a block of rows, its rows, and a range of channels, for all blocks in parallel.
  func forEach(_ body: (_ rowBlock: Int, _ rows: Range<Int>, _ channels: Range<Int>) -> Void) {
    parallelFor(rowBlocks * channelBlocks) { index in
      let (rowBlock, channelBlock) = index.quotientAndRemainder(dividingBy: channelBlocks)
      let (row, channel) = (rowBlock * rowsAtOnce, channelBlock * channelsAtOnce)
      body(rowBlock, row..<min(rows, row + rowsAtOnce), channel..<min(channels, channel + channelsAtOnce))
    }
  }
}
