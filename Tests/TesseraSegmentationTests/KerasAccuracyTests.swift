import TesseraImaging
import TesseraSegmentation
import TesseraTensors
import Testing

@Suite struct KerasAccuracyTests {
  private func mask(_ indices: [UInt16], _ labels: LabelSpace) -> Mask {
    Mask(width: indices.count, height: 1, indices: indices, labelSpace: labels)
  }

  @Test func voidPixelsCountAsAllOthers() {
    let labels = space(4, void: 0)
    var accuracy = KerasAccuracy()
    #expect(accuracy.value == 0)
    accuracy.add(largestOutputs: mask([0, 1, 2, 0], labels), truth: mask([0, 0, 2, 3], labels))
    #expect(accuracy.right == 2 && accuracy.pixels == 4 && accuracy.value == 0.5)
    accuracy.add(largestOutputs: mask([3], labels), truth: mask([3], labels))
    #expect(accuracy.value == 3.0 / 5, "pixels are summed, not pictures")
  }

  @Test func aVoidLabelWithoutAnOutputIsNeverRight() {
    let labels = space(2, void: 255)
    var accuracy = KerasAccuracy()
    accuracy.add(largestOutputs: mask([255, 1, 0], labels), truth: mask([255, 255, 0], labels))
    #expect(accuracy.right == 1 && accuracy.pixels == 3)
  }

  /// The mask never holds void; what Keras compares may.
  @Test(arguments: [Predictor.Scale.trained, .original()], [Averaging.none, Averaging(flip: true)])
  func theLargestOutputMayBeVoids(scale: Predictor.Scale, averaging: Averaging) {
    let model = PixelwiseModel(classes: 3) { pixel in pixel.first! < 128 ? [9, 1, 2] : [0, 7, 2] }
    let image = picture(32, 32) { x, _ in (x < 16 ? 0 : 255, 0, 0) }
    let predictor = Predictor(
      model: model, labelSpace: space(3, void: 0), imageSize: 32, scale: scale, averaging: averaging)
    let prediction = predictor.prediction(for: image)
    #expect(prediction.mask.indices == (0..<1024).map { $0 % 32 < 16 ? 2 : 1 })
    #expect(prediction.largestOutputs.indices == (0..<1024).map { $0 % 32 < 16 ? 0 : 1 })
    #expect(predictor.mask(for: image) == prediction.mask)
  }

  @Test func masksOfDifferentSizeStop() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var accuracy = KerasAccuracy()
      let mask = Mask(width: 2, height: 1, indices: [0, 1], labelSpace: space(2))
      accuracy.add(largestOutputs: mask, truth: Mask(width: 1, height: 2, indices: [0, 1], labelSpace: space(2)))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("KerasAccuracy: the prediction is 2 x 1, the truth 1 x 2"))
  }
}
