import TesseraDatasets
import TesseraImaging
import TesseraKernels
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors

/// Validates a large picture in tiles, whose scores are those of the whole picture: each tile has a margin as wide as
/// the network looks, and only what lies inside counts.
package struct ValidationTiles {
  /// How far the network looks.
  private let radius: Int
  private let multiple: Int

  /// The side of a tile without its margins.
  private static let core = 512

  /// - Returns: `nil` if it is not known how far the network looks: it then sees pictures as a whole.
  init?(for model: any SegmentationModel) {
    guard let radius = model.receptiveRadius else { return nil }
    (self.radius, multiple) = (radius, model.sizeMultiple)
  }

  /// What a batch of one picture contributes, and the largest output of each of its pixels.
  func outcome(of batch: Batch, by trainer: Trainer) -> (outcome: BatchOutcome, outputs: [Int32]) {
    let (height, width) = (batch.masks.height, batch.masks.width)
    let tiling = Tiling(
      tile: Self.core + (2 * radius).rounded(upTo: multiple), margin: radius, multiple: multiple, largestScale: 1)
    let (rows, columns) = (axis(height, tiling), axis(width, tiling))
    var total = PixelTotal()
    var outputs = [Int32](repeating: 0, count: height * width)
    for (rowBlock, rowWindow) in zip(rows.blocks, rows.windows) {
      for (columnBlock, columnWindow) in zip(columns.blocks, columns.windows) {
        let images = batch.images.sliced(rowWindow, along: 1).sliced(columnWindow, along: 2)
        let masks = Self.masks(
          of: batch.masks, rowWindow, columnWindow, counting: rowBlock, columnBlock)
        let logits = trainer.model.logits(of: images)
        total.add(BatchOutcome(trainer.loss(logits, masks)))
        let largest = logits.value.argmax()
        for row in rowBlock {
          let source =
            (row - rowWindow.lowerBound) * columnWindow.count + columnBlock.lowerBound - columnWindow.lowerBound
          let target = row * width + columnBlock.lowerBound
          outputs.replaceSubrange(
            target..<target + columnBlock.count, with: largest[source..<source + columnBlock.count])
        }
      }
    }
    return (BatchOutcome(total, names: batch.names), outputs)
  }

  private func axis(_ length: Int, _ tiling: Tiling) -> (blocks: [Range<Int>], windows: [Range<Int>]) {
    let blocks = tiling.blocks(length, aligned: true)
    let axis = ViewAxis(length: length, picture: length, blocks: blocks, margin: radius, multiple: multiple)
    return (blocks, axis.windows)
  }

  /// The masks in a window; what is not in the block is void.
  private static func masks(
    of masks: MaskBatch, _ rows: Range<Int>, _ columns: Range<Int>, counting rowBlock: Range<Int>,
    _ columnBlock: Range<Int>
  ) -> MaskBatch {
    let void = Int32(masks.labelSpace.void ?? 0)
    var indices: [Int32] = []
    indices.reserveCapacity(rows.count * columns.count)
    for row in rows {
      for column in columns {
        let counts = rowBlock.contains(row) && columnBlock.contains(column)
        indices.append(counts ? masks.indices[row * masks.width + column] : void)
      }
    }
    return MaskBatch(
      indices: indices, count: 1, height: rows.count, width: columns.count, labelSpace: masks.labelSpace)
  }
}
