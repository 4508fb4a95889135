import CKernels
import TesseraTensors

/// Convolution, or its adjoint, with few multiplications: y = A' [(G g G') * (B' d B)] A for each tile, summed over
/// channels.
///
/// Lavin and Gray 2015, arXiv:1509.09308; the loops are in `CKernels/loops/winograd.h`. Work is cut into blocks of
/// tiles and panels of outputs. A block transforms its tiles and its filters piece by piece, multiplies them position
/// by position while they are in cache, and writes finished outputs. Nothing of the layer's size is stored in between,
/// except that what many blocks would transform is transformed once beforehand (`Blocking`).
struct WinogradProduct {
  let tiles: WinogradTiles
  let source: UnsafePointer<Float>
  let sourcePictures: PhasedPictures
  let filters: WinogradFilters
  /// All filters, if they were already transformed.
  let readyFilters: UnsafePointer<Float>?
  let result: UnsafeMutablePointer<Float>
  let resultPictures: PhasedPictures
  let bias: UnsafePointer<Float>?
  let relu: Bool

  private var scheme: WinogradScheme { tiles.scheme }
  private var inner: Int { filters.matrices.inner }
  private var panels: Int { filters.matrices.panels }

  func run() {
    guard tiles.count > 0 else { return }
    let blocking = Blocking(self)
    let tileFloats = blocking.sharesTiles ? floats(tiles: tiles.count, columns: inner) : 0
    let mustTransform = blocking.sharesFilters && readyFilters == nil
    withScratch(tileFloats) { tileBuffer in
      withScratch(mustTransform ? filters.floats : 0) { filterBuffer in
        var shared = Shared(filters: readyFilters)
        if blocking.sharesTiles {
          let all = TilePositions(tileBuffer, tiles: tiles.count, columns: inner)
          transformAllTiles(into: all)
          shared.tiles = all
        }
        if mustTransform {
          filters.transformAll(into: filterBuffer)
          shared.filters = UnsafePointer(filterBuffer)
        }
        let tileBlocks = (tiles.count + blocking.tiles - 1) / blocking.tiles
        let panelBlocks = (panels + blocking.panels - 1) / blocking.panels
        let parts = BlockParts(self, blocking)
        parallelFor(tileBlocks * panelBlocks, scratch: parts.floats) { index, scratch in
          let (panelBlock, tileBlock) = index.quotientAndRemainder(dividingBy: tileBlocks)
          let (firstTile, firstPanel) = (tileBlock * blocking.tiles, panelBlock * blocking.panels)
          let range = firstTile..<min(tiles.count, firstTile + blocking.tiles)
          let columns = firstPanel..<min(panels, firstPanel + blocking.panels)
          multiply(range, columns, shared, blocking, scratch, parts)
        }
      }
    }
  }

  /// What was transformed before the blocks.
  private struct Shared {
    var tiles: TilePositions?
    var filters: UnsafePointer<Float>?
  }

  /// Floats that a block needs for itself.
  private struct BlockParts {
    let products: Int
    let tiles: Int
    let filters: Int
    let packed: Int
    var floats: Int { products + tiles + filters + packed }

    init(_ product: WinogradProduct, _ blocking: Blocking) {
      let panel = WinogradFilters.panel
      products = product.floats(tiles: blocking.tiles, columns: blocking.panels * panel)
      tiles = blocking.sharesTiles ? 0 : product.floats(tiles: blocking.tiles, columns: blocking.channels)
      filters = blocking.sharesFilters ? 0 : product.scheme.positions * blocking.channels * panel
      packed = blocking.sharesFilters ? 0 : product.filters.packedFloats
    }
  }

  private func floats(tiles: Int, columns: Int) -> Int {
    TilePositions.floats(positions: scheme.positions, tiles: tiles, columns: columns)
  }

  private func transformAllTiles(into positions: TilePositions) {
    parallelFor(tiles.count, grain: 8) { range in
      tiles.expand(
        .input, sourcePictures, from: source, range, columns: 0..<inner,
        into: positions.advanced(tile: range.lowerBound, column: 0))
    }
  }

