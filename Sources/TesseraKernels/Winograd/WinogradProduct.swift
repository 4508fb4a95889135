import CKernels
import TesseraTensors

/// Convolution, or its adjoint, by few multiplications: y = A' [(G g G') * (B' d B)] A for each tile, summed over channels.
///
/// Lavin and Gray 2015, arXiv:1509.09308; the loops stand in `CKernels/loops/winograd.h`. Work is cut into blocks of tiles
/// and panels of outputs. A block transforms its tiles and its filters piece by piece, multiplies them position by position
/// while they lie in cache, and writes finished outputs: nothing of the layer's size is stored in between, but where many
/// blocks would transform the same thing it is done once beforehand (`Blocking`).
struct WinogradProduct {
  let tiles: WinogradTiles
  let source: UnsafePointer<Float>
  let sourcePictures: PhasedPictures
  let filter: FilterMatrices
  let result: UnsafeMutablePointer<Float>
  let resultPictures: PhasedPictures
  let bias: UnsafePointer<Float>?
  let relu: Bool
  let blocking: Blocking

  private var scheme: WinogradScheme { tiles.scheme }

  /// How the work is cut, by shape alone.
  struct Blocking {
    /// Tiles of a block.
    let tiles: Int
    /// Panels of a block.
    let panels: Int
    /// Channels that are transformed at once.
    let channels: Int
    /// Whether all tiles are transformed beforehand.
    let sharesTiles: Bool
    /// Whether all filters are.
    let sharesFilters: Bool

    init(tiles count: Int, positions: Int, inner: Int, panels all: Int) {
      let filterFloats = positions * inner * all * FilterMatrices.panel
      let tileFloats = positions * count * inner
      sharesFilters = count >= 256 && filterFloats <= 4 << 20
      sharesTiles = !sharesFilters && tileFloats <= 8 << 20
      channels = sharesFilters ? inner : 64
      panels = sharesTiles ? 1 : all
      let most: Int
      if sharesFilters {
        // Tiles and products of a block fill a core's cache.
        most = min(48, max(24, (1 << 18) / (positions * (inner + all * FilterMatrices.panel))))
      } else {
        most = sharesTiles ? 160 : 48
      }
      let blocks = (count + most - 1) / most
      tiles = (count + blocks - 1) / blocks
    }
  }

  func run() {
    let positions = scheme.positions
    let sharedTileFloats = blocking.sharesTiles ? floats(tiles: tiles.count, columns: filter.inner) : 0
    withScratch(sharedTileFloats) { tileBuffer in
      withScratch(blocking.sharesFilters ? positions * filter.panels * panelStep : 0) { filterBuffer in
        let sharedTiles =
          blocking.sharesTiles ? TilePositions(tileBuffer, tiles: tiles.count, columns: filter.inner) : nil
        if let sharedTiles { transformAllTiles(into: sharedTiles) }
        if blocking.sharesFilters { transformAllFilters(into: filterBuffer) }
        let sharedFilters = blocking.sharesFilters ? UnsafePointer(filterBuffer) : nil
        let tileBlocks = (tiles.count + blocking.tiles - 1) / blocking.tiles
        let panelBlocks = (filter.panels + blocking.panels - 1) / blocking.panels
        parallelFor(tileBlocks * panelBlocks, scratch: blockFloats) { block, scratch in
          let (panelBlock, tileBlock) = block.quotientAndRemainder(dividingBy: tileBlocks)
          multiply(
            tileBlock * blocking.tiles..<min(tiles.count, (tileBlock + 1) * blocking.tiles),
            panelBlock * blocking.panels..<min(filter.panels, (panelBlock + 1) * blocking.panels), sharedTiles,
            sharedFilters, scratch: scratch)
        }
      }
    }
  }

  /// Floats of a whole panel in one position.
  private var panelStep: Int { filter.inner * FilterMatrices.panel }

  private func floats(tiles: Int, columns: Int) -> Int {
    TilePositions.floats(positions: scheme.positions, tiles: tiles, columns: columns)
  }

