import TesseraTensors
import TestSupport
import Testing

@testable import TesseraKernels

/// Where a softmax has large probabilities, compared with all of them.
@Suite struct LabeledSoftmaxTests {
  @Test(arguments: [(0, 3), (1, 1), (63, 5), (64, 5), (1025, 21), (3000, 151), (900, 700), (40, 3000)])
  func tilesCoverAllRowsInOrder(rows: Int, classes: Int) {
    let tiling = RowTiles(rows: rows, classes: classes)
    #expect((0..<tiling.blocks).flatMap { tiling.tiles(ofBlock: $0) } == Array(0..<tiling.count))
    #expect((0..<tiling.count).flatMap { tiling.rows(ofTile: $0) } == Array(0..<rows))
    for block in 0..<tiling.blocks {
      #expect(tiling.tiles(ofBlock: block).flatMap { tiling.rows(ofTile: $0) } == Array(tiling.rows(ofBlock: block)))
    }
    #expect((0..<tiling.count).allSatisfy { 1...64 ~= tiling.rows(ofTile: $0).count } && tiling.height <= 64)
  }

  @Test(arguments: [(300, 5), (1500, 150), (70, 1200)])
  func largeProbabilitiesOfOtherClassesAreFound(rows: Int, classes: Int) {
    let logits = Tensor.random([rows, classes], seed: 3, in: -4..<4)
    let labels = (0..<rows).map { $0 % 5 == 2 ? -1 : Int32($0 * 7 % classes) }
    let softmax = LabeledSoftmax(logits: logits, labels: labels, ignored: -1, needs: .peaks)
    let all = logits.softmax().scalars
    func probability(_ row: Int, _ index: Int) -> Float { all[row * classes + index] }
    softmax.withOwnProbabilities { owns in
      let differences = (0..<rows).map { row in
        abs(owns[row] - (labels[row] < 0 ? 0 : probability(row, Int(labels[row]))))
      }
      #expect(differences.allSatisfy { $0 < 1e-6 })
    }
    // What the largest of some tiles reach; one class is not asked for.
    let bounds = (0..<classes).map { index -> Float in
      let others = (0..<rows).filter { labels[$0] >= 0 && labels[$0] != index }.map { probability($0, index) }
      return index == 1 ? .infinity : others.sorted()[others.count * 98 / 100]
    }
    let found = softmax.probabilities(reaching: bounds)
    var written = [Float](repeating: .nan, count: rows * classes)
    var isWritten = [Bool](repeating: false, count: found.tiling.count)
    for tile in 0..<found.tiling.count {
      isWritten[tile] = written.withUnsafeMutableBufferPointer {
        found.write(tile, to: $0.baseAddress! + found.tiling.rows(ofTile: tile).lowerBound * classes)
      }
    }
    let places = found.placesByClass
    #expect(places[1].isEmpty)
    // Counted: there are too many to state each.
    var (mistakes, largest) = (0, Float(0))
    for tile in 0..<found.tiling.count {
      let its = found.tiling.rows(ofTile: tile)
      for index in 0..<classes {
        let reaches = its.contains { row in
          labels[row] >= 0 && labels[row] != index && probability(row, index) >= bounds[index]
        }
        let isFound = places[index].contains { found.tiles[Int($0)] == tile }
        if reaches != isFound || isFound && !isWritten[tile] { mistakes += 1 }
        for row in its where isWritten[tile] {
          let expected = isFound && labels[row] >= 0 ? probability(row, index) : 0
          largest = max(largest, abs(written[row * classes + index] - expected))
        }
      }
    }
    #expect(mistakes == 0 && largest < 1e-6, "\(largest)")
    #expect(isWritten.contains(true))
  }
}
