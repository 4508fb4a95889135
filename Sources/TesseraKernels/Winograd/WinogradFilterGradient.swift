import CKernels
import TesseraTensors

/// The gradient with respect to the filter, dg = G' [ sum over tiles of (B' d B) * (A dy A') ] G: the product's steps
/// backwards.
///
/// A task owns some input channels of a slice of tiles and adds up their products with all outputs. Slices, whose sums
/// are added in order, are used for layers with many tiles and few channels.
struct WinogradFilterGradient {
  let tiles: WinogradTiles
  let source: UnsafePointer<Float>
  let sourcePictures: PhasedPictures
  let gradient: UnsafePointer<Float>
  let gradientPictures: PhasedPictures
  let filter: FilterMatrices
  let result: UnsafeMutablePointer<Float>
  let blocking: Blocking

  private var scheme: WinogradScheme { tiles.scheme }

  /// How the work is cut, by shape only.
  struct Blocking {
    /// Parts of the tiles, each with its own sum.
    let slices: Int
    /// Tiles that are transformed at once.
    let tiles: Int
    /// Input channels of a task.
    let channels: Int
    /// Whether the gradient is transformed beforehand, because several tasks need it.
    var sharesGradient: Bool { slices == 1 }

    init(tiles count: Int, positions: Int, inner: Int, panels: Int) {
      let sumFloats = positions * inner * panels * FilterMatrices.panel
      // The shared data grow with the pictures: from 32 MB on, four sums are used instead if they are smaller.
      let isLarge = positions * count * panels * FilterMatrices.panel > 8 << 20
      slices = sumFloats <= 1 << 19 ? 8 : sumFloats <= (isLarge ? 4 << 20 : 5 << 18) ? 4 : 1
      channels = slices == 1 ? max(16, min(64, (1 << 19) / (positions * panels * FilterMatrices.panel))) : inner
      tiles = slices == 1 ? min(count, 320) : 24
    }
  }

  func run() {
    let sharedFloats = blocking.sharesGradient ? floats(tiles: tiles.count, columns: filter.columns) : 0
    withScratch(sharedFloats) { buffer in
      var shared: TilePositions?
      if blocking.sharesGradient {
        let all = TilePositions(buffer, tiles: tiles.count, columns: filter.columns)
        parallelFor(tiles.count, grain: 8) { range in
          transformGradient(range, into: all.advanced(tile: range.lowerBound, column: 0))
        }
        shared = all
      }
      if blocking.slices == 1 { addAndFinish(shared) } else { addSlicesThenFinish() }
    }
  }

  private var chunks: Int { (filter.inner + blocking.channels - 1) / blocking.channels }

  /// The input channels of a task.
  private func rows(of chunk: Int) -> Range<Int> {
    chunk * blocking.channels..<min(filter.inner, (chunk + 1) * blocking.channels)
  }

  /// Floats of a task's sums, of its transformed tiles, and of filters before they are written.
  private var sumFloats: Int { scheme.positions * filter.panels * blocking.channels * FilterMatrices.panel }
  private var tileFloats: Int {
    floats(tiles: min(blocking.tiles, tiles.count), columns: blocking.channels)
      + (blocking.sharesGradient ? 0 : floats(tiles: min(blocking.tiles, tiles.count), columns: filter.columns))
  }
  private var packedFloats: Int { scheme.taps * scheme.taps * blocking.channels * FilterMatrices.panel }

  private func floats(tiles: Int, columns: Int) -> Int {
    TilePositions.floats(positions: scheme.positions, tiles: tiles, columns: columns)
  }

  private func addAndFinish(_ shared: TilePositions?) {
    parallelFor(chunks, scratch: sumFloats + max(tileFloats, packedFloats)) { chunk, sums in
      let rows = rows(of: chunk)
      add(0..<tiles.count, rows, shared, into: sums, scratch: sums + sumFloats)
      for panel in 0..<filter.panels { finish(sums, rows, panel, packed: sums + sumFloats) }
    }
  }

  private func addSlicesThenFinish() {
    let (slices, chunks) = (blocking.slices, chunks)
    let length = (tiles.count + slices - 1) / slices
    withScratch(slices * chunks * sumFloats) { sums in
      parallelFor(slices * chunks, scratch: tileFloats) { task, scratch in
        let (slice, chunk) = task.quotientAndRemainder(dividingBy: chunks)
        let start = min(tiles.count, slice * length)
        add(
          start..<min(tiles.count, start + length), rows(of: chunk), nil, into: sums + task * sumFloats,
          scratch: scratch)
      }
      parallelFor(chunks * filter.panels, scratch: packedFloats) { index, packed in
        let (chunk, panel) = index.quotientAndRemainder(dividingBy: filter.panels)
        let rows = rows(of: chunk)
        let count = rows.count * FilterMatrices.panel
        let total = sums + chunk * sumFloats
        for position in 0..<scheme.positions {
          let part = total + (position * filter.panels + panel) * count
          for slice in 1..<slices { kernels.add.vv(part, part + slice * chunks * sumFloats, part, count) }
        }
        finish(total, rows, panel, packed: packed)
      }
    }
  }

  private func transformGradient(_ range: Range<Int>, into positions: TilePositions) {
    tiles.expand(
      .outputAdjoint, gradientPictures, from: gradient, range, columns: 0..<filter.columns, into: positions)
  }

  /// The sums over the tiles of a slice, `[positions, panels, rows, 32]`.
  private func add(
    _ slice: Range<Int>, _ rows: Range<Int>, _ shared: TilePositions?, into sums: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let count = rows.count * FilterMatrices.panel
    if slice.isEmpty { sums.update(repeating: 0, count: scheme.positions * filter.panels * count) }
    for start in stride(from: slice.lowerBound, to: slice.upperBound, by: blocking.tiles) {
      let range = start..<min(slice.upperBound, start + blocking.tiles)
      let left = TilePositions(scratch, tiles: range.count, columns: rows.count)
      tiles.expand(.input, sourcePictures, from: source, range, columns: rows, into: left)
      let right =
        shared?.advanced(tile: start, column: 0)
        ?? TilePositions(
          scratch + floats(tiles: range.count, columns: rows.count), tiles: range.count, columns: filter.columns)
      if shared == nil { transformGradient(range, into: right) }
      for part in filter.parts(of: rows) {
        // Where the filter is zero at a position, its taps do not depend on the sum there.
        let zeros = filter.zeroPositions(scheme, rows: part, panel: 0)
        let offset = part.lowerBound - rows.lowerBound
        for position in 0..<scheme.positions where !zeros[position] {
          for panel in 0..<filter.panels {
            kernels.panel_product_transposed(
              part.count, range.count, left.start + position * left.positionStep + offset, left.tileStep,
              right.start + position * right.positionStep + panel * FilterMatrices.panel, right.tileStep,
              FilterMatrices.panel,
              sums + (position * filter.panels + panel) * count + offset * FilterMatrices.panel, FilterMatrices.panel,
              start == slice.lowerBound ? 0 : 1)
          }
        }
      }
    }
  }

  /// Back from positions to taps, into the filter.
  private func finish(
    _ sums: UnsafePointer<Float>, _ rows: Range<Int>, _ panel: Int, packed: UnsafeMutablePointer<Float>
  ) {
    let count = rows.count * FilterMatrices.panel
    scheme.loops.filter_adjoint(sums + panel * count, filter.panels * count, count, packed)
    filter.unpack(packed, rows, panel: panel, into: result)
  }
}