  private func multiply(
    _ range: Range<Int>, _ panels: Range<Int>, _ shared: Shared, _ blocking: Blocking,
    _ scratch: UnsafeMutablePointer<Float>, _ parts: BlockParts
  ) {
    let panel = WinogradFilters.panel
    let ownTiles = scratch + parts.products
    let ownFilters = ownTiles + parts.tiles
    let products = TilePositions(scratch, tiles: range.count, columns: panels.count * panel)
    for start in stride(from: 0, to: inner, by: blocking.channels) {
      let rows = start..<min(inner, start + blocking.channels)
      let left: TilePositions
      if let all = shared.tiles {
        left = all.advanced(tile: range.lowerBound, column: start)
      } else {
        left = TilePositions(ownTiles, tiles: range.count, columns: rows.count)
        tiles.expand(.input, sourcePictures, from: source, range, columns: rows, into: left)
      }
      for index in panels {
        var right = UnsafePointer(ownFilters)
        var rightStep = rows.count * panel
        if let all = shared.filters {
          right = all + index * filters.panelStep + start * panel
          rightStep = filters.positionStep
        } else {
          filters.transform(
            rows, panel: index, packed: ownFilters + parts.filters, into: ownFilters, positionStep: rightStep)
        }
        let target = products.start + (index - panels.lowerBound) * panel
        for part in filters.matrices.parts(of: rows) {
          let zeros = filters.matrices.zeroPositions(scheme, rows: part, panel: index)
          let isFirst = part.lowerBound == 0
          // Nothing would be added to existing sums, but the first product must write something: it then has no terms.
          for position in 0..<scheme.positions where isFirst || !zeros[position] {
            // The next position's weights, and after the last one the next panel's, are fetched meanwhile.
            let isEnd = position == scheme.positions - 1
            let next = isEnd ? panel * inner - position * rightStep : rightStep
            let isKnown = shared.filters != nil && !(isEnd && index == panels.upperBound - 1)
            let weights = right + position * rightStep + (part.lowerBound - start) * panel
            kernels.panel_product(
              range.count, zeros[position] ? 0 : part.count,
              left.start + position * left.positionStep + part.lowerBound - start, left.tileStep,
              weights, panel, target + position * products.positionStep, products.tileStep, isFirst ? 0 : 1,
              tk_ahead(panel: isKnown ? weights + next : nil, rows: part.count), nil)
          }
        }
      }
    }
    let columns = panels.lowerBound * panel..<min(filters.matrices.columns, panels.upperBound * panel)
    tiles.contract(products, range, columns: columns, bias: bias, relu: relu, into: resultPictures, at: result)
  }
}

extension WinogradProduct {
  /// How the work is cut, by shape only.
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

    init(_ product: WinogradProduct) {
      let (inner, all) = (product.inner, product.panels)
      let positions = product.scheme.positions
      let count = product.tiles.count
      let isReady = product.readyFilters != nil
      // Many tiles and small filters: a block is some tiles and all outputs.
      let isShallow = count >= 256 && product.filters.floats <= 5 << 20
      sharesFilters = isShallow || isReady
      // Otherwise it is a panel of outputs and many tiles, which are transformed once if they are not too large to
      // store.
      sharesTiles = !isShallow && positions * count * inner <= 8 << 20
      // Where nothing is shared, every block transforms its tiles and its filters: it has many of both.
      let sharesNothing = !sharesTiles && !sharesFilters
      panels = sharesTiles ? 1 : sharesNothing ? min(all, 8) : all
      channels = isShallow || (isReady && sharesTiles) ? inner : min(inner, WinogradFilters.rowsAtOnce)
      let most: Int
      if isShallow {
        // Tiles and products fill a core's cache.
        most = min(48, max(24, (1 << 18) / (positions * (inner + all * WinogradFilters.panel))))
      } else {
        most = sharesTiles ? 160 : sharesNothing ? 80 : 48
      }
      let panelBlocks = (all + panels - 1) / panels
      var blocks = (count + most - 1) / most
      // Of one or three blocks in all, the second thread would have none or half as many.
      if blocks * panelBlocks % 2 == 1 && blocks * panelBlocks < 8 { blocks += 1 }
      tiles = (count + blocks - 1) / blocks
    }
  }
}
