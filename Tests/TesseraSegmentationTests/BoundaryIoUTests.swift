import Foundation
import TesseraImaging
import TesseraSegmentation
import TesseraTensors
import Testing

@Suite struct BoundaryIoUTests {
  /// Blobs: each pixel has the value of the nearest of a few centers.
  static func mask(_ seed: UInt64, width: Int, height: Int, _ space: LabelSpace) -> Mask {
    var random = RandomStream(seed: seed)
    let centers = (0..<9).map { _ in
      (x: random.index(below: width), y: random.index(below: height), value: random.index(below: 4))
    }
    return Mask(
      width: width, height: height,
      indices: (0..<width * height).map { pixel in
        func distance(_ center: (x: Int, y: Int, value: Int)) -> Int {
          let (x, y) = (pixel % width - center.x, pixel / width - center.y)
          return x * x + y * y
        }
        let value = centers.min { distance($0) < distance($1) }?.value ?? 0
        return value == 3 ? UInt16(space.void ?? 3) : UInt16(value)
      }, labelSpace: space)
  }

  /// The pixels of a class that have a pixel of another value, or none at all, in the square around them.
  private func near(_ mask: Mask, _ value: Int, _ distance: Int) -> Set<Int> {
    Set(
      mask.indices.indices.filter { pixel in
        guard Int(mask.indices[pixel]) == value else { return false }
        let (x, y) = (pixel % mask.width, pixel / mask.width)
        return (y - distance...y + distance).contains { row in
          (x - distance...x + distance).contains { column in
            !(0..<mask.height).contains(row) || !(0..<mask.width).contains(column)
              || mask.indices[row * mask.width + column] != mask.indices[pixel]
          }
        }
      })
  }

  @Test(arguments: [nil, 255, 1] as [Int?], [0.001, 0.05, 0.1])
  func countsAreThoseOfSquaresAroundPixels(void: Int?, share: Double) {
    let space = LabelSpace(names: ["a", "b", "c", "d"], void: void)
    let (truth, prediction) = (
      Self.mask(3, width: 37, height: 26, space), Self.mask(5, width: 37, height: 26, space)
    )
    var boundaries = BoundaryIoU(space, share: share)
    boundaries.add(predicted: prediction, truth: truth)
    let distance = max(1, Int((share * Double(37 * 37 + 26 * 26).squareRoot()).rounded()))
    var shown = prediction
    for pixel in truth.indices.indices where Int(truth.indices[pixel]) == void {
      shown.indices[pixel] = truth.indices[pixel]
    }
    for score in boundaries.metrics(absentClasses: .zero).classes {
      let (own, guessed) = (near(truth, score.index, distance), near(shown, score.index, distance))
      #expect(score.pixels == own.count && score.predicted == guessed.count, "class \(score.index)")
      #expect(score.right == own.intersection(guessed).count)
      let union = own.union(guessed).count
      #expect(score.iou == (union == 0 ? 0 : Double(own.intersection(guessed).count) / Double(union)))
    }
  }

  /// The paper's program on the same masks (`scripts/golden/boundaries.py`).
  @Test func iousAreThoseOfThePapersProgram() throws {
    struct Case: Decodable {
      let width, height, classes: Int
      let share: Double
      let truth, prediction: [UInt16]
      let boundaryIoU: [Double]
    }
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/boundaries.json")
    let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: path))
    #expect(cases.count >= 6)
    for example in cases {
      let space = LabelSpace(names: (0..<example.classes).map { "\($0)" }, void: nil)
      func mask(_ indices: [UInt16]) -> Mask {
        Mask(width: example.width, height: example.height, indices: indices, labelSpace: space)
      }
      var boundaries = BoundaryIoU(space, share: example.share)
      boundaries.add(predicted: mask(example.prediction), truth: mask(example.truth))
      let ious = boundaries.metrics(absentClasses: .zero).classes.map(\.iou)
      for (own, other) in zip(ious, example.boundaryIoU) { #expect(abs(own - other) < 1e-12) }
    }
  }

  @Test func picturesAddUp() {
    let space = LabelSpace(names: ["a", "b", "c", "d"], void: nil)
    let masks = (0..<4).map { Self.mask($0, width: 20, height: 20, space) }
    var (whole, second) = (BoundaryIoU(space), BoundaryIoU(space))
    whole.add(predicted: masks[0], truth: masks[1])
    var first = whole
    whole.add(predicted: masks[2], truth: masks[3])
    second.add(predicted: masks[2], truth: masks[3])
    first += second
    #expect(first == whole && first.share == BoundaryIoU.usualShare)
  }

  @Test func anExactPredictionScoresOneAndAShiftedOneLittle() {
    let space = LabelSpace(names: ["a", "b"], void: nil)
    func half(_ edge: Int) -> Mask {
      Mask(width: 100, height: 100, indices: (0..<10_000).map { $0 % 100 < edge ? 0 : 1 }, labelSpace: space)
    }
    var exact = BoundaryIoU(space)
    exact.add(predicted: half(50), truth: half(50))
    #expect(exact.metrics(absentClasses: .zero).meanIoU == 1)
    var (shifted, counts) = (BoundaryIoU(space), ClassCounts(space))
    shifted.add(predicted: half(54), truth: half(50))
    counts.add(predicted: half(54), truth: half(50))
    let (near, all) = (shifted.metrics(absentClasses: .zero), counts.metrics(absentClasses: .zero))
    #expect(all.meanIoU > 0.9 && near.meanIoU < 0.8)
    var matrix = ConfusionMatrix(space)
    matrix.add(predicted: half(54), truth: half(50))
    #expect(matrix.metrics == all)
    #expect(all.meanDice == (all.classes[0].dice + all.classes[1].dice) / 2)
  }
}
