import TesseraTensors

/// A matrix product whose left side is gathered block by block: convolution and its adjoint without a column matrix.
///
/// For each output pixel and output o: `f(sum over taps t, channels c of source[pixel + t, c] weights[t, c, o] +
/// bias[o])`. Blocks of pixels are gathered into a buffer of bounded size, multiplied by OpenBLAS, and finished (bias,
/// activation) while they are in cache.
struct GatheredProduct {
  let gather: Gather
  let batch: Int
  let groups: Int

  let source: UnsafePointer<Float>
  let sourceExtent: Extent
  let sourceChannels: Int

  let weights: TapWeights

  let result: UnsafeMutablePointer<Float>
  let resultExtent: Extent
  let resultChannels: Int

  let bias: UnsafePointer<Float>?
  let activation: Activation

  private var channels: Int { sourceChannels / groups }
  private var outputs: Int { resultChannels / groups }
  private var pixels: Int { batch * gather.grid.area }

  func run() {
    guard pixels > 0 else { return }
    let blocking = Blocking(
      pixels: pixels, channels: channels, taps: weights.isTransposed ? 1 : gather.taps.count, outputs: outputs)
    parallelFor(blocking.rowBlocks * blocking.columnBlocks) { block in
      let row = block / blocking.columnBlocks * blocking.rows
      let column = block % blocking.columnBlocks * blocking.columns
      let rows = row..<min(pixels, row + blocking.rows)
      for group in 0..<groups {
        multiply(rows, column..<min(outputs, column + blocking.columns), group, tapsAtOnce: blocking.taps)
      }
    }
  }

  /// How the work is cut, by shape only.
  struct Blocking {
    let rows: Int
    let rowBlocks: Int
    let columns: Int
    let columnBlocks: Int
    let taps: Int

    init(pixels: Int, channels: Int, taps: Int, outputs: Int) {
      // About 1,000 gathered columns and 512 rows keep OpenBLAS at its fastest and the buffer at 2 MB; with more
      // channels than that there are fewer rows, and 4 MB.
      self.taps = max(1, min(max(1, taps), 1152 / max(1, channels)))
      rows = min(512, max(32, (1 << 20) / (self.taps * max(1, channels))))
      rowBlocks = (pixels + rows - 1) / rows
      // Few pixels (deep layers): cut the outputs too, so that every core has work.
      let pieces = rowBlocks >= 4 ? 1 : min(max(1, outputs / 64), (4 + rowBlocks - 1) / max(1, rowBlocks))
      columns = (outputs + pieces - 1) / pieces
      columnBlocks = (outputs + columns - 1) / columns
    }
  }

  private func multiply(_ rows: Range<Int>, _ columns: Range<Int>, _ group: Int, tapsAtOnce: Int) {
    let first = group * outputs + columns.lowerBound
    if gather.spacing == 1 && gather.grid == resultExtent {
      let target = result + rows.lowerBound * resultChannels + first
      accumulate(rows, columns, group, tapsAtOnce, into: target, resultChannels)
      finish(target, rows.count, columns.count, resultChannels, first)
      return
    }
    // The block's pixels lie apart in the result: multiply into a buffer, then copy each pixel to its place.
    withScratch(rows.count * columns.count) { buffer in
      accumulate(rows, columns, group, tapsAtOnce, into: buffer, columns.count)
      finish(buffer, rows.count, columns.count, columns.count, first)
      for (index, pixel) in rows.enumerated() {
        (result + place(of: pixel) * resultChannels + first)
          .update(from: buffer + index * columns.count, count: columns.count)
      }
    }
  }

  private func accumulate(
    _ rows: Range<Int>, _ columns: Range<Int>, _ group: Int, _ tapsAtOnce: Int,
    into target: UnsafeMutablePointer<Float>, _ targetStep: Int
  ) {
    let taken = group * channels..<(group + 1) * channels
    if gather.taps.isEmpty {
      for row in 0..<rows.count { (target + row * targetStep).update(repeating: 0, count: columns.count) }
    } else if gather.isIdentity(onto: sourceExtent) {
      GEMM.multiply(
        rows: rows.count, columns: columns.count, inner: channels,
        source + rows.lowerBound * sourceChannels + taken.lowerBound, sourceChannels, transposed: false,
        weights.matrix(group, gather.taps, 0, column: columns.lowerBound), weights.rowStep,
        transposed: weights.isTransposed, into: target, targetStep)
    } else {
      var geometry = gather.geometry(source: sourceExtent, channels: sourceChannels, taking: taken)
      withScratch(rows.count * tapsAtOnce * channels) { buffer in
        for tap in stride(from: 0, to: gather.taps.count, by: tapsAtOnce) {
          let taps = tap..<min(gather.taps.count, tap + tapsAtOnce)
          let runs = gather.runs(taps, joining: groups == 1)
          kernels.gather(source, &geometry, runs, runs.count, rows.lowerBound, rows.count, buffer)
          let inner = taps.count * channels
          GEMM.multiply(
            rows: rows.count, columns: columns.count, inner: inner, buffer, inner, transposed: false,
            weights.matrix(group, gather.taps, tap, column: columns.lowerBound), weights.rowStep,
            transposed: weights.isTransposed, into: target, targetStep, beta: tap == 0 ? 0 : 1)
        }
      }
    }
  }

  private func finish(_ target: UnsafeMutablePointer<Float>, _ rows: Int, _ columns: Int, _ step: Int, _ first: Int) {
    guard bias != nil || activation != .identity else { return }
    kernels.bias_activate(target, rows, columns, step, bias.map { $0 + first }, activation.kind, activation.slope)
  }

  /// The index in the result of the grid's pixel number `pixel`.
  private func place(of pixel: Int) -> Int {
    let (picture, within) = pixel.quotientAndRemainder(dividingBy: gather.grid.area)
    let (y, x) = within.quotientAndRemainder(dividingBy: gather.grid.width)
    let row = gather.offset.height + y * gather.spacing.height
    let column = gather.offset.width + x * gather.spacing.width
    return (picture * resultExtent.height + row) * resultExtent.width + column
  }
}

/// The right side of a gathered product: a matrix `[channels, outputs]` for each group and tap.
struct TapWeights {
  let start: UnsafePointer<Float>
  let groupStep: Int
  let tapStep: Int
  let rowStep: Int
  /// Whether the matrices are stored as `[outputs, channels]`, by the taps' places in the filter: then each tap is a
  /// separate product. Otherwise taps follow each other as they are gathered, and several form one taller matrix.
  let isTransposed: Bool

  func matrix(_ group: Int, _ taps: [Gather.Tap], _ position: Int, column: Int) -> UnsafePointer<Float> {
    let tap = isTransposed ? taps[position].filterIndex : position
    return start + group * groupStep + tap * tapStep + column * (isTransposed ? rowStep : 1)
  }
}