  /// What a block needs for itself: products, tiles, filters in positions, and filters as packed.
  private var blockParts: (products: Int, tiles: Int, filters: Int, packed: Int) {
    let panel = FilterMatrices.panel
    let count = min(blocking.tiles, tiles.count)
    return (
      floats(tiles: count, columns: min(blocking.panels, filter.panels) * panel),
      blocking.sharesTiles ? 0 : floats(tiles: count, columns: min(blocking.channels, filter.inner)),
      blocking.sharesFilters ? 0 : scheme.positions * min(blocking.channels, filter.inner) * panel,
      blocking.sharesFilters ? 0 : packedFloats
    )
  }

  private var packedFloats: Int {
    scheme.taps * scheme.taps * min(blocking.channels, filter.inner) * FilterMatrices.panel
  }

  private var blockFloats: Int {
    let parts = blockParts
    return parts.products + parts.tiles + parts.filters + parts.packed
  }

  private func transformAllTiles(into positions: TilePositions) {
    parallelFor(tiles.count, grain: 8) { range in
      tiles.expand(
        .input, sourcePictures, from: source, range, columns: 0..<filter.inner,
        into: positions.advanced(tile: range.lowerBound, column: 0))
    }
  }

  private func transformAllFilters(into buffer: UnsafeMutablePointer<Float>) {
    let chunks = (filter.inner + blocking.channels - 1) / blocking.channels
    parallelFor(filter.panels * chunks, scratch: packedFloats) { index, packed in
      let (panel, chunk) = index.quotientAndRemainder(dividingBy: chunks)
      let rows = chunk * blocking.channels..<min(filter.inner, (chunk + 1) * blocking.channels)
      transformFilter(
        rows, panel: panel, packed: packed,
        into: buffer + panel * panelStep + rows.lowerBound * FilterMatrices.panel,
        positionStep: filter.panels * panelStep)
    }
  }

  private func transformFilter(
    _ rows: Range<Int>, panel: Int, packed: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>,
    positionStep: Int
  ) {
    filter.pack(rows, panel: panel, into: packed)
    scheme.loops.filter(packed, rows.count * FilterMatrices.panel, target, positionStep)
  }

  private func multiply(
    _ range: Range<Int>, _ panels: Range<Int>, _ sharedTiles: TilePositions?, _ sharedFilters: UnsafePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let panel = FilterMatrices.panel
    let parts = blockParts
    let ownTiles = scratch + parts.products
    let ownFilters = ownTiles + parts.tiles
    let products = TilePositions(scratch, tiles: range.count, columns: panels.count * panel)
    for start in stride(from: 0, to: filter.inner, by: blocking.channels) {
      let rows = start..<min(filter.inner, start + blocking.channels)
      let left: TilePositions
      if let sharedTiles {
        left = sharedTiles.advanced(tile: range.lowerBound, column: start)
      } else {
        left = TilePositions(ownTiles, tiles: range.count, columns: rows.count)
        tiles.expand(.input, sourcePictures, from: source, range, columns: rows, into: left)
      }
      for index in panels {
        var right = UnsafePointer(ownFilters)
        var rightStep = rows.count * panel
        if let sharedFilters {
          right = sharedFilters + index * panelStep + start * panel
          rightStep = filter.panels * panelStep
        } else {
          transformFilter(
            rows, panel: index, packed: ownFilters + parts.filters, into: ownFilters, positionStep: rightStep)
        }
        let target = products.start + (index - panels.lowerBound) * panel
        for position in 0..<scheme.positions {
          kernels.panel_product(
            range.count, rows.count, left.start + position * left.positionStep, left.tileStep,
            right + position * rightStep, target + position * products.positionStep, products.tileStep,
            start == 0 ? 0 : 1)
        }
      }
    }
    let first = panels.lowerBound * panel
    tiles.contract(
      products, range, columns: first..<min(filter.columns, panels.upperBound * panel), bias: bias, relu: relu,
      into: resultPictures, at: result)
  }
}
