import TesseraImaging
import TesseraSegmentation
import TesseraTensors
import Testing

@Suite struct ConfusionMatrixTests {
  @Test func rowsAreTruthsAndColumnsPredictions() {
    var matrix = ConfusionMatrix(space(3))
    matrix.add(predicted: [0, 1, 2, 2, 1], truth: [0, 0, 0, 2, 1])
    #expect(matrix.counts == [1, 1, 1, 0, 1, 0, 0, 0, 1])
    #expect(matrix.predictedVoid == [0, 0, 0])
  }

  @Test func confusionsAreListedByFrequency() {
    var matrix = ConfusionMatrix(space(3, void: 255))
    matrix.add(predicted: [0, 1, 1, 2, 0, 255, 1, 1], truth: [0, 0, 0, 0, 1, 1, 1, 255])
    #expect(
      matrix.confusions.map { [$0.truth, $0.prediction, $0.pixels] } == [
        [0, 1, 2], [0, 2, 1], [1, 0, 1], [1, 255, 1],
      ])
  }

  @Test func voidTruthIsLeftOut() {
    var inside = ConfusionMatrix(space(3, void: 0))
    inside.add(predicted: [1, 2, 1], truth: [0, 0, 1])
    #expect(inside.counts.reduce(0, +) == 1)
    var outside = ConfusionMatrix(space(3, void: 255))
    outside.add(predicted: [1, 2, 1], truth: [255, 255, 1])
    #expect(outside.counts.reduce(0, +) == 1)
  }

  /// The rule is one, wherever the label space has its void.
  @Test func predictedVoidIsAnErrorOfTheTrueClassAndOfNoOther() {
    let truth: [Int32] = [1, 1, 1, 1, 2, 2]
    var inside = ConfusionMatrix(space(3, void: 0))
    inside.add(predicted: [1, 1, 1, 0, 2, 2], truth: truth)
    var outside = ConfusionMatrix(space(3, void: 255))
    outside.add(predicted: [1, 1, 1, 255, 2, 2], truth: truth)
    #expect(outside.predictedVoid == [0, 1, 0])
    for metrics in [inside.metrics, outside.metrics] {
      let scores = metrics.classes.filter { $0.index > 0 }
      #expect(scores.map(\.iou) == [0.75, 1])
      #expect(scores.map(\.accuracy) == [0.75, 1])
      #expect(scores.map(\.pixels) == [4, 2])
      #expect(metrics.pixelAccuracy == 5.0 / 6)
    }
  }

  @Test func partsAddUpToTheWhole() {
    let labels = space(4, void: 255)
    let values = [0, 1, 2, 3, 255]
    let pairs = (0..<3).map { index in
      (
        randomMask(7, 5, of: values, in: labels, seed: UInt64(index)),
        randomMask(7, 5, of: values, in: labels, seed: UInt64(index) + 100)
      )
    }
    var whole = ConfusionMatrix(labels)
    var sum = ConfusionMatrix(labels)
    for (prediction, truth) in pairs {
      whole.add(predicted: prediction, truth: truth)
      var part = ConfusionMatrix(labels)
      part.add(predicted: prediction.indices.map(Int32.init), truth: truth.indices.map(Int32.init))
      sum += part
    }
    #expect(sum == whole)
    #expect(whole.counts.reduce(0, +) > 0 && whole.predictedVoid.reduce(0, +) > 0)
  }

  @Test func masksOfDifferentSizeStopWithASentence() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var matrix = ConfusionMatrix(space(2))
      let mask = Mask(width: 2, height: 1, indices: [0, 1], labelSpace: space(2))
      matrix.add(predicted: mask, truth: Mask(width: 1, height: 2, indices: [0, 1], labelSpace: space(2)))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("ConfusionMatrix: the prediction is 2 x 1, the truth 1 x 2"))
  }

  @Test func indicesOutsideTheClassesStopWithASentence() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var matrix = ConfusionMatrix(space(2, void: 255))
      matrix.add(predicted: [7], truth: [1])
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("ConfusionMatrix: classes must lie in 0..<2; got truth 1, prediction 7"))
  }
}
