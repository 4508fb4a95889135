import CKernels
import TesseraTensors

/// Probabilities of a softmax, or slopes by them, in those tiles of rows where a class has large ones; all others need
/// no memory.
package struct ProbabilityTiles: Sendable {
  package let tiling: RowTiles
  /// Where a tile's places begin, `[tiles + 1]`.
  private let starts: [Int]
  private let classCount: Int
  /// Each place's class.
  private let classes: [Int32]
  /// Each place's tile.
  package let tiles: [Int32]
  /// `[places, tile's rows]`.
  package var values: Tensor

  /// Finds the tiles in which a row with another label reaches a class's bound.
  ///
  /// - Parameters:
  ///   - softmax: what knows its ``LabeledSoftmax/peaks``.
  ///   - bounds: `[classes]`; infinite for a class that is not asked for.
  init(of softmax: LabeledSoftmax, reaching bounds: [Float]) {
    let (tiling, count) = (softmax.tiling, softmax.classes)
    // A rehearsal knows no peaks: it takes what the largest can need.
    let isRehearsing = ComputeContext.current.isRehearsing
    func forEachTile(_ body: (Int) -> Void) {
      if isRehearsing { return (0..<tiling.count).forEach(body) }
      parallelFor(tiling.blocks) { block in tiling.tiles(ofBlock: block).forEach(body) }
    }
    var starts = [Int](repeating: 0, count: tiling.count + 1)
    let (classes, tiles) = softmax.peaks.withUnsafeBufferPointer { peaks in
      bounds.withUnsafeBufferPointer { bounds in
        func reaches(_ tile: Int, _ index: Int) -> Bool {
          isRehearsing ? bounds[index] < .infinity : peaks[tile * softmax.peakStep + index] >= bounds[index]
        }
        starts.withUnsafeMutableBufferPointer { starts in
          forEachTile { tile in
            var found: Int32 = 0
            for index in 0..<count { found &+= reaches(tile, index) ? 1 : 0 }
            starts[tile + 1] = Int(found)
          }
          for tile in 0..<tiling.count { starts[tile + 1] += starts[tile] }
        }
        var (classes, tiles) = (
          [Int32](repeating: 0, count: starts[tiling.count]), [Int32](repeating: 0, count: starts[tiling.count])
        )
        classes.withUnsafeMutableBufferPointer { classes in
          tiles.withUnsafeMutableBufferPointer { tiles in
            forEachTile { tile in
              var place = starts[tile]
              if place == starts[tile + 1] { return }
              for index in 0..<count where reaches(tile, index) {
                (classes[place], tiles[place]) = (Int32(index), Int32(tile))
                place += 1
              }
            }
          }
        }
        return (classes, tiles)
      }
    }
    (self.tiling, self.starts, self.classCount, self.classes, self.tiles) = (tiling, starts, count, classes, tiles)
    values = Tensor(shape: [max(1, classes.count), tiling.height]) { out in
      softmax.logits.withUnsafeBufferPointer { z in
        classes.withUnsafeBufferPointer { classes in
          parallelFor(tiling.blocks, scratch: Int(TK_LINE) * count) { block, scratch in
            for tile in tiling.tiles(ofBlock: block) where starts[tile] < starts[tile + 1] {
              let (its, first) = (tiling.rows(ofTile: tile), starts[tile])
              softmax.withFacts(from: its.lowerBound) { row in
                var row = row
                kernels.listed_probabilities(
                  z.baseAddress! + its.lowerBound * count, its.count, count, &row, classes.baseAddress! + first,
                  starts[tile + 1] - first, scratch, out.baseAddress! + first * tiling.height, tiling.height)
              }
            }
          }
        }
      }
    }
  }

  /// The places of each class, in the order of its tiles.
  package var placesByClass: [ArraySlice<Int32>] {
    var counts = [Int](repeating: 0, count: classCount)
    for index in classes { counts[Int(index)] += 1 }
    return places(ofEach: classes, counts: counts, ignoring: -1)
  }

  /// Writes a tile's values where its rows lie, with 0 between them, and says whether there are any: if not, nothing is
  /// written.
  ///
  /// - Parameters:
  ///   - tile: which.
  ///   - out: `[tile's rows, classes]`.
  func write(_ tile: Int, to out: UnsafeMutablePointer<Float>) -> Bool {
    let places = starts[tile]..<starts[tile + 1]
    if places.isEmpty { return false }
    let height = tiling.rows(ofTile: tile).count
    out.update(repeating: 0, count: height * classCount)
    values.withUnsafeBufferPointer { values in
      for place in places {
        let (source, column) = (values.baseAddress! + place * tiling.height, out + Int(classes[place]))
        for row in 0..<height { column[row * classCount] = source[row] }
      }
    }
    return true
  }
}
