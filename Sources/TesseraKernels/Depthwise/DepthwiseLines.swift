import CKernels
import TesseraTensors

/// Depthwise convolution or its adjoint: rows of results, each channel by itself.
///
/// The loops are in `CKernels/loops/depthwise.h`; here rows of taps that lie beside the picture are left out. Nothing
/// is copied, and nothing but the result is written.
struct DepthwiseLines: Sendable {
  /// One line for each phase of the result's rows, and of its columns.
  let rows: [TapLine]
  let columns: [TapLine]
  let channels: Int
  /// The filter's width.
  let window: Int
  let sourceExtent: Extent

  /// The results of one line of columns, and where they lie.
  struct Row {
    /// Column 0 of the source's row under the first tap.
    let source: UnsafePointer<Float>
    /// The first tap's place in the filter, and the first result's among the results, in floats.
    let filterOffset: Int
    let resultOffset: Int
    let windows: tk_window_row
  }

  /// Calls `body` for each line of columns of row number `row` of a batch of results of this size, from channel number
  /// `channel` of `source` on.
  func forEachRow(
    _ row: Int, of source: UnsafePointer<Float>, _ extent: Extent, channel: Int, _ body: (Row) -> Void
  ) {
    let (picture, y) = row.quotientAndRemainder(dividingBy: extent.height)
    let line = rows[y % rows.count]
    let result = y / line.spacing
    let inside = line.taps(of: result, inside: sourceExtent.height)
    let sourceRow = inside.isEmpty ? 0 : line.step * result + line.taps[inside.lowerBound].offset
    let tapRow = inside.isEmpty ? 0 : line.taps[inside.lowerBound].index
    for column in columns {
      let first = column.taps.first
      body(
        Row(
          source: source + (picture * sourceExtent.height + sourceRow) * sourceExtent.width * channels + channel,
          filterOffset: (tapRow * window + (first?.index ?? 0)) * channels + channel,
          resultOffset: (row * extent.width + column.start) * channels + channel,
          windows: tk_window_row(
            width: sourceExtent.width, channels: channels, results: column.results,
            result_step: column.spacing * channels, origin: first?.offset ?? 0, step: column.step,
            tap_rows: inside.count, source_row: line.tapStep * sourceExtent.width * channels,
            filter_row: line.indexStep * window * channels, tap_columns: column.taps.count,
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
