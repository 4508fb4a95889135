/// Rows of logits, cut into blocks that threads take and those into tiles that stay in a core's cache.
package struct RowTiles: Sendable {
  package let rows: Int
  /// The rows of a block; the last may have fewer.
  private let blockRows: Int
  /// The most rows of a tile.
  package let height: Int

  /// Bounds the error of a sum of probabilities in single precision.
  private static let mostBlockRows = 1024
  private static let mostHeight = 64

  init(rows: Int, classes: Int) {
    self.rows = rows
    blockRows = min(rowGrain(classes), Self.mostBlockRows)
    let most = min(Self.mostHeight, blockRows)
    let tilesOfBlock = (blockRows + most - 1) / most
    height = (blockRows + tilesOfBlock - 1) / tilesOfBlock
  }

  private var tilesOfBlock: Int { (blockRows + height - 1) / height }

  package var blocks: Int { (rows + blockRows - 1) / blockRows }

  /// The number of tiles.
  package var count: Int { blocks == 0 ? 0 : tiles(ofBlock: blocks - 1).upperBound }

  func rows(ofBlock block: Int) -> Range<Int> { block * blockRows..<min(rows, (block + 1) * blockRows) }

  func tiles(ofBlock block: Int) -> Range<Int> {
    let first = block * tilesOfBlock
    return first..<first + (rows(ofBlock: block).count + height - 1) / height
  }

  package func rows(ofTile tile: Int) -> Range<Int> {
    let its = rows(ofBlock: tile / tilesOfBlock)
    let start = its.lowerBound + tile % tilesOfBlock * height
    return start..<min(its.upperBound, start + height)
  }
}
